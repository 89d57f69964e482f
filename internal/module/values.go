package module

import (
	"encoding/json"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// A Given is the value of a root variable, and what gives it.
type Given struct {
	Value     any       // as JSON has it; nil when it is null, or not known here
	Known     bool      // whether Value is the value
	From      string    // the variable file, the environment variable, or "" for the variable's default
	Range     hcl.Range // of the expression; zero when it comes from the environment
	Sensitive bool
}

// Given tells what a root variable is set to. It is not known when nothing in the repository or the environment sets it.
func (t *Tree) Given(name string) Given {
	var g Given
	if t.Root == nil {
		return g
	}
	v := t.Root.Variables[name]
	if v == nil {
		return g
	}
	g.Sensitive = v.Sensitive || v.Ephemeral
	if in, ok := t.Inputs[name]; ok {
		g.From = in.From
		if in.Attribute == nil {
			g.Value, g.Known = in.Literal, true
			return g
		}
		g.evaluate(in.Attribute.Expr)
		return g
	}
	if v.Default != nil {
		g.evaluate(v.Default.Expr)
	}
	return g
}

func (g *Given) evaluate(e hclsyntax.Expression) {
	g.Range = e.Range()
	v, diags := e.Value(nil)
	if diags.HasErrors() || !v.IsWhollyKnown() {
		return
	}
	if v.IsNull() {
		g.Known = true
		return
	}
	v, _ = v.UnmarkDeep()
	b, err := ctyjson.Marshal(v, v.Type())
	if err != nil || v.Type() == cty.DynamicPseudoType {
		return
	}
	g.Known = json.Unmarshal(b, &g.Value) == nil
}

// Below follows keys and positions into a value as JSON has it; false when they lead nowhere.
func Below(v any, steps []any) (any, bool) {
	for _, s := range steps {
		switch x := v.(type) {
		case map[string]any:
			key, ok := s.(string)
			if !ok {
				return nil, false
			}
			if v, ok = x[key]; !ok {
				return nil, false
			}
		case []any:
			i, ok := s.(int)
			if !ok || i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}
