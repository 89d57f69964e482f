package scan

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
)

// maxTries is how many upgrades of one stack are tried each by itself; more are told by their pattern.
const maxTries = 4

// upgrades are the providers and modules that a stack uses in other versions than those that belonged to the last clean scan.
func (s *scan) upgrades(ctx context.Context, j *job) []report.Upgrade {
	before := s.before(ctx, j)
	if before == nil {
		return nil
	}
	name := path.Join(j.stack.Path, lockName)
	var out []report.Upgrade
	if was := before(name); was != nil {
		out = changedVersions(parseLock(was, name), lockedVersions(s.Options, name), s.lineAuthor(ctx))
	}
	if j.tree == nil {
		return out
	}
	now := compare.ModuleVersions(j.tree)
	var then []compare.Version
	for _, v := range now {
		if src := before(v.File); src != nil {
			if b := callIn(src, v.File, v.Name); b != nil {
				then = append(then, compare.Version{Kind: v.Kind, Name: v.Name, Version: callVersion(b, v.Source)})
			}
		}
	}
	return append(out, changedVersions(then, now, s.lineAuthor(ctx))...)
}

// before reads files as they were at the last clean scan of a stack; nil when nothing is known of it. It answers nil for what was not there.
func (s *scan) before(ctx context.Context, j *job) func(name string) []byte {
	if s.Memory == nil || s.Repo == nil {
		return nil
	}
	_, commit := s.Memory.LastClean(j.stack.ID)
	if commit == "" {
		return nil
	}
	return func(name string) []byte {
		src, err := s.Repo.Show(ctx, commit, name)
		if err != nil {
			return nil // there was none, or history does not reach that far
		}
		return src
	}
}

// lineAuthor tells which commit wrote the line that names a version.
func (s *scan) lineAuthor(ctx context.Context) func(compare.Version) *git.Commit {
	return func(v compare.Version) *git.Commit {
		lines, err := s.Repo.Blame(ctx, v.File)
		if err != nil || v.Line < 1 || v.Line > len(lines) {
			return nil
		}
		return lines[v.Line-1]
	}
}

// callIn is the block of the module call at the end of an address, in one file.
func callIn(src []byte, file, address string) *hclsyntax.Block {
	label := address[strings.LastIndexByte(address, '.')+1:]
	for _, b := range topBlocks(src, file) {
		if b.Type == "module" && len(b.Labels) == 1 && b.Labels[0] == label {
			return b
		}
	}
	return nil
}

// callVersion is the version that a module call names; of a local module beside its other versions, the name of its directory. now is the source
// that the call has today: another module altogether is no version of it.
func callVersion(b *hclsyntax.Block, now string) string {
	source, version := compare.SplitSource(module.StringAt(b.Body, "source"))
	if version = cmp.Or(version, module.StringAt(b.Body, "version")); version != "" && source == now {
		return version
	}
	if isLocal(source) && isLocal(now) && path.Dir(source) == path.Dir(now) {
		return path.Base(source)
	}
	return ""
}

func isLocal(source string) bool {
	return strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// changedVersions are what two lists of versions name both, in another version. by tells which commit wrote the new one; it may answer nil.
func changedVersions(before, after []compare.Version, by func(compare.Version) *git.Commit) []report.Upgrade {
	was := map[string]string{}
	for _, v := range before {
		was[v.Kind+" "+v.Name] = v.Version
	}
	var out []report.Upgrade
	for _, v := range after {
		from := was[v.Kind+" "+v.Name]
		if from == "" || from == v.Version {
			continue
		}
		u := report.Upgrade{Kind: v.Kind, Name: v.Name, From: from, To: v.Version, Source: v.Source}
		if c := by(v); c != nil {
			u.Commit, u.Author = c.ID, cmp.Or(c.Author.Name, c.Author.Email)
		}
		out = append(out, u)
	}
	return out
}

// upgradedProviders are the providers among upgrades.
func upgradedProviders(list []report.Upgrade) []string {
	var out []string
	for _, u := range list {
		if u.Kind == compare.KindProvider {
			out = append(out, u.Name)
		}
	}
	return out
}

// explainUpgrades is the leg between planning and attribution: it finds out what the upgrades of a stack brought. Each is tried: the stack is
// planned as it would be without it, offline; what is planned with it and not without it is its work. One that cannot be tried is told by its
// pattern: what no code says on resources of its provider (see drift.Classify), what is planned inside its module.
func (s *scan) explainUpgrades(ctx context.Context, j *job) error {
	var findings []*drift.Finding
	waiting := false
	for i := range j.result.Findings {
		f := &j.result.Findings[i].Finding
		findings = append(findings, f)
		waiting = waiting || f.Kind == drift.KindPending || f.Reason == drift.ReasonAbsorbed || slices.ContainsFunc(f.Changes, func(c drift.Change) bool { return c.Kind == drift.KindPending })
	}
	before := s.before(ctx, j)
	if len(j.upgrades) == 0 || before == nil {
		return nil
	}
	for i := range j.upgrades {
		u := &j.upgrades[i]
		if !waiting {
			break
		}
		if i < maxTries && j.saved != nil {
			found, err := s.without(ctx, j, *u, before)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				u.Tried = true
				drift.MarkUpgrade(findings, found, u.Kind+" "+u.Name, func(f *drift.Finding) bool { return u.Kind == compare.KindProvider && f.Provider == u.Name })
				continue
			}
			s.debug("an upgrade was not tried", "stack", j.stack.ID, "upgrade", u.Name, "why", err)
		}
		if u.Kind == compare.KindModule && s.onlyVersion(j, *u, before) {
			drift.MarkModule(findings, moduleAddress(u.Name))
		}
	}
	j.result.Upgrades = report.Moved(j.upgrades, j.result.Findings)
	return nil
}

// without is what is found in the plan of a stack without an upgrade.
func (s *scan) without(ctx context.Context, j *job, u report.Upgrade, before func(string) []byte) ([]drift.Finding, error) {
	files := map[string][]byte{}
	only := used{u.Kind, u.Name}
	if u.Kind == compare.KindModule {
		only.name = u.Name[strings.LastIndexByte(u.Name, '.')+1:]
	}
	for _, name := range append(filesOf(j.tree), path.Join(j.stack.Path, lockName)) {
		was := before(name)
		if was == nil || u.Kind == compare.KindModule && path.Base(name) == lockName {
			continue
		}
		now, err := fs.ReadFile(s.FS, name)
		if err != nil {
			continue // an installed module's
		}
		if text := withVersions(now, was, name, only); string(text) != string(now) {
			files[name] = text
		}
		if b := callIn(was, name, only.name); u.Kind == compare.KindModule && b != nil && !s.atHand(j, name, module.StringAt(b.Body, "source")) {
			return nil, engine.ErrNotAtHand
		}
	}
	if len(files) == 0 {
		return nil, errors.New("no file names the earlier version")
	}
	p, err := j.saved.PlanWith(ctx, files, true)
	if err != nil {
		return nil, err
	}
	var code drift.Code
	if j.tree != nil {
		code = j.tree
	}
	return drift.Classify(p, code, drift.Options{Stack: j.stack.ID, DecodeYAML: decodeYAML}), nil
}

// atHand tells whether a module is in the tree, so that nothing need be downloaded for it.
func (s *scan) atHand(j *job, file, source string) bool {
	if !isLocal(source) {
		return false
	}
	info, err := fs.Stat(s.FS, path.Join(path.Dir(file), source))
	return err == nil && info.IsDir()
}

// onlyVersion tells whether a module is called with what it was called with before, but for its version.
func (s *scan) onlyVersion(j *job, u report.Upgrade, before func(string) []byte) bool {
	for _, v := range compare.ModuleVersions(j.tree) {
		if v.Kind != u.Kind || v.Name != u.Name {
			continue
		}
		now, err := fs.ReadFile(s.FS, v.File)
		was := before(v.File)
		if err != nil || was == nil {
			return false
		}
		a, b := callIn(now, v.File, u.Name), callIn(was, v.File, u.Name)
		return a != nil && b != nil && callText(now, a) == callText(was, b)
	}
	return false
}

// callText is what a module call says beside source and version, without its layout.
func callText(src []byte, b *hclsyntax.Block) string {
	var lines []string
	for name, a := range b.Body.Attributes {
		if name != "source" && name != "version" {
			lines = append(lines, name+"="+strings.Join(strings.Fields(string(a.Expr.Range().SliceBytes(src))), " "))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// moduleAddress is the address of a module call that is named a.b.
func moduleAddress(name string) string { return "module." + strings.ReplaceAll(name, ".", ".module.") }

// debug says what few people want to know.
func (s *scan) debug(message string, args ...any) {
	if s.Log != nil {
		s.Log.Debug(message, args...)
	}
}
