package migration

import (
	"fmt"
	"math/rand"

	"github.com/mooringdev/mooring/internal/drift"
)

// A planned is one attribute of a resource: what is applied, live, planned with the new version and without it, and whether the code says it.
type planned struct {
	address, path            string
	base, live, with, before string
	declared                 bool
	upgrade                  bool // the truth: the new version alone wants it
}

// An Upgrade is one thing that a new version does, or that looks like it.
type Upgrade struct {
	Name   string
	Module bool
	// Tried says that the stack can be planned without it; otherwise the pattern must do.
	Tried bool
	make  func(r *rand.Rand, address string) planned
}

func value(r *rand.Rand, what string) string { return fmt.Sprintf("%s-%d", what, r.Intn(1000)) }

// same is what neither a person, nor code, nor version moves.
func same(r *rand.Rand, address, path string) planned {
	v := value(r, "same")
	return planned{address, path, v, v, v, v, true, false}
}

// Upgrades are all that are measured: what a version moves, beside what people and code do to other attributes of the same resources.
func Upgrades() []Upgrade {
	moved := func(declared bool) func(r *rand.Rand, a string) planned {
		return func(r *rand.Rand, a string) planned {
			v := value(r, "old")
			return planned{a, "tier", v, v, value(r, "new"), v, declared, true}
		}
	}
	code := func(declared bool) func(r *rand.Rand, a string) planned {
		return func(r *rand.Rand, a string) planned {
			v, w := value(r, "old"), value(r, "code")
			return planned{a, "tier", v, v, w, w, declared, false}
		}
	}
	return []Upgrade{
		{"a default moves", false, true, moved(false)},
		{"a declared value is written otherwise", false, true, moved(true)},
		{"the code changed the same attribute", false, true, code(true)},
		{"a default that had moved before", false, true, code(false)},
		{"a person changed the same attribute", false, true, func(r *rand.Rand, a string) planned {
			v := value(r, "old")
			return planned{a, "tier", v, value(r, "hand"), v, v, true, false}
		}},
		{"code and version move it, differently", false, true, func(r *rand.Rand, a string) planned {
			v := value(r, "old")
			return planned{a, "tier", v, v, value(r, "new"), value(r, "code"), true, true}
		}},
		{"a default moves, and the old version is not at hand", false, false, moved(false)},
		{"the code changed, and the old version is not at hand", false, false, code(true)},
		{"a module writes a value otherwise", true, true, moved(true)},
		{"the code changed beside a module's new version", true, true, code(true)},
		{"a module writes a value otherwise, and the old one is not at hand", true, false, moved(true)},
		{"nothing moves", false, true, func(r *rand.Rand, a string) planned { return same(r, a, "tier") }},
	}
}

// plan is the plan of a list of attributes; with says with the new version.
func plan(list []planned, with bool) *drift.Plan {
	p := &drift.Plan{CleanTypes: map[string]int{}}
	schema := &drift.Block{Attributes: map[string]*drift.Attribute{
		"id": {Type: &drift.Type{Kind: "string"}, Computed: true}, "tier": {Type: &drift.Type{Kind: "string"}, Optional: true, Computed: true}, "size": {Type: &drift.Type{Kind: "string"}, Optional: true},
	}}
	at := map[string]int{}
	for _, a := range list {
		n, ok := at[a.address]
		if !ok {
			n = len(p.Instances)
			at[a.address] = n
			id := map[string]drift.Value{"id": a.address}
			p.Instances = append(p.Instances, drift.Instance{
				Address: a.address, Type: "cloud_server", Provider: provider, Schema: schema, Action: drift.ActionNoOp,
				Base: clone(id), Live: clone(id), Code: clone(id),
			})
		}
		i := &p.Instances[n]
		code := a.before
		live := a.live
		if with {
			code = a.with
		} else {
			live = a.base // an earlier version is planned without a refresh
		}
		i.Base[a.path], i.Live[a.path], i.Code[a.path] = a.base, live, code
		if live != code {
			i.Action = drift.ActionUpdate
		}
	}
	return p
}

func clone(m map[string]drift.Value) map[string]drift.Value {
	out := map[string]drift.Value{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// says is code that declares what it is told to.
type says map[string]bool

func (s says) Declares(address, path string) drift.Declaration {
	if s[address+" "+path] {
		return drift.Declared
	}
	return drift.Silent
}
func (says) Ignores(string, string) bool        { return false }
func (says) References(string, string) []string { return nil }

// upgrade makes one case and returns, for every planned change, whether it was told to be the upgrade's and whether it is.
func upgrade(r *rand.Rand, u Upgrade) (told, truth []bool) {
	prefix := ""
	if u.Module {
		prefix = "module.web."
	}
	var list []planned
	code := says{}
	for n := range 2 + r.Intn(5) {
		address := fmt.Sprintf("%scloud_server.n%d", prefix, n)
		list = append(list, u.make(r, address))
		beside := same(r, address, "size")
		if r.Intn(3) == 0 && (u.Tried || !u.Module) { // the code changed another attribute as well
			beside.with = value(r, "code")
			beside.before = beside.with
		}
		list = append(list, beside)
	}
	for _, a := range list {
		if a.declared {
			code[a.address+" "+a.path] = true
		}
	}
	o := drift.Options{Stack: "infra", CodeChanged: func(string, string) drift.SinceApply { return drift.Changed }}
	if !u.Module {
		o.Upgraded = []string{provider}
	}
	found := drift.Classify(plan(list, true), code, o)
	var findings []*drift.Finding
	for i := range found {
		findings = append(findings, &found[i])
	}
	switch {
	case u.Tried:
		drift.MarkUpgrade(findings, drift.Classify(plan(list, false), code, drift.Options{Stack: "infra"}), "it", func(*drift.Finding) bool { return true })
	case u.Module:
		drift.MarkModule(findings, "module.web")
	}
	for _, a := range list {
		if a.with == a.live {
			continue
		}
		marked := false
		for _, f := range found {
			for _, c := range f.Changes {
				if f.Address == a.address && c.Path == a.path {
					marked = drift.ByVersion(c)
				}
			}
		}
		told, truth = append(told, marked), append(truth, a.upgrade)
	}
	return told, truth
}
