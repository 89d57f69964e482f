package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/report"
)

// TestGitHub publishes the demo's world to a GitHub with the commands that people and workflows run.
func TestGitHub(t *testing.T) {
	s := newSite(t)
	t.Run("shards", func(t *testing.T) { testShards(t, s) })
	t.Run("publish", func(t *testing.T) {
		h := s.hub(t)
		h.publish(t, cli.ExitClean)
		if got := h.Numbers(false, "open"); len(got) != 4 {
			t.Errorf("%d issues are open, want the dashboard and one for each of data, prod and staging", len(got))
		}
		issue, pull := h.Issue(h.byTitle("Drift in infra/data")), h.Issue(h.byTitle("Adopt what is live in infra/data"))
		for _, want := range []string{"s3:DeleteObject", "carol@example.com", "/drift"} {
			if !strings.Contains(issue.Body, want) {
				t.Errorf("the issue does not mention %s:\n%s", want, issue.Body)
			}
		}
		if pull.Pull == nil || pull.Pull.Head != "mooring/adopt/infra-data" {
			t.Fatalf("the pull request is %+v", pull)
		}
		messages := h.CommitMessages(pull.Pull.Head)
		if len(messages) != 1 || !strings.Contains(messages[0], "Drift-Actor: ") || !strings.Contains(messages[0], "Mooring-Fingerprint: ") {
			t.Errorf("commits of the branch are %q", messages)
		}
		for _, f := range results(t, s).Stacks[0].Files {
			if got := h.File(pull.Pull.Head, f.Path); got != string(f.After) {
				t.Errorf("%s on the branch is not the verified edit:\n%s", f.Path, got)
			}
		}
		if board := h.Issue(h.byTitle(report.DashboardTitle)); !strings.Contains(board.Body, "infra/eu/analytics") || !strings.Contains(board.Body, "infra/network") {
			t.Errorf("the dashboard leaves stacks out:\n%s", board.Body)
		}
		if h.Tip("mooring/ledger") == "" {
			t.Error("there is no ledger")
		}
		// Again: the same world needs no write, and no request beyond the lists.
		h.Forget()
		h.publish(t, cli.ExitClean)
		if h.Mutations() != 0 {
			t.Errorf("publishing again made %d writes: %v", h.Mutations(), h.Requests())
		}
	})
	t.Run("resolved", func(t *testing.T) {
		h := s.hub(t)
		h.publish(t, cli.ExitClean)
		issue, pull := h.byTitle("Drift in infra/data"), h.byTitle("Adopt what is live in infra/data")
		h.publish(t, cli.ExitClean, changed(t, s, func(r *report.Results) {
			r.ScannedAt = r.ScannedAt.Add(time.Hour)
			for i := range r.Stacks {
				if data := &r.Stacks[i]; data.Stack.ID == "infra/data" {
					data.Status, data.Findings, data.Files, data.Proof = report.StatusClean, nil, nil, nil
				}
			}
		}))
		if i := h.Issue(issue); i.State != "closed" || i.StateReason != "completed" || len(i.Comments) != 1 || !strings.Contains(i.Comments[0].Body, "matches its code again") {
			t.Errorf("the issue is %s (%s) with %d comments", i.State, i.StateReason, len(i.Comments))
		}
		if p := h.Issue(pull); p.State != "closed" || h.Tip(p.Pull.Head) != "" {
			t.Errorf("the pull request is %s, its branch is at %q", p.State, h.Tip(p.Pull.Head))
		}
	})
	t.Run("missing permission", func(t *testing.T) {
		h := s.hub(t)
		h.env = append(h.env, "GITHUB_TOKEN="+h.NewToken(githubtest.App, "issues=write"))
		out := h.publish(t, cli.ExitFailed)
		if n := strings.Count(out, `lacks the permission "contents: write"`); n != 1 {
			t.Errorf("the missing permission is named %d times:\n%s", n, out)
		}
		if h.byTitle("Drift in infra/data") == 0 || len(h.Numbers(true, "all")) != 0 {
			t.Error("issues should be there, pull requests not")
		}
	})
	t.Run("dry run", func(t *testing.T) {
		h := s.hub(t)
		before := h.Dump()
		out := h.publish(t, cli.ExitClean, "--dry-run")
		for _, want := range []string{"would: open dashboard", "would: open issue of infra/data", "would: push ", "would: open pull request of infra/data"} {
			if !strings.Contains(out, want) {
				t.Errorf("the dry run does not say %q:\n%s", want, out)
			}
		}
		if h.Mutations() != 0 || h.Dump() != before {
			t.Errorf("the dry run wrote: %v", h.Requests())
		}
	})
	t.Run("quiet first run", func(t *testing.T) {
		h := s.hub(t)
		s.configure(t, "pull_requests_per_hour = 1")
		defer s.configure(t, `first_run = "full"`+"\n"+`pull_requests_per_hour = 10`)
		h.publish(t, cli.ExitClean)
		board := h.byTitle(report.DashboardTitle)
		if h.Count() != 1 || board == 0 || !strings.Contains(h.Issue(board).Body, "first run") {
			t.Fatalf("a first run opened %d objects:\n%s", h.Count(), h.Dump())
		}
		h.Forget()
		h.publish(t, cli.ExitClean)
		if h.Count() != 1 || h.Mutations() != 0 {
			t.Errorf("unasked, a second run opened %d objects with %d writes", h.Count(), h.Mutations())
		}
		h.Tick(board, "Open them")
		out := h.publish(t, cli.ExitClean)
		if len(h.Numbers(false, "open")) != 4 || len(h.Numbers(true, "open")) != 1 || !strings.Contains(out, "limit of 1 new pull requests an hour") {
			t.Errorf("asked to, it opened issues %v and pull requests %v:\n%s", h.Numbers(false, "open"), h.Numbers(true, "open"), out)
		}
		if body := h.Issue(board).Body; !strings.Contains(body, "### Waiting") || strings.Contains(body, "[x]") {
			t.Errorf("the dashboard does not list what waits, or the box is still ticked:\n%s", body)
		}
	})
	t.Run("results that are not this repository's", func(t *testing.T) {
		h := s.hub(t)
		text, err := os.ReadFile(s.results)
		if err != nil {
			t.Fatal(err)
		}
		tampered := filepath.Join(t.TempDir(), "results.json")
		if err := os.WriteFile(tampered, bytes.Replace(text, []byte(`"status": "drifted"`), []byte(`"status": "clean"`), 1), 0o644); err != nil {
			t.Fatal(err)
		}
		elsewhere := changed(t, s, func(r *report.Results) { r.Commit = strings.Repeat("ab", 20) })
		old := changed(t, s, func(r *report.Results) { r.Tool.Version = "0.0.1" })
		newer := changed(t, s, func(r *report.Results) { r.Tool.Version = "0.99.0" })
		if out := h.publish(t, cli.ExitFailed, tampered); !strings.Contains(out, "was changed after it was written") {
			t.Errorf("results that were edited: %s", out)
		}
		if out := h.publish(t, cli.ExitFailed, elsewhere); !strings.Contains(out, "the results are of commit abababababab, which ") {
			t.Errorf("results of another commit: %s", out)
		}
		if out := h.publish(t, cli.ExitFailed, newer); !strings.Contains(out, "were written by mooring 0.99.0, and this is ") {
			t.Errorf("results of a newer version: %s", out)
		}
		if h.Count() != 0 || h.Mutations() != 0 {
			t.Errorf("something was published:\n%s", h.Dump())
		}
		if out := h.publish(t, cli.ExitClean, old); !strings.Contains(out, "were written by mooring 0.0.1") {
			t.Errorf("results of another version: %s", out)
		}
	})
	t.Run("action in two jobs", func(t *testing.T) {
		h := s.hub(t)
		temp := t.TempDir()
		wrapper, seen := s.spy(t)
		handover := filepath.Join(temp, "mooring results.json")
		runner := []string{"GITHUB_OUTPUT=" + filepath.Join(temp, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(temp, "summary"), "INPUT_RESULTS=" + handover}
		code, out := s.run(t, append(runner, "INPUT_MODE=scan", "INPUT_STACKS=infra/data", "INPUT_ENGINE="+wrapper, "INPUT_TOKEN=ghs_scan", "INPUT_WORKING-DIRECTORY="+s.dir), "action")
		if code != cli.ExitClean || strings.Count(out, "ghs_scan") != 1 || !strings.Contains(out, "::warning file=infra/data/") {
			t.Fatalf("the first job ended with %d:\n%s", code, out)
		}
		if env := seen(); strings.Contains(env, "ghs_scan") || strings.Contains(env, "INPUT_") {
			t.Errorf("the engine saw the inputs of the step:\n%s", env)
		}
		for file, want := range map[string]string{"output": "drifted<<", "summary": "infra/data"} {
			text, err := os.ReadFile(filepath.Join(temp, file))
			if err != nil || !strings.Contains(string(text), want) {
				t.Errorf("the %s is %q, %v", file, text, err)
			}
		}
		publish := append(slices.Concat(runner, h.env), "GITHUB_TOKEN=", "INPUT_MODE=publish", "INPUT_TOKEN="+h.Token(githubtest.App))
		if code, out := s.run(t, publish, "action"); code != cli.ExitClean || !strings.Contains(out, "open pull request of infra/data") {
			t.Fatalf("the second job ended with %d:\n%s", code, out)
		}
		if h.byTitle("Drift in infra/data") == 0 || h.byTitle("Adopt what is live in infra/data") == 0 {
			t.Errorf("nothing was published:\n%s", h.Dump())
		}
		h.Forget()
		if code, out := s.run(t, publish, "action"); code != cli.ExitClean || h.Mutations() != 0 {
			t.Errorf("the second job once more ended with %d and %d writes:\n%s", code, h.Mutations(), out)
		}
	})
	t.Run("one pull request per resource", func(t *testing.T) {
		h := s.hub(t)
		s.configure(t, `first_run = "full"`+"\n"+`pull_requests_per_hour = 10`+"\n"+`pull_requests = "resource"`)
		defer s.configure(t, `first_run = "full"`+"\n"+`pull_requests_per_hour = 10`)
		out := filepath.Join(t.TempDir(), "results.json")
		if code, text := s.run(t, nil, "scan", "--quiet", "--stack", "infra/data", "--engine", enginetest.Tofu(t), "--format", "json", "--out", out); code != cli.ExitDrift {
			t.Fatalf("scan ended with %d:\n%s", code, text)
		}
		h.publish(t, cli.ExitClean, out)
		r := read(t, out)
		separate := r.Stacks[0].Separate
		if len(separate) < 2 || len(h.Numbers(true, "open")) != len(separate) {
			t.Fatalf("%d resources can be adopted, %d pull requests are open", len(separate), len(h.Numbers(true, "open")))
		}
		for _, a := range separate {
			n := h.byTitle("Adopt what is live of " + a.Address + " in infra/data")
			if n == 0 {
				t.Errorf("%s has no pull request:\n%s", a.Address, h.Dump())
				continue
			}
			if !slices.Contains(a.Proof.Gone, a.Address) {
				t.Errorf("the proof of %s says that gone is %v", a.Address, a.Proof.Gone)
			}
			for _, f := range a.Files {
				if got := h.File(h.Issue(n).Pull.Head, f.Path); got != string(f.After) {
					t.Errorf("#%d holds in %s\n%s", n, f.Path, got)
				}
			}
			for _, other := range separate {
				for line := range strings.Lines(h.Issue(n).Body) {
					if strings.HasPrefix(line, "| ") && other.Address != a.Address && strings.Contains(line, other.Address) {
						t.Errorf("#%d adopts %s too: %s", n, other.Address, line)
					}
				}
			}
		}
		h.Forget()
		h.publish(t, cli.ExitClean, out)
		if h.Mutations() != 0 {
			t.Errorf("publishing again made %d writes", h.Mutations())
		}
		// A scan of one stack says nothing of the others: the dashboard of all stays.
		s.configure(t, `first_run = "full"`+"\n"+`pull_requests_per_hour = 10`)
		h.publish(t, cli.ExitClean)
		board := h.Issue(h.byTitle(report.DashboardTitle)).Body
		h.publish(t, cli.ExitClean, changed(t, s, func(r *report.Results) {
			r.Partial, r.Stacks = true, r.Stacks[:1]
			r.ScannedAt = r.ScannedAt.Add(time.Hour)
		}))
		if got := h.Issue(h.byTitle(report.DashboardTitle)).Body; got != board || !strings.Contains(got, "infra/prod") {
			t.Errorf("the dashboard is\n%s", got)
		}
	})
	t.Run("broken configuration", func(t *testing.T) {
		h := s.hub(t)
		s.configure(t, "  pull_request = \"stack\"")
		mend := func() { s.configure(t, `first_run = "full"`+"\n"+`pull_requests_per_hour = 10`) }
		defer mend()
		out := h.publish(t, cli.ExitFailed)
		n := h.byTitle(report.ConfigTitle)
		if h.Count() != 1 || n == 0 || !strings.Contains(h.Issue(n).Body, ".mooring.hcl line 6") || !strings.Contains(h.Issue(n).Body, `"pull_requests"`) || !strings.Contains(out, ".mooring.hcl") {
			t.Fatalf("it printed\n%s\nand published\n%s", out, h.Dump())
		}
		h.Forget()
		if code, out := s.run(t, h.env, "scan", "--publish", "github"); code != cli.ExitFailed || h.Mutations() != 0 {
			t.Errorf("a scan ended with %d and wrote %d times:\n%s", code, h.Mutations(), out)
		}
		mend()
		out = h.publish(t, cli.ExitClean)
		if h.Issue(n).State != "closed" || len(h.Numbers(true, "open")) != 2 {
			t.Errorf("mended, the issue is %s and %d pull requests are open:\n%s", h.Issue(n).State, len(h.Numbers(true, "open")), out)
		}
	})
	t.Run("news", func(t *testing.T) {
		h := s.hub(t)
		const gone = "aws_iam_role_policy.exporter"
		less := changed(t, s, func(r *report.Results) {
			for i := range r.Stacks {
				r.Stacks[i].Findings = slices.DeleteFunc(r.Stacks[i].Findings, func(f report.Finding) bool { return f.Address == gone })
			}
		})
		h.publish(t, cli.ExitClean, less)
		n := h.byTitle("Drift in infra/data")
		h.publish(t, cli.ExitClean, changed(t, s, func(r *report.Results) { r.ScannedAt = r.ScannedAt.Add(time.Hour) }))
		if c := h.Issue(n).Comments; len(c) != 1 || !strings.Contains(c[0].Body, "New since the last scan") || !strings.Contains(c[0].Body, gone) || !strings.Contains(c[0].Body, "carol@example.com") {
			t.Errorf("%d comments:\n%s", len(c), h.Dump())
		}
		h.publish(t, cli.ExitClean, changed(t, s, func(r *report.Results) { r.ScannedAt = r.ScannedAt.Add(2 * time.Hour) }))
		if len(h.Issue(n).Comments) != 1 {
			t.Error("no news, and a comment")
		}
	})
	t.Run("scan and publish at once", func(t *testing.T) {
		h := s.hub(t)
		wrapper, seen := s.spy(t)
		args := []string{"scan", "--quiet", "--engine", wrapper, "--publish", "github"}
		if code, out := s.run(t, h.env, args...); code != cli.ExitDrift {
			t.Fatalf("scan ended with %d:\n%s", code, out)
		}
		if len(h.Numbers(false, "open")) != 4 || len(h.Numbers(true, "open")) != 2 {
			t.Errorf("issues %v, pull requests %v are open", h.Numbers(false, "open"), h.Numbers(true, "open"))
		}
		if env := seen(); !strings.Contains(env, "HOME=") || strings.Contains(env, "GITHUB_TOKEN") {
			t.Errorf("the engine saw the token that may write, or the spy saw nothing:\n%s", env)
		}
	})
}
