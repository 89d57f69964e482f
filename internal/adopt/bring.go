package adopt

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// An Importer reads objects that no state knows; engine.Saved is one.
type Importer interface {
	// Describe returns a resource block, as text, that has every argument of the object of a type that an import by id finds; sensitive ones are
	// null. provider is the address of a provider configuration of the root module, "" for the default one.
	Describe(ctx context.Context, typ, id, provider string) ([]byte, error)
}

// A bring takes an object that no stack knows into the code: an import block, and a resource block with what is worth saying of it.
type bring struct {
	address module.Address
	id      string                 // by which the engine finds it
	ids     []string               // all that is known, the likeliest first
	event   map[string]drift.Value // what the audit event said of it

	provider string   // of the neighbour, as its code writes it
	lines    []string // the resource block
}

// bring is the wish to import an unmanaged object; nil when its finding does not say where, or by what id.
func (in *Input) bring(n int, f drift.Finding) *wish {
	a, err := module.ParseAddress(f.Address)
	if err != nil || len(f.IDs) == 0 || f.IDs[0] == "" || in.Tree.Module(a.ModulePath()) == nil {
		return nil
	}
	return &wish{finding: n, target: solve.Target{Address: f.Address}, deed: &bring{address: a, id: f.IDs[0], ids: f.IDs, event: f.Attributes}}
}

func (b *bring) String() string { return b.address.String() }

func (b *bring) done(w *solve.World) bool { return w.Makes(b.String()) }

func (b *bring) instance() string { return b.String() }

func (b *bring) note() string {
	return fmt.Sprintf("the next apply imports %s and changes nothing of it; after that, the import block can go", b)
}

func (b *bring) fault(q *drift.Plan) string {
	i := instancesOf(q)[instanceKey{b.String(), ""}]
	switch {
	case i == nil || !i.Importing:
		return "the plan would not import " + b.String()
	case acts(i.Action):
		return fmt.Sprintf("%s would be imported and then %s", b, i.Action)
	}
	return ""
}

func (b *bring) answer(a *attempt) solve.Answer {
	if b.done(a.world) {
		return solve.Answer{Satisfied: true}
	}
	return solve.Answer{Candidates: []solve.Candidate{{Edits: b.edits(a.tree)}}, Reason: solve.Reason{Code: CodeFrozenFile, Detail: "there is no file that may be edited for " + b.String()}}
}

// edits write the import block and the resource block, each where its neighbours are.
func (b *bring) edits(t *module.Tree) []hclfile.Edit {
	m := t.Module(b.address.ModulePath())
	file, after := b.place(t, m)
	if file == nil {
		return nil
	}
	text := hclfile.Text{Path: file.Path, Source: file.Source}
	wanted := []string{"import {", "\tto = " + b.String(), "\tid = " + quoteLiteral(b.id)}
	if b.provider != "" && m.Parent == nil {
		wanted = append(wanted, "\tprovider = "+b.provider)
		wanted[1], wanted[2] = "\tto       = "+b.String(), "\tid       = "+quoteLiteral(b.id)
	}
	wanted = append(wanted, "}")
	if m.Parent == nil {
		return text.AddBlock(after, slices.Concat(wanted, []string{""}, b.lines))
	}
	// Only the root module may import.
	root, last := importsFile(t, t.Root, b.address.Modules[0].Name)
	if root == nil {
		return nil
	}
	rootText := hclfile.Text{Path: root.Path, Source: root.Source}
	return slices.Concat(text.AddBlock(after, b.lines), rootText.AddBlock(last, wanted))
}

func quoteLiteral(s string) string { return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes()) }

// place finds the file for the resource block, and the block to write it after: the last sibling of its type, else the resource that it refers to
// first, else nothing in a file that holds resources.
func (b *bring) place(t *module.Tree, m *module.Module) (*module.File, *hclsyntax.Block) {
	var last *hclsyntax.Block
	for _, r := range siblings(t, m, b.address.Type) {
		last = r.Block
	}
	if last == nil {
		for _, key := range b.refersTo(m) {
			if r := m.Resources[key]; r != nil && editable(t, r.Block) {
				last = r.Block
				break
			}
		}
	}
	if last != nil {
		return t.Files[last.TypeRange.Filename], last
	}
	var pick *module.File
	for _, name := range m.Files {
		if f := t.Files[name]; f != nil && f.Body != nil && f.Frozen == "" && !f.JSON && (pick == nil || path.Base(name) == "main.tf") && !overrides(name) {
			pick = f
		}
	}
	return pick, nil
}

func overrides(name string) bool {
	base, _, _ := strings.Cut(path.Base(name), ".")
	return base == "override" || strings.HasSuffix(base, "_override")
}

// siblings are the resources of a type in a module whose blocks may have others beside them, in the order of the text.
func siblings(t *module.Tree, m *module.Module, typ string) []*module.Resource {
	var out []*module.Resource
	for _, r := range m.Resources {
		if !r.Data && r.Type == typ && editable(t, r.Block) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *module.Resource) int {
		x, y := a.Block.TypeRange, b.Block.TypeRange
		if x.Filename != y.Filename {
			return slices.Index(m.Files, x.Filename) - slices.Index(m.Files, y.Filename)
		}
		return x.Start.Byte - y.Start.Byte
	})
	return out
}

func editable(t *module.Tree, b *hclsyntax.Block) bool {
	f := t.Files[b.TypeRange.Filename]
	return f != nil && f.Frozen == "" && !f.JSON
}

// refersTo lists the resources that the written block refers to, in order.
func (b *bring) refersTo(m *module.Module) []string {
	f := module.Parse("new.tf", []byte(strings.ReplaceAll(strings.Join(b.lines, "\n")+"\n", "\t", "  ")))
	var out []string
	if f.Body == nil || len(f.Body.Blocks) != 1 {
		return nil
	}
	for _, a := range sortedKeys(f.Body.Blocks[0].Body.Attributes) {
		for _, tr := range hclsyntax.Variables(f.Body.Blocks[0].Body.Attributes[a].Expr) {
			if name, ok := at(tr, 1); ok && m.Resources[tr.RootName()+"."+name] != nil {
				out = append(out, tr.RootName()+"."+name)
			}
		}
	}
	return out
}

// importsFile is the file of the root module that holds import blocks and nothing else, with the last of them; else the file of a call.
func importsFile(t *module.Tree, root *module.Module, call string) (*module.File, *hclsyntax.Block) {
	for _, b := range slices.Backward(root.Imports) {
		f := t.Files[b.TypeRange.Filename]
		if editable(t, b) && !slices.ContainsFunc(f.Body.Blocks, func(other *hclsyntax.Block) bool { return other.Type != "import" }) {
			return f, b
		}
	}
	if c := root.Calls[call]; c != nil && editable(t, c.Block) {
		return t.Files[c.Block.TypeRange.Filename], c.Block
	}
	return nil, nil
}

// AddressFor is the address that an unmanaged object gets when it is imported: beside the resource that it is part of or is like (parent, may be ""), in the
// root module when the parent's module exists more than once or is not of the repository. t may be nil. taken says which addresses are in use.
func AddressFor(t *module.Tree, parent string, f drift.Finding, taken func(address string) bool) string {
	a := module.Address{Type: f.Type}
	p, err := module.ParseAddress(parent)
	if err == nil && alone(t, p) {
		a.Modules = p.Modules
	}
	base := ""
	for _, key := range []string{"name", "statement_id", "target_id", "policy_arn", "destination_cidr_block", "rule_number", "endpoint"} {
		if s := lastWord(f.Attributes[key]); base == "" {
			base = s
		}
	}
	if base == "" {
		base = lastWord(nameInMetadata(f.Attributes))
	}
	if base == "" && p.Type == f.Type { // its sibling's name is another object's
		base = nameIn(f.IDs)
	}
	if base == "" {
		base = p.Name
	}
	if base == "" {
		base = "this"
	}
	a.Name = base
	for n := 2; taken(a.String()) || t != nil && t.Resource(a.String()) != nil; n++ {
		a.Name = fmt.Sprintf("%s_%d", base, n)
	}
	return a.String()
}

// nameIn makes an identifier of the name among the ids of an object; "" when the cloud chose all of them.
func nameIn(ids []string) string {
	for _, id := range slices.Backward(ids) {
		if strings.Contains(id, "://") || strings.HasPrefix(id, "arn:") {
			id = id[strings.LastIndexAny(id, "/:")+1:]
		}
		if s := lastWord(id); s != "" && !ChosenByCloud(id) {
			return s
		}
	}
	return ""
}

// ChosenByCloud tells whether an id is one as a cloud makes them up: i-0abc1234, E2QWRUHAPOMQZL.
func ChosenByCloud(id string) bool { return chosenID.MatchString(id) }

var chosenID = regexp.MustCompile(`^([a-z]+-)?[0-9a-f]{8,}(-[0-9a-f]{4,})*$|^[0-9A-Z]{13,}$`)

// nameInMetadata is the name of a Kubernetes object.
func nameInMetadata(attributes map[string]drift.Value) drift.Value {
	blocks, _ := attributes["metadata"].([]drift.Value)
	if len(blocks) != 1 {
		return nil
	}
	metadata, _ := blocks[0].(map[string]drift.Value)
	return metadata["name"]
}

// alone tells whether the module of an address exists once and may be edited.
func alone(t *module.Tree, a module.Address) bool {
	if slices.ContainsFunc(a.Modules, func(s module.Step) bool { return s.Key != nil }) {
		return false
	}
	if t == nil {
		return true
	}
	m := t.Module(a.ModulePath())
	if m == nil || m.Installed {
		return false
	}
	n := 0
	for _, other := range t.Modules() {
		if other.Dir == m.Dir {
			n++
		}
	}
	return n == 1
}

var (
	notInName = regexp.MustCompile(`[^a-z0-9]+`)
	wordEnd   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// lastWord makes an identifier of a value: of what stands after the last slash or colon.
func lastWord(v drift.Value) string {
	s := ""
	switch x := v.(type) {
	case string:
		s = x
	case fmt.Stringer:
		s = x.String()
	}
	if strings.HasPrefix(s, "arn:") {
		s = s[strings.LastIndexAny(s, "/:")+1:]
	}
	s = strings.Trim(notInName.ReplaceAllString(strings.ToLower(wordEnd.ReplaceAllString(s, "${1}_$2")), "_"), "_")
	if len(s) > 48 {
		s = strings.TrimRight(s[:48], "_")
	}
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		s = "n" + s
	}
	return s
}
