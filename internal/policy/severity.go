package policy

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// Assess ranks a finding by what the difference means for security, and says why in one clause. The worst of what the tables find
// counts: severity_aws.go and its neighbours say which values of which attributes are worse than others, exposure.go knows the shapes of
// firewall rules and iampolicy.go those of access policies. Only a change for the worse counts: live against what the code says.
// A finding that says nothing about security has the zero Severity.
func Assess(f drift.Finding) Severity { return assessChange(f, "") }

// assessChange is Assess for one change path alone; "" is all of them.
func assessChange(f drift.Finding, path string) Severity {
	if f.Kind == drift.KindDeleted {
		return severityOfLoss(f.Type)
	}
	before, live, touched := trees(f, path)
	if len(touched) == 0 {
		return Severity{}
	}
	var worst Severity
	consider := func(s Severity) {
		if slices.Index(Levels, s.Level) > slices.Index(Levels, worst.Level) {
			worst = s
		}
	}
	for _, r := range table {
		if r.matchesType(f.Type) && slices.ContainsFunc(touched, r.near) {
			if why, worse := r.worse(before, live); worse {
				consider(Severity{Level: r.level, Why: why})
			}
		}
	}
	consider(exposure(f.Type, before, live))
	consider(policyWidening(before, live, touched))
	return worst
}

// trees are a finding's object as the code wants it and as it is, and the top-level attributes in which they differ. Changes that are
// not of reality's making (pending code, noise) are left out.
func trees(f drift.Finding, only string) (before, live map[string]drift.Value, touched []string) {
	before, live = maps.Clone(f.Attributes), maps.Clone(f.Attributes)
	if live == nil {
		before, live = map[string]drift.Value{}, map[string]drift.Value{}
	}
	for _, c := range f.Changes {
		if only != "" && !drift.PathCovers(only, c.Path) {
			continue
		}
		if c.Kind != drift.KindDrift && c.Kind != drift.KindConflict && c.Kind != drift.KindUndeclared {
			continue
		}
		p, err := drift.ParsePath(c.Path)
		if err != nil {
			continue
		}
		want := c.Code
		silent := want == nil && Fingerprint(c.Base) != Fingerprint(c.Live) // code that is silent leaves what was there
		if _, unknown := want.(drift.Unknown); unknown || silent || c.Kind == drift.KindUndeclared {
			want = c.Base
		}
		before[p[0].Name] = with(before[p[0].Name], p[1:], want)
		live[p[0].Name] = with(live[p[0].Name], p[1:], c.Live)
		touched = append(touched, p[0].Name)
	}
	return before, live, touched
}

// with is a value with the part at path replaced; parents that are missing are made. The value given is not changed.
func with(v drift.Value, path drift.Path, part drift.Value) drift.Value {
	if len(path) == 0 {
		return part
	}
	step := path[0]
	if step.Kind == drift.StepIndex {
		items, _ := v.([]drift.Value)
		items = slices.Clone(items)
		if step.Index > 1<<16 {
			return v
		}
		for len(items) <= step.Index {
			items = append(items, nil)
		}
		items[step.Index] = with(items[step.Index], path[1:], part)
		return items
	}
	object, _ := v.(map[string]drift.Value)
	if object = maps.Clone(object); object == nil {
		object = map[string]drift.Value{}
	}
	object[step.Name] = with(object[step.Name], path[1:], part)
	return object
}

// A row says which values of an attribute are worse than others. In types and in each part of path, * stands for any text and {a,b} for
// either.
type row struct {
	types string // resource types
	path  string // attribute names from the top, blocks and lists passed through: versioning_configuration.status
	test  test
	level string
	why   string
}

// A test compares the values at a row's path, before and live.
type test func(before, live []drift.Value) bool

func (r row) matchesType(t string) bool { return like(r.types, t) }

// near tells whether a row's path begins with a top-level attribute.
func (r row) near(attribute string) bool {
	first, _, _ := strings.Cut(r.path, ".")
	return like(first, attribute)
}

func (r row) worse(before, live map[string]drift.Value) (string, bool) {
	path := strings.Split(r.path, ".")
	return r.why, r.test(collect(before, path), collect(live, path))
}

// collect is every value at a path of names, through all elements of lists and sets on the way, and those of the last one.
func collect(v drift.Value, path []string) []drift.Value {
	switch x := v.(type) {
	case []drift.Value:
		var found []drift.Value
		for _, item := range x {
			found = append(found, collect(item, path)...)
		}
		return found
	case map[string]drift.Value:
		if len(path) == 0 {
			return []drift.Value{x}
		}
		var found []drift.Value
		for _, key := range keys(x) {
			if like(path[0], key) {
				found = append(found, collect(x[key], path[1:])...)
			}
		}
		return found
	case nil:
		return nil
	}
	if len(path) > 0 {
		return nil
	}
	return []drift.Value{v}
}

// switchedOff: fewer values are true than before.
func switchedOff(before, live []drift.Value) bool { return countTrue(live) < countTrue(before) }

// switchedOn: more values are true than before.
func switchedOn(before, live []drift.Value) bool { return countTrue(live) > countTrue(before) }

func countTrue(values []drift.Value) int {
	n := 0
	for _, v := range values {
		if v == true || v == "true" {
			n++
		}
	}
	return n
}

// gone: there was something, and there is nothing.
func gone(before, live []drift.Value) bool { return notEmpty(before) && !notEmpty(live) }

func notEmpty(values []drift.Value) bool {
	return slices.ContainsFunc(values, func(v drift.Value) bool {
		object, isObject := v.(map[string]drift.Value)
		return v != nil && v != "" && (!isObject || len(object) > 0)
	})
}

// fewer: something was taken away from a list.
func fewer(before, live []drift.Value) bool { return len(live) < len(before) }

// grows: something was added to a list. appears: there was nothing, and there is something.
func grows(before, live []drift.Value) bool   { return len(live) > len(before) }
func appears(before, live []drift.Value) bool { return len(before) == 0 && len(live) > 0 }

// changed: other values than before.
func changed(before, live []drift.Value) bool { return Fingerprint(before) != Fingerprint(live) }

// lowered: a number is smaller than before, or gone.
func lowered(before, live []drift.Value) bool {
	if len(before) != 1 || len(live) > 1 {
		return false
	}
	was, ok := number(before[0])
	if !ok {
		return false
	}
	if len(live) == 0 {
		return was.Sign() > 0
	}
	is, ok := number(live[0])
	return ok && is.Cmp(was) < 0
}

// raised: a number is larger than before.
func raised(before, live []drift.Value) bool { return lowered(live, before) && len(before) == 1 }

func number(v drift.Value) (*big.Float, bool) {
	switch x := v.(type) {
	case json.Number:
		return new(big.Float).SetString(string(x))
	case string:
		return new(big.Float).SetString(x)
	}
	return nil, false
}

// becomes: a value is now one of those given, and was not before. Letter case does not count.
func becomes(values ...string) test {
	return func(before, live []drift.Value) bool { return countOf(live, values) > countOf(before, values) }
}

// leaves: a value was one of those given, and is no longer.
func leaves(values ...string) test {
	return func(before, live []drift.Value) bool { return countOf(live, values) < countOf(before, values) }
}

func countOf(values []drift.Value, wanted []string) int {
	n := 0
	for _, v := range values {
		s, isText := v.(string)
		if isText && slices.ContainsFunc(wanted, func(w string) bool { return like(strings.ToLower(w), strings.ToLower(s)) }) {
			n++
		}
	}
	return n
}
