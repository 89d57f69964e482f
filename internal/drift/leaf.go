package drift

import (
	"slices"
	"strings"
)

// allTags is the attribute in which the AWS provider repeats tags beside its default tags.
const allTags = "tags_all"

// triple holds the three values of one place.
type triple struct{ base, code, live Value }

// comparison walks one instance.
type comparison struct {
	*classifier
	out       *instanceCase
	normal    *normaliser
	sensitive []Path
	tags      map[string]bool // keys of the attribute tags that differ
}

// compare adds to k what differs between the three values of its instance.
func (c *classifier) compare(k *instanceCase) {
	inst := k.inst
	w := &comparison{classifier: c, out: k, normal: newNormaliser(inst, c.opts.DecodeYAML), sensitive: sensitivePaths(inst.Sensitive)}
	code := inst.Code
	if code == nil {
		code = inst.Live // the plan says nothing of it, so it leaves it as it is
	}
	base := inst.Base
	if base == nil {
		base = inst.Live
	}
	s := c.shapeOf(inst.Schema)
	w.tags = differingTags(base, code, inst.Live)
	for _, name := range fieldNames(s, base, code, inst.Live) {
		w.normal.attribute = name
		v := triple{base[name], code[name], inst.Live[name]}
		if name == allTags && isUnknown(v.code) {
			v.code = v.live // it follows from tags: look only for what they do not explain
		}
		w.walk(Path{{Kind: StepName, Name: name}}, s.field(name), v)
	}
}

// fieldNames lists, sorted, every attribute of any of the objects, and possibly others that the schema names.
func fieldNames(s *shape, objects ...map[string]Value) []string {
	var more []string
	for _, o := range objects {
		for name := range o {
			if s.fields[name] == nil {
				more = append(more, name)
			}
		}
	}
	if len(more) == 0 {
		return s.names
	}
	more = append(more, s.names...)
	slices.Sort(more)
	return slices.Compact(more)
}

// walk goes down while base, code and live have the same form, and judges each leaf.
func (w *comparison) walk(path Path, s *shape, v triple) {
	if s.computedOnly || s.writeOnly || identical(v.base, v.live) && identical(v.live, v.code) {
		return // rows 1, 8 and 23
	}
	if s.kind == shapeSet || isUnknown(v.code) {
		w.leaf(path, s, v)
		return
	}
	if base, code, live, ok := objects(v); ok {
		if s.kind != shapeObject && len(base)+len(code)+len(live) == 0 {
			w.leaf(path, s, v) // null and {}: differs in writing only
			return
		}
		for _, name := range fieldNames(s, base, code, live) {
			w.entry(path, name, s, triple{base[name], code[name], live[name]})
		}
		return
	}
	if base, code, live, ok := lists(v); ok {
		for i := range live {
			w.walk(path.Index(i), s.item(i), triple{base[i], code[i], live[i]})
		}
		return
	}
	w.leaf(path, s, v)
}

func (w *comparison) entry(path Path, name string, s *shape, v triple) {
	switch {
	case s.kind == shapeMapping:
		if len(path) == 1 && path[0].Name == allTags && w.tags[name] {
			return // the tag itself is the change
		}
		w.walk(path.Key(name), s.item(0), v)
	case s.kind == shapeObject:
		w.walk(path.Name(name), s.field(name), v)
	// Without a schema an object at the top is nearly always a map (tags, labels); inside lists it is a block.
	case s.noSchema && len(path) == 1, !isName(name):
		w.walk(path.Key(name), s, v)
	default:
		w.walk(path.Name(name), s, v)
	}
}

func isName(s string) bool {
	if s == "" || isDigits(s[:1]) {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// objects tells whether the three values are objects or maps, and returns them. A missing map among maps is an empty one.
func objects(v triple) (base, code, live map[string]Value, ok bool) {
	found := false
	as := func(v Value) map[string]Value {
		switch x := v.(type) {
		case map[string]Value:
			found = true
			return x
		case nil:
			return nil
		}
		ok = false
		return nil
	}
	ok = true
	base, code, live = as(v.base), as(v.code), as(v.live)
	return base, code, live, ok && found
}

// lists tells whether the three values are lists of one length, and returns them.
func lists(v triple) (base, code, live []Value, ok bool) {
	base, okBase := v.base.([]Value)
	code, okCode := v.code.([]Value)
	live, okLive := v.live.([]Value)
	return base, code, live, okBase && okCode && okLive && len(base) == len(code) && len(code) == len(live)
}

// leaf applies the table to one leaf.
func (w *comparison) leaf(path Path, s *shape, v triple) {
	mayBeEmpty := path[len(path)-1].Kind == StepName
	unmoved := w.normal.equal(s, v.base, v.live, mayBeEmpty)
	asCoded := w.normal.possible(s, v.live, v.code, mayBeEmpty)
	if asCoded && hasUnknown(v.code) {
		w.undecided(path, s, v, unmoved)
		return
	}
	asBefore := w.normal.possible(s, v.base, v.code, mayBeEmpty)
	switch {
	case unmoved && asCoded:
		if rule := w.normal.differingRule(s, v); rule != "" {
			w.add(path, s, v, KindNoise, rule, "")
		}
	case unmoved:
		w.add(path, s, v, KindPending, "row 4", "") // or absorbed drift: see cause.go
	case asCoded:
		w.asCoded(path, s, v)
	case asBefore:
		w.add(path, s, v, KindDrift, "row 2", "")
	default:
		w.add(path, s, v, KindConflict, "row 5", "")
	}
}

// undecided is row 6: what the code says is known only after apply, or may turn out to be what is live.
func (w *comparison) undecided(path Path, s *shape, v triple, unmoved bool) {
	declared := w.declares(path)
	if declared != Declared && s.optionalComputed {
		if !unmoved {
			w.add(path, s, v, KindUndeclared, "row 9", "")
		}
		return // otherwise the provider will fill it in again
	}
	w.add(path, s, v, KindPending, "row 6", "")
}

// asCoded is rows 3, 7 and 9: reality moved, and the code agrees with what it is now.
func (w *comparison) asCoded(path Path, s *shape, v triple) {
	if w.code.Ignores(w.out.inst.Address, path.String()) {
		w.add(path, s, v, KindUndeclared, "row 7", ReasonIgnoreChanges)
		return
	}
	says := false
	switch w.declares(path) {
	case Declared:
		says = true
	case Unspecified:
		// Only the code can give a value to what the provider neither computes nor, as a block of the old SDK, fills in.
		says = s.required || !s.optionalComputed && !s.block && s.kind != shapeFree && !isZero(v.live)
	}
	if says {
		w.add(path, s, v, KindConverged, "row 3", "")
		return
	}
	w.add(path, s, v, KindUndeclared, "row 9", "")
}

func (w *comparison) declares(path Path) Declaration {
	return w.code.Declares(w.out.inst.Address, path.String())
}

func (w *comparison) add(path Path, s *shape, v triple, kind Kind, rule, reason string) {
	secret := slices.ContainsFunc(w.sensitive, path.overlaps)
	w.out.changes = append(w.out.changes, caseChange{
		Change: Change{Path: path.String(), Kind: kind, Rule: rule, Base: v.base, Code: v.code, Live: v.live, Sensitive: secret},
		path:   path, reason: reason, declared: w.declares(path), optionalComputed: s.optionalComputed || s.block,
	})
}

// differingTags lists the keys of tags that differ: in tags_all they say nothing new.
func differingTags(base, code, live map[string]Value) map[string]bool {
	v := triple{base["tags"], code["tags"], live["tags"]}
	if isUnknown(v.code) {
		v.code = v.live
	}
	b, c, l, ok := objects(v)
	if !ok {
		return nil
	}
	keys := map[string]bool{}
	for _, name := range fieldNames(freeShape, b, c, l) {
		if !identical(b[name], l[name]) || !identical(l[name], c[name]) {
			keys[name] = true
		}
	}
	return keys
}
