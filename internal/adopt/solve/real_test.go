package solve

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/patch"
)

// repositories are the archives to run on: the one in testdata, and those in a folder named by the environment.
func repositories(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/repos/*.tar.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no repositories: %v", err)
	}
	if dir := os.Getenv("MOORING_SHARED_DATA"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "repos", "*.tar.gz"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range more {
			if info, err := os.Stat(f); err == nil && info.Size() < 1<<20 {
				files = append(files, f)
			}
		}
	}
	return files
}

func unpack(t *testing.T, file string) fstest.MapFS {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			src, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			out[path.Clean(h.Name)] = &fstest.MapFile{Data: src}
		}
	}
}

// stacks are the directories with a backend, cloud or provider block that no module call names.
func stacks(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	roots, called := map[string]bool{}, map[string]bool{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".tf" {
			return err
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		if f := module.Parse(p, src); f.Body != nil {
			for _, b := range f.Body.Blocks {
				switch b.Type {
				case "provider", "terraform":
					if b.Type == "provider" || slices.ContainsFunc(b.Body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "backend" || b.Type == "cloud" }) {
						roots[path.Dir(p)] = true
					}
				case "module":
					if a := b.Body.Attributes["source"]; a != nil {
						if s, ok := text(constant(a.Expr)); ok && strings.HasPrefix(s, ".") {
							called[path.Join(path.Dir(p), s)] = true
						}
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for dir := range roots {
		if !called[dir] {
			out = append(out, dir)
		}
	}
	slices.Sort(out)
	return out
}

func constant(e hclsyntax.Expression) cty.Value {
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	return v
}

// A pretence is a stack as if it were applied: every instance has the values that its code gives, and made-up computed ones.
type pretence struct {
	tree      *module.Tree
	objects   *Objects
	world     *World
	instances []string
}

func pretend(t *testing.T, fsys fs.FS, dir string) *pretence {
	t.Helper()
	tree, err := module.Load(fsys, dir, module.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &pretence{tree: tree, objects: NewObjects(nil, nil)}
	for range 3 { // values settle as references find their targets
		p.world = NewWorld(tree, p.objects)
		p.instances = nil
		p.expand(&Scope{w: p.world, mod: tree.Root})
	}
	p.world = NewWorld(tree, p.objects)
	slices.Sort(p.instances)
	return p
}

func (p *pretence) expand(sc *Scope) {
	keys := func(count, forEach hclsyntax.Expression) []any {
		switch {
		case count != nil:
			n, ok := wholeNumber(sc.Eval(count))
			if !ok || n > 20 {
				return nil
			}
			var out []any
			for i := range n {
				out = append(out, i)
			}
			return out
		case forEach != nil:
			names, ok := keysOf(sc.Eval(forEach))
			if !ok || len(names) > 20 {
				return nil
			}
			var out []any
			for _, n := range names {
				out = append(out, n)
			}
			return out
		}
		return []any{nil}
	}
	for _, key := range slices.Sorted(maps.Keys(sc.mod.Resources)) {
		r := sc.mod.Resources[key]
		for _, k := range keys(r.Count, r.ForEach) {
			a := module.Address{Modules: sc.steps, Data: r.Data, Type: r.Type, Name: r.Name, Key: k}
			in, _ := p.world.instance(a)
			values := map[string]drift.Value{}
			for name, v := range entries(describe(in, r.Block.Body, false)) {
				if known(v) {
					values[name] = toDrift(v)
				}
			}
			h := fnv.New64a()
			_, _ = h.Write([]byte(a.String()))
			for name, v := range map[string]string{"id": "id-%x", "arn": "arn:aws:x:eu-west-1:111122223333:thing/%x", "name": "name-%x", "json": `{"Statement":[{"Sid":"%x"}]}`} {
				if values[name] == nil {
					values[name] = fmt.Sprintf(v, h.Sum64())
				}
			}
			p.objects.Set(a.String(), values)
			if !r.Data {
				p.instances = append(p.instances, a.String())
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sc.mod.Children)) {
		c := sc.mod.Calls[name]
		for _, k := range keys(c.Count, c.ForEach) {
			p.expand(&Scope{w: p.world, mod: sc.mod.Children[name], steps: append(slices.Clone(sc.steps), module.Step{Name: name, Key: k})})
		}
	}
}

func toDrift(v cty.Value) drift.Value {
	b, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return nil
	}
	var out drift.Value
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if dec.Decode(&out) != nil {
		return nil
	}
	return out
}

// A mutation is one thing that somebody changes by hand.
type mutation struct {
	target Target
	form   string // of the expression that says it now
	how    string
}

// mutations lists what can be changed of an instance: leaves, entries and elements, documents, whole attributes.
func (p *pretence) mutations(address string, r *rand.Rand) []mutation {
	a, err := module.ParseAddress(address)
	if err != nil {
		return nil
	}
	sc, res := p.world.instance(a)
	if res == nil {
		return nil
	}
	var out []mutation
	p.mutateBody(sc, res.Block.Body, "", address, r, &out)
	return out
}

func (p *pretence) mutateBody(sc *Scope, body *hclsyntax.Body, prefix, address string, r *rand.Rand, out *[]mutation) {
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		v := sc.Eval(body.Attributes[name].Expr)
		if slices.Contains(meta, name) || !known(v) || v.IsNull() {
			continue
		}
		form := formOf(body.Attributes[name].Expr)
		for _, m := range mutate(prefix+name, v, r) {
			m.target.Address, m.form = address, form
			*out = append(*out, m)
		}
	}
	names := map[string]bool{}
	for _, b := range body.Blocks {
		if b.Type == "dynamic" && len(b.Labels) == 1 {
			names[b.Labels[0]] = true
		} else if !slices.Contains(meta, b.Type) {
			names[b.Type] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		occ, ok := (&solver{w: p.world}).occurrences(site{sc: sc, body: body}, name)
		if !ok {
			continue
		}
		for i, o := range occ {
			before := len(*out)
			p.mutateBody(o.sc, o.body, fmt.Sprintf("%s%s[%d].", prefix, name, i), address, r, out)
			for j := before; j < len(*out); j++ {
				if o.turn != nil {
					(*out)[j].form = "dynamic " + (*out)[j].form
				}
			}
		}
	}
}

func mutate(at string, v cty.Value, r *rand.Rand) []mutation {
	want := func(how, at string, v drift.Value) mutation {
		return mutation{target: Target{Path: at, Want: v}, how: how}
	}
	switch {
	case isString(v):
		s := v.AsString()
		if doc, ok := decodeJSON(s); ok {
			if changed, ok := changeLeaf(doc, r); ok {
				b, _ := json.Marshal(toDrift(changed))
				return []mutation{want("document", at, string(b))}
			}
			return nil
		}
		return []mutation{want("string", at, changeText(s))}
	case v.Type() == cty.Number:
		n := v.Add(cty.NumberIntVal(1))
		return []mutation{want("number", at, json.Number(hclfile.NumberText(n.AsBigFloat())))}
	case v.Type() == cty.Bool:
		return []mutation{want("bool", at, v.False())}
	case isMap(v):
		var out []mutation
		keys := slices.Sorted(maps.Keys(entries(v)))
		if len(keys) > 0 {
			k := keys[r.Intn(len(keys))]
			out = append(out, mutate(fmt.Sprintf("%s[%q]", at, k), entries(v)[k], r)...)
			if allStrings(v) {
				out = append(out, want("remove entry", fmt.Sprintf("%s[%q]", at, k), nil))
			}
		}
		if allStrings(v) {
			out = append(out, want("add entry", at+`["CostCenter"]`, "4711"))
		}
		return out
	case isList(v):
		l := toDrift(v).([]drift.Value)
		var out []mutation
		if len(l) > 0 && allStrings(v) {
			i := r.Intn(len(l))
			more := append(slices.Clone(l), "added")
			less := slices.Delete(slices.Clone(l), i, i+1)
			if _, ok := l[i].(string); ok {
				out = append(out, want("add element", at, more), want("remove element", at, less))
			}
		}
		if len(l) > 0 && !v.Type().IsSetType() {
			i := r.Intn(len(l))
			out = append(out, mutate(fmt.Sprintf("%s[%d]", at, i), elements(v)[i], r)...)
		}
		return out
	}
	return nil
}

func allStrings(v cty.Value) bool {
	for it := v.ElementIterator(); it.Next(); {
		if _, e := it.Element(); !isString(e) {
			return false
		}
	}
	return true
}

func changeText(s string) string {
	switch {
	case s == "true":
		return "false"
	case s == "false":
		return "true"
	case strings.HasSuffix(s, "\n"):
		return strings.TrimSuffix(s, "\n") + " changed\n"
	}
	return s + "-changed"
}

func changeLeaf(v cty.Value, r *rand.Rand) (cty.Value, bool) {
	switch {
	case isMap(v):
		keys := slices.Sorted(maps.Keys(entries(v)))
		for _, i := range r.Perm(len(keys)) {
			m := entries(v)
			if c, ok := changeLeaf(m[keys[i]], r); ok {
				m[keys[i]] = c
				return cty.ObjectVal(m), true
			}
		}
	case isList(v):
		l := slices.Clone(elements(v))
		for _, i := range r.Perm(len(l)) {
			if c, ok := changeLeaf(l[i], r); ok {
				l[i] = c
				return cty.TupleVal(l), true
			}
		}
	case isString(v):
		return cty.StringVal(changeText(v.AsString())), true
	case v.Type() == cty.Number && !v.IsNull():
		return v.Add(cty.NumberIntVal(1)), true
	}
	return v, false
}

func formOf(e hclsyntax.Expression) string {
	switch x := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return "literal"
	case *hclsyntax.TemplateExpr:
		if fixed(x) {
			return "literal"
		}
		return "template"
	case *hclsyntax.ScopeTraversalExpr:
		switch n := x.Traversal.RootName(); n {
		case "var", "local", "each", "count", "module", "data":
			return n
		}
		return "reference"
	case *hclsyntax.FunctionCallExpr:
		return x.Name + "()"
	case *hclsyntax.ParenthesesExpr:
		return formOf(x.Expression)
	}
	return strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", e), "*hclsyntax."), "Expr")
}

// A tally counts results.
type tally struct{ adopted, refused, total int }

// TestRealRepositories changes values of real code by hand, in thought, and asks for edits. Every edit that is offered must be right:
// the code says the wanted value, nothing else of the stack says anything else, and the patch touches few lines. How many are found is
// printed; a floor guards against losing what was won.
func TestRealRepositories(t *testing.T) {
	forms, repos, reasons := map[string]*tally{}, map[string]*tally{}, map[string]int{}
	var spent time.Duration
	var asked int
	var misses []string
	for _, file := range repositories(t) {
		fsys := unpack(t, file)
		r := rand.New(rand.NewSource(1))
		name := strings.TrimSuffix(filepath.Base(file), ".tar.gz")
		repos[name] = &tally{}
		var all []mutation
		var of []*pretence
		for _, dir := range stacks(t, fsys) {
			p := pretend(t, fsys, dir)
			for _, address := range p.instances {
				for _, m := range p.mutations(address, r) {
					all, of = append(all, m), append(of, p)
				}
			}
		}
		picks := r.Perm(len(all))
		for _, i := range picks[:min(len(picks), samples())] {
			m, p := all[i], of[i]
			start := time.Now()
			patch, why := p.adopt(t, m)
			spent += time.Since(start)
			asked++
			key := m.form + " / " + m.how
			if forms[key] == nil {
				forms[key] = &tally{}
			}
			for _, c := range []*tally{forms[key], repos[name]} {
				c.total++
				if patch != "" {
					c.adopted++
				} else {
					c.refused++
				}
			}
			if patch == "" {
				code, _, _ := strings.Cut(why, ":")
				reasons[code]++
				misses = append(misses, fmt.Sprintf("%-40s %-20s %s %s %s", name, key, m.target.Address, m.target.Path, why))
			}
		}
	}
	if asked == 0 {
		t.Fatal("nothing was asked")
	}
	print := func(title string, m map[string]*tally) {
		keys := slices.Collect(maps.Keys(m))
		sort.Slice(keys, func(i, j int) bool { return m[keys[i]].total > m[keys[j]].total })
		t.Log(title)
		for _, k := range keys {
			t.Logf("  %-45s %5d of %5d", k, m[k].adopted, m[k].total)
		}
	}
	print("by repository", repos)
	print("by form", forms)
	t.Log("refusals", reasons)
	t.Logf("%d asked, %v each", asked, spent/time.Duration(asked))
	if out := os.Getenv("MOORING_MISSES"); out != "" {
		if err := os.WriteFile(out, []byte(strings.Join(misses, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range repos {
		if c.total > 0 && float64(c.adopted)/float64(c.total) < 0.7 {
			t.Errorf("%s: only %d of %d adopted", name, c.adopted, c.total)
		}
	}
}

func samples() int {
	if os.Getenv("MOORING_SHARED_DATA") != "" {
		return 400
	}
	return 30
}

// adopt finds an edit as package adopt does, and checks it more thoroughly: against every instance of the stack.
func (p *pretence) adopt(t *testing.T, m mutation) (diff, why string) {
	t.Helper()
	answer := p.world.Change(m.target)
	if answer.Satisfied {
		return "", "satisfied: already"
	}
	collateral := ""
	for _, c := range answer.Candidates {
		edited := map[string][]byte{}
		failed := false
		for name, edits := range hclfile.ByFile(c.Edits) {
			src, err := p.tree.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			after, err := hclfile.Apply(src, edits)
			if err != nil {
				t.Errorf("%s %s: %v", m.target.Address, m.target.Path, err)
				failed = true
				continue
			}
			edited[name] = after
		}
		if failed {
			continue
		}
		tree, err := p.tree.With(edited)
		if err != nil {
			t.Fatal(err)
		}
		if len(tree.Problems) > len(p.tree.Problems) {
			t.Errorf("%s %s: the edit does not parse: %v", m.target.Address, m.target.Path, tree.Problems[len(tree.Problems)-1])
			continue
		}
		world := p.world.With(tree)
		if !world.Check(m.target) {
			continue
		}
		moved := ""
		for _, address := range p.instances {
			for _, at := range p.world.Differences(world, address) {
				x, y := module.SplitPath(m.target.Path), module.SplitPath(at)
				n := min(len(x), len(y))
				if address != m.target.Address || !slices.Equal(x[:n], y[:n]) {
					moved = address
				}
			}
		}
		if moved != "" {
			collateral = moved
			continue
		}
		for name, after := range edited {
			src, _ := p.tree.ReadFile(name)
			diff += patch.Unified(name, name, string(src), string(after))
		}
		return diff, ""
	}
	if collateral != "" {
		return "", "collateral: " + collateral
	}
	return "", answer.Reason.Code + ": " + answer.Reason.Detail
}
