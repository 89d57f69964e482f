package drift

import (
	"reflect"
	"slices"
	"strings"
)

// UpgradeRule begins the rule of a change that an upgrade brought, as planning without it showed; the upgrade's name follows.
const UpgradeRule = "upgrade "

// ModuleRule is the rule of a change that came with another version of its module, as far as can be told without planning with the earlier one.
const ModuleRule = "module-version"

// DefaultRule is the rule of a change that the code says nothing of, planned after an upgrade of the resource's provider: most likely its default
// moved.
const DefaultRule = "provider-default"

// MarkUpgrade tells what an upgrade brought by the findings of a plan without it: a planned change that is not there is the upgrade's. name is the
// upgrade's. What was taken for the work of an upgrade of the providers that concerns accepts, and is planned without it as well, is so no more.
func MarkUpgrade(findings []*Finding, without []Finding, name string, concerns func(*Finding) bool) {
	before := map[string]*Finding{}
	for i := range without {
		before[without[i].Address] = &without[i]
	}
	for _, f := range findings {
		was := before[f.Address]
		if len(f.Changes) == 0 {
			if f.Kind == KindPending && f.Action != string(ActionNoOp) && brought(f.Reason) && (was == nil || was.Action != f.Action) {
				f.Reason = ReasonVersionChange
			}
			continue
		}
		marked, others := false, false
		for i := range f.Changes {
			c := &f.Changes[i]
			switch {
			case !planned(c):
			case was.plans(c):
				others = true
				if c.Rule == DefaultRule && concerns(f) {
					c.Rule = "row 4"
				}
			default:
				c.Kind, c.Rule, marked = KindPending, UpgradeRule+name, true
			}
		}
		switch {
		case marked:
			f.settle()
		case others && f.Reason == ReasonVersionChange && f.Kind == KindPending:
			f.settle()
		}
	}
}

// MarkModule takes what is planned for the resources of a module, by its address, for the work of its new version.
func MarkModule(findings []*Finding, address string) {
	for _, f := range findings {
		if !strings.HasPrefix(ConfigAddress(f.Address), address+".") {
			continue
		}
		if len(f.Changes) == 0 && f.Kind == KindPending && brought(f.Reason) {
			f.Reason = ReasonVersionChange
			continue
		}
		marked := false
		for i := range f.Changes {
			if c := &f.Changes[i]; planned(c) && c.Kind == KindPending {
				c.Rule, marked = ModuleRule, true
			}
		}
		if marked {
			f.settle()
		}
	}
}

// brought tells whether a finding as a whole can be the work of another version.
func brought(reason string) bool {
	return slices.Contains([]string{"", ReasonCodeAdded, ReasonCodeRemoved, ReasonTriggered, ReasonForget, ReasonMoved}, reason)
}

// planned tells whether a change is one of what is planned, nothing having changed outside.
func planned(c *Change) bool { return c.Rule == "row 4" || c.Rule == "row 6" || c.Rule == DefaultRule }

// plans tells whether the finding of another plan plans the same.
func (f *Finding) plans(c *Change) bool {
	return f != nil && slices.ContainsFunc(f.Changes, func(o Change) bool {
		return o.Path == c.Path && reflect.DeepEqual(o.Code, c.Code)
	})
}

// ByVersion tells whether a planned change is the work of another version.
func ByVersion(c Change) bool {
	return strings.HasPrefix(c.Rule, UpgradeRule) || c.Rule == ModuleRule || c.Rule == DefaultRule
}

// settle gives a finding the kind of its strongest change, and the reason that its changes of that kind share.
func (f *Finding) settle() {
	f.Kind = KindNoise
	for _, c := range f.Changes {
		if Stronger(c.Kind, f.Kind) {
			f.Kind = c.Kind
		}
	}
	if f.Kind != KindPending {
		return
	}
	f.Reason = ReasonVersionChange
	for _, c := range f.Changes {
		if c.Kind == KindPending && !ByVersion(c) {
			f.Reason = ""
		}
	}
}
