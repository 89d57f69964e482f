package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// testShards does what the reusable workflow does with several jobs: prepare says the matrix, every job of it scans its part, and the last one
// publishes what it has downloaded. What is published must be what one job would have published; a part that never came leaves its stacks alone.
func testShards(t *testing.T, s *site) {
	output := filepath.Join(t.TempDir(), "output")
	step := func(env []string, inputs ...string) {
		t.Helper()
		env = append(slices.Clone(env), "GITHUB_OUTPUT="+output, "INPUT_ENGINE="+enginetest.Tofu(t))
		for _, in := range inputs {
			env = append(env, "INPUT_"+in)
		}
		if err := os.WriteFile(output, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		code, out := s.run(t, env, "action")
		if code != cli.ExitClean {
			t.Fatalf("%v ended with %d:\n%s", inputs, code, out)
		}
	}
	step(nil, "MODE=prepare", "SHARDS=3")
	text, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	var matrix struct{ Shard []string }
	_, rest, _ := strings.Cut(string(text), "matrix<<")
	_, rest, _ = strings.Cut(rest, "\n")
	if err := json.NewDecoder(strings.NewReader(rest)).Decode(&matrix); err != nil || len(matrix.Shard) != 3 {
		t.Fatalf("the matrix is %v, %v:\n%s", matrix, err, text)
	}
	parts := t.TempDir()
	for i, shard := range matrix.Shard {
		step(nil, "MODE=scan", "SHARD="+shard, fmt.Sprintf("RESULTS=%s/mooring-results-%d.json", parts, i))
	}

	whole, split := s.hub(t), s.hub(t)
	whole.publish(t, cli.ExitClean)
	publish := []string{"MODE=publish", "TOKEN=" + split.Token(githubtest.App), "RESULTS=" + parts + "/mooring-results-*.json", "HTML=" + parts + "/report.html"}
	step(split.env, publish...)
	if diff := cmp.Diff(whole.objects(), split.objects()); diff != "" {
		t.Errorf("one job (-), three jobs (+):\n%s", diff)
	}
	page, err := os.ReadFile(filepath.Join(parts, "report.html"))
	for _, stack := range []string{"infra/data", "infra/network", "infra/prod"} {
		if err != nil || !strings.Contains(string(page), stack) {
			t.Errorf("the page of all parts does not tell of %s: %v", stack, err)
		}
	}

	// The job of one part did not end: its stacks are not resolved, and the dashboard, which tells of all, stays.
	before := split.objects()
	if err := os.Remove(filepath.Join(parts, "mooring-results-0.json")); err != nil {
		t.Fatal(err)
	}
	split.Forget()
	step(split.env, publish...)
	if diff := cmp.Diff(before, split.objects()); diff != "" {
		t.Errorf("without a part (-before +after):\n%s", diff)
	}
}

// objects are the issues and pull requests, with the commits of their branches.
func (h *hub) objects() []string {
	var out []string
	for _, pulls := range []bool{false, true} {
		for _, n := range h.Numbers(pulls, "all") {
			i := h.Issue(n)
			text := fmt.Sprintf("%s %q %q %d comments\n%s", i.State, i.Title, i.Labels, len(i.Comments), i.Body)
			if i.Pull != nil {
				text += "\n" + i.Pull.Head + "\n" + strings.Join(h.CommitMessages(i.Pull.Head), "\n")
			}
			out = append(out, text)
		}
	}
	return out
}
