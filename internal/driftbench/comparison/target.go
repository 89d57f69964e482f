package comparison

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/driftbench"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/simcloud/facts"
)

// A target is an argument of a resource that every environment has and says alike, written plainly.
type target struct {
	typ, name string
	module    []string // names of the calls
	dirs      []string // by environment: the directory whose code it is in
	files     []string // by environment
	attribute string
	text      string // of the argument
	other     string // another value for it
	value     any    // the other value in Go
	shared    bool   // all environments read the same block
	unread    bool   // nothing refers to the resource, and it has neither count nor for_each
	ids       []string
	address   string
}

func (t *target) key() string { return t.typ + "." + t.name }

var (
	secretive   = regexp.MustCompile(`(?i)passw|secret|token|private_key|credential|_wo$`)
	identifying = map[string]bool{"id": true, "arn": true, "self_link": true, "region": true, "project": true, "location": true, "name": true, "source": true}
	meta        = map[string]bool{"count": true, "for_each": true, "depends_on": true, "provider": true, "lifecycle": true}
)

// targets lists what can be planted upon, in a fixed order.
func (b *bench) targets() ([]*target, error) {
	var trees []*module.Tree
	var states []map[string]string
	for n, e := range b.d.Environments {
		t, err := module.Load(os.DirFS(b.d.Tree), e.Path, module.Options{VarFiles: e.VarFiles, Workspace: e.Workspace})
		if err != nil {
			return nil, err
		}
		trees = append(trees, t)
		ids, err := driftbench.ReadIDs(b.d.State(b.d.Tree, n))
		if err != nil {
			return nil, err
		}
		states = append(states, ids)
	}
	var out []*target
	for _, m := range trees[0].Modules() {
		var keys []string
		for key := range m.Resources {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			out = append(out, b.targetsOf(trees, states, m.Path, key)...)
		}
	}
	return out, nil
}

func (b *bench) targetsOf(trees []*module.Tree, states []map[string]string, calls []string, key string) []*target {
	var blocks []*module.Resource
	base := target{module: calls, shared: true}
	for n, t := range trees {
		m := t.Module(calls)
		if m == nil || m.Resources[key] == nil || m.Resources[key].Data {
			return nil
		}
		r := m.Resources[key]
		blocks = append(blocks, r)
		base.typ, base.name = r.Type, r.Name
		base.dirs = append(base.dirs, m.Dir)
		base.files = append(base.files, r.Block.TypeRange.Filename)
		base.shared = base.shared && base.files[n] == base.files[0]
	}
	prefix := ""
	for _, c := range calls {
		prefix += "module." + c + "."
	}
	address := ""
	for a := range states[0] {
		if without(a) != prefix+key || slices.ContainsFunc(states, func(s map[string]string) bool { return s[a] == "" }) {
			continue
		}
		if address == "" || a < address {
			address = a
		}
	}
	if address == "" {
		return nil
	}
	base.address = address
	for _, s := range states {
		base.ids = append(base.ids, s[address])
	}
	base.unread = blocks[0].Count == nil && blocks[0].ForEach == nil && !b.referred(base.dirs, key)
	var out []*target
	var names []string
	for name := range blocks[0].Block.Body.Attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t := base
		t.attribute = name
		if b.plain(&t, trees, blocks) {
			out = append(out, &t)
		}
	}
	return out
}

// plain tells whether every environment writes the argument as the same plain value, of which another can be made.
func (b *bench) plain(t *target, trees []*module.Tree, blocks []*module.Resource) bool {
	if meta[t.attribute] || identifying[t.attribute] || secretive.MatchString(t.attribute) || !b.d.Real(t.typ, t.attribute) || facts.Known(t.typ).Replace[t.attribute] {
		return false
	}
	known := false
	for _, p := range b.d.Providers {
		if o := p.Resources[t.typ]; o != nil {
			a := o.Block.Attributes[t.attribute]
			known = a != nil && (a.Optional || a.Required) && !a.Sensitive && !a.WriteOnly && a.AttributeType != cty.NilType && a.AttributeType.IsPrimitiveType()
		}
	}
	if !known {
		return false
	}
	for n, r := range blocks {
		a := r.Block.Body.Attributes[t.attribute]
		if trees[n].Ignores(t.address, t.attribute) {
			return false // no apply would make it so
		}
		if a == nil || len(hclsyntax.Variables(a.Expr)) > 0 {
			return false
		}
		text := string(trees[n].Text(a.Expr.Range()))
		if n > 0 && text != t.text {
			return false
		}
		t.text = text
		v, diags := a.Expr.Value(nil)
		if diags.HasErrors() || v.IsNull() {
			return false
		}
		switch v.Type() {
		case cty.Bool:
			t.value, t.other = !v.True(), fmt.Sprint(!v.True())
		case cty.Number:
			f, _ := v.AsBigFloat().Int64()
			t.value, t.other = f+1, fmt.Sprint(f+1)
		case cty.String:
			s := v.AsString()
			if strings.ContainsAny(s, "\n\"\\{") || len(s) > 200 {
				return false
			}
			t.value, t.other = s+"-blue", fmt.Sprintf("%q", s+"-blue")
		default:
			return false
		}
	}
	return true
}

// referred tells whether any code of the directories speaks of the resource.
func (b *bench) referred(dirs []string, key string) bool {
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(key) + `\b`)
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(b.d.Tree, filepath.FromSlash(dir), "*.tf"))
		if err != nil {
			return true
		}
		for _, f := range files {
			src, err := os.ReadFile(f)
			if err != nil || word.Match(src) {
				return true
			}
		}
	}
	return false
}

var instanceKeys = regexp.MustCompile(`\[("([^"\\]|\\.)*"|[0-9]+)\]`)

// without is an address without instance keys.
func without(address string) string { return instanceKeys.ReplaceAllString(address, "") }

// root is the directory of an environment, and files in it.
func (b *bench) root(n int, name string) string { return path.Join(b.d.Environments[n].Path, name) }
