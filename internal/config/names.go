package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// checkNames reports every name of body that the struct behind block does not have. gohcl would do so too, but says what was meant only
// for the smallest typing errors, and never what else there is.
func checkNames(body *hclsyntax.Body, block any) hcl.Diagnostics {
	return checkNamesOf(body, reflect.TypeOf(block).Elem())
}

func checkNamesOf(body *hclsyntax.Body, t reflect.Type) hcl.Diagnostics {
	var diags hcl.Diagnostics
	var attributes, blocks []string
	nested := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _ := hclName(t.Field(i))
		switch {
		case isAttribute(t.Field(i)):
			attributes = append(attributes, name)
		case isBlock(t.Field(i)):
			blocks = append(blocks, name)
			nested[name] = elementStruct(t.Field(i))
		}
	}
	for name, attr := range body.Attributes {
		if slices.Contains(attributes, name) {
			continue
		}
		detail := meant(name, append(slices.Clone(attributes), blocks...))
		if slices.Contains(blocks, name) {
			detail = fmt.Sprintf("%q is a block: write %s { ... } without an equals sign.", name, name)
		}
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("Unknown setting %q", name), Detail: detail, Subject: &attr.NameRange})
	}
	for _, b := range body.Blocks {
		inner, ok := nested[b.Type]
		if !ok {
			detail := meant(b.Type, append(slices.Clone(blocks), attributes...))
			if slices.Contains(attributes, b.Type) {
				detail = fmt.Sprintf("%q takes a value: write %s = ...", b.Type, b.Type)
			}
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("Unknown block %q", b.Type), Detail: detail, Subject: &b.TypeRange})
			continue
		}
		if inner == reflect.TypeFor[auditBlock]() {
			diags = append(diags, checkAudit(b)...)
			continue
		}
		diags = append(diags, checkNamesOf(b.Body, inner)...)
	}
	return diags
}

// checkAudit is checkNames for an audit block, whose settings depend on its first label. Wrong numbers of labels are left to gohcl.
func checkAudit(b *hclsyntax.Block) hcl.Diagnostics {
	if len(b.Labels) == 0 {
		return nil
	}
	settings, ok := auditLogs[b.Labels[0]]
	if !ok {
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: fmt.Sprintf("Unknown audit log %q", b.Labels[0]), Detail: meant(b.Labels[0], sortedLogs()), Subject: &b.LabelRanges[0]}}
	}
	return checkNames(b.Body, settings())
}

func sortedLogs() []string {
	var names []string
	for name := range auditLogs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// meant says which of the names was probably meant, and when none is near, what there is.
func meant(got string, names []string) string {
	if near := nearest(got, names); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	return "Known here: " + strings.Join(names, ", ") + "."
}

// nearest is the name most like got, if any is: few letters differ, or one holds the other's words.
func nearest(got string, names []string) string {
	best, bestScore := "", 0.0
	for _, name := range names {
		score := levenshtein.Match(strings.ToLower(got), name, nil)
		score = max(score, sharedWords(strings.ToLower(got), name))
		if len(name) > 2 && strings.Contains(got, name) {
			score = max(score, 0.7)
		}
		if score > bestScore {
			best, bestScore = name, score
		}
	}
	if bestScore < 0.6 {
		return ""
	}
	return best
}

// sharedWords is the share of words that two names have in common, a trailing plural s aside.
func sharedWords(a, b string) float64 {
	split := func(s string) []string {
		words := strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == '-' || r == ' ' })
		for i, w := range words {
			words[i] = strings.TrimSuffix(w, "s")
		}
		return words
	}
	as, bs := split(a), split(b)
	common := 0
	for _, w := range as {
		if slices.Contains(bs, w) {
			common++
		}
	}
	if most := max(len(as), len(bs)); most > 0 {
		return float64(common) / float64(most)
	}
	return 0
}
