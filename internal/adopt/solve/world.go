package solve

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/mooringdev/mooring/internal/module"
)

// A World knows the values of one configuration: it evaluates its expressions, with the values that resources have.
// It is not safe for concurrent use.
type World struct {
	Tree    *module.Tree
	objects *Objects
	funcs   map[string]map[string]function.Function // by the directory that relative paths start from
	memo    map[memoKey]cty.Value
	objMemo map[string]cty.Value
	busy    map[memoKey]bool
	parsed  map[string]hclsyntax.Expression // templates of files, by their text; shared with the worlds of edited trees
}

type memoKey struct{ module, kind, name string }

// NewWorld makes a world of a configuration and the values of its resources.
func NewWorld(tree *module.Tree, objects *Objects) *World {
	return &World{Tree: tree, objects: objects, memo: map[memoKey]cty.Value{}, busy: map[memoKey]bool{}, objMemo: map[string]cty.Value{},
		parsed: map[string]hclsyntax.Expression{}}
}

// With is the world of another tree with the same resource values.
func (w *World) With(tree *module.Tree) *World {
	n := NewWorld(tree, w.objects)
	n.objMemo, n.parsed = w.objMemo, w.parsed
	return n
}

// Renamed is the world of an edited tree in which an instance has another address, with the values that it had.
func (w *World) Renamed(tree *module.Tree, from, to string) *World {
	n := NewWorld(tree, w.objects.Renamed(from, to))
	n.parsed = w.parsed
	return n
}

// After is the world of an edited tree in which the target is as it was wanted.
func (w *World) After(tree *module.Tree, t Target) *World {
	n := NewWorld(tree, w.objects.With(t.Address, t.Path, t.Want))
	n.parsed = w.parsed
	return n
}

// scope is the scope of a module instance, without iterators.
func (w *World) scope(steps []module.Step) *Scope {
	m := w.Tree.Root
	for _, s := range steps {
		if m == nil {
			return nil
		}
		m = m.Children[s.Name]
	}
	if m == nil {
		return nil
	}
	return &Scope{w: w, mod: m, steps: steps}
}

// instance is the scope of a resource instance's block.
func (w *World) instance(a module.Address) (*Scope, *module.Resource) {
	sc := w.scope(a.Modules)
	if sc == nil {
		return nil, nil
	}
	key := a.Type + "." + a.Name
	if a.Data {
		key = "data." + key
	}
	r := sc.mod.Resources[key]
	if r == nil {
		return nil, nil
	}
	return sc.keyed(r.Count, r.ForEach, a.Key), r
}
