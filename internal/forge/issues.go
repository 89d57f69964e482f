package forge

import "fmt"

// issue plans the one issue of a stack, that of a group, or the one about the configuration.
func (p *planner) issue(w *Publication) {
	o := p.primary(w, p.have.find(w.id(), ""))
	if p.have.IssuesOff != "" {
		if w.Resolved == "" && !w.Unknown {
			p.skip(w, o, p.have.IssuesOff)
		}
		return
	}
	switch {
	case w.Unknown:
		if o != nil && o.Open {
			p.skip(w, o, "not judged in this run: left as it is")
		}
	case o != nil && o.has(HoldLabel):
		p.skip(w, o, "held by the label "+HoldLabel)
	case w.Resolved != "":
		if o != nil && o.Open {
			p.shut(w, o, "resolved", w.Resolved+p.resolver(w))
		}
	case o == nil:
		if why, ok := p.mayOpen(w); !ok {
			p.postpone(w, nil, why)
			return
		}
		p.open(w, marker(w, Marker{}), w.Body, "")
	case o.Open:
		p.update(w, o, marker(w, o.Marker), w.Body)
	default:
		p.closedIssue(w, o)
	}
}

// closedIssue decides about an issue that is closed while its drift is there. Who closed it decides.
func (p *planner) closedIssue(w *Publication, o *Object) {
	about := "drift"
	if w.Kind == KindGroup {
		about = "difference"
	}
	switch {
	case o.closedByUs():
		p.reopen(w, o, "again", "The "+about+" is back: this issue is open again, and its text is up to date.")
	case !covers(o.Marker, w):
		p.reopen(w, o, "other", "What was set aside here is not all any more: something else differs now, so this issue is open again.")
	case speaksUp(o.Marker, w):
		p.reopen(w, o, "urgent", "What was set aside here got a value that matters for security, so this issue is open again.")
	case o.NotPlanned || o.Marker.Reopened == w.Fingerprint:
		p.refused(w, o, "Understood: Mooring leaves this "+about+" alone as long as it is about the same resources and attributes. "+
			"Reopen this issue to undo that.")
	default: // closed as completed: trusted, and then checked once
		p.reopen(w, o, "unresolved", "This was closed as completed, but the "+about+" is still there, so this issue is open again. "+
			"Close it as *not planned* to have this "+about+" left alone.")
	}
}

// refused leaves what a person closed, and says once what that means.
func (p *planner) refused(w *Publication, o *Object, text string) {
	p.tellOnce(w, o, "refused:"+w.Fingerprint, text)
	p.skip(w, o, "closed by a person: left alone for this fingerprint")
}

func (p *planner) reopen(w *Publication, o *Object, topic, text string) {
	if why, ok := p.mayOpen(w); !ok {
		p.postpone(w, o, why)
		return
	}
	if !o.Locked {
		if w.Note != "" {
			text += "\n\n" + w.Note
		}
		p.comment(w, o, fmt.Sprintf("%s:%d", topic, o.Marker.N), text)
	}
	a := on(OpReopen, w, o)
	a.Marker = marker(w, o.Marker)
	a.Marker.N++
	if topic == "unresolved" {
		a.Marker.Reopened = w.Fingerprint
	}
	a.Title, a.Body, a.Why = newTitle(w, o), knownLinks(w.Body, p.have), topic
	p.add(a)
	p.opened[w.Kind]++
}

// resolver names the pull request of ours by whose merging the drift of a stack may have gone: it was merged since the drift began.
func (p *planner) resolver(w *Publication) string {
	m := p.have.Merged(w)
	switch {
	case m == nil && w.Because != "":
		return " " + w.Because
	case m == nil:
		return ""
	case m.MergedBy != "":
		return fmt.Sprintf(" %s was merged by %s.", m.Ref, m.MergedBy)
	}
	return " " + m.Ref + " was merged."
}

// Merged is the newest pull request of the stack of w that was merged since what w is about began; nil when there is none.
func (s *State) Merged(w *Publication) *Object {
	var newest *Object
	for i := range s.Objects {
		o := &s.Objects[i]
		if o.Kind == KindPull && o.Marker.Stack == w.Stack && o.Merged && !w.Since.IsZero() && o.MergedAt.After(w.Since) && (newest == nil || o.MergedAt.After(newest.MergedAt)) {
			newest = o
		}
	}
	return newest
}
