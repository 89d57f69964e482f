package planfile

import (
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
)

// marks collects the sensitive paths of one instance.
type marks struct {
	typ   *drift.Type
	paths map[string]bool
}

func (m *marks) add(path string) {
	if m.paths == nil {
		m.paths = map[string]bool{}
	}
	m.paths[path] = true
}

func (m *marks) addSteps(paths [][]any) {
	for _, steps := range paths {
		m.add(pathText(steps, m.typ))
	}
}

// addTree takes the marks that `show -json` writes: true for a sensitive value, objects and arrays of marks below one.
func (m *marks) addTree(tree drift.Value) { m.tree(tree, nil, m.typ) }

func (m *marks) tree(tree drift.Value, path drift.Path, t *drift.Type) {
	switch x := tree.(type) {
	case bool:
		if x {
			m.add(path.String())
		}
	case map[string]drift.Value:
		for name, inner := range x {
			if t != nil && t.Kind == "map" {
				m.tree(inner, path.Key(name), t.Elem)
				continue
			}
			var ft *drift.Type
			if t != nil {
				ft = t.Fields[name]
			}
			m.tree(inner, path.Name(name), ft)
		}
	case []drift.Value:
		if t != nil && t.Kind == "set" {
			if marked(x) {
				m.add(path.String())
			}
			return
		}
		for i, inner := range x {
			m.tree(inner, path.Index(i), elemType(t, i))
		}
	}
}

func marked(tree drift.Value) bool {
	switch x := tree.(type) {
	case bool:
		return x
	case map[string]drift.Value:
		for _, inner := range x {
			if marked(inner) {
				return true
			}
		}
	case []drift.Value:
		return slices.ContainsFunc(x, marked)
	}
	return false
}

// addSchema adds what the schema marks in the values of an instance. The elements of a set have no paths: the whole set is marked.
func (m *marks) addSchema(b *drift.Block, values map[string]drift.Value) {
	if b != nil && values != nil {
		m.block(b, values, nil)
	}
}

func (m *marks) block(b *drift.Block, values map[string]drift.Value, path drift.Path) {
	m.attributes(b.Attributes, values, path)
	for name, nb := range b.Blocks {
		if sensitiveBlock(nb.Block) {
			m.nested(nb.Nesting, values[name], path.Name(name), func(v map[string]drift.Value, p drift.Path) { m.block(nb.Block, v, p) })
		}
	}
}

func (m *marks) attributes(attributes map[string]*drift.Attribute, values map[string]drift.Value, path drift.Path) {
	for name, a := range attributes {
		switch {
		case a.Sensitive:
			m.add(path.Name(name).String())
		case a.Nested != nil && sensitiveAttributes(a.Nested.Attributes):
			m.nested(a.Nested.Nesting, values[name], path.Name(name), func(v map[string]drift.Value, p drift.Path) {
				m.attributes(a.Nested.Attributes, v, p)
			})
		}
	}
}

func (m *marks) nested(n drift.Nesting, v drift.Value, path drift.Path, each func(map[string]drift.Value, drift.Path)) {
	switch x := v.(type) {
	case []drift.Value:
		if n == drift.NestingSet {
			if len(x) > 0 {
				m.add(path.String())
			}
			return
		}
		for i, elem := range x {
			if object, ok := elem.(map[string]drift.Value); ok {
				each(object, path.Index(i))
			}
		}
	case map[string]drift.Value:
		if n != drift.NestingMap {
			each(x, path)
			return
		}
		for key, elem := range x {
			if object, ok := elem.(map[string]drift.Value); ok {
				each(object, path.Key(key))
			}
		}
	}
}

func sensitiveBlock(b *drift.Block) bool {
	if sensitiveAttributes(b.Attributes) {
		return true
	}
	for _, nb := range b.Blocks {
		if sensitiveBlock(nb.Block) {
			return true
		}
	}
	return false
}

func sensitiveAttributes(attributes map[string]*drift.Attribute) bool {
	for _, a := range attributes {
		if a.Sensitive || a.Nested != nil && sensitiveAttributes(a.Nested.Attributes) {
			return true
		}
	}
	return false
}

// sorted returns the marks without those that another covers.
func (m *marks) sorted() []string {
	if m.paths[""] { // the whole object: name each attribute
		for name := range fieldsOf(m.typ) {
			m.add(name)
		}
		delete(m.paths, "")
	}
	var out []string
	for path := range m.paths {
		if !m.covered(path) {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

func fieldsOf(t *drift.Type) map[string]*drift.Type {
	if t == nil {
		return nil
	}
	return t.Fields
}

func (m *marks) covered(path string) bool {
	p, err := drift.ParsePath(path)
	if err != nil {
		return false
	}
	for n := 1; n < len(p); n++ {
		if m.paths[p[:n].String()] {
			return true
		}
	}
	return false
}
