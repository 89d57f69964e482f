package drift

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// textForm writes a text in canonical form. Forms of different kinds never coincide.
func (n *normaliser) textForm(s *shape, text string) string {
	switch {
	case s.text == "number" && isNumber(text):
		return "#" + number(text)
	case s.text == "bool" && (text == "true" || text == "false"):
		return text
	case n.isAzureID(text):
		return "id:" + strings.ToLower(text)
	}
	if doc, ok := parseDocument(text); ok {
		return "doc:" + documentForm(meaning(doc))
	}
	if doc, ok := n.parseYAML(text); ok {
		return "doc:" + documentForm(meaning(doc))
	}
	return "text:" + n.undotted(n.unixText(text))
}

// textRule names the rule by which two texts with the same form are written differently.
func (n *normaliser) textRule(s *shape, a, b string) string {
	if s.text == "number" {
		return "number"
	}
	if n.isAzureID(a) {
		return "id-case"
	}
	docA, isA := parseDocument(a)
	docB, isB := parseDocument(b)
	switch {
	case isA && isB && documentForm(docA) == documentForm(docB):
		return "json"
	case isA && isB:
		return "iam-policy"
	}
	if _, isYAML := n.parseYAML(a); isYAML || isA || isB {
		return "yaml"
	}
	if n.unixText(a) == n.unixText(b) {
		return "newline"
	}
	return "dns-dot"
}

// isAzureID: Azure's services return ids in whatever case they like, and the provider compares them without case.
func (n *normaliser) isAzureID(text string) bool {
	const prefix = "/subscriptions/"
	return n.azure && len(text) > len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// payloads are attributes whose bytes are the object itself: there a newline is content.
var payloads = []string{"content", "source_content", "data", "binary_data", "secret_string", "secret_data", "value", "plaintext", "body"}

// unixText drops what editors and services do to the ends of lines.
func (n *normaliser) unixText(text string) string {
	if slices.Contains(payloads, n.attribute) {
		return text
	}
	return strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

// undotted drops the dot that makes a DNS name absolute, in resources that are about DNS.
func (n *normaliser) undotted(text string) string {
	if n.dns && len(text) > 1 && strings.HasSuffix(text, ".") && isHostname(text[:len(text)-1]) {
		return text[:len(text)-1]
	}
	return text
}

func isHostname(s string) bool {
	for _, label := range strings.Split(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-*") != "" {
			return false
		}
	}
	return true
}

// parseDocument parses a text that is one JSON object or array.
func parseDocument(text string) (Value, bool) {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(trimmed))
	d.UseNumber()
	var v Value
	if d.Decode(&v) != nil {
		return nil, false
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	return v, true
}

// yamlNames are parts of the names of attributes that hold YAML documents.
var yamlNames = []string{"yaml", "manifest", "values", "template", "document", "definition", "buildspec", "config", "spec"}

// parseYAML parses a text that is a YAML mapping or sequence, in attributes that are named for such.
func (n *normaliser) parseYAML(text string) (Value, bool) {
	named := func(part string) bool { return strings.Contains(n.attribute, part) }
	if n.decodeYAML == nil || !slices.ContainsFunc(yamlNames, named) || !strings.ContainsAny(text, ":-") {
		return nil, false
	}
	v, err := n.decodeYAML(text)
	if err != nil {
		return nil, false
	}
	switch v.(type) {
	case []Value, map[string]Value:
		return v, true
	}
	return nil, false
}

// documentForm writes a JSON value with sorted keys and canonical numbers.
func documentForm(v Value) string {
	var b strings.Builder
	writeDocument(&b, v)
	return b.String()
}

func writeDocument(b *strings.Builder, v Value) {
	switch x := v.(type) {
	case json.Number:
		b.WriteString("#" + number(x.String()))
	case []Value:
		b.WriteByte('[')
		for _, e := range x {
			writeDocument(b, e)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case map[string]Value:
		b.WriteByte('{')
		for _, name := range fieldNames(freeShape, x) {
			b.WriteString(quoted(name))
			b.WriteByte(':')
			writeDocument(b, x[name])
			b.WriteByte(',')
		}
		b.WriteByte('}')
	case nil, bool, string:
		b.WriteString(quoted(x))
	default: // what a YAML parser makes of numbers and times
		if text := quoted(x); isNumber(text) {
			b.WriteString("#" + number(text))
		} else {
			b.WriteString(text)
		}
	}
}

// quoted writes a scalar as JSON.
func quoted(v Value) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%T %v", v, v) // no JSON for it: told apart by how it prints
	}
	return string(text)
}
