package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// narrowed is the event cut to the part that concerns the subject, where one call changes many things.
func (o *observation) narrowed() *audit.Event {
	if o.subject.family.Shape != "records" {
		if v := tree.String(o.event.Request, "setAsDefault"); o.base == "CreatePolicyVersion" && v == "false" {
			cut := *o.event
			cut.Request = nil
			return &cut
		}
		return o.event
	}
	cut := *o.event
	cut.Request = nil
	for _, change := range o.recordChanges() {
		if tree.String(change, "action") != "DELETE" {
			cut.Request = tree.Get(change, "resourceRecordSet")
		}
	}
	return &cut
}

// recordChanges lists the parts of a DNS batch that are about the subject's record.
func (o *observation) recordChanges() []any {
	values := o.subject.values()
	names := []string{dnsName(tree.String(values["name"])), dnsName(tree.String(values["fqdn"]))}
	kind, set := strings.ToUpper(tree.String(values["type"])), tree.String(values["set_identifier"])
	if names[0] == "" && names[1] == "" && len(o.subject.components) > 0 && len(o.subject.components[0]) == 3 { // only the id is known
		names[0], kind = dnsName(o.subject.components[0][1]), strings.ToUpper(o.subject.components[0][2])
	}
	var out []any
	for _, change := range tree.List(o.event.Request, "changeBatch", "changes") {
		record := tree.Get(change, "resourceRecordSet")
		name := dnsName(tree.String(record, "name"))
		if name == "" || !slices.Contains(names, name) || !strings.EqualFold(tree.String(record, "type"), kind) {
			continue
		}
		if id := tree.String(record, "setIdentifier"); set != "" && id != set {
			continue
		}
		out = append(out, change)
	}
	return out
}

// dnsName brings a name to one form: no final dot, no case, * not as \052.
func dnsName(s string) string {
	return strings.ToLower(strings.TrimSuffix(strings.ReplaceAll(s, `\052`, "*"), "."))
}

// record tells what a batch did to the record itself; the last change of a batch counts.
func (o *observation) record(c *cell) state {
	changes := o.recordChanges()
	if len(changes) == 0 {
		return stateNone
	}
	return presence(c, tree.String(changes[len(changes)-1], "action") != "DELETE")
}

// namesItself tells whether an event names the object and not only the group it is a part of.
func (s *subject) namesItself(found []mention) bool {
	if s.permissions == nil || s.permissions.group == "" {
		return true
	}
	return slices.ContainsFunc(found, func(m mention) bool { return m.alias != s.permissions.group })
}

// whole compares an element with a request as a whole, where the family says that the call is one element: CreateRoute in a route table.
func (o *observation) whole(c *cell) state {
	if c.kind != cellElement {
		return stateNone
	}
	for _, rule := range o.subject.family.Keys {
		if rule.From != "" || rule.To != plainPath(c.segs) || !matchesAny([]string{rule.Operation}, o.base) {
			continue
		}
		request, element := scalars(o.event.Request), scalars(c.live)
		if c.segs[0].text == "ingress" || c.segs[0].text == "egress" {
			if egress := tree.True(o.event.Request, "egress"); egress != (c.segs[0].text == "egress") {
				continue
			}
		}
		own := func(v string) bool { return o.subject.strong[fold(v)] || o.subject.names[fold(v)] }
		if rule.Mode == "remove" {
			rest := slices.DeleteFunc(slices.Clone(request), func(v string) bool { return own(v) || v == "true" || v == "false" })
			if len(rest) > 0 && subset(rest, element) {
				return presence(c, false)
			}
			continue
		}
		if len(element) > 0 && subset(element, request) {
			return presence(c, true)
		}
		if !c.present && o.replaces(c, request) {
			return stateHit
		}
	}
	return stateNone
}

// replaces tells whether the call wrote the same key with other contents: ReplaceRoute for one destination.
func (o *observation) replaces(c *cell, request []string) bool {
	if o.verb != "replace" && o.verb != "put" {
		return false
	}
	m := tree.Map(c.live)
	for _, key := range []string{"cidr_block", "ipv6_cidr_block", "destination_prefix_list_id", "rule_no", "name"} {
		if v, ok := scalarText(m[key]); ok && v != "" && v != "0" && slices.Contains(request, v) {
			return true
		}
	}
	return false
}

// scalars lists the telling scalars of a value, in one form; policies are one scalar.
func scalars(v any) []string {
	var out []string
	var walk func(any)
	walk = func(v any) {
		v = unwrap(v)
		if policyDocument(v) {
			out = append(out, canonicalPolicy(v))
			return
		}
		switch t := v.(type) {
		case map[string]any:
			for _, value := range t {
				walk(value)
			}
		case []any:
			for _, value := range t {
				walk(value)
			}
		default:
			if s, ok := scalarText(v); ok && s != "" && s != "0" && s != "false" {
				out = append(out, s)
			}
		}
	}
	walk(v)
	return out
}

// cleared completes calls that replace an object as a whole: what they do not mention is empty afterwards.
func (o *observation) cleared(out []state) {
	if o.verb != "replace" && (o.verb != "put" || !o.actsOnKind()) {
		return
	}
	if !slices.Contains(out, stateHit) {
		return
	}
	for i, c := range o.subject.cells {
		if out[i] == stateNone && c.kind == cellValue && zero(c.live) && !c.masked {
			out[i] = stateHit
		}
	}
}
