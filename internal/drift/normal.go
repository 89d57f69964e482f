package drift

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A normaliser decides when two values mean the same. It writes each value in a canonical form; equal forms are equal values, so
// equality is an equivalence relation whatever the rules are. The rules, by the names that changes of kind noise carry:
//
//	null-empty  null, "", 0, false, [] and {} of an attribute: the old provider SDK does not tell them apart
//	number      1, 1.0 and 1e0; the text of a number where the schema says number
//	set-order   sets have no order
//	json        JSON text: order of keys, space, form of numbers
//	iam-policy  IAM policy documents: one element or a list of one, order of statements and of lists, case of actions
//	yaml        YAML documents that say the same
//	newline     \r\n and \n; newlines at the end of a text
//	id-case     Azure resource ids
//	dns-dot     the dot at the end of a DNS name
//
// Elements of lists and values of maps are taken as they are where null-empty is concerned: a tag with no text is not a missing tag.
type normaliser struct {
	azure      bool
	dns        bool
	attribute  string // the top-level attribute that is being compared
	decodeYAML func(string) (Value, error)
}

func newNormaliser(inst *Instance, decodeYAML func(string) (Value, error)) *normaliser {
	return &normaliser{
		azure:      strings.HasSuffix(inst.Provider, "/azurerm") || strings.HasSuffix(inst.Provider, "/azapi"),
		dns:        strings.Contains(inst.Type, "_dns_") || strings.Contains(inst.Type, "_route53_") || strings.Contains(inst.Type, "_acm_"),
		decodeYAML: decodeYAML,
	}
}

// equal tells whether two known values at one place mean the same. Where mayBeEmpty, the place is an attribute or block: everything
// empty is the same there.
func (n *normaliser) equal(s *shape, a, b Value, mayBeEmpty bool) bool {
	return identical(a, b) || n.form(s, a, mayBeEmpty) == n.form(s, b, mayBeEmpty)
}

// form is the canonical form of a value. Where mayBeEmpty, everything empty is written as null.
func (n *normaliser) form(s *shape, v Value, mayBeEmpty bool) string {
	var b strings.Builder
	n.write(&b, s, v, mayBeEmpty)
	return b.String()
}

func (n *normaliser) write(b *strings.Builder, s *shape, v Value, mayBeEmpty bool) {
	if mayBeEmpty && n.empty(s, v) {
		b.WriteString("null")
		return
	}
	switch x := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(x))
	case json.Number:
		b.WriteString("#" + number(x.String()))
	case string:
		b.WriteString(n.textForm(s, x))
	case []Value:
		n.writeList(b, s, x)
	case map[string]Value:
		n.writeObject(b, s, x)
	default:
		b.WriteString("?")
	}
}

func (n *normaliser) writeList(b *strings.Builder, s *shape, list []Value) {
	elems := make([]string, len(list))
	for i, e := range list {
		elems[i] = n.form(s.item(i), e, false)
	}
	if s.kind == shapeSet {
		slices.Sort(elems)
	}
	b.WriteByte('[')
	for _, e := range elems {
		b.WriteString(e)
		b.WriteByte(',')
	}
	b.WriteByte(']')
}

func (n *normaliser) writeObject(b *strings.Builder, s *shape, object map[string]Value) {
	b.WriteByte('{')
	for _, name := range fieldNames(s, object) {
		f, v := s.field(name), object[name]
		if s.kind == shapeMapping {
			f = s.item(0)
		}
		if v == nil || f.computedOnly || f.writeOnly || s.kind == shapeObject && n.empty(f, v) {
			continue
		}
		b.WriteString(strconv.Quote(name))
		b.WriteByte(':')
		n.write(b, f, v, s.kind == shapeObject)
		b.WriteByte(',')
	}
	b.WriteByte('}')
}

// empty tells whether a value is what the old SDK writes for nothing. An object is empty when all its fields are.
func (n *normaliser) empty(s *shape, v Value) bool {
	object, ok := v.(map[string]Value)
	if !ok || s.kind != shapeObject {
		return isZero(v)
	}
	for name, inner := range object {
		if f := s.field(name); !f.computedOnly && !f.writeOnly && !n.empty(f, inner) {
			return false
		}
	}
	return true
}

func isZero(v Value) bool {
	switch x := v.(type) {
	case nil:
		return true
	case bool:
		return !x
	case string:
		return x == ""
	case json.Number:
		return number(x.String()) == "0"
	case []Value:
		return len(x) == 0
	case map[string]Value:
		return len(x) == 0
	}
	return false
}

// number writes the canonical form of a number, or the text itself where it is none.
func number(text string) string {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.FormatInt(i, 10)
	}
	// 512 bits is what the engines compute with. The exponent stays an exponent, so that 1e999999999 costs no memory.
	f, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
	if err != nil || f.IsInf() {
		return text
	}
	if i, exact := f.Int64(); exact == big.Exact {
		return strconv.FormatInt(i, 10)
	}
	return f.Text('p', 0)
}

func isNumber(text string) bool {
	_, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
	return err == nil
}

// identical tells whether two values are written the same. Unknown is identical to nothing.
func identical(a, b Value) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case bool, string, json.Number:
		return a == b
	case []Value:
		y, ok := b.([]Value)
		return ok && (x == nil) == (y == nil) && slices.EqualFunc(x, y, identical)
	case map[string]Value:
		y, ok := b.(map[string]Value)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			w, ok := y[k]
			if !ok || !identical(v, w) {
				return false
			}
		}
		return true
	}
	return false
}

func isUnknown(v Value) bool {
	_, ok := v.(Unknown)
	return ok
}

func hasUnknown(v Value) bool {
	switch x := v.(type) {
	case Unknown:
		return true
	case []Value:
		return slices.ContainsFunc(x, hasUnknown)
	case map[string]Value:
		for _, inner := range x {
			if hasUnknown(inner) {
				return true
			}
		}
	}
	return false
}

// differingRule names the rule by which values that mean the same are written differently, "" when only what the provider computes differs.
func (n *normaliser) differingRule(s *shape, v triple) string {
	if rule := n.rule(s, v.base, v.live); rule != "" {
		return rule
	}
	return n.rule(s, v.live, v.code)
}

func (n *normaliser) rule(s *shape, a, b Value) string {
	if identical(a, b) || s.computedOnly || s.writeOnly {
		return ""
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return n.textRule(s, x, y)
		}
	case json.Number:
		if _, ok := b.(json.Number); ok {
			return "number"
		}
	case []Value:
		if y, ok := b.([]Value); ok && len(x) == len(y) && len(x) > 0 {
			return n.listRule(s, x, y)
		}
	case map[string]Value:
		if y, ok := b.(map[string]Value); ok && len(x)+len(y) > 0 {
			for _, name := range fieldNames(s, x, y) {
				f := s.field(name)
				if s.kind == shapeMapping {
					f = s.item(0)
				}
				if rule := n.rule(f, x[name], y[name]); rule != "" {
					return rule
				}
			}
			return ""
		}
	}
	if isZero(a) && isZero(b) || n.empty(s, a) && n.empty(s, b) {
		return "null-empty"
	}
	return "number" // a number and its text
}

func (n *normaliser) listRule(s *shape, x, y []Value) string {
	if s.kind == shapeSet {
		x, y = n.ordered(s, x), n.ordered(s, y)
	}
	for i := range x {
		if rule := n.rule(s.item(i), x[i], y[i]); rule != "" {
			return rule
		}
	}
	if s.kind == shapeSet && identical(x, y) {
		return "set-order"
	}
	return ""
}

// ordered sorts the elements of a set by their canonical form, so that equal ones stand at the same place.
func (n *normaliser) ordered(s *shape, set []Value) []Value {
	out := slices.Clone(set)
	slices.SortStableFunc(out, func(a, b Value) int { return strings.Compare(n.form(s.item(0), a, false), n.form(s.item(0), b, false)) })
	return out
}
