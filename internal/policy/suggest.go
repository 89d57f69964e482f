package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// An Ignored is one thing that a person chose to leave alone.
type Ignored struct {
	Stack, Address string
	Paths          []string // empty: the whole resource
	By, Reason     string
}

// A Suggestion is a rule that would have said what people said again and again.
type Suggestion struct {
	Name      string
	Type      string   // of the resources
	Attribute string   // "" for the whole resource
	Times     int      // people said it about that many resources
	People    []string // who, sorted
	Stacks    []string // where, sorted
	Reasons   []string // why, most frequent first
}

// Suggest finds what was ignored at least times times: one attribute, or the whole, of resources of one type. One resource counts once, however
// often it was said. A rule is narrower than what was said where all of it was in one stack.
func Suggest(all []Ignored, times int) []Suggestion {
	type key struct{ kind, attribute string }
	type said struct {
		where   map[string]bool
		people  map[string]bool
		stacks  map[string]bool
		reasons map[string]int
	}
	found := map[key]*said{}
	for _, i := range all {
		kind := resourceType(i.Address)
		if kind == "" {
			continue
		}
		attributes := []string{""}
		if len(i.Paths) > 0 {
			attributes = attributes[:0]
			for _, p := range i.Paths {
				attributes = append(attributes, attributeOf(p))
			}
			slices.Sort(attributes)
			attributes = slices.Compact(attributes)
		}
		for _, a := range attributes {
			k := key{kind, a}
			if found[k] == nil {
				found[k] = &said{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]int{}}
			}
			s := found[k]
			s.where[i.Stack+"\x00"+i.Address] = true
			s.people[i.By] = true
			s.stacks[i.Stack] = true
			if i.Reason != "" {
				s.reasons[i.Reason]++
			}
		}
	}
	var out []Suggestion
	for k, s := range found {
		if len(s.where) < times {
			continue
		}
		v := Suggestion{Type: k.kind, Attribute: k.attribute, Times: len(s.where), People: keys(s.people), Stacks: keys(s.stacks), Reasons: keys(s.reasons)}
		slices.SortStableFunc(v.Reasons, func(a, b string) int { return cmp.Compare(s.reasons[b], s.reasons[a]) })
		v.Name = "ignore-" + slug(k.kind)
		if k.attribute != "" {
			v.Name += "-" + slug(k.attribute)
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Suggestion) int { return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Name, b.Name)) })
	return out
}

func slug(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s), "-")
}

// resourceType is the type in an address: what stands before the last name. "" for a data source, and for what is no address.
func resourceType(address string) string {
	rest := address
	for strings.HasPrefix(rest, "module.") {
		next, ok := afterModule(rest)
		if !ok {
			return ""
		}
		rest = next
	}
	kind, name, ok := strings.Cut(rest, ".")
	if !ok || name == "" || kind == "data" || strings.ContainsAny(kind, "[]\" ") {
		return ""
	}
	return kind
}

// afterModule takes one module off an address; its key may hold dots.
func afterModule(address string) (rest string, ok bool) {
	i := len("module.")
	quoted, within := false, false
	for ; i < len(address); i++ {
		switch c := address[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			within = true
		case c == ']':
			within = false
		case c == '.' && !within:
			return address[i+1:], true
		}
	}
	return "", false
}

// attributeOf is the attribute at the head of a path.
func attributeOf(path string) string {
	if i := strings.IndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return path
}

// Block is the rule as configuration.
func (s Suggestion) Block() string {
	f := hclwrite.NewEmptyFile()
	body := f.Body().AppendNewBlock("rule", []string{s.Name}).Body()
	when := "resource.type == " + literal(s.Type)
	if s.Attribute != "" {
		when += " && change.attribute == " + literal(s.Attribute)
	}
	if len(s.Stacks) == 1 {
		when += " && stack.id == " + literal(s.Stacks[0])
	}
	body.SetAttributeRaw("when", hclwrite.Tokens{{Bytes: []byte(" " + when)}})
	body.SetAttributeValue("action", cty.StringVal(ActionIgnore))
	reason := "ignored by hand again and again"
	if len(s.Reasons) > 0 {
		reason = s.Reasons[0]
	}
	body.SetAttributeValue("reason", cty.StringVal(reason))
	return string(hclwrite.Format(f.Bytes()))
}

// literal is a text in HCL, with nothing in it alive.
func literal(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}
