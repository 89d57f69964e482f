package driftbench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/patch"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/simcloud"
)

// A noPlan error says that the changed world cannot be planned with the code as it is.
type noPlan struct{ error }

func (e *noPlan) Unwrap() error { return e.error }

// A bench is a lab's tree in the hands of one worker: edits are made in it, judged, and taken back.
type bench struct {
	o     Options
	l     *lab
	dir   string
	tree  string
	ready map[string]bool // stacks that are initialised for the arbiter
}

func newBench(o Options, l *lab, dir string) (*bench, error) {
	b := &bench{o: o, l: l, dir: dir, tree: filepath.Join(dir, "tree"), ready: map[string]bool{}}
	return b, copyTree(l.tree, b.tree, func(string) bool { return false })
}

// round runs cases at once, on a cloud of its own, and fills in their verdicts.
func (b *bench) round(ctx context.Context, group []*Stack, cases []*Case) (err error) {
	snapshot := filepath.Join(b.dir, "cloud.json.gz")
	saved, err := os.ReadFile(b.l.snapshot)
	if err == nil {
		err = os.WriteFile(snapshot, saved, 0o600)
	}
	if err != nil {
		return err
	}
	cloud, err := simcloud.Load(snapshot, b.l.catalog.providers...)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if err := change(cloud, c); err != nil {
			return fmt.Errorf("%s of %s: %w", c.Path, c.Address, err)
		}
	}
	attach, stop, err := cloud.Serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	a, err := newArbiter(b.o.Engine, attach, b.dir)
	if err != nil {
		return err
	}
	before := planned{}
	if err := b.plansInto(ctx, a, before, changed(group, cases)); err != nil {
		return &noPlan{err}
	}
	began := time.Now()
	results, err := b.scan(ctx, attach, group)
	if err != nil {
		return err
	}
	took := float64(time.Since(began).Microseconds()) / 1000
	plans := 0
	for _, r := range results.Stacks {
		plans++
		if r.Proof != nil {
			plans += r.Proof.Plans
		}
	}
	b.o.log("%s: %d cases scanned in %.0f s with %d plans", b.l.project.Name, len(cases), took/1000, plans)
	targets := map[string]bool{}
	for _, c := range cases {
		targets[c.Stack+" "+c.Address] = true
	}
	for _, c := range cases {
		c.Verdict, c.Detail = Broken, "the scan has no such stack"
	}
	for _, p := range partsOf(results) {
		after, planErr := b.edited(ctx, a, group, p.files, before)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, c := range cases {
			if !p.stacks[c.Stack] {
				continue
			}
			c.Plans, c.Millis = float64(plans)/float64(len(cases)), took/float64(len(cases))
			b.judge(c, results, before, after, planErr, targets)
			if c.Diff = ""; c.Verdict == Wrong || c.Verdict == Collateral {
				c.Diff = diffOf(results, p.stacks)
			}
		}
	}
	if !b.o.Baselines {
		return nil
	}
	// A case that is run again, alone, keeps what became of the baselines.
	if cases = slices.DeleteFunc(slices.Clone(cases), func(c *Case) bool { return c.Literal != "" }); len(cases) == 0 {
		return nil
	}
	return b.baselines(ctx, a, group, cases, before)
}

// changed are the stacks of a group in which a case changes something.
func changed(group []*Stack, cases []*Case) []*Stack {
	return slices.DeleteFunc(slices.Clone(group), func(s *Stack) bool {
		return !slices.ContainsFunc(cases, func(c *Case) bool { return c.stack == s })
	})
}

// edited are the arbiter's plans with other files: of the stacks that may read one of them. The others' are what they were. Those of a stack
// whose plan before is not known yet are put into before.
func (b *bench) edited(ctx context.Context, a *arbiter, group []*Stack, files map[string][]byte, before planned) (planned, error) {
	readers := b.readers(group, files)
	var unknown []*Stack
	for _, s := range readers {
		if _, known := before[s.Path]; !known {
			unknown = append(unknown, s)
		}
	}
	if err := b.plansInto(ctx, a, before, unknown); err != nil {
		return nil, err
	}
	after := maps.Clone(before)
	for name := range before {
		if slices.ContainsFunc(readers, func(s *Stack) bool { return strings.HasPrefix(name, s.Path+" ") }) {
			delete(after, name)
		}
	}
	err := b.with(files, func() error { return b.plansInto(ctx, a, after, readers) })
	return after, err
}

// readers are the stacks of a group that may read one of some files: those that reach its directory, and all when it is not a file of
// configuration.
func (b *bench) readers(group []*Stack, files map[string][]byte) []*Stack {
	return slices.DeleteFunc(slices.Clone(group), func(s *Stack) bool {
		dirs := reachable(b.l.folders, s.Path)
		for name := range files {
			if !strings.HasSuffix(name, ".tf") || slices.Contains(dirs, path.Dir(name)) {
				return false
			}
		}
		return true
	})
}

// plansInto adds the arbiter's plans of some stacks, under "stack address", and each stack itself, as a stack that was planned.
func (b *bench) plansInto(ctx context.Context, a *arbiter, all planned, stacks []*Stack) error {
	for _, s := range stacks {
		if !b.ready[s.Path] {
			if err := a.init(ctx, b.tree, s); err != nil {
				return err
			}
			b.ready[s.Path] = true
		}
		p, err := a.plan(ctx, b.tree, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Path, err)
		}
		all[s.Path] = action{}
		for address, action := range p {
			all[s.Path+" "+address] = action
		}
	}
	return nil
}

// scan is Mooring, as it would be run.
func (b *bench) scan(ctx context.Context, attach string, group []*Stack) (*report.Results, error) {
	c, err := config.Parse([]byte(""), config.Name)
	if err != nil {
		return nil, err
	}
	for _, s := range b.l.stacks {
		if s.Skipped != "" {
			continue
		}
		c.Stacks.Include = append(c.Stacks.Include, s.Path)
		c.Declared = append(c.Declared, config.Stack{ID: s.Path, VarFiles: s.VarFiles, Env: s.Env})
	}
	o := scan.Options{
		Root: b.tree, FS: os.DirFS(b.tree), Config: c, Engine: b.o.Engine, Concurrency: 1, Adopt: true,
		Env:      []string{"PATH=" + os.DevNull, "HOME=" + b.dir, "TF_REATTACH_PROVIDERS=" + attach, "TF_CLI_CONFIG_FILE=" + os.DevNull},
		CacheDir: filepath.Join(b.l.dir, "cache"), TempDir: b.dir, Now: time.Now, Progress: scan.NoProgress{},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, s := range group {
		o.Stacks = append(o.Stacks, s.Path)
	}
	return scan.Run(ctx, o)
}

// A part is stacks of a scan whose edits are judged together.
type part struct {
	stacks map[string]bool
	files  map[string][]byte
}

// partsOf puts all stacks together, or each by itself when two edit one file: each of them has a pull request of its own.
func partsOf(r *report.Results) []part {
	all := part{map[string]bool{}, map[string][]byte{}}
	var each []part
	shared := false
	for _, s := range r.Stacks {
		own := part{map[string]bool{s.Stack.ID: true}, map[string][]byte{}}
		for _, f := range s.Files {
			_, twice := all.files[f.Path]
			shared = shared || twice
			all.files[f.Path], own.files[f.Path] = f.After, f.After
		}
		all.stacks[s.Stack.ID] = true
		each = append(each, own)
	}
	if shared {
		return each
	}
	return []part{all}
}

// diffOf shows all edits of some stacks.
func diffOf(r *report.Results, stacks map[string]bool) string {
	var b strings.Builder
	for _, s := range r.Stacks {
		if !stacks[s.Stack.ID] {
			continue
		}
		for _, f := range s.Files {
			b.WriteString(patch.Unified("a/"+f.Path, "b/"+f.Path, string(f.Before), string(f.After)))
		}
	}
	return b.String()
}

// with does something while files of the tree have another content.
func (b *bench) with(files map[string][]byte, do func() error) (err error) {
	for name, content := range files {
		full := filepath.Join(b.tree, filepath.FromSlash(name))
		was, readErr := os.ReadFile(full)
		if err := write(full, content); err != nil {
			return err
		}
		defer func() {
			if readErr != nil {
				err = errors.Join(err, os.Remove(full))
			} else {
				err = errors.Join(err, write(full, was))
			}
		}()
	}
	return do()
}

// judge gives one case its verdict.
func (b *bench) judge(c *Case, r *report.Results, before, after planned, planErr error, targets map[string]bool) {
	name := c.Stack + " " + c.Address
	c.Reasons, c.Detail = nil, ""
	_, visible := before[name]
	found, status := findingOf(r, c)
	switch {
	case found == nil && !visible:
		c.Verdict, c.Detail = Invisible, status
	case found == nil || found.Adoption.Status == "" || found.Adoption.Status == adopt.StatusNone:
		c.Verdict = Missed
		if !visible {
			c.Verdict = Invisible
		}
		if c.Detail = status; found != nil {
			c.Reasons = []string{string(found.Kind) + " " + found.Reason}
		}
	case found.Adoption.Status != adopt.StatusReady:
		c.Verdict = Refused
		for _, refusal := range found.Adoption.Refusals {
			c.Reasons = append(c.Reasons, refusal.Code)
			c.Detail += refusal.Path + ": " + refusal.Detail + "; "
		}
	case planErr != nil:
		c.Verdict, c.Detail = Wrong, "the edited code cannot be planned: "+firstError(planErr)
	default:
		var left []string
		if now, still := after[name]; still {
			left = faults(before[name], now, c.Path)
		}
		others := moved(before, after, targets)
		switch {
		case len(left) > 0:
			c.Verdict, c.Detail = Wrong, "the edited code still changes the object: "+strings.Join(left, ", ")
		case len(others) > 0:
			c.Verdict, c.Detail = Collateral, "would move "+strings.Join(others, ", ")
		default:
			c.Verdict = Adopted
		}
	}
}

// findingOf is the finding about a case's object, or what the scan says of its stack.
func findingOf(r *report.Results, c *Case) (*report.Finding, string) {
	for n := range r.Stacks {
		s := &r.Stacks[n]
		if s.Stack.ID != c.Stack {
			continue
		}
		text := string(s.Status)
		for _, d := range s.Diagnostics {
			text += "; " + d.Summary
		}
		for i := range s.Findings {
			if f := &s.Findings[i]; f.Address == c.Address {
				return f, text
			}
		}
		return nil, text
	}
	return nil, "the scan has no such stack"
}

// baselines does what others do, and lets the same arbiter judge it.
func (b *bench) baselines(ctx context.Context, a *arbiter, group []*Stack, cases []*Case, before planned) error {
	byFile := map[string][]splice{}
	targets := map[string]bool{}
	for _, c := range cases {
		c.Literal, c.Stub = Refused, Wrong
		targets[c.Stack+" "+c.Address] = true
		if e := c.literal; e != nil && c.Verdict != Invisible {
			byFile[e.file] = append(byFile[e.file], splice{e.at, e.text})
		}
	}
	files := map[string][]byte{}
	for name, list := range byFile {
		src, err := os.ReadFile(filepath.Join(b.tree, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		files[name] = spliced(src, list)
	}
	if len(files) > 0 {
		after, err := b.edited(ctx, a, group, files, before)
		for _, c := range cases {
			if c.literal == nil {
				continue
			}
			_, still := after[c.Stack+" "+c.Address]
			switch {
			case err != nil, still:
				c.Literal = Wrong
			case slices.ContainsFunc(moved(before, after, targets), c.sameBlock):
				c.Literal = Collateral
			default:
				c.Literal = Adopted
			}
		}
	}
	stubs := map[string][]byte{}
	for _, c := range cases {
		name := filepath.ToSlash(filepath.Join(c.Stack, "drift_stub.tf"))
		stubs[name] = append(stubs[name], stubOf(c)...)
	}
	after, err := b.edited(ctx, a, group, stubs, before)
	for _, c := range cases {
		if _, still := after[c.Stack+" "+c.Address]; err == nil && !still {
			c.Stub = Adopted
			if len(moved(before, after, targets)) > 0 {
				c.Stub = Collateral
			}
		}
	}
	return ctx.Err()
}

// sameBlock tells whether an instance, "stack address", may come from the block that the case is about: a literal there moves these alone.
func (c *Case) sameBlock(name string) bool {
	_, address, _ := strings.Cut(name, " ")
	at := strings.LastIndex("."+address, "."+c.in.typ+"."+c.in.name)
	if at < 0 {
		return false
	}
	rest := address[at+len(c.in.typ+"."+c.in.name):]
	return rest == "" || rest[0] == '['
}

// stubOf is a new block that holds the changed argument, as tools write it that do not look at the code.
func stubOf(c *Case) []byte {
	top, _, _ := strings.Cut(cmp.Or(c.Path, "name"), ".")
	top, _, _ = strings.Cut(top, "[")
	value := `""`
	if v, ok := c.after[top].(string); ok {
		value = string(tokens(cty.StringVal(v)))
	}
	return []byte(fmt.Sprintf("resource %q %q {\n  %s = %s\n}\n", c.in.typ, c.in.name, top, value))
}
