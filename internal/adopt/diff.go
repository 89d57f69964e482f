package adopt

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/mooringdev/mooring/internal/drift"
)

// leaves flattens a value into leaf paths and a text for each that tells values apart; the text is compared and never shown. What is not set has
// no leaf, but an element of a list has one even when nothing is set in it: a block without arguments is there or not.
func leaves(prefix string, v drift.Value, out map[string]string) {
	switch x := v.(type) {
	case nil:
	case map[string]drift.Value:
		for k, e := range x {
			leaves(prefix+"["+strconv.Quote(k)+"]", e, out)
		}
	case []drift.Value:
		for i, e := range x {
			path, had := fmt.Sprintf("%s[%d]", prefix, i), len(out)
			if leaves(path, e, out); len(out) == had {
				out[path] = "e"
			}
		}
	case drift.Unknown:
		out[prefix] = "?"
	case json.Number:
		out[prefix] = "n" + number(x)
	case string:
		out[prefix] = "s" + x
	default:
		out[prefix] = fmt.Sprintf("v%v", x)
	}
}

// number writes a number so that equal ones are equal texts.
func number(n json.Number) string {
	if f, err := n.Float64(); err == nil && len(n) < 15 {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return n.String()
}

// moves are the leaves that a plan would change on an instance: path to what it becomes, "" for a leaf that goes.
func moves(i *drift.Instance) map[string]string {
	live, code := map[string]string{}, map[string]string{}
	leaves("", i.Live, live)
	if i.Code != nil {
		leaves("", i.Code, code)
	}
	out := map[string]string{}
	for p, v := range code {
		if v != live[p] {
			out[p] = v
		}
	}
	for p := range live {
		if _, ok := code[p]; !ok {
			out[p] = ""
		}
	}
	return out
}

// rank orders actions by how much they do.
func rank(a drift.Action) int {
	return slices.Index([]drift.Action{drift.ActionNone, drift.ActionNoOp, drift.ActionRead, drift.ActionForget, drift.ActionUpdate,
		drift.ActionCreate, drift.ActionReplace, drift.ActionDelete}, a)
}

func acts(a drift.Action) bool { return rank(a) > rank(drift.ActionRead) }

type instanceKey struct{ address, deposed string }

func instancesOf(p *drift.Plan) map[instanceKey]*drift.Instance {
	out := make(map[instanceKey]*drift.Instance, len(p.Instances))
	for i := range p.Instances {
		out[instanceKey{p.Instances[i].Address, p.Instances[i].Deposed}] = &p.Instances[i]
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
