package drift

import (
	"testing"
)

// TestTransits: what one stack gives up and another takes up is on its way, and only that.
func TestTransits(t *testing.T) {
	server := func(id, name string) map[string]Value {
		return map[string]Value{"id": id, "name": name, "size": "small", "tags": map[string]Value{"a": "b"}}
	}
	inst := func(address string, action Action, base, code map[string]Value) Instance {
		return Instance{Address: address, Type: "cloud_server", Provider: "example/cloud", Action: action, Base: base, Live: base, Code: code}
	}
	gone := func(address string, action Action, o map[string]Value) Instance { return inst(address, action, o, nil) }
	made := func(address, name string) Instance {
		o := server("", name)
		o["id"] = Unknown{}
		return inst(address, ActionCreate, nil, o)
	}
	imported := func(address string, o map[string]Value) Instance {
		i := inst(address, ActionNoOp, nil, o)
		i.Live, i.Importing = o, true
		return i
	}
	stack := func(id string, held []string, list ...Instance) Placed {
		p := Placed{Stack: id, Plan: &Plan{Instances: list, Held: held}}
		for _, f := range Classify(p.Plan, nil, Options{Stack: id}) {
			p.Findings = append(p.Findings, &f)
		}
		return p
	}
	web := (&Instance{Type: "cloud_server", Provider: "example/cloud", Base: server("1", "web")}).resource()
	for _, c := range []struct {
		name   string
		stacks []Placed
		want   map[string]string // by stack and address, where else
	}{
		{"given up and imported", []Placed{stack("a", nil, gone("x.y", ActionForget, server("1", "web"))), stack("b", nil, imported("x.z", server("1", "web")))},
			map[string]string{"a x.y": "b: x.z", "b x.z": "a: x.y"}},
		{"destroyed here and imported there", []Placed{stack("a", nil, gone("x.y", ActionDelete, server("1", "web"))), stack("b", nil, imported("x.z", server("1", "web")))},
			map[string]string{"a x.y": "b: x.z", "b x.z": "a: x.y"}},
		{"the code moved alone", []Placed{stack("a", nil, gone("x.y", ActionDelete, server("1", "web"))), stack("b", nil, made("x.y", "web"))},
			map[string]string{"a x.y": "b: x.y", "b x.y": "a: x.y"}},
		{"destroyed here, and in the state of the other", []Placed{stack("a", []string{web}, gone("x.y", ActionDelete, server("1", "web"))), stack("b", []string{web})},
			map[string]string{"a x.y": "b"}},
		{"several at once", []Placed{stack("a", nil, gone("x.y", ActionDelete, server("1", "web")), gone("x.w", ActionDelete, server("2", "db"))), stack("b", nil, made("x.y", "web"), made("x.w", "db"))},
			map[string]string{"a x.y": "b: x.y", "b x.y": "a: x.y", "a x.w": "b: x.w", "b x.w": "a: x.w"}},

		{"another object is imported", []Placed{stack("a", nil, gone("x.y", ActionForget, server("1", "web"))), stack("b", nil, imported("x.z", server("2", "web")))}, nil},
		{"another one is created", []Placed{stack("a", nil, gone("x.y", ActionDelete, server("1", "web"))), stack("b", nil, made("x.y", "db"))}, nil},
		{"two are created", []Placed{stack("a", nil, gone("x.y", ActionDelete, server("1", "web"))), stack("b", nil, made("x.y", "web")), stack("c", nil, made("x.y", "web"))}, nil},
		{"two are destroyed", []Placed{stack("a", nil, gone("x.y", ActionDelete, server("1", "web"))), stack("b", nil, made("x.y", "web")), stack("c", nil, gone("x.y", ActionDelete, server("2", "web")))}, nil},
		{"within one stack", []Placed{stack("a", nil, gone("x.y", ActionDelete, server("1", "web")), made("x.z", "web"))}, nil},
	} {
		FindTransits(c.stacks)
		got := map[string]string{}
		for _, p := range c.stacks {
			for _, f := range p.Findings {
				if f.Reason == ReasonElsewhere {
					got[p.Stack+" "+f.Address] = f.Elsewhere
				}
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		for k, v := range c.want {
			if got[k] != v {
				t.Errorf("%s: %s is also in %q, want %q", c.name, k, got[k], v)
			}
		}
	}
}
