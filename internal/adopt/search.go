package adopt

import (
	"context"
	"errors"

	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/module"
)

// A search may verify the code as often as this on top of twice for every finding, and never more often than the other: what takes longer does not
// end within a scan. What was proved until then is kept.
const (
	spareTries = 8
	maxTries   = 40
)

// Solve edits the code of a stack so that it says what is live, and proves it. The error is for a search that was cut short (the context)
// or an input that cannot be used; that an edit cannot be found or proved is a refusal in the result.
func Solve(ctx context.Context, in Input) (*Result, error) {
	if in.Tree == nil || in.Before == nil {
		return nil, errors.New("adopt: a configuration and a plan are needed")
	}
	wishes, refused := wishesOf(&in)
	s := &search{in: &in, objects: in.objects(), effects: newEffects(in.Tree), budget: min(spareTries+2*len(in.Findings), maxTries)}
	if in.Planner == nil {
		for _, w := range wishes {
			w.banned, w.refusal = true, ptr(refuse(w.target.Path, CodeNoPlan, "the edited code cannot be planned here"))
		}
	}
	if err := s.prepare(ctx, wishes); err != nil {
		return nil, err
	}
	a, proof, err := s.run(ctx, wishes)
	if err != nil {
		return nil, err
	}
	return s.result(a, proof, refused), nil
}

type search struct {
	in      *Input
	objects *solve.Objects
	effects *effects
	others  map[string]*effects // of other stacks, by their ids
	plans   int                 // of any stack
	tries   int                 // verifications
	budget  int                 // of tries
	proved  []choice            // the largest set that a plan has proved
}

// run looks for the largest set of edits that a plan proves: all at once first, and again without what was at fault.
func (s *search) run(ctx context.Context, wishes []*wish) (*attempt, *Proof, error) {
	for {
		a := newAttempt(s.in, s.objects, s.effects, wishes)
		if len(a.history) == 0 {
			return a, nil, nil
		}
		v, err := s.verify(ctx, a)
		if err != nil {
			return nil, nil, err
		}
		if len(v.faults) == 0 {
			return a, v.proof, nil
		}
		if s.tries >= s.budget {
			s.giveUp(a)
			continue
		}
		if !v.blame() {
			if err := s.bisect(ctx, a, v); err != nil {
				return nil, nil, err
			}
		}
	}
}

// A choice is a wish with the candidate that was taken for it.
type choice struct {
	*wish
	skip int
	own  bool
}

// giveUp goes back to the largest set that a plan has proved and drops every other wish; it drops all when that set has just failed.
func (s *search) giveUp(a *attempt) {
	kept := s.proved
	s.proved = nil
	for _, w := range a.wishes {
		if w.granted {
			w.blame(fault{text: "too many plans were needed to find an edit that moves nothing else"}, CodeUnproved, true)
		}
		w.banned = true
	}
	for _, c := range kept {
		c.wish.skip, c.wish.own, c.wish.banned, c.wish.blamed = c.skip, c.own, false, nil
	}
}

// groupsOf puts the granted wishes of each finding together.
func groupsOf(wishes []*wish) [][]*wish {
	var out [][]*wish
	last := -1
	for _, w := range wishes {
		if !w.granted || w.banned {
			continue
		}
		if w.finding != last {
			out, last = append(out, nil), w.finding
		}
		out[len(out)-1] = append(out[len(out)-1], w)
	}
	return out
}

// result puts together what became of every finding.
func (s *search) result(a *attempt, proof *Proof, refused map[int][]Refusal) *Result {
	r := &Result{Proof: proof}
	for n, f := range s.in.Findings {
		o := Outcome{FindingID: f.ID, Status: StatusNone, Refusals: refused[n]}
		granted := 0
		for _, w := range a.wishes {
			switch {
			case w.finding != n:
			case w.granted:
				granted++
				o.Edits = append(o.Edits, w.places...)
				if w.deed != nil {
					o.Notes = append(o.Notes, w.deed.note())
				}
			case w.refusal != nil:
				o.Refusals = append(o.Refusals, *w.refusal)
			}
		}
		switch {
		case granted > 0 && len(o.Refusals) > 0:
			o.Status = StatusPartial
		case granted > 0:
			o.Status = StatusReady
		case len(o.Refusals) > 0:
			o.Status = StatusRefused
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	files := a.files()
	for _, name := range sortedKeys(files) {
		before, err := s.in.Tree.ReadFile(name)
		if err == nil {
			r.Files = append(r.Files, File{Path: name, Before: before, After: files[name]})
		}
	}
	return r
}

// withoutKeys is the address of the resource block of an instance: no keys of modules or of the instance.
func withoutKeys(instance string) string {
	a, err := module.ParseAddress(instance)
	if err != nil {
		return instance
	}
	for i := range a.Modules {
		a.Modules[i].Key = nil
	}
	return a.Resource()
}
