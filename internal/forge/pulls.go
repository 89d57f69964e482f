package forge

import "slices"

// approveNote tells readers of a pull request that a workflow's token opened why no checks run.
const approveNote = "\n\n<sub>Opened with the token of a workflow: its checks start when someone with write access presses *Approve and run*. " +
	"With a GitHub App's token they start by themselves.</sub>"

// pull plans the one adoption pull request of a stack (or of one resource of it).
func (p *planner) pull(w *Publication) {
	branch := w.Branch
	o := p.primary(w, p.have.find(w.id(), branch))
	if o != nil && o.Open && o.Marker.Branch != "" {
		branch = o.Marker.Branch
	}
	switch {
	case w.Unknown:
		if o != nil && o.Open {
			p.skip(w, o, "not judged in this run: left as it is")
		}
	case o != nil && o.has(HoldLabel):
		p.skip(w, o, "held by the label "+HoldLabel)
	case w.Resolved != "":
		p.withdraw(w, o, branch)
	case p.broken:
		p.skip(w, o, "the configuration is broken: no pull request until it is mended")
	case w.Commit == nil || len(w.Commit.Files) == 0:
		// Nothing to adopt and nothing to withdraw.
	case o != nil && o.Open:
		p.updatePull(w, o, branch)
	default:
		p.openPull(w, o, branch)
	}
}

// Named returns want with the branch of every pull request filled in, and with names that a marker holds as they are.
func Named(want []Publication) []Publication {
	named := slices.Clone(want)
	stacks := make([]string, 0, len(want))
	for i := range named {
		w := &named[i]
		// JSON turns each byte that is not UTF-8 into this rune, too.
		w.Stack, w.Item = string([]rune(w.Stack)), string([]rune(w.Item))
		if w.Kind == KindPull {
			stacks = append(stacks, w.Stack)
		}
	}
	slugs := Slugs(stacks)
	for i := range named {
		w := &named[i]
		switch {
		case w.Kind != KindPull || w.Branch != "":
		case w.Commit != nil && w.Commit.Branch != "":
			w.Branch = w.Commit.Branch
		case w.Item != "":
			w.Branch = BranchPrefix + slugs[w.Stack] + "-" + shortHash(w.Item)[:6]
		default:
			w.Branch = BranchPrefix + slugs[w.Stack]
		}
	}
	return named
}

// Stale returns publications that withdraw what was opened for a resource that is not wanted any more, or for a stack as a whole where each
// resource has its own now, and the issues of groups that are not wanted any more. Only stacks that want says something certain about are
// concerned, and groups when want tells of everything.
func Stale(want []Publication, objects []Object) []Publication {
	unsure, judged, wanted := map[string]bool{}, map[string]bool{}, map[id]bool{}
	whole := false // all there is was judged: the dashboard tells of it
	for _, w := range want {
		whole = whole || w.Kind == KindDashboard && !w.Unknown
		if w.Kind == KindGroup {
			wanted[w.id()] = true
		}
		if w.Kind == KindPull {
			unsure[w.Stack] = unsure[w.Stack] || w.Unknown
			judged[w.Stack], wanted[w.id()] = true, true
		}
	}
	var stale []Publication
	for _, o := range objects {
		stack := o.Marker.Stack
		if o.Kind == KindGroup && o.Open && o.Marker.V != 0 && whole && !wanted[o.id()] {
			wanted[o.id()] = true
			stale = append(stale, Publication{Kind: KindGroup, Item: o.Marker.Item, Resolved: "The configuration asks for no issue about this group any more."})
		}
		if o.Kind == KindPull && o.Open && o.Marker.V != 0 && judged[stack] && !unsure[stack] && !wanted[o.id()] {
			wanted[o.id()] = true
			stale = append(stale, Publication{
				Kind: KindPull, Stack: stack, Item: o.Marker.Item, Branch: o.Marker.Branch,
				Resolved: "What this pull request adopts needs it no more: there is nothing left to adopt, or another pull request does it.",
			})
		}
	}
	return stale
}

// withdraw closes a pull request that is not needed any more and deletes its branch, unless a person works there.
func (p *planner) withdraw(w *Publication, o *Object, branch string) {
	b, exists := p.have.Branches[branch]
	if o != nil && o.Open {
		if exists && b.Owner != OwnerUs {
			p.handsOff(w, o, "The drift that this pull request adopts is gone: "+w.Resolved+"\n\nIt holds commits that are not Mooring's, so it stays open and the branch stays: both are yours.")
			return
		}
		p.shut(w, o, "resolved", w.Resolved)
	}
	personClosed := o != nil && !o.Open && !o.Merged && !o.closedByUs()
	if exists && b.Owner == OwnerUs && !personClosed {
		a := Action{Op: OpDeleteBranch, Kind: KindPull, Stack: w.Stack, Item: w.Item, Branch: branch, Head: b.Head, Why: "not needed any more"}
		if o != nil {
			a.Number = o.Number
		}
		p.add(a)
	}
}

// handsOff says once that a branch is left to the people who committed to it.
func (p *planner) handsOff(w *Publication, o *Object, text string) {
	if !o.has(HandsOffLabel) && !slices.Contains(o.Marker.Notes, "hands-off") {
		a := on(OpLabel, w, o)
		a.Labels = []string{HandsOffLabel}
		p.add(a)
	}
	p.tellOnce(w, o, "hands-off", text)
	p.skip(w, o, "its branch holds commits of somebody else: left alone")
}

func (p *planner) updatePull(w *Publication, o *Object, branch string) {
	b, exists := p.have.Branches[branch]
	if exists && b.Owner != OwnerUs {
		p.handsOff(w, o, "This branch holds commits that are not Mooring's, so Mooring leaves it to you and does not update it any more. "+
			"Close this pull request and delete the branch to have a fresh one.")
		return
	}
	m := p.push(w, branch, b, exists, marker(w, o.Marker))
	if len(w.Reviewers) > 0 && !m.Reviewed {
		// Asked after opening, and remembered: a run that is killed in between asks in the next one.
		a := on(OpReview, w, o)
		a.Reviewers = w.Reviewers
		p.add(a)
		m.Reviewed = true
	}
	p.update(w, o, m, p.pullBody(w))
	if len(w.Labels) > 0 && !anyLabel(o, w.Labels) {
		a := on(OpLabel, w, o)
		a.Labels = w.Labels
		p.add(a)
	}
}

func anyLabel(o *Object, labels []string) bool {
	for _, l := range labels {
		if o.has(l) {
			return true
		}
	}
	return false
}

// openPull opens a pull request where none is open. last is the newest closed one, or nil.
func (p *planner) openPull(w *Publication, last *Object, branch string) {
	if last != nil && !last.Merged && !last.closedByUs() && covers(last.Marker, w) && !speaksUp(last.Marker, w) && !w.Asked {
		p.refused(w, last, "Understood: Mooring does not propose these values again as long as it is about the same resources and attributes. "+
			"Reopen this pull request to undo that.")
		return
	}
	if why, ok := p.mayOpen(w); !ok {
		p.postpone(w, nil, why)
		return
	}
	b, exists := p.have.Branches[branch]
	if exists && b.Owner != OwnerUs {
		p.skip(w, nil, "branch "+branch+" holds commits of somebody else: rename or delete it")
		return
	}
	m := p.push(w, branch, b, exists, marker(w, Marker{}))
	p.open(w, m, p.pullBody(w), "")
}

// push plans the commit when the branch does not hold it, and returns the marker with what the branch will hold.
func (p *planner) push(w *Publication, branch string, b Branch, exists bool, m Marker) Marker {
	m.Branch, m.Content, m.Head = branch, w.Commit.Content(), b.Head
	if exists && b.Content == m.Content {
		return m
	}
	m.Head = "" // known once it is pushed; see Sync
	p.add(Action{Op: OpPush, Kind: KindPull, Stack: w.Stack, Item: w.Item, Branch: branch, Head: b.Head, Commit: w.Commit})
	return m
}

func (p *planner) pullBody(w *Publication) string {
	if p.have.Me.Workflow {
		return w.Body + approveNote
	}
	return w.Body
}
