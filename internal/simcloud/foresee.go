package simcloud

import "github.com/zclconf/go-cty/cty"

// foreseen are types whose provider knows more in the plan than its schema lets on.
var foreseen = map[string]func(planned cty.Value) cty.Value{
	"aws_acm_certificate": certificateDomains,
}

// certificateDomains: one validation option for each name of a certificate, its record not known yet. Code builds for_each on it.
func certificateDomains(planned cty.Value) cty.Value {
	const attribute = "domain_validation_options"
	values := planned.AsValueMap()
	options, ok := values[attribute]
	if !ok || options.IsKnown() || !options.Type().IsSetType() || !options.Type().ElementType().HasAttribute("domain_name") {
		return planned
	}
	names := map[string]bool{}
	if domain, ok := text(planned, "domain_name"); ok {
		names[domain] = true
	}
	if more := values["subject_alternative_names"]; more != cty.NilVal && !more.IsNull() && more.IsWhollyKnown() {
		for _, name := range more.AsValueSlice() {
			names[name.AsString()] = true
		}
	}
	var elements []cty.Value
	for name := range names {
		fields := map[string]cty.Value{}
		for field, t := range options.Type().ElementType().AttributeTypes() {
			fields[field] = cty.UnknownVal(t)
		}
		fields["domain_name"] = cty.StringVal(name)
		elements = append(elements, cty.ObjectVal(fields))
	}
	if len(elements) == 0 {
		return planned
	}
	values[attribute] = cty.SetVal(elements)
	return cty.ObjectVal(values)
}
