package config

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/didyoumean"
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
		detail := didyoumean.Sentence(name, append(slices.Clone(attributes), blocks...))
		if slices.Contains(blocks, name) {
			detail = fmt.Sprintf("%q is a block: write %s { ... } without an equals sign.", name, name)
		}
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("Unknown setting %q", name), Detail: detail, Subject: &attr.NameRange})
	}
	for _, b := range body.Blocks {
		inner, ok := nested[b.Type]
		if !ok {
			detail := didyoumean.Sentence(b.Type, append(slices.Clone(blocks), attributes...))
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
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: fmt.Sprintf("Unknown audit log %q", b.Labels[0]), Detail: didyoumean.Sentence(b.Labels[0], sortedLogs()), Subject: &b.LabelRanges[0]}}
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
