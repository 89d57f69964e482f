package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/didyoumean"
)

// A Rule is one rule block of the configuration.
type Rule struct {
	Name   string
	When   hcl.Expression
	Action string // ignore, issue, pull_request or escalate
	Reason string
	Until  time.Time // zero: no end
	Range  hcl.Range // of the block's head
}

// Check reports what is wrong with the rule's expression: names that do not exist, types that cannot be, an answer that is not true or
// false.
func (r Rule) Check() hcl.Diagnostics {
	if diags := checkNames(r.When); diags.HasErrors() {
		return diags
	}
	value, diags := r.When.Value(&hcl.EvalContext{Variables: unknownVariables(), Functions: functions})
	if diags.HasErrors() {
		for _, d := range diags {
			d.EvalContext = nil // it would print "resource is an object", which helps nobody
		}
		return diags
	}
	if t := value.Type(); t != cty.Bool && t != cty.DynamicPseudoType {
		return hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: fmt.Sprintf("Rule %q is neither true nor false", r.Name),
			Detail: fmt.Sprintf("The expression gives %s. Compare it with something, as in resource.type == \"aws_instance\".", t.FriendlyName()), Subject: r.When.Range().Ptr(),
		}}
	}
	return nil
}

// checkNames reports variables and attributes that do not exist, with the one that was probably meant.
func checkNames(expr hcl.Expression) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, t := range expr.Variables() {
		object, known := variables[t.RootName()]
		if !known {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: fmt.Sprintf("Unknown name %q", t.RootName()), Detail: didyoumean.Sentence(t.RootName(), keys(variables)), Subject: t.SourceRange().Ptr(),
			})
			continue
		}
		if len(t) < 2 {
			continue
		}
		attr, isAttr := t[1].(hcl.TraverseAttr)
		if !isAttr || object.HasAttribute(attr.Name) {
			continue
		}
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: fmt.Sprintf("Unknown name %q", t.RootName()+"."+attr.Name), Detail: didyoumean.Sentence(attr.Name, keys(object.AttributeTypes())), Subject: t.SourceRange().Ptr(),
		})
	}
	return diags
}

func keys[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
