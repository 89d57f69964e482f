package policy

import (
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/mooringdev/mooring/internal/drift"
)

// Subject is what a rule looks at.
type Subject struct {
	Finding  drift.Finding
	Severity Severity
	Stack    Stack
	Actors   []Actor
}

// Stack is the stack of a finding.
type Stack struct {
	ID, Path, Workspace string
	Owners              []string
}

// Actor is who is known, or held, to have made some of the changes.
type Actor struct {
	Name, Type, Principal string // "" when nobody may be named
	Verdict               string // as in package blame: confirmed, likely, automation, ...
	Via                   string
	Paths                 []string // change paths; empty: the finding as a whole
	At                    time.Time
	Operations            []string // of the events, as the log writes them
}

// variables are the names that an expression can use, with their types. The table in docs is written from it.
var variables = map[string]cty.Type{
	"resource": cty.Object(map[string]cty.Type{
		"address": cty.String, "type": cty.String, "provider": cty.String, "module": cty.String, "account": cty.String, "region": cty.String,
		"ids": cty.List(cty.String), "tags": cty.Map(cty.String), "attributes": cty.DynamicPseudoType,
	}),
	"change": cty.Object(map[string]cty.Type{
		"path": cty.String, "attribute": cty.String, "kind": cty.String, "sensitive": cty.Bool,
		"base": cty.DynamicPseudoType, "code": cty.DynamicPseudoType, "live": cty.DynamicPseudoType,
	}),
	"finding": cty.Object(map[string]cty.Type{
		"id": cty.String, "kind": cty.String, "reason": cty.String, "action": cty.String, "severity": cty.String, "why": cty.String, "changes": cty.Number,
	}),
	"actor": cty.Object(map[string]cty.Type{"name": cty.String, "type": cty.String, "principal": cty.String, "verdict": cty.String}),
	"event": cty.Object(map[string]cty.Type{"via": cty.String, "operation": cty.String, "operations": cty.List(cty.String), "unix": cty.Number, "date": cty.String}),
	"stack": cty.Object(map[string]cty.Type{"id": cty.String, "path": cty.String, "workspace": cty.String, "owners": cty.List(cty.String)}),
	"now":   cty.Object(map[string]cty.Type{"date": cty.String, "weekday": cty.String, "hour": cty.Number, "unix": cty.Number}),
}

// functions are those that expressions can call.
var functions = map[string]function.Function{
	"can": tryfunc.CanFunc, "try": tryfunc.TryFunc,
	"contains": stdlib.ContainsFunc, "length": stdlib.LengthFunc, "keys": stdlib.KeysFunc, "lookup": stdlib.LookupFunc,
	"lower": stdlib.LowerFunc, "upper": stdlib.UpperFunc, "regex": stdlib.RegexFunc, "jsondecode": stdlib.JSONDecodeFunc, "strlen": stdlib.StrlenFunc,
	"startswith":  textFunction("prefix", strings.HasPrefix),
	"endswith":    textFunction("suffix", strings.HasSuffix),
	"strcontains": textFunction("part", strings.Contains),
	"glob":        textFunction("pattern", func(text, pattern string) bool { return doublestar.MatchUnvalidated(pattern, text) }),
}

// textFunction is a function of a text and what to look for in it.
func textFunction(second string, f func(text, arg string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}, {Name: second, Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// unknownVariables stand for any subject, to check types before there is one.
func unknownVariables() map[string]cty.Value {
	values := map[string]cty.Value{}
	for name, t := range variables {
		values[name] = cty.UnknownVal(t)
	}
	return values
}

// values are the variables for one change of a subject, as made by one actor. A finding as a whole has the zero change.
func (s Subject) values(c drift.Change, a Actor, now time.Time) map[string]cty.Value {
	f := s.Finding
	now, at := now.UTC(), a.At.UTC()
	attribute, _, _ := strings.Cut(c.Path, ".")
	attribute, _, _ = strings.Cut(attribute, "[")
	module := ""
	if i := strings.LastIndex(f.Address, "."+f.Type+"."); i > 0 && strings.HasPrefix(f.Address, "module.") {
		module = f.Address[:i]
	}
	operation := ""
	if len(a.Operations) > 0 {
		operation = a.Operations[0]
	}
	date, unix := "", int64(0)
	if !a.At.IsZero() {
		date, unix = at.Format(time.DateOnly), at.Unix()
	}
	return map[string]cty.Value{
		"resource": cty.ObjectVal(map[string]cty.Value{
			"address": text(f.Address), "type": text(f.Type), "provider": text(f.Provider), "module": text(module), "account": text(f.Account), "region": text(f.Region),
			"ids": list(f.IDs), "tags": tags(f), "attributes": attributes(f),
		}),
		"change": cty.ObjectVal(map[string]cty.Value{
			"path": text(c.Path), "attribute": text(attribute), "kind": text(string(c.Kind)), "sensitive": cty.BoolVal(c.Sensitive),
			"base": shown(c, c.Base), "code": shown(c, c.Code), "live": shown(c, c.Live),
		}),
		"finding": cty.ObjectVal(map[string]cty.Value{
			"id": text(f.ID), "kind": text(string(f.Kind)), "reason": text(f.Reason), "action": text(f.Action),
			"severity": text(s.Severity.Level), "why": text(s.Severity.Why), "changes": cty.NumberIntVal(int64(len(f.Changes))),
		}),
		"actor": cty.ObjectVal(map[string]cty.Value{"name": text(a.Name), "type": text(a.Type), "principal": text(a.Principal), "verdict": text(a.Verdict)}),
		"event": cty.ObjectVal(map[string]cty.Value{
			"via": text(a.Via), "operation": text(operation), "operations": list(a.Operations), "unix": cty.NumberIntVal(unix), "date": text(date),
		}),
		"stack": cty.ObjectVal(map[string]cty.Value{"id": text(s.Stack.ID), "path": text(s.Stack.Path), "workspace": text(s.Stack.Workspace), "owners": list(s.Stack.Owners)}),
		"now": cty.ObjectVal(map[string]cty.Value{
			"date": text(now.Format(time.DateOnly)), "weekday": text(now.Weekday().String()), "hour": cty.NumberIntVal(int64(now.Hour())), "unix": cty.NumberIntVal(now.Unix()),
		}),
	}
}
