package drift

// maxMatching is the number of set elements with unknown parts up to which they are matched one by one; larger sets count as possible.
const maxMatching = 200

// possible tells whether a planned value with unknown parts can still turn out to mean the same as a known one.
func (n *normaliser) possible(s *shape, known, planned Value, mayBeEmpty bool) bool {
	if isUnknown(planned) {
		return true
	}
	if !hasUnknown(planned) {
		return n.equal(s, known, planned, mayBeEmpty)
	}
	switch p := planned.(type) {
	case []Value:
		k, ok := known.([]Value)
		if !ok || len(k) != len(p) {
			return false
		}
		if s.kind == shapeSet {
			return n.matchable(s.item(0), k, p)
		}
		for i := range p {
			if !n.possible(s.item(i), k[i], p[i], false) {
				return false
			}
		}
		return true
	case map[string]Value:
		k, ok := known.(map[string]Value)
		if !ok {
			return false
		}
		for _, name := range fieldNames(s, k, p) {
			f := s.field(name)
			if s.kind == shapeMapping {
				f = s.item(0)
			}
			if !f.computedOnly && !f.writeOnly && !n.possible(f, k[name], p[name], s.kind == shapeObject) {
				return false
			}
		}
		return true
	}
	return false
}

// matchable tells whether each planned element can be paired with a known one of its own.
func (n *normaliser) matchable(s *shape, known, planned []Value) bool {
	left := map[string][]Value{}
	for _, k := range known {
		form := n.form(s, k, false)
		left[form] = append(left[form], k)
	}
	var open []Value
	for _, p := range planned {
		if hasUnknown(p) {
			open = append(open, p)
			continue
		}
		form := n.form(s, p, false)
		if len(left[form]) == 0 {
			return false
		}
		left[form] = left[form][1:]
	}
	if len(open) > maxMatching {
		return true
	}
	var rest []Value
	for _, k := range left {
		rest = append(rest, k...)
	}
	m := matching{takenBy: make([]int, len(rest)), fits: func(i, j int) bool { return n.possible(s, rest[j], open[i], false) }}
	for j := range m.takenBy {
		m.takenBy[j] = -1
	}
	for i := range open {
		if !m.place(i, make([]bool, len(rest))) {
			return false
		}
	}
	return true
}

// matching pairs elements one to one by augmenting paths (Kuhn's algorithm).
type matching struct {
	takenBy []int // for each right element the left one it is paired with, or -1
	fits    func(left, right int) bool
}

func (m *matching) place(i int, tried []bool) bool {
	for j := range m.takenBy {
		if tried[j] || !m.fits(i, j) {
			continue
		}
		tried[j] = true
		if m.takenBy[j] < 0 || m.place(m.takenBy[j], tried) {
			m.takenBy[j] = i
			return true
		}
	}
	return false
}
