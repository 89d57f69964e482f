package drift

import "strings"

// instance decides what an instance as a whole is, and compares its leaves where that says something. Nil: nothing to report.
func (c *classifier) instance(inst *Instance) *instanceCase {
	k := &instanceCase{inst: inst}
	switch {
	case inst.Deposed != "": // row 17
		return k.as(KindPending, ReasonDeposed)
	case inst.Live == nil:
		return k.absent()
	case inst.Importing: // row 18
		c.compare(k)
		k.keepOnly(KindPending)
		return k.as(KindPending, ReasonImport)
	case inst.Action == ActionForget: // row 20
		return k.as(KindPending, ReasonForget)
	case inst.Action == ActionDelete: // row 12
		return c.removed(k)
	}
	c.compare(k)
	switch {
	case inst.Tainted || inst.ActionReason == "replace_because_tainted": // row 14
		return k.tainted()
	case inst.ActionReason == "replace_by_triggers" && k.calm(): // row 16
		return k.as(KindPending, ReasonTriggered)
	}
	switch {
	case len(k.changes) > 0:
		return k
	case inst.Previous != "": // row 19
		return k.as(KindPending, ReasonMoved)
	case inst.Action == ActionUpdate || inst.Action == ActionReplace || inst.Action == ActionCreate:
		return k.as(KindPending, "") // the engine wants to act, though nothing a person wrote differs: never silent about that
	}
	return nil
}

func (k *instanceCase) as(kind Kind, reason string) *instanceCase {
	k.kind, k.reason = kind, reason
	return k
}

// absent is about an object that is not there: not created yet, or gone.
func (k *instanceCase) absent() *instanceCase {
	inst := k.inst
	switch {
	case inst.Base == nil && inst.Action == ActionForget:
		return k.as(KindPending, ReasonForget)
	case inst.Base == nil && inst.Importing:
		return k.as(KindPending, ReasonImport)
	case inst.Base == nil && inst.Code == nil:
		return nil
	case inst.Base == nil: // row 13
		return k.as(KindPending, ReasonCodeAdded)
	case inst.Code == nil && inst.Action != ActionCreate: // gone, and no longer wanted
		return k.as(KindConverged, ReasonCodeRemoved)
	}
	return k.as(KindDeleted, "") // row 10
}

// removed is about an object that the code no longer has. What changed outside before it is destroyed is a conflict: the code says "away",
// a person said something else.
func (c *classifier) removed(k *instanceCase) *instanceCase {
	with := *k.inst
	with.Code = with.Base // "away" is no value to compare with: look at base and live alone
	probe := &instanceCase{inst: &with}
	c.compare(probe)
	for _, ch := range probe.changes {
		if ch.Kind != KindDrift {
			continue
		}
		ch.Kind, ch.Rule, ch.Code, ch.reason = KindConflict, "row 5", nil, ""
		if ch.optionalComputed {
			ch.Kind, ch.Rule = KindUndeclared, "row 9" // whether the code ever set it cannot be told any more
		}
		k.changes = append(k.changes, ch)
	}
	if len(k.changes) == 0 {
		return k.as(KindPending, ReasonCodeRemoved)
	}
	k.reason = ReasonCodeRemoved
	return k
}

// tainted keeps what changed outside; the rest of the plan only says that the object is made again.
func (k *instanceCase) tainted() *instanceCase {
	k.keepOnly(KindConflict, KindDrift)
	if len(k.changes) == 0 {
		return k.as(KindPending, ReasonTainted)
	}
	k.reason = ReasonTainted
	return k
}

func (k *instanceCase) keepOnly(kinds ...Kind) {
	var kept []caseChange
	for _, ch := range k.changes {
		for _, kind := range kinds {
			if ch.Kind == kind {
				kept = append(kept, ch)
			}
		}
	}
	k.changes = kept
}

// calm tells whether nothing changed outside.
func (k *instanceCase) calm() bool {
	for _, ch := range k.changes {
		if Stronger(ch.Kind, KindPending) {
			return false
		}
	}
	return true
}

// mustReplace marks the changes that make the engine destroy and create the object again (row 15).
func (k *instanceCase) mustReplace() {
	if k.inst.Action != ActionReplace || k.kind != "" || k.reason != "" {
		return
	}
	for _, text := range k.inst.ReplacePaths {
		p, err := ParsePath(text)
		if err != nil {
			continue
		}
		for i := range k.changes {
			if ch := &k.changes[i]; ch.reason == "" && ch.Rule != "row 6" && p.overlaps(ch.path) {
				ch.reason = ReasonMustReplace
			}
		}
	}
	// The finding must be highlighted even when other changes of the same kind stand beside the one that forces replacement.
	for _, ch := range k.changes {
		if ch.reason == ReasonMustReplace && ch.Kind == k.strongest() && ch.Kind != KindPending {
			k.reason = ReasonMustReplace
		}
	}
}

// sensitivePaths parses the marks of an instance. A mark that is no path is taken for the name of a top-level attribute.
func sensitivePaths(texts []string) []Path {
	paths := make([]Path, 0, len(texts))
	for _, text := range texts {
		p, err := ParsePath(text)
		if err != nil {
			name, _, _ := strings.Cut(text, ".")
			p = Path{{Kind: StepName, Name: name}}
		}
		paths = append(paths, p)
	}
	return paths
}
