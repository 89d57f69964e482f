package action_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/action"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// A runner is what GitHub Actions gives a step: inputs, and files to answer in.
type runner struct {
	t    *testing.T
	dir  string
	env  map[string]string
	host *host
	out  bytes.Buffer
}

// host is the work that the step asks for, and what it was asked for.
type host struct {
	results   *report.Results
	scanErr   error
	published forge.Report
	asked     []string
	in        action.Inputs
}

func (h *host) Scan(_ context.Context, in action.Inputs) (*report.Results, error) {
	h.asked, h.in = append(h.asked, "scan"), in
	return h.results, h.scanErr
}

func (h *host) Read(_ context.Context, in action.Inputs) (*report.Results, error) {
	h.asked, h.in = append(h.asked, "read"), in
	return h.results, h.scanErr
}

func (h *host) Publish(_ context.Context, _ *report.Results, in action.Inputs) (forge.Report, error) {
	h.asked, h.in = append(h.asked, "publish"), in
	return h.published, nil
}

func (h *host) Comment(_ context.Context, in action.Inputs) error {
	h.asked, h.in = append(h.asked, "comment"), in
	return nil
}

func (h *host) Prepare(_ context.Context, in action.Inputs) (action.Preparation, error) {
	h.asked, h.in = append(h.asked, "prepare"), in
	return action.Preparation{Matrix: `{"shard":["1/2","2/2"]}`, CachePath: "/cache", CacheKey: "mooring-linux"}, nil
}

func newRunner(t *testing.T, inputs map[string]string) *runner {
	t.Helper()
	r := &runner{t: t, dir: t.TempDir(), env: map[string]string{}, host: &host{results: drifted("aws_instance.web")}}
	r.env["GITHUB_OUTPUT"], r.env["GITHUB_STEP_SUMMARY"] = filepath.Join(r.dir, "output"), filepath.Join(r.dir, "summary")
	r.env["INPUT_WORKING-DIRECTORY"], r.env["INPUT_TOKEN"] = r.dir, "ghs_secret"
	for k, v := range inputs {
		r.env["INPUT_"+strings.ToUpper(k)] = v
	}
	return r
}

func (r *runner) run() error {
	return action.Main(r.t.Context(), func(k string) string { return r.env[k] }, &r.out, r.host)
}

func (r *runner) file(variable string) string {
	text, err := os.ReadFile(r.env[variable])
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.t.Fatal(err)
	}
	return string(text)
}

// outputs are the outputs as the runner reads them.
func (r *runner) outputs() map[string]string {
	out := map[string]string{}
	lines := strings.Split(r.file("GITHUB_OUTPUT"), "\n")
	for i := 0; i+1 < len(lines); i++ {
		if name, delimiter, ok := strings.Cut(lines[i], "<<"); ok {
			for i++; i < len(lines) && lines[i] != delimiter; i++ {
				out[name] += lines[i]
			}
		}
	}
	return out
}

func drifted(addresses ...string) *report.Results {
	s := report.StackResult{Stack: stack.Stack{ID: "infra/prod", Path: "infra/prod", Workspace: "default"}, Status: report.StatusDrifted}
	for _, a := range addresses {
		s.Findings = append(s.Findings, report.Finding{
			Finding: drift.Finding{
				ID: "f_" + a, Address: a, Type: "aws_instance", Kind: drift.KindDrift, Action: "update",
				Changes: []drift.Change{{Path: "instance_type", Kind: drift.KindDrift, Base: "t3.micro", Code: "t3.micro", Live: "t3.large"}},
			},
			Where: map[string]report.Place{"": {File: "infra/prod/main.tf", Line: 3}, "instance_type": {File: "infra/prod/main.tf", Line: 5}},
		})
	}
	clean := report.StackResult{Stack: stack.Stack{ID: "infra/net", Path: "infra/net"}, Status: report.StatusClean}
	failed := report.StackResult{
		Stack: stack.Stack{ID: "infra/eu", Path: "infra/eu"}, Status: report.StatusFailed,
		Diagnostics: []engine.Diagnostic{{Severity: "error", Summary: "no value for required variable", File: "infra/eu/main.tf", Line: 2}},
	}
	return &report.Results{Tool: report.Tool{Name: "mooring"}, Stacks: []report.StackResult{s, clean, failed}}
}

// TestInputs: what is misspelt or contradictory stops the step before anything runs, in a sentence that names the input.
func TestInputs(t *testing.T) {
	for name, c := range map[string]struct {
		inputs map[string]string
		want   string
	}{
		"misspelt mode":        {map[string]string{"mode": "scna"}, `input mode is "scna": want scan, publish, all, comment or prepare`},
		"not a number":         {map[string]string{"concurrency": "many"}, `input concurrency is "many": want a number from 1`},
		"no workers":           {map[string]string{"concurrency": "0"}, `input concurrency is "0"`},
		"not a flag":           {map[string]string{"dry-run": "yes please"}, `input dry-run is "yes please": want true or false`},
		"not a shard":          {map[string]string{"mode": "scan", "shard": "7/5"}, `input shard: shard "7/5": want I/N`},
		"shard that publishes": {map[string]string{"shard": "1/5"}, `input shard goes with mode scan`},
		"no token":             {map[string]string{"mode": "publish", "token": ""}, `input token is empty: mode publish writes issues and pull requests`},
		"lines in a path":      {map[string]string{"results": "a.json\ndrifted<<x\ntrue"}, `input results has several lines: want one`},
		"lines in a program":   {map[string]string{"engine": "tofu\nterraform"}, `input engine has several lines: want one`},
		"no jobs":              {map[string]string{"mode": "prepare", "shards": "0"}, `input shards is "0": want a number from 1`},
		"a dry answer":         {map[string]string{"mode": "comment", "dry-run": "true"}, `input dry-run does not go with mode comment`},
		"one file for two":     {map[string]string{"html": "mooring-results.json"}, `inputs html and results name the same file`},
		"two at once":          {map[string]string{"mode": "x", "adopt": "perhaps"}, `input adopt is "perhaps"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t, c.inputs)
			err := r.run()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error is %v, want %s", err, c.want)
			}
			if len(r.host.asked) != 0 || r.file("GITHUB_OUTPUT") != "" {
				t.Errorf("the step went on: %v", r.host.asked)
			}
			if !strings.Contains(r.out.String(), "::error title=Mooring::") {
				t.Errorf("there is no annotation:\n%s", r.out.String())
			}
		})
	}
}

// TestInputsAreData: lists split at commas and lines, and nothing in a value is expanded or split as a shell would.
func TestInputsAreData(t *testing.T) {
	r := newRunner(t, map[string]string{
		"mode": "scan", "stacks": " infra/* ,\n\"quoted $(touch x)\"\r\n`id`, infra/a b\n", "events": "$(cat /etc/passwd)\n${HOME}/*.json", "engine": "/opt/my tofu", "concurrency": "3", "shard": "2/5",
		"adopt": "false", "results": "out put.json",
	})
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	want := action.Inputs{
		Mode: "scan", Dir: r.dir, Stacks: []string{"infra/*", `"quoted $(touch x)"`, "`id`", "infra/a b"}, Events: []string{"$(cat /etc/passwd)", "${HOME}/*.json"},
		Engine: "/opt/my tofu", Concurrency: 3, Shard: "2/5", Results: "out put.json", Token: "ghs_secret",
	}
	if diff := cmp.Diff(want, r.host.in); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "out put.json")); err != nil {
		t.Error(err)
	}
}

func TestModes(t *testing.T) {
	for mode, want := range map[string][]string{"": {"scan", "publish"}, "all": {"scan", "publish"}, "scan": {"scan"}, "publish": {"read", "publish"}} {
		r := newRunner(t, map[string]string{"mode": mode})
		if err := r.run(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.host.asked); diff != "" {
			t.Errorf("mode %q (-want +got):\n%s", mode, diff)
		}
		_, err := os.Stat(filepath.Join(r.dir, "mooring-results.json"))
		if wrote := err == nil; wrote != (mode != "publish") {
			t.Errorf("mode %q wrote results: %v", mode, wrote)
		}
		if got := r.outputs()["drifted"]; got != "true" {
			t.Errorf("mode %q: output drifted is %q", mode, got)
		}
	}
}

// TestComment: an answer is no scan. It leaves no results and no outputs.
func TestComment(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "comment"})
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"comment"}, r.host.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if left, err := filepath.Glob(filepath.Join(r.dir, "*.json")); err != nil || len(left) != 0 || r.file("GITHUB_OUTPUT") != "" {
		t.Errorf("results %v, %v, outputs %q", left, err, r.file("GITHUB_OUTPUT"))
	}
}

// TestPrepare: what a job matrix and actions/cache need, without a token.
func TestPrepare(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "prepare", "shards": "2", "token": ""})
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"matrix": `{"shard":["1/2","2/2"]}`, "cache-path": "/cache", "cache-key": "mooring-linux"}
	if diff := cmp.Diff(want, r.outputs()); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if r.host.in.Shards != 2 || len(r.host.asked) != 1 || !strings.Contains(r.out.String(), "cache-key mooring-linux") {
		t.Errorf("asked for %v with %+v:\n%s", r.host.asked, r.host.in, r.out.String())
	}
}

// TestOtherForms: a page for people and a file for code scanning, beside the results.
func TestOtherForms(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "scan", "html": "drift.html", "sarif": "drift.sarif"})
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"drift.html": "<!doctype html>", "drift.sarif": "2.1.0"} {
		text, err := os.ReadFile(filepath.Join(r.dir, name))
		if err != nil || !strings.Contains(strings.ToLower(string(text)), want) {
			t.Errorf("%s: %v, without %s", name, err, want)
		}
	}
}

// TestPageOfAPublication: the job that publishes writes one page of all parts, and says where the run's page will list it. Whatever runs a step
// without being GitHub says no such address.
func TestPageOfAPublication(t *testing.T) {
	for _, runner := range []bool{true, false} {
		r := newRunner(t, map[string]string{"mode": "publish", "html": "mooring-report.html"})
		want := ""
		if runner {
			r.env["GITHUB_SERVER_URL"], r.env["GITHUB_REPOSITORY"], r.env["GITHUB_RUN_ID"] = "https://ghe.example.com", "acme/infra", "7"
			want = "https://ghe.example.com/acme/infra/actions/runs/7#artifacts"
		}
		if err := r.run(); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(filepath.Join(r.dir, "mooring-report.html")); err != nil || !bytes.Contains(text, []byte("aws_instance.web")) {
			t.Errorf("the page: %v", err)
		}
		if r.host.results.Page != want || strings.Contains(r.file("GITHUB_STEP_SUMMARY"), "#artifacts") != runner {
			t.Errorf("page %q, want %q; summary:\n%s", r.host.results.Page, want, r.file("GITHUB_STEP_SUMMARY"))
		}
		if _, err := os.Stat(filepath.Join(r.dir, "mooring-results.json")); err == nil {
			t.Error("the results were written anew")
		}
	}
}

func TestOutputs(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "scan"})
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"drifted": "true", "stacks": "3", "findings": "1", "failed": "1", "results-path": filepath.Join(r.dir, "mooring-results.json"),
		"drift": "1", "pending": "0", "conflict": "0", "converged": "0", "undeclared": "0", "noise": "0", "deleted": "0", "unmanaged": "0",
	}
	if diff := cmp.Diff(want, r.outputs()); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	f, err := os.ReadFile(want["results-path"])
	if err != nil {
		t.Fatal(err)
	}
	if err := report.CheckDigest(f); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(r.dir, ".mooring-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Results of a scan that did not finish must not look like results.
func TestScanFails(t *testing.T) {
	r := newRunner(t, nil)
	r.host.scanErr = errors.New("no stacks in infra: ::set-output name=x::y\n::error::forged")
	if err := r.run(); !errors.Is(err, r.host.scanErr) {
		t.Fatalf("error is %v", err)
	}
	if diff := cmp.Diff([]string{"scan"}, r.host.asked); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "mooring-results.json")); err == nil {
		t.Error("there are results")
	}
	commandsOf(t, r.out.String(), "add-mask", "error")
}

// commandsOf expects that each line is a workflow command of one of these kinds, or no command at all to any runner.
func commandsOf(t *testing.T, out string, kinds ...string) {
	t.Helper()
	for line := range strings.Lines(out) {
		known := false
		for _, k := range kinds {
			known = known || strings.HasPrefix(line, "::"+k+" ") || strings.HasPrefix(line, "::"+k+"::")
		}
		if !known && (strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[")) {
			t.Errorf("not our command: %s", line)
		}
	}
}

// TestB23_SummaryFits: however much drifted, the summary stays below what the runner takes, and says how much is missing.
func TestB23_SummaryFits(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "scan"})
	var addresses []string
	for i := range 9000 {
		addresses = append(addresses, fmt.Sprintf("module.%s.aws_instance.this[%d]", strings.Repeat("long_", 20), i))
	}
	r.host.results = drifted(addresses...)
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	summary := r.file("GITHUB_STEP_SUMMARY")
	if n := len(summary); n < 1000 || n > 1<<20 {
		t.Errorf("the summary has %d bytes", n)
	}
	if !strings.HasPrefix(summary, "## Drift") || !strings.Contains(summary, "infra/prod") {
		t.Errorf("the summary begins with %.200s", summary)
	}
}

// TestAnnotations point at the lines that drifted, at most as many as GitHub shows; hostile text in them stays text.
func TestAnnotations(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "scan"})
	var addresses []string
	for i := range 30 {
		addresses = append(addresses, fmt.Sprintf("aws_instance.web[%d]", i))
	}
	addresses[0] = "aws_instance.web[\"x\r\n::stop-commands::y\"]"
	r.host.results = drifted(addresses...)
	r.host.results.Stacks[0].Findings[0].Where["instance_type"] = report.Place{File: "infra/a,b:c\n.tf", Line: 9}
	r.host.results.Stacks[0].Findings[0].Severity.Level = "critical"
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	out := r.out.String()
	commandsOf(t, out, "add-mask", "warning")
	if n := strings.Count(out, "::warning "); n != 10 {
		t.Errorf("%d annotations:\n%s", n, out)
	}
	lines := strings.Split(out, "\n")
	if !strings.Contains(lines[1], "title=Mooring%3A infra/eu could not be planned") || !strings.Contains(lines[1], "file=infra/eu/main.tf,line=2") {
		t.Errorf("the stack that failed is not first: %s", lines[1])
	}
	if !strings.Contains(lines[2], "file=infra/a%2Cb%3Ac") || !strings.Contains(lines[2], "line=9") {
		t.Errorf("the worst finding is not next: %s", lines[2])
	}
	if !strings.Contains(lines[3], "file=infra/prod/main.tf,line=5,title=Mooring%3A infra/prod::") {
		t.Errorf("an annotation is %s", lines[3])
	}
}

// TestTokenIsMasked before anything else is printed, and appears nowhere else.
func TestTokenIsMasked(t *testing.T) {
	r := newRunner(t, nil)
	r.host.published.Problems = []string{"something went wrong"}
	if err := r.run(); err == nil {
		t.Fatal("a problem does not fail the step")
	}
	if !strings.HasPrefix(r.out.String(), "::add-mask::ghs_secret\n") || strings.Count(r.out.String()+r.file("GITHUB_OUTPUT")+r.file("GITHUB_STEP_SUMMARY"), "ghs_secret") != 1 {
		t.Errorf("output is\n%s", r.out.String())
	}
}

func TestFailOnDrift(t *testing.T) {
	for _, mode := range []string{"scan", "all", "publish"} {
		r := newRunner(t, map[string]string{"mode": mode, "fail-on-drift": "true"})
		if err := r.run(); !errors.Is(err, action.ErrDrift) {
			t.Errorf("mode %s with drift: %v", mode, err)
		}
		if r.outputs()["drifted"] != "true" {
			t.Error("there are no outputs")
		}
		r = newRunner(t, map[string]string{"mode": mode, "fail-on-drift": "true"})
		r.host.results = &report.Results{Stacks: r.host.results.Stacks[1:]}
		if err := r.run(); err != nil {
			t.Errorf("mode %s without drift: %v", mode, err)
		}
	}
}

// TestPublishing lists what was written and what was left, as lines that are no commands.
func TestPublishing(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "publish"})
	r.host.published = forge.Report{
		Done: []forge.Action{{Op: forge.OpOpen, Kind: forge.KindIssue, Stack: "infra/prod", Title: "Drift\n::error::x ##[add-mask]s"}, {Op: forge.OpSkip, Kind: forge.KindIssue, Stack: "infra/x", Why: "held"}},
		Left: []forge.Leftover{{Action: forge.Action{Op: forge.OpSkip, Kind: forge.KindPull, Stack: "infra/y"}, Reason: "limit reached"}},
	}
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	out := r.out.String()
	commandsOf(t, out, "add-mask")
	if !strings.Contains(out, "open issue of infra/prod: Drift") || strings.Contains(out, "held") || !strings.Contains(out, "left: skip pull request of infra/y (limit reached)") {
		t.Errorf("output is\n%s", out)
	}
}

// A file of the runner that cannot be written is a warning: the results are there all the same.
func TestRunnerFilesThatCannotBeWritten(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "scan"})
	r.env["GITHUB_OUTPUT"], r.env["GITHUB_STEP_SUMMARY"] = r.dir, filepath.Join(r.dir, "no", "such", "place")
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(r.out.String(), "cannot be written"); n != 2 {
		t.Errorf("output is\n%s", r.out.String())
	}
	if _, err := os.Stat(filepath.Join(r.dir, "mooring-results.json")); err != nil {
		t.Error(err)
	}
}

// Results that cannot be written are an error that names the place.
func TestResultsThatCannotBeWritten(t *testing.T) {
	r := newRunner(t, map[string]string{"mode": "scan", "results": "no/such/place.json"})
	if err := r.run(); err == nil || !strings.Contains(err.Error(), "write results") {
		t.Errorf("error is %v", err)
	}
}
