package planfile

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/mooringdev/mooring/internal/drift"
)

// kindOf tells the mode ("managed", "data", "ephemeral") and the type of the resource at an address.
func kindOf(address string) (mode, typ string, err error) {
	parts := strings.Split(drift.ConfigAddress(address), ".")
	for len(parts) >= 2 && parts[0] == "module" {
		parts = parts[2:]
	}
	mode = "managed"
	if len(parts) == 3 && (parts[0] == "data" || parts[0] == "ephemeral") {
		mode, parts = parts[0], parts[1:]
	}
	if len(parts) != 2 {
		return "", "", unsupported("resource address %q", address)
	}
	return mode, parts[0], nil
}

// providerSource cuts a provider configuration's address, module.a.provider["host/ns/type"].alias, to the provider's source.
func providerSource(config string) (string, error) {
	_, rest, found := strings.Cut(config, `provider["`)
	source, _, closed := strings.Cut(rest, `"]`)
	if !found || !closed {
		return "", unsupported("provider address %q", config)
	}
	return source, nil
}

// instanceKey writes an instance key as the engines do in addresses: [0] or ["key"], with template markers doubled.
func instanceKey(key drift.Value) (string, error) {
	switch k := key.(type) {
	case nil:
		return "", nil
	case json.Number:
		return "[" + k.String() + "]", nil
	case string:
		return "[" + quoteKey(k) + "]", nil
	}
	return "", unsupported("an instance key of type %T", key)
}

func quoteKey(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 1<<16:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// stepOf turns an element key into a path step: a string, a position, or nil when it is neither and so belongs to a set.
func stepOf(key drift.Value) any {
	switch k := key.(type) {
	case string:
		return k
	case json.Number:
		if i, err := strconv.Atoi(k.String()); err == nil && i >= 0 {
			return i
		}
	}
	return nil
}

// pathText writes path steps the way findings do. The type tells attributes from map keys, and where a set ends the path; without it
// names below the first are taken for attributes.
func pathText(steps []any, t *drift.Type) string {
	var p drift.Path
	for _, step := range steps {
		if t != nil && t.Kind == "set" {
			break
		}
		switch s := step.(type) {
		case int:
			p = p.Index(s)
			t = elemType(t, s)
		case string:
			if t != nil && t.Kind == "map" {
				p, t = p.Key(s), t.Elem
				continue
			}
			p = p.Name(s)
			if t != nil {
				t = t.Fields[s]
			}
		}
	}
	return p.String()
}

func elemType(t *drift.Type, i int) *drift.Type {
	switch {
	case t == nil:
		return nil
	case t.Kind == "tuple" && i < len(t.Elems):
		return t.Elems[i]
	}
	return t.Elem
}
