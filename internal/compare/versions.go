package compare

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/module"
)

// versions makes a row of every engine, provider and module that environments use in other versions.
func (c *comparing) versions() {
	type key struct{ kind, name string }
	seen := map[key][]*Version{}
	for i := range c.stacks {
		for n := range c.stacks[i].Versions {
			v := &c.stacks[i].Versions[n]
			k := key{v.Kind, c.translators[i].names(v.Name)}
			if seen[k] == nil {
				seen[k] = make([]*Version, len(c.stacks))
			}
			seen[k][i] = v
		}
	}
	keys := slices.SortedFunc(maps.Keys(seen), func(a, b key) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name)) })
	for _, k := range keys {
		list := seen[k]
		var with []int
		for i, v := range list {
			if v != nil {
				with = append(with, i)
			}
		}
		same := func(a, b int) bool { return list[a].Version == list[b].Version }
		odd := apart(with, same)
		if odd == nil {
			continue
		}
		d := Difference{
			Address: k.kind + " " + list[with[0]].Name, Path: "version", Class: Skew, Side: SideCode, Reason: ReasonVersion,
			Cells: make([]Cell, len(c.stacks)), Addresses: make([]string, len(c.stacks)), Apart: odd,
			Because: "environments use other versions of " + k.kind + " " + list[with[0]].Name,
		}
		for i, v := range list {
			if v == nil {
				continue
			}
			d.Cells[i] = Cell{State: StatePresent, Code: v.Version, Live: v.Version}
			if v.File != "" {
				d.Places = append(d.Places, Place{i, v.File, v.Line})
				if commit := c.lineCommit(v.File, v.Line); commit != nil && (d.Commit == nil || commit.Time.After(d.Commit.Time)) {
					d.Commit = commit
				}
			}
		}
		c.out.Differences = append(c.out.Differences, d)
	}
}

func (c *comparing) lineCommit(file string, line int) *Commit {
	if c.o.History == nil || line < 1 {
		return nil
	}
	key := lineKey{file, line, line}
	if got, ok := c.commits[key]; ok {
		return got
	}
	got := c.o.History.LastChange(file, line, line)
	c.commits[key] = got
	return got
}

// providerSkew is the verdict when environments use a provider in other versions; nil when they do not.
func (c *comparing) providerSkew(envs []int, provider string) *verdict {
	version := ""
	for _, i := range envs {
		for _, v := range c.stacks[i].Versions {
			if v.Kind != KindProvider || v.Name != provider {
				continue
			}
			if version != "" && v.Version != version {
				return &verdict{class: Skew, reason: ReasonVersion, because: "no code sets it, and the environments use other versions of provider " + provider, decided: []string{"provider " + provider}}
			}
			version = v.Version
		}
	}
	return nil
}

// moduleSkew is the verdict when a module between the root and a value is called in other versions; nil when none is.
func (c *comparing) moduleSkew(a, b int, addressA, addressB string, da, db module.Deciders) *verdict {
	ta, tb := c.stacks[a].Tree, c.stacks[b].Tree
	paths := append(modulePaths(addressA), da.Calls...)
	others := append(modulePaths(addressB), db.Calls...)
	for n, path := range paths {
		with := path
		if n < len(others) && len(others) == len(paths) {
			with = others[n]
		}
		ca, cb := callAt(ta, path), callAt(tb, with)
		if ca == nil || cb == nil {
			continue
		}
		sa, va := versionedSource(ca)
		sb, vb := versionedSource(cb)
		ma, mb := ta.Module(path), tb.Module(with)
		name := "module " + strings.Join(path, ".")
		if sa == sb && va != vb {
			return &verdict{
				class: Skew, reason: ReasonVersion, because: "the environments call " + name + " in other versions", decided: []string{name},
				places: append(place(a, ca.Block.TypeRange), place(b, cb.Block.TypeRange)...),
			}
		}
		// A copy of a module for each version lies beside the other: modules/web/v1, modules/web/v2.
		if local(sa) && local(sb) && ma != nil && mb != nil && ma.Dir != mb.Dir && versionSibling(ma.Dir, mb.Dir) {
			return &verdict{
				class: Skew, reason: ReasonVersion, because: "the environments call " + name + " in other versions", decided: []string{name},
				places: append(place(a, ca.Block.TypeRange), place(b, cb.Block.TypeRange)...),
			}
		}
	}
	return nil
}

func modulePaths(address string) [][]string {
	a, err := module.ParseAddress(address)
	if err != nil {
		return nil
	}
	names := a.ModulePath()
	var out [][]string
	for n := range names {
		out = append(out, names[:n+1])
	}
	return out
}

func local(source string) bool {
	return strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// versionSibling tells whether two directories differ in one segment only, and that is a version in both.
func versionSibling(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	if len(x) != len(y) {
		return false
	}
	differs := 0
	for i := range x {
		if x[i] != y[i] {
			differs++
			if !looksLikeVersion(x[i]) || !looksLikeVersion(y[i]) || x[i][:len(x[i])-len(bareVersion(x[i]))] != y[i][:len(y[i])-len(bareVersion(y[i]))] {
				return false
			}
		}
	}
	return differs == 1
}

// bareVersion is the end of a name after the last hyphen: v2 of network-v2.
func bareVersion(s string) string { return s[strings.LastIndexAny(s, "-_@")+1:] }

func looksLikeVersion(s string) bool {
	s = strings.TrimLeft(bareVersion(s), "v")
	return s != "" && strings.Trim(s, "0123456789.") == "" && s[0] != '.'
}

// SplitSource takes the version off a module source: the ref of a git address.
func SplitSource(source string) (bare, version string) {
	bare, query, ok := strings.Cut(source, "?")
	if !ok {
		return source, ""
	}
	var rest []string
	for _, pair := range strings.Split(query, "&") {
		if v, ok := strings.CutPrefix(pair, "ref="); ok {
			version = v
			continue
		}
		rest = append(rest, pair)
	}
	if len(rest) > 0 {
		bare += "?" + strings.Join(rest, "&")
	}
	return bare, version
}

// ModuleVersions lists the versions in which a tree calls the modules that have one.
func ModuleVersions(t *module.Tree) []Version {
	var out []Version
	for _, m := range t.Modules() {
		for _, name := range slices.Sorted(maps.Keys(m.Calls)) {
			call := m.Calls[name]
			source, version := versionedSource(call)
			at := call.Block.TypeRange
			if child := m.Children[name]; version == "" && child != nil && local(source) && looksLikeVersion(lastSegment(child.Dir)) {
				version = lastSegment(child.Dir)
			}
			for _, attribute := range []string{"source", "version"} {
				if a := call.Block.Body.Attributes[attribute]; a != nil {
					at = a.Expr.Range()
				}
			}
			if version != "" {
				path := append(slices.Clone(m.Path), name)
				out = append(out, Version{Kind: KindModule, Name: strings.Join(path, "."), Version: version, Source: source, File: at.Filename, Line: at.Start.Line})
			}
		}
	}
	return out
}

// callAt is the module call at a path of call names; nil when there is none. The called module need not be there.
func callAt(t *module.Tree, path []string) *module.Call {
	if len(path) == 0 {
		return nil
	}
	m := t.Module(path[:len(path)-1])
	if m == nil {
		return nil
	}
	return m.Calls[path[len(path)-1]]
}

// versionedSource is the source of a module without its version, and the version: the ref of a git address, or the version argument.
func versionedSource(call *module.Call) (source, version string) {
	source, version = SplitSource(call.Source)
	return source, cmp.Or(version, module.StringAt(call.Block.Body, "version"))
}

func lastSegment(dir string) string { return dir[strings.LastIndexByte(dir, '/')+1:] }
