package drift

import (
	"slices"
	"strings"
)

// findCauses looks for pending changes that only follow from something else: from a data source that answers differently (row 21), or
// from another instance of the stack that changes (row 6, row 16).
func (c *classifier) findCauses(cases []*instanceCase) {
	moving := map[string]bool{} // resources, without instance keys, that something is planned for or that changed outside
	for _, k := range cases {
		if k.acts() {
			moving[ConfigAddress(k.inst.Address)] = true
		}
	}
	data := map[string]bool{}
	for _, d := range c.plan.Data {
		data[ConfigAddress(d.Address)] = true
	}
	for _, k := range cases {
		own := ConfigAddress(k.inst.Address)
		for i := range k.changes {
			ch := &k.changes[i]
			if ch.Kind != KindPending || c.changedInCode(k, ch) {
				continue
			}
			switch c.causeOf(k, ch, own, moving, data) {
			case ReasonDataSource:
				ch.reason, ch.Rule = ReasonDataSource, "row 21"
			case ReasonCascade:
				ch.reason = ReasonCascade
			}
		}
	}
}

// acts tells whether an instance can be the cause of another's change: something is planned for it, or it changed outside.
func (k *instanceCase) acts() bool {
	switch k.inst.Action {
	case ActionUpdate, ActionCreate, ActionReplace, ActionDelete:
		return k.inst.Deposed == ""
	}
	return len(k.changes) > 0 && k.strongest() != KindNoise
}

func (c *classifier) changedInCode(k *instanceCase, ch *caseChange) bool {
	return ch.Rule != "row 6" && c.sinceApply(k, ch) == Changed
}

func (c *classifier) sinceApply(k *instanceCase, ch *caseChange) SinceApply {
	if c.opts.CodeChanged == nil {
		return Unclear
	}
	return c.opts.CodeChanged(k.inst.Address, ch.Path)
}

// findAbsorbed tells code that was never applied from drift that somebody made part of the state by refreshing (row 4): there the code did
// not change, and nothing upstream did.
func (c *classifier) findAbsorbed(cases []*instanceCase) {
	for _, k := range cases {
		for i := range k.changes {
			ch := &k.changes[i]
			if ch.Kind == KindPending && ch.Rule == "row 4" && ch.reason == "" && k.kind == "" && c.sinceApply(k, ch) == Unchanged {
				ch.Kind, ch.reason = KindDrift, ReasonAbsorbed
			}
		}
	}
}

func (c *classifier) causeOf(k *instanceCase, ch *caseChange, own string, moving, data map[string]bool) string {
	fromData, fromResource, deferred := false, false, false
	refs := c.code.References(k.inst.Address, ch.Path)
	for _, ref := range refs {
		switch {
		case ref == own:
		case data[ref]:
			fromData = true
		case moving[ref]:
			fromResource = true
		case strings.HasPrefix(ref, "data.") || strings.Contains(ref, ".data."):
			deferred = true // a data source that is read only during apply waits for something that is planned
		}
	}
	switch {
	case fromResource:
		return ReasonCascade
	case fromData:
		return ReasonDataSource
	case ch.Rule != "row 6":
		return ""
	}
	// The value is known only after apply. Where the code could not be read, something else that is planned is the only explanation.
	_, unread := c.code.(unreadCode)
	others := len(moving) > 1 || len(moving) == 1 && !moving[own]
	if others && (deferred || unread) {
		return ReasonCascade
	}
	return ""
}

// findUpgrades looks for the mark of a provider upgrade: the same attribute moves on all instances of a type.
func (c *classifier) findUpgrades(cases []*instanceCase) {
	if len(c.opts.Upgraded) == 0 {
		return
	}
	groups := map[upgradeKey][]*caseChange{}
	for _, k := range cases {
		if !slices.Contains(c.opts.Upgraded, k.inst.Provider) {
			continue
		}
		seen := map[upgradeKey]bool{}
		for i := range k.changes {
			ch := &k.changes[i]
			if ch.Rule == "row 4" && ch.Kind == KindPending && ch.declared != Declared && ch.reason == "" {
				ch.Rule, ch.reason = DefaultRule, ReasonVersionChange // nothing in the code says it: the provider's default moved
				continue
			}
			key := upgradeKey{k.inst.Type, anyPosition(ch.path)}
			if (ch.Rule == "row 2" || ch.Rule == "row 9") && !seen[key] {
				seen[key] = true
				groups[key] = append(groups[key], ch)
			}
		}
	}
	total := c.liveByType()
	for key, changes := range groups {
		if len(changes) == total[key.typ] {
			asUpgrade(changes)
		}
	}
}

type upgradeKey struct{ typ, path string }

// asUpgrade marks one attribute's changes on all instances. An attribute that base did not have and the code does not set was filled in by
// the new version: noise. What was set before stays what it is, since a person may have done the same everywhere, and carries the reason
// only when all instances moved alike.
func asUpgrade(changes []*caseChange) {
	filled, alike := true, len(changes) > 1
	for _, ch := range changes {
		filled = filled && ch.Rule == "row 9" && ch.Base == nil
		alike = alike && identical(ch.Base, changes[0].Base) && identical(ch.Live, changes[0].Live)
	}
	for _, ch := range changes {
		switch {
		case filled:
			ch.Kind, ch.Rule, ch.reason = KindNoise, "provider-version", ReasonVersionChange
		case alike:
			ch.reason = ReasonVersionChange
		}
	}
}

func (c *classifier) liveByType() map[string]int {
	total := map[string]int{}
	for typ, n := range c.plan.CleanTypes {
		total[typ] += n
	}
	for i := range c.plan.Instances {
		if inst := &c.plan.Instances[i]; inst.Live != nil && inst.Deposed == "" {
			total[inst.Type]++
		}
	}
	return total
}

// anyPosition writes a path without positions and keys: the same attribute of every element.
func anyPosition(p Path) string {
	var names []string
	for _, s := range p {
		if s.Kind == StepName {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ".")
}
