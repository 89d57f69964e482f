package forge

import (
	"slices"
	"strings"
	"time"
)

// State is what exists on the forge as far as it concerns us. Objects hold only what we wrote ourselves.
type State struct {
	Me       Account
	Now      time.Time
	Objects  []Object
	Branches map[string]Branch // by name; those below mooring/
	// IssuesOff says why issues cannot be written (disabled); "" when they can.
	IssuesOff string
	// ReadOnly says why nothing can be written (archived); "" when it can.
	ReadOnly string
}

// Account is who we are on the forge.
type Account struct {
	ID    int64
	Login string
	// Workflow says that our pull requests start no checks by themselves, as with the token of a workflow run.
	Workflow bool
}

// An Object is an issue or pull request that we opened.
type Object struct {
	Number int
	Ref    string // how text refers to it: "#41"
	Kind   Kind
	Marker Marker // zero when it was lost: then a pull request is still known by its branch
	Title  string
	Body   string // as on the forge
	Labels []string
	Open   bool
	Merged bool
	// MergedAt and MergedBy are zero when not known.
	MergedAt time.Time
	MergedBy string
	Locked   bool
	// NotPlanned says that it was closed with the words "not planned"; an issue only.
	NotPlanned bool
	// ClosedByOther says that somebody else closed it, although the marker says that we did once.
	ClosedByOther bool
	Created       time.Time
}

// Ownership says whose commits a branch holds.
type Ownership int

// Who committed to a branch. Unknown counts as somebody else's.
const (
	OwnerUnknown Ownership = iota
	OwnerUs
	OwnerOther
)

// A Branch is a branch below mooring/.
type Branch struct {
	Head    string
	Owner   Ownership
	Content string // [Commit.Content] of our commit; "" when not known
}

// HoldLabel freezes the issue or pull request that carries it.
const HoldLabel = "drift:hold"

// HandsOffLabel marks a pull request to which a person committed.
const HandsOffLabel = "drift:hands-off"

func (o *Object) has(label string) bool {
	return slices.ContainsFunc(o.Labels, func(l string) bool { return strings.EqualFold(l, label) })
}

func (o *Object) id() id { return id{o.Kind, o.Marker.Stack, o.Marker.Item} }

// closedByUs tells whether the closing was our own doing.
func (o *Object) closedByUs() bool { return !o.Open && o.Marker.Closed != "" && !o.ClosedByOther }

// find returns the objects of a publication, lowest number first.
func (s *State) find(want id, branch string) []*Object {
	var found []*Object
	for i := range s.Objects {
		o := &s.Objects[i]
		lost := o.Marker.V == 0 && o.Kind == KindPull && want.kind == KindPull && branch != "" && o.Marker.Branch == branch
		if o.id() == want || lost {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *Object) int { return a.Number - b.Number })
	return found
}

// apply records what an action brought about.
func (s *State) apply(a Action, e Effect) {
	if e.Object != nil {
		i := slices.IndexFunc(s.Objects, func(o Object) bool { return o.Number == e.Object.Number })
		if i < 0 {
			s.Objects = append(s.Objects, *e.Object)
		} else {
			s.Objects[i] = *e.Object
		}
	}
	switch {
	case a.Op == OpDeleteBranch:
		delete(s.Branches, a.Branch)
	case e.Branch != nil:
		if s.Branches == nil {
			s.Branches = map[string]Branch{}
		}
		s.Branches[a.Branch] = *e.Branch
	}
}
