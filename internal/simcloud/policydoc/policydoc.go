// Package policydoc renders IAM policy documents from blocks, as the data sources aws_iam_policy_document and google_iam_policy do.
//
// Start at [Render], for Google at [Bindings]. AWS's text is what the provider writes: two-space indentation, keys in its order, a list of one as its element, longer
// lists in reverse order as the provider's sets come.
package policydoc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// document has the provider's order of keys.
type document struct {
	Version   string      `json:",omitempty"`
	ID        string      `json:"Id,omitempty"`
	Statement []statement `json:",omitempty"`
}

type statement struct {
	Sid          string     `json:",omitempty"`
	Effect       string     `json:",omitempty"`
	Action       any        `json:",omitempty"`
	NotAction    any        `json:",omitempty"`
	Resource     any        `json:",omitempty"`
	NotResource  any        `json:",omitempty"`
	Principal    any        `json:",omitempty"`
	NotPrincipal any        `json:",omitempty"`
	Condition    conditions `json:",omitempty"`
}

type conditions map[string]map[string]any

// Render gives the indented and the one-line text for the arguments of the data source in plain Go.
func Render(arguments map[string]any) (indented, minified string, err error) {
	doc := document{Version: cmp.Or(text(arguments["version"]), "2012-10-17"), ID: text(arguments["policy_id"])}
	for _, source := range texts(arguments["source_policy_documents"]) {
		if err := doc.merge(source, false); err != nil {
			return "", "", fmt.Errorf("source_policy_documents: %w", err)
		}
	}
	own := document{}
	for _, s := range blocks(arguments["statement"]) {
		rendered, err := render(s)
		if err != nil {
			return "", "", err
		}
		own.Statement = append(own.Statement, rendered)
	}
	doc.add(own.Statement, len(doc.Statement) > 0)
	overrides := texts(arguments["override_policy_documents"])
	if old := text(arguments["override_json"]); old != "" {
		overrides = append(overrides, old)
	}
	for _, override := range overrides {
		if err := doc.merge(override, true); err != nil {
			return "", "", fmt.Errorf("override_policy_documents: %w", err)
		}
	}
	return write(doc)
}

func write(doc document) (indented, minified string, err error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return "", "", err
	}
	var small bytes.Buffer
	if err := json.Compact(&small, b.Bytes()); err != nil {
		return "", "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), small.String(), nil
}

// merge adds the statements of another document; one with the same Sid is replaced.
func (d *document) merge(text string, override bool) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var other struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &other); err != nil {
		return fmt.Errorf("not a policy document: %w", err)
	}
	d.Version = cmp.Or(other.Version, d.Version)
	if override {
		d.ID = cmp.Or(other.ID, d.ID)
	} else {
		d.ID = cmp.Or(d.ID, other.ID)
	}
	var list []statement
	if len(other.Statement) > 0 && json.Unmarshal(other.Statement, &list) != nil {
		var only statement
		if err := json.Unmarshal(other.Statement, &only); err != nil {
			return fmt.Errorf("not a policy document: %w", err)
		}
		list = []statement{only}
	}
	d.add(list, true)
	return nil
}

func (d *document) add(list []statement, replace bool) {
	for _, s := range list {
		i := -1
		if replace && s.Sid != "" {
			i = slices.IndexFunc(d.Statement, func(have statement) bool { return have.Sid == s.Sid })
		}
		if i >= 0 {
			d.Statement[i] = s
		} else {
			d.Statement = append(d.Statement, s)
		}
	}
}

func render(s map[string]any) (statement, error) {
	out := statement{
		Sid: text(s["sid"]), Effect: cmp.Or(text(s["effect"]), "Allow"),
		Action: list(s["actions"]), NotAction: list(s["not_actions"]), Resource: list(anys(variables(texts(s["resources"])))), NotResource: list(anys(variables(texts(s["not_resources"])))),
		Principal: principals(s["principals"]), NotPrincipal: principals(s["not_principals"]),
	}
	for _, c := range blocks(s["condition"]) {
		test, variable := text(c["test"]), text(c["variable"])
		if test == "" || variable == "" {
			return statement{}, fmt.Errorf("statement %q: a condition needs test and variable", out.Sid)
		}
		if out.Condition == nil {
			out.Condition = conditions{}
		}
		if out.Condition[test] == nil {
			out.Condition[test] = map[string]any{}
		}
		// Two conditions on one variable are one; a list keeps the order of the code.
		values := variables(texts(c["values"]))
		variable = variables([]string{variable})[0]
		switch have := out.Condition[test][variable].(type) {
		case nil:
		case string:
			values = append([]string{have}, values...)
		case []string:
			values = append(have, values...)
		}
		out.Condition[test][variable] = values
		if len(values) == 1 {
			out.Condition[test][variable] = values[0]
		}
	}
	return out, nil
}

// variables turns &{aws:username}, which HCL leaves alone, into the policy variable ${aws:username}.
func variables(words []string) []string {
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, "&{", "${")
	}
	return words
}

// principals: anyone at all is the bare star.
func principals(v any) any {
	all := blocks(v)
	if len(all) == 0 {
		return nil
	}
	byType := map[string][]string{}
	for _, p := range all {
		byType[text(p["type"])] = append(byType[text(p["type"])], texts(p["identifiers"])...)
	}
	if ids, ok := byType["*"]; ok && len(byType) == 1 && slices.Equal(ids, []string{"*"}) {
		return "*"
	}
	out := map[string]any{}
	for kind, ids := range byType {
		out[kind] = list(anys(variables(ids)))
	}
	return out
}

// list is a set of texts as the provider writes it: one alone, more in reverse order.
func list(v any) any {
	words := texts(v)
	switch len(words) {
	case 0:
		return nil
	case 1:
		return words[0]
	}
	slices.Sort(words)
	slices.Reverse(words)
	return words
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) []string {
	l, _ := v.([]any)
	var out []string
	for _, e := range l {
		out = append(out, text(e))
	}
	return out
}

func anys(words []string) []any {
	out := make([]any, 0, len(words))
	for _, w := range words {
		out = append(out, w)
	}
	return out
}

func blocks(v any) []map[string]any {
	l, _ := v.([]any)
	var out []map[string]any
	for _, e := range l {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
