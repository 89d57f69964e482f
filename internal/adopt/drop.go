package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A deed is what a wish asks for when it is more than a value: that an instance goes from the code, or comes into it.
type deed interface {
	// answer finds the edits in the code as an attempt has left it.
	answer(a *attempt) solve.Answer
	// done tells whether code says it.
	done(w *solve.World) bool
	// fault says what a plan of the edited code shows that was not asked for; "" when it is as it should be.
	fault(q *drift.Plan) string
	// instance is the address under which the plan of the edited code has it.
	instance() string
	// note says what a person should know about the edit.
	note() string
}

// A drop takes an instance whose object is gone out of the code.
type drop struct {
	address module.Address
	engine  string
	version string
	all     []string // every instance that goes, of any resource

	forgotten bool // a removed block tells the engine
}

// drop is the wish to take the instance of a deleted object out of the code; nil when its address is none.
func (in *Input) drop(n int, f drift.Finding) *wish {
	a, err := module.ParseAddress(f.Address)
	if err != nil {
		return nil
	}
	d := &drop{address: a, engine: in.Before.Engine, version: in.Before.Version}
	for _, other := range in.Findings {
		if other.Kind == drift.KindDeleted && slices.Contains(in.Only, other.Address) {
			d.all = append(d.all, other.Address)
		}
	}
	return &wish{finding: n, target: solve.Target{Address: f.Address}, deed: d}
}

func (d *drop) String() string { return d.address.String() }

func (d *drop) instance() string { return d.String() }

func (d *drop) note() string {
	if d.forgotten {
		return fmt.Sprintf("the removed block makes the state forget %s; it can go after the next apply", d.address.Resource())
	}
	return fmt.Sprintf("the next apply lets go of %s in the state; where plans do not refresh, run %s state rm '%s'", d, d.engine, d)
}

func (d *drop) done(w *solve.World) bool { return !w.Makes(d.String()) }

func (d *drop) fault(q *drift.Plan) string {
	for _, i := range q.Instances {
		if i.Address == d.String() && acts(i.Action) && i.Action != drift.ActionForget {
			return fmt.Sprintf("%s would still %s", i.Address, i.Action)
		}
	}
	return ""
}

func (d *drop) answer(a *attempt) solve.Answer {
	r := a.tree.Resource(d.String())
	if r == nil || !a.world.Makes(d.String()) {
		d.forgotten = r == nil && forgets(a.tree, d.address)
		return solve.Answer{Satisfied: true}
	}
	whole := !slices.ContainsFunc(a.world.InstancesOf(r), func(address string) bool { return a.world.Makes(address) && !slices.Contains(d.all, address) })
	key := d.address.Key
	d.forgotten = false
	if whole {
		key = nil
	}
	if at := solve.Mentions(a.tree, r.Module, r.Key(), key); len(at) > 0 {
		return solve.Answer{Reason: solve.Reason{Code: CodeReferenced, Detail: mentioned(d.String(), at)}}
	}
	if !whole {
		return a.world.Without(d.String())
	}
	edits, reason := d.removal(a.tree, r)
	if edits == nil {
		return solve.Answer{Reason: reason}
	}
	return solve.Answer{Candidates: []solve.Candidate{{Edits: edits}}}
}

// mentioned lists the first places that refer to something.
func mentioned(address string, at []solve.Mention) string {
	const show = 5
	var places []string
	for i, m := range at {
		if i == show {
			places = append(places, fmt.Sprintf("%d more", len(at)-show))
			break
		}
		places = append(places, fmt.Sprintf("%s (%s:%d)", m.In, m.Range.Filename, m.Range.Start.Line))
	}
	return address + " is still referred to by " + strings.Join(places, ", ")
}

// removal takes the block of a resource out, and what override files say of it. Where the engine knows how, a removed block stays in its place:
// without one, an engine that plans without refreshing would plan to destroy an object that is not there.
func (d *drop) removal(t *module.Tree, r *module.Resource) ([]hclfile.Edit, solve.Reason) {
	var out []hclfile.Edit
	for _, name := range r.Module.Files {
		f := t.Files[name]
		if f == nil || f.Body == nil {
			continue
		}
		for _, b := range f.Body.Blocks {
			if b.Type != "resource" || !slices.Equal(b.Labels, []string{r.Type, r.Name}) {
				continue
			}
			if f.Frozen != "" {
				return nil, solve.Reason{Code: CodeFrozenFile, Detail: fmt.Sprintf("%s must not be edited: it is %s", name, f.Frozen)}
			}
			edits := d.removeBlock(f, b, b.TypeRange == r.Block.TypeRange)
			if edits == nil {
				return nil, solve.Reason{Code: CodeUnwritable, Detail: fmt.Sprintf("the block of %s cannot be taken out of %s", r.Key(), name)}
			}
			out = append(out, edits...)
		}
	}
	return out, solve.Reason{Code: CodeNotInCode, Detail: "no block for " + r.Key() + " in the code"}
}

// forgets tells whether a removed block speaks of a resource.
func forgets(t *module.Tree, a module.Address) bool {
	m := t.Module(a.ModulePath())
	return m != nil && slices.ContainsFunc(m.Removals, func(b *hclsyntax.Block) bool {
		from := b.Body.Attributes["from"]
		return from != nil && string(t.Text(from.Expr.Range())) == a.Type+"."+a.Name
	})
}

func (d *drop) removeBlock(f *module.File, b *hclsyntax.Block, primary bool) []hclfile.Edit {
	t := hclfile.Text{Path: f.Path, Source: f.Source}
	if f.JSON {
		t.Notation = hclfile.JSON
		root, err := module.ParseJSON(f.Path, f.Source, 0, len(f.Source), true)
		if err != nil {
			return nil
		}
		return t.RemoveMember(root, "resource", b.Labels[0], b.Labels[1])
	}
	if lines := removedBlock(d.engine, d.version, b.Labels[0]+"."+b.Labels[1]); primary && lines != nil {
		d.forgotten = true
		return t.ReplaceBlock(b, lines)
	}
	return t.RemoveBlock(b)
}

// removedBlock is how an engine is told that an address left the code and that nothing is to be destroyed for it; nil where it has no such block.
// OpenTofu's first form, up to 1.9, never destroys and knows no lifecycle block in it.
func removedBlock(engine, engineVersion, address string) []string {
	lines := []string{"removed {", "\tfrom = " + address}
	switch {
	case !atLeast(engineVersion, "1.7.0"):
		return nil
	case engine == "tofu" && !atLeast(engineVersion, "1.10.0"):
	default:
		lines = append(lines, "", "\tlifecycle {", "\t\tdestroy = false", "\t}")
	}
	return append(lines, "}")
}

// atLeast compares versions; one that cannot be read is old.
func atLeast(have, want string) bool {
	v, err := version.NewVersion(have)
	if err != nil {
		return false
	}
	return v.Core().GreaterThanOrEqual(version.Must(version.NewVersion(want)))
}
