package solve

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"golang.org/x/text/encoding/ianaindex"
)

// anything is a parameter that takes every value.
func anything(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.DynamicPseudoType, AllowDynamicType: true}
}

func texts(names ...string) []function.Parameter {
	var out []function.Parameter
	for _, n := range names {
		out = append(out, function.Parameter{Name: n, Type: cty.String})
	}
	return out
}

// ofText is a question about two texts.
func ofText(test func(s, t string) bool) function.Function {
	return function.New(&function.Spec{Params: texts("string", "part"), Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(test(args[0].AsString(), args[1].AsString())), nil
		}})
}

// allTrue is alltrue, and with false anytrue.
func allTrue(all bool) function.Function {
	return function.New(&function.Spec{Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}}, Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			result := cty.BoolVal(all)
			for _, v := range args[0].AsValueSlice() {
				switch {
				case v.IsKnown() && (!v.IsNull() && v.True()) != all:
					return cty.BoolVal(!all), nil
				case !v.IsKnown():
					result = cty.UnknownVal(cty.Bool)
				}
			}
			return result, nil
		}})
}

var lengthFunction = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true}},
	Type: func(args []cty.Value) (cty.Type, error) {
		t := args[0].Type()
		if t != cty.DynamicPseudoType && t != cty.String && !t.IsCollectionType() && !t.IsTupleType() && !t.IsObjectType() {
			return cty.Number, errors.New("length of what is no text and no collection")
		}
		return cty.Number, nil
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v := args[0]
		switch {
		case v.Type().IsTupleType():
			return cty.NumberIntVal(int64(len(v.Type().TupleElementTypes()))), nil
		case v.Type().IsObjectType():
			return cty.NumberIntVal(int64(len(v.Type().AttributeTypes()))), nil
		case v.Type() == cty.String && v.IsKnown():
			return stdlib.Strlen(v)
		case v.Type() == cty.String || v.Type() == cty.DynamicPseudoType:
			return cty.UnknownVal(cty.Number), nil
		}
		return v.Length(), nil
	}})

var indexFunction = function.New(&function.Spec{
	Params: []function.Parameter{anything("list"), anything("value")}, Type: function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !isList(args[0]) || args[0].Type().IsSetType() {
			return cty.NilVal, errors.New("index of what is no list")
		}
		for i, e := range elements(args[0]) {
			eq, err := stdlib.Equal(e, args[1])
			if err != nil || !eq.IsKnown() {
				return cty.UnknownVal(cty.Number), err
			}
			if eq.True() {
				return cty.NumberIntVal(int64(i)), nil
			}
		}
		return cty.NilVal, errors.New("item not found")
	}})

var lookupFunction = function.New(&function.Spec{
	Params:   []function.Parameter{anything("map"), {Name: "key", Type: cty.String}},
	VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		t := args[0].Type()
		switch {
		case t.IsMapType():
			return t.ElementType(), nil
		case t.IsObjectType() && args[1].IsKnown():
			if key := args[1].AsString(); t.HasAttribute(key) {
				return t.AttributeType(key), nil
			} else if len(args) == 3 {
				return args[2].Type(), nil
			}
			return cty.DynamicPseudoType, errors.New("no such attribute")
		case t.IsObjectType():
			return cty.DynamicPseudoType, nil
		}
		return cty.DynamicPseudoType, errors.New("lookup in what is no map")
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if v, ok := entries(args[0])[args[1].AsString()]; ok {
			return v, nil
		}
		if len(args) != 3 {
			return cty.UnknownVal(t), fmt.Errorf("the map has no key %q", args[1].AsString())
		}
		return convert.Convert(args[2], t)
	}})

var matchKeys = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "values", Type: cty.List(cty.DynamicPseudoType)}, {Name: "keys", Type: cty.List(cty.DynamicPseudoType)},
		{Name: "wanted", Type: cty.List(cty.DynamicPseudoType)}},
	Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		values, keys, wanted := elements(args[0]), elements(args[1]), elements(args[2])
		if len(values) != len(keys) {
			return cty.NilVal, errors.New("there must be as many keys as values")
		}
		var out []cty.Value
		for i, v := range values {
			if slices.ContainsFunc(wanted, func(w cty.Value) bool { return same(w, keys[i]) }) {
				out = append(out, v)
			}
		}
		if len(out) == 0 {
			return cty.ListValEmpty(t.ElementType()), nil
		}
		return cty.ListVal(out), nil
	}})

var oneFunction = function.New(&function.Spec{
	Params: []function.Parameter{anything("list")},
	Type: func(args []cty.Value) (cty.Type, error) {
		switch t := args[0].Type(); {
		case t.IsListType() || t.IsSetType():
			return t.ElementType(), nil
		case t.IsTupleType() && t.Length() == 1:
			return t.TupleElementType(0), nil
		case t.IsTupleType() && t.Length() == 0:
			return cty.DynamicPseudoType, nil
		}
		return cty.NilType, errors.New("one of what is no list of at most one element")
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		switch list := elements(args[0]); len(list) {
		case 0:
			return cty.NullVal(t), nil
		case 1:
			return list[0], nil
		}
		return cty.NilVal, errors.New("more than one element")
	}})

// replaceFunction takes a pattern between slashes, as the language does.
var replaceFunction = function.New(&function.Spec{Params: texts("string", "old", "new"), Type: function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		s, old, fresh := args[0].AsString(), args[1].AsString(), args[2].AsString()
		if len(old) > 1 && strings.HasPrefix(old, "/") && strings.HasSuffix(old, "/") {
			re, err := regexp.Compile(old[1 : len(old)-1])
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			return cty.StringVal(re.ReplaceAllString(s, fresh)), nil
		}
		return cty.StringVal(strings.ReplaceAll(s, old, fresh)), nil
	}})

var sumFunction = function.New(&function.Spec{Params: []function.Parameter{anything("list")}, Type: function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !isList(args[0]) || args[0].LengthInt() == 0 {
			return cty.NilVal, errors.New("sum of what is no list of numbers")
		}
		total := cty.Zero
		for _, e := range elements(args[0]) {
			n, err := convert.Convert(e, cty.Number)
			if err != nil || n.IsNull() {
				return cty.UnknownVal(cty.Number), errors.New("sum of what is no number")
			}
			total = total.Add(n)
		}
		return total, nil
	}})

var timeCompare = function.New(&function.Spec{Params: texts("a", "b"), Type: function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		a, err1 := time.Parse(time.RFC3339, args[0].AsString())
		b, err2 := time.Parse(time.RFC3339, args[1].AsString())
		return cty.NumberIntVal(int64(a.Compare(b))), errors.Join(err1, err2)
	}})

var transposeFunction = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "values", Type: cty.Map(cty.List(cty.String))}}, Type: function.StaticReturnType(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		turned := map[string][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); { // keys come sorted
			key, list := it.Element()
			for _, v := range elements(list) {
				turned[v.AsString()] = append(turned[v.AsString()], key)
			}
		}
		if len(turned) == 0 {
			return cty.MapValEmpty(t.ElementType()), nil
		}
		out := map[string]cty.Value{}
		for k, list := range turned {
			out[k] = cty.ListVal(list)
		}
		return cty.MapVal(out), nil
	}})

// sensitiveMark is what sensitive() leaves on a value.
const sensitiveMark = "sensitive"

// marked is a function of one value that may be marked.
func marked(f func(cty.Value) cty.Value) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowNull: true, AllowMarked: true, AllowDynamicType: true}},
		Type:   func(args []cty.Value) (cty.Type, error) { return f(args[0]).Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f(args[0]), nil }})
}

// digest is the base64 of a hash of a text.
func digest(h func() hash.Hash) func(string) (cty.Value, error) {
	return func(s string) (cty.Value, error) {
		sum := h()
		_, err := sum.Write([]byte(s))
		return cty.StringVal(base64.StdEncoding.EncodeToString(sum.Sum(nil))), err
	}
}

func gzipped(s string) (cty.Value, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(s))
	err = errors.Join(err, w.Close())
	return cty.StringVal(base64.StdEncoding.EncodeToString(b.Bytes())), err
}

// encodedText is textencodebase64, and with false textdecodebase64.
func encodedText(encode bool) function.Function {
	return function.New(&function.Spec{Params: texts("string", "encoding"), Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			enc, err := ianaindex.IANA.Encoding(args[1].AsString())
			if err != nil || enc == nil {
				return cty.UnknownVal(cty.String), fmt.Errorf("the encoding %q is not known", args[1].AsString())
			}
			if encode {
				s, err := enc.NewEncoder().String(args[0].AsString())
				return cty.StringVal(base64.StdEncoding.EncodeToString([]byte(s))), err
			}
			raw, err := base64.StdEncoding.DecodeString(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			s, err := enc.NewDecoder().Bytes(raw)
			return cty.StringVal(string(s)), err
		}})
}

// clockFunction is a text that is another each time: only its type is known.
var clockFunction = function.New(&function.Spec{Type: function.StaticReturnType(cty.String),
	Impl: func([]cty.Value, cty.Type) (cty.Value, error) { return cty.UnknownVal(cty.String), nil }})
