package forge

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A Forge can be read and written. Sync calls its methods one at a time.
type Forge interface {
	// Read returns what exists. want says what is about to be decided on, so that only what matters for it is read in detail.
	Read(ctx context.Context, want []Publication) (State, error)
	// Do performs one action that mutates, and returns how the object or branch is now. Doing again what was done is not an error: the action
	// may have taken effect although an earlier run, or an earlier try, did not learn of it.
	Do(ctx context.Context, a Action) (Effect, error)
}

// An Effect is how the object or branch of an action is after it. Both are nil when there is nothing to learn.
type Effect struct {
	Object *Object
	Branch *Branch
}

// ErrMoved says that a branch is not where it was when it was read: somebody pushed. The next run looks at it anew.
var ErrMoved = errors.New("the branch moved meanwhile")

// ErrBudget says that the forge wants no more requests for longer than a run should wait. What is left is done by the next run.
var ErrBudget = errors.New("the forge takes no more requests for now")

// A Refusal is the forge's answer to something that may not be done, in one sentence that names the permission or setting.
type Refusal struct {
	Sentence string
	// Scope names the actions that would be refused likewise: "issues", "pulls", "contents", or "" for this one alone.
	Scope string
	// Token says that who asks was not accepted at all.
	Token bool
}

func (r *Refusal) Error() string { return r.Sentence }

// A Report says what a Sync did and what it left.
type Report struct {
	Done     []Action
	Left     []Leftover
	Problems []string // one sentence each, for people; what could not be done, and what to do about it
	Opened   []Object // objects that exist for the publications now, for links
}

// A Leftover is an action that was not done, and why.
type Leftover struct {
	Action Action
	Reason string
}

// maxRounds bounds planning again after acting. Three settle everything: open, link, remember.
const maxRounds = 4

// maxFailures in a row end a run: then the forge is down.
const maxFailures = 3

// Sync makes the forge say what is wanted. With dryRun nothing is written, and Done holds what a run would begin with.
//
// Something that could not be done is in Left and Problems and is not an error; the next run tries again. The error is for a forge that could
// not be read, or a context that ended.
func Sync(ctx context.Context, f Forge, want []Publication, limits Limits, dryRun bool) (Report, error) {
	want = Named(want)
	have, err := f.Read(ctx, want)
	if err != nil {
		return Report{}, err
	}
	s := syncer{forge: f, have: have, tried: map[string]string{}, scopes: map[string]string{}}
	for range maxRounds {
		actions := Plan(want, s.have, limits)
		s.report.Left = nil // what is still left is planned again
		if dryRun {
			s.preview(actions)
			break
		}
		again, err := s.perform(ctx, actions)
		if err != nil {
			return s.report, err
		}
		if !again {
			break
		}
	}
	if s.exhausted {
		s.lastWord(ctx, want, limits)
	}
	s.report.Opened = s.have.Objects
	return s.report, nil
}

// lastWord says on the dashboard what a run that had to stop left for the next one. A forge keeps a few requests back for it; see [IsLastWord].
func (s *syncer) lastWord(ctx context.Context, want []Publication, limits Limits) {
	left := map[id]bool{}
	for _, l := range s.report.Left {
		if l.Action.Mutates() && l.Action.Kind != KindDashboard {
			left[id{l.Action.Kind, l.Action.Stack, l.Action.Item}] = true
		}
	}
	for _, a := range plan(want, s.have, limits, left) {
		if a.Kind != KindDashboard || a.Op != OpUpdate {
			continue
		}
		a.Body = links(a.Body, &s.have)
		effect, err := s.forge.Do(LastWord(ctx), a)
		if err != nil {
			return // the report says it, and the next run goes on all the same
		}
		s.have.apply(a, effect)
		s.report.Done = append(s.report.Done, a)
	}
}

type lastWordKey struct{}

// LastWord marks the requests of what a run has to say at its end, such as to the ledger.
func LastWord(ctx context.Context) context.Context {
	return context.WithValue(ctx, lastWordKey{}, true)
}

// IsLastWord tells whether a request is for what a run says at its end although the forge takes no more for now.
func IsLastWord(ctx context.Context) bool { return ctx.Value(lastWordKey{}) != nil }

type syncer struct {
	forge    Forge
	have     State
	report   Report
	tried    map[string]string // keys of actions that were done (""), or why they failed
	scopes   map[string]string // refused scopes, and why
	failures int               // in a row
	stopped  string            // why nothing more is done; "" while going on

	exhausted bool // it stopped because the forge takes no more requests
}

func (s *syncer) preview(actions []Action) {
	for _, a := range actions {
		if a.Mutates() {
			s.report.Done = append(s.report.Done, a)
		} else {
			s.leave(a, a.Why)
		}
	}
}

func (s *syncer) leave(a Action, why string) {
	if slices.ContainsFunc(s.report.Left, func(l Leftover) bool { return l.Action.Key() == a.Key() }) {
		return
	}
	s.report.Left = append(s.report.Left, Leftover{a, why})
}

func (s *syncer) problem(sentence string) {
	if !slices.Contains(s.report.Problems, sentence) {
		s.report.Problems = append(s.report.Problems, sentence)
	}
}

// perform does one round of actions and tells whether another could bring more.
func (s *syncer) perform(ctx context.Context, actions []Action) (again bool, err error) {
	blocked := map[id]string{} // objects of which an action failed: what follows builds on it
	for _, a := range actions {
		object := id{a.Kind, a.Stack, a.Item}
		switch {
		case !a.Mutates():
			s.leave(a, a.Why)
			continue
		case s.stopped != "":
			s.leave(a, s.stopped)
			continue
		case blocked[object] != "":
			s.leave(a, blocked[object])
			continue
		case s.scopes[scope(a)] != "":
			blocked[object] = s.scopes[scope(a)]
			s.leave(a, blocked[object])
			continue
		}
		if why, tried := s.tried[a.Key()]; tried {
			if blocked[object] = why; why != "" {
				s.leave(a, why)
			}
			continue
		}
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("publishing stopped: %w", context.Cause(ctx))
		}
		key := a.Key()
		if a.Kind == KindPull && a.Marker.Branch != "" && a.Marker.Head == "" {
			a.Marker.Head = s.have.Branches[a.Marker.Branch].Head
		}
		a.Body = links(a.Body, &s.have)
		effect, err := s.forge.Do(ctx, a)
		if err != nil {
			if ctx.Err() != nil {
				return false, fmt.Errorf("%s: %w", a, err)
			}
			blocked[object] = s.failed(a, err)
			s.tried[key] = blocked[object]
			continue
		}
		s.tried[key] = ""
		s.failures = 0
		s.have.apply(a, effect)
		s.report.Done = append(s.report.Done, a)
		again = true
	}
	return again && s.stopped == "", nil
}

// failed records an action that did not succeed, and returns why in one sentence.
func (s *syncer) failed(a Action, err error) string {
	var refusal *Refusal
	why := err.Error()
	switch {
	case errors.Is(err, ErrBudget):
		s.stopped, s.exhausted = why, true
		s.problem(why)
	case errors.Is(err, ErrMoved):
		// A person was faster: not a problem, and looked at anew in the next run.
	case errors.As(err, &refusal):
		if refusal.Scope != "" {
			s.scopes[refusal.Scope] = why
		}
		s.problem(why)
	default:
		why = fmt.Sprintf("%s: %v", a, err)
		s.problem(why)
		if s.failures++; s.failures >= maxFailures {
			s.stopped = "the forge failed several times in a row: the next run goes on from here"
			s.problem(s.stopped)
		}
	}
	s.leave(a, why)
	return why
}

// scope names the permission that an action needs.
func scope(a Action) string {
	switch {
	case a.Op == OpPush || a.Op == OpDeleteBranch:
		return "contents"
	case a.Kind == KindPull:
		return "pulls"
	}
	return "issues"
}
