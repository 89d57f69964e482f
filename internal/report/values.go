package report

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// valueText writes a value in one line the way people write it in code: text bare, objects as {name = value}, without entries that are unset.
// Rules of firewalls are written as people say them. It stops soon after limit bytes, so that a huge value costs little.
// The name it goes under tells which way a rule points.
func valueText(name string, v drift.Value, limit int) string {
	w := newValueWriter(name, limit)
	switch v := v.(type) {
	case nil:
		return "not set"
	case string:
		if v == "" {
			return `""`
		}
		w.text(v)
	default:
		w.value(v)
	}
	return w.b.String()
}

// quotedText is valueText with text in quotes: for a difference that is one of type, such as 7 and "7".
func quotedText(name string, v drift.Value, limit int) string {
	w := newValueWriter(name, limit)
	w.value(v)
	return w.b.String()
}

type valueWriter struct {
	b     strings.Builder
	limit int
	peer  string // the word between a rule and its peers
}

func newValueWriter(name string, limit int) *valueWriter {
	w := &valueWriter{limit: limit, peer: "for"}
	switch name {
	case "ingress":
		w.peer = "from"
	case "egress":
		w.peer = "to"
	}
	return w
}

func (w *valueWriter) full() bool { return w.b.Len() > w.limit }

func (w *valueWriter) text(s string) {
	if keep := w.limit + 8; len(s) > keep {
		s = strings.ToValidUTF8(s[:keep], "") + "…"
	}
	w.b.WriteString(s)
}

func (w *valueWriter) value(v drift.Value) {
	if w.full() {
		return
	}
	switch v := v.(type) {
	case nil:
		w.b.WriteString("null")
	case string:
		if v == Masked {
			w.b.WriteString(v)
			return
		}
		if keep := w.limit + 8; len(v) > keep {
			v = strings.ToValidUTF8(v[:keep], "") + "…"
		}
		w.b.WriteString(strconv.Quote(v))
	case bool:
		w.b.WriteString(strconv.FormatBool(v))
	case json.Number:
		w.b.WriteString(v.String())
	case drift.Unknown:
		w.b.WriteString(v.String())
	case []any:
		w.b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				w.b.WriteString(", ")
			}
			if w.full() {
				w.b.WriteString("…")
				break
			}
			w.value(e)
		}
		w.b.WriteByte(']')
	case map[string]any:
		if rule, ok := firewallRule(v, w.peer); ok {
			w.text(rule)
			return
		}
		w.object(v)
	default:
		w.b.WriteString("?")
	}
}

func (w *valueWriter) object(m map[string]any) {
	w.b.WriteByte('{')
	first := true
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if unset(m[k]) {
			continue
		}
		if !first {
			w.b.WriteString(", ")
		}
		first = false
		if w.full() {
			w.b.WriteString("…")
			break
		}
		if plainName(k) {
			w.text(k)
		} else {
			w.text(strconv.Quote(k))
		}
		w.b.WriteString(" = ")
		w.value(m[k])
	}
	w.b.WriteByte('}')
}

func plainName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// unset tells whether an entry of an object says nothing.
func unset(v drift.Value) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// firewallRule says a security group rule in words: tcp 22 from 0.0.0.0/0. It knows the shape, not the resource type.
func firewallRule(m map[string]any, peer string) (string, bool) {
	protocol, ok := m["protocol"].(string)
	from, ok1 := m["from_port"].(json.Number)
	to, ok2 := m["to_port"].(json.Number)
	if !ok || !ok1 || !ok2 {
		return "", false
	}
	for k := range m {
		switch k {
		case "protocol", "from_port", "to_port", "cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups", "self", "description":
		default:
			return "", false
		}
	}
	var b strings.Builder
	switch {
	case protocol == "-1":
		b.WriteString("all traffic")
	case from == to:
		b.WriteString(protocol + " " + from.String())
	default:
		b.WriteString(protocol + " " + from.String() + "-" + to.String())
	}
	var peers []string
	for _, k := range []string{"cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"} {
		l, _ := m[k].([]any)
		for _, e := range l {
			if s, ok := e.(string); ok {
				peers = append(peers, s)
			}
		}
	}
	if m["self"] == true {
		peers = append(peers, "itself")
	}
	if len(peers) > 0 {
		b.WriteString(" " + peer + " " + strings.Join(peers, ", "))
	}
	if d, _ := m["description"].(string); d != "" {
		b.WriteString(" (" + d + ")")
	}
	return b.String(), true
}
