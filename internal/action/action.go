// Package action is the GitHub Actions face of Mooring: it reads the inputs that action.yml declares, runs a scan, a publication or both, or answers a comment, and
// answers with outputs, a step summary, annotations and masked values. Start with [Run].
//
// What it promises: an input that is misspelt or contradictory stops the step with one sentence before anything runs; the token never reaches
// the engine; the summary stays below what the runner accepts; results appear whole or not at all.
package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

// SummaryLimit is below the 1,024 KiB per step that the runner takes; beyond it drops the whole summary.
const SummaryLimit = 1000 << 10

// Inputs are the inputs of action.yml.
type Inputs struct {
	Mode        string // one of Modes
	Dir         string
	Stacks      []string
	Events      []string
	Plans       []string // STACK=FILE
	Engine      string
	Concurrency int
	Shard       string
	Shards      int // of mode prepare
	Adopt       bool
	Results     string
	HTML        string
	SARIF       string
	Token       string
	DryRun      bool
	FailOnDrift bool
}

// A Host does the work that the action asks for; package cli is the real one.
type Host interface {
	Scan(ctx context.Context, in Inputs) (*report.Results, error)
	Read(ctx context.Context, in Inputs) (*report.Results, error)
	Publish(ctx context.Context, r *report.Results, in Inputs) (forge.Report, error)
	// Comment answers the event that started the workflow, when it is a comment or a box that was ticked.
	Comment(ctx context.Context, in Inputs) error
	// Prepare says how to split the work and what to keep between runs.
	Prepare(ctx context.Context, in Inputs) (Preparation, error)
}

// A Preparation is what mode prepare sets as outputs.
type Preparation struct {
	Matrix    string // JSON
	CachePath string
	CacheKey  string
}

// ResultsPath is where results are written and read.
func (in Inputs) ResultsPath() string { return in.path(in.Results) }

func (in Inputs) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(in.Dir, name)
}

// Main runs the step of the environment that getenv reads, with workflow commands on out. What stops it is an annotation too, since the page
// of a run shows nothing else of a step that ended badly.
func Main(ctx context.Context, getenv func(string) string, out io.Writer, host Host) error {
	a := githubactions.New(githubactions.WithGetenv(getenv), githubactions.WithWriter(out))
	in, err := ReadInputs(a)
	if err == nil {
		err = Run(ctx, a, in, host)
	}
	if err != nil && ctx.Err() == nil {
		a.WithFieldsMap(fields("", 0, "Mooring")).Errorf("%s", report.Plain(err.Error()))
	}
	return err
}

// ErrDrift is returned when drift was found and the inputs ask to fail on it.
var ErrDrift = errors.New("drift was found, and fail-on-drift is true")

// ReadInputs reads and checks the inputs. A name is accepted as the runner spells it for actions of its own kind (INPUT_DRY-RUN) and as
// every shell can carry it (INPUT_DRY_RUN).
func ReadInputs(a *githubactions.Action) (Inputs, error) {
	get := func(name string) string {
		if v := a.GetInput(name); v != "" {
			return v
		}
		return a.GetInput(strings.ReplaceAll(name, "-", "_"))
	}
	in := Inputs{
		Mode: or(get("mode"), "all"), Dir: or(get("working-directory"), "."), Engine: get("engine"),
		Stacks: list(get("stacks")), Events: list(get("events")), Plans: list(get("plans")), Shard: get("shard"),
		Results: or(get("results"), "mooring-results.json"), HTML: get("html"), SARIF: get("sarif"), Token: get("token"),
	}
	for line := range strings.Lines(in.Token) {
		a.AddMask(strings.TrimSpace(line)) // the runner masks line by line
	}
	var errs []error
	for _, name := range oneLine() {
		if strings.ContainsAny(get(name), "\r\n") {
			errs = append(errs, fmt.Errorf("input %s has several lines: want one", name))
		}
	}
	if !isMode(in.Mode) {
		errs = append(errs, fmt.Errorf("input mode is %q: want %s", in.Mode, modeNames()))
	}
	if _, err := scan.ParseShard(in.Shard); err != nil {
		errs = append(errs, fmt.Errorf("input shard: %w", err))
	}
	if in.Shard != "" && in.Mode != "scan" {
		errs = append(errs, fmt.Errorf("input shard goes with mode scan: the other stacks would look resolved to mode %s", in.Mode))
	}
	number := func(name string, dst *int) {
		v := get(name)
		if v == "" {
			return
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			errs = append(errs, fmt.Errorf("input %s is %q: want a number from 1", name, v))
		}
		*dst = n
	}
	number("concurrency", &in.Concurrency)
	number("shards", &in.Shards)
	flag := func(name string, dst *bool, fallback bool) {
		v := get(name)
		*dst = fallback
		if v == "" {
			return
		}
		b, err := strconv.ParseBool(v)
		if err != nil {
			errs = append(errs, fmt.Errorf("input %s is %q: want true or false", name, v))
		}
		*dst = b
	}
	flag("adopt", &in.Adopt, true)
	flag("dry-run", &in.DryRun, false)
	flag("fail-on-drift", &in.FailOnDrift, false)
	if in.Mode == "comment" && in.DryRun {
		errs = append(errs, errors.New("input dry-run does not go with mode comment: an answer is written or it is none"))
	}
	for name, path := range map[string]string{"html": in.HTML, "sarif": in.SARIF} {
		if path != "" && in.path(path) == in.ResultsPath() {
			errs = append(errs, fmt.Errorf("inputs %s and results name the same file, %q", name, path))
		}
	}
	if in.Mode != "scan" && in.Mode != "prepare" && in.Token == "" {
		errs = append(errs, errors.New("input token is empty: mode "+in.Mode+" writes issues and pull requests"))
	}
	return in, errors.Join(errs...)
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// list splits at commas and line ends.
func list(s string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Run performs the step.
func Run(ctx context.Context, a *githubactions.Action, in Inputs, host Host) error {
	switch in.Mode {
	case "comment":
		return host.Comment(ctx, in)
	case "prepare":
		return prepare(ctx, a, in, host)
	}
	var r *report.Results
	var err error
	if in.Mode == "publish" {
		r, err = host.Read(ctx, in)
	} else {
		r, err = host.Scan(ctx, in)
	}
	if err != nil {
		return err
	}
	path, err := filepath.Abs(in.ResultsPath())
	if err != nil {
		return err
	}
	if in.HTML != "" {
		r.Page = artifacts(a.Getenv)
	}
	if err := writeFiles(path, r, in); err != nil {
		return err
	}
	if in.Mode != "publish" {
		annotate(a, r)
	}
	outputs(a, r, path)
	if in.Mode != "publish" || in.HTML != "" {
		if err := summarise(a, r); err != nil {
			return err
		}
	}
	if in.Mode != "scan" {
		if err := publish(ctx, a, r, in, host); err != nil {
			return err
		}
	}
	if in.FailOnDrift && Drifted(r) {
		return ErrDrift
	}
	return nil
}

// artifacts is where the page of a run lists what its jobs uploaded; "" when the runner does not say which run this is. The address of one
// artifact is known when it is uploaded, which is after the step that publishes.
func artifacts(getenv func(string) string) string {
	server, repository, run := getenv("GITHUB_SERVER_URL"), getenv("GITHUB_REPOSITORY"), getenv("GITHUB_RUN_ID")
	if server == "" || repository == "" || run == "" {
		return ""
	}
	return server + "/" + repository + "/actions/runs/" + run + "#artifacts"
}

func summarise(a *githubactions.Action, r *report.Results) error {
	if !writable(a, "GITHUB_STEP_SUMMARY") {
		return nil
	}
	var summary bytes.Buffer
	if err := report.WriteMarkdown(&summary, r, report.MarkdownOptions{Budget: SummaryLimit}); err != nil {
		return err
	}
	a.AddStepSummary(summary.String())
	return nil
}

// writable tells whether the runner gave a file to write to and it can be written; the toolkit panics when it cannot. A file that is there
// but closed to us is worth a warning and no more: the results are what counts.
func writable(a *githubactions.Action, variable string) bool {
	path := a.Getenv(variable)
	if path == "" {
		return false
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		a.Warningf("%s", report.Plain(fmt.Sprintf("%s cannot be written: %v", variable, err)))
	}
	return err == nil
}

// say prints a line that the runner takes for a line: foreign text in it is no command, neither "::...::" nor the older "##[...]".
func say(a *githubactions.Action, text string) {
	a.Infof("%s", strings.TrimLeft(strings.ReplaceAll(report.Plain(text), "##[", "# #["), ": "))
}

func publish(ctx context.Context, a *githubactions.Action, r *report.Results, in Inputs, host Host) error {
	done, err := host.Publish(ctx, r, in)
	for _, d := range done.Done {
		if d.Mutates() {
			say(a, d.String())
		}
	}
	for _, l := range done.Left {
		say(a, fmt.Sprintf("left: %s (%s)", l.Action, l.Reason))
	}
	for _, p := range done.Problems {
		a.Warningf("%s", report.Plain(p))
	}
	if err != nil {
		return err
	}
	if len(done.Problems) > 0 {
		return fmt.Errorf("not everything could be published: %s", done.Problems[0])
	}
	return nil
}

// writeFiles writes the results where they are new, and the other forms of them that were asked for.
func writeFiles(path string, r *report.Results, in Inputs) error {
	if in.Mode != "publish" {
		if err := write(path, r, report.WriteJSON); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name   string
		render func(io.Writer, *report.Results) error
	}{{in.HTML, report.WriteHTML}, {in.SARIF, report.WriteSARIF}} {
		if f.name == "" {
			continue
		}
		if err := write(in.path(f.name), r, f.render); err != nil {
			return err
		}
	}
	return nil
}

// write makes a file that appears whole or not at all.
func write(path string, r *report.Results, render func(io.Writer, *report.Results) error) error {
	var b bytes.Buffer
	if err := render(&b, r); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".mooring-*")
	if err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	_, werr := part.Write(b.Bytes())
	if err := errors.Join(werr, part.Chmod(0o644), part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return os.Rename(part.Name(), path)
}

// prepare sets the outputs that later jobs and steps are built from, and prints them.
func prepare(ctx context.Context, a *githubactions.Action, in Inputs, host Host) error {
	p, err := host.Prepare(ctx, in)
	if err != nil {
		return err
	}
	say(a, "matrix "+p.Matrix)
	say(a, "cache-path "+p.CachePath)
	say(a, "cache-key "+p.CacheKey)
	if !writable(a, "GITHUB_OUTPUT") {
		return nil
	}
	a.SetOutput("matrix", p.Matrix)
	a.SetOutput("cache-path", p.CachePath)
	a.SetOutput("cache-key", p.CacheKey)
	return nil
}

// countedKinds are the kinds of findings that are outputs of their own.
var countedKinds = []drift.Kind{
	drift.KindDrift, drift.KindPending, drift.KindConflict, drift.KindConverged, drift.KindUndeclared, drift.KindNoise, drift.KindDeleted, drift.KindUnmanaged,
}

// outputs are those that action.yml declares.
func outputs(a *githubactions.Action, r *report.Results, path string) {
	if !writable(a, "GITHUB_OUTPUT") {
		return
	}
	findings, failed, kinds := 0, 0, map[drift.Kind]int{}
	for _, s := range r.Stacks {
		if s.Status == report.StatusFailed {
			failed++
		}
		for _, f := range s.Findings {
			kinds[f.Kind]++
			if report.IsDrift(f) {
				findings++
			}
		}
	}
	a.SetOutput("drifted", strconv.FormatBool(Drifted(r)))
	a.SetOutput("stacks", strconv.Itoa(len(r.Stacks)))
	a.SetOutput("findings", strconv.Itoa(findings))
	a.SetOutput("failed", strconv.Itoa(failed))
	a.SetOutput("results-path", path)
	for _, k := range countedKinds {
		a.SetOutput(string(k), strconv.Itoa(kinds[k]))
	}
}

// Drifted tells whether any stack drifted.
func Drifted(r *report.Results) bool {
	return slices.ContainsFunc(r.Stacks, func(s report.StackResult) bool { return s.Status == report.StatusDrifted })
}

// maxAnnotations is how many annotations of one kind GitHub shows for a step.
const maxAnnotations = 10

// annotate points at the lines of code that drifted, worst first, as many as GitHub shows.
func annotate(a *githubactions.Action, r *report.Results) {
	notes := report.Annotations(r)
	for _, n := range notes[:min(len(notes), maxAnnotations)] {
		a.WithFieldsMap(fields(n.Place.File, n.Place.Line, n.Title)).Warningf("%s", n.Text)
	}
}

func fields(file string, line int, title string) map[string]string {
	m := map[string]string{"title": report.Plain(title)}
	if file != "" {
		m["file"] = report.Plain(file)
		if line > 0 {
			m["line"] = strconv.Itoa(line)
		}
	}
	return m
}
