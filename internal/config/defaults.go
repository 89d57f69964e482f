package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/gocty"
)

// withDefaults fills block, a pointer to a struct of schema.go, with the defaults in its tags, single nested blocks included. gohcl
// leaves alone what the file does not set.
func withDefaults(block any) any {
	v := reflect.ValueOf(block).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if isBlock(field) && field.Type.Kind() == reflect.Pointer {
			nested := reflect.New(field.Type.Elem())
			withDefaults(nested.Interface())
			v.Field(i).Set(nested)
		}
		text := field.Tag.Get("default")
		if text == "" {
			continue
		}
		if err := setDefault(v.Field(i), text); err != nil {
			panic(fmt.Sprintf("default of %s: %v", field.Name, err)) // a tag of schema.go is wrong
		}
	}
	return block
}

func setDefault(field reflect.Value, text string) error {
	expr, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	value, diags := expr.Value(nil)
	if diags.HasErrors() {
		return diags
	}
	if field.Kind() == reflect.Slice { // the literal is a tuple, which gocty takes for structs only
		for it := value.ElementIterator(); it.Next(); {
			_, element := it.Element()
			field.Set(reflect.Append(field, reflect.ValueOf(element.AsString())))
		}
		return nil
	}
	return gocty.FromCtyValue(value, field.Addr().Interface())
}

// hclName is the name of a field in the file, and gohcl's keyword for it.
func hclName(field reflect.StructField) (name, keyword string) {
	name, keyword, _ = strings.Cut(field.Tag.Get("hcl"), ",")
	return name, keyword
}

func isBlock(field reflect.StructField) bool {
	_, keyword := hclName(field)
	return keyword == "block"
}

func isAttribute(field reflect.StructField) bool {
	_, keyword := hclName(field)
	return keyword == "" || keyword == "attr" || keyword == "optional"
}

// elementStruct is the struct type of a block's field: *T or []*T.
func elementStruct(field reflect.StructField) reflect.Type {
	t := field.Type
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
