package adopt

import (
	"context"
	"errors"
	"slices"

	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/module"
)

// maxPlans bounds how many plans a search may take on top of two for every finding.
const maxPlans = 8

// Solve edits the code of a stack so that it says what is live, and proves it. The error is for a search that was cut short (the context)
// or an input that cannot be used; that an edit cannot be found or proved is a refusal in the result.
func Solve(ctx context.Context, in Input) (*Result, error) {
	if in.Tree == nil || in.Before == nil {
		return nil, errors.New("adopt: a configuration and a plan are needed")
	}
	wishes, refused := wishesOf(&in)
	s := &search{in: &in, objects: in.objects(), effects: newEffects(in.Tree), budget: maxPlans + 2*len(in.Findings)}
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
	plans   int
	budget  int
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
		if s.plans >= s.budget {
			for _, w := range wishes {
				w.blame(fault{text: "too many plans were needed to find an edit that moves nothing else"}, CodeUnproved, true)
			}
			continue
		}
		if !s.blame(a, v) {
			if err := s.bisect(ctx, a, v); err != nil {
				return nil, nil, err
			}
		}
	}
}

// A verdict is what planning an attempt showed.
type verdict struct {
	faults []fault
	code   string
	proof  *Proof
}

// verify plans the edited code of an attempt, in this stack and in those that read the same files.
func (s *search) verify(ctx context.Context, a *attempt) (verdict, error) {
	files := a.files()
	granted := slices.DeleteFunc(slices.Clone(a.wishes), func(w *wish) bool { return !w.granted })
	s.plans++
	q, way, err := s.in.Planner.Replan(ctx, files)
	if ctx.Err() != nil {
		return verdict{}, ctx.Err()
	}
	if err != nil {
		return verdict{code: CodePlanFailed, faults: []fault{{text: err.Error()}}}, nil
	}
	faults := compare(s.in.Before, q, granted)
	for _, w := range granted {
		if w.deed == nil {
			continue
		}
		if text := w.deed.fault(q); text != "" {
			// What the deed says of its instance says more than that something moves there.
			faults = slices.DeleteFunc(faults, func(f fault) bool { return f.address == w.deed.instance() })
			faults = append(faults, fault{address: w.target.Address, wish: w, text: text})
		}
	}
	if len(faults) > 0 {
		return verdict{code: CodeCollateral, faults: faults}, nil
	}
	proof := proofOf(s.in.Before, q, way, s.plans)
	if s.in.Others == nil {
		return verdict{proof: proof}, nil
	}
	others, err := s.in.Others(ctx, sortedKeys(files))
	if err != nil {
		return verdict{code: CodeOtherStack, faults: []fault{{text: "another stack that reads the file cannot be planned: " + err.Error()}}}, ctx.Err()
	}
	for _, o := range others {
		if o.Planner == nil {
			return verdict{code: CodeOtherStack, faults: []fault{{text: "stack " + o.Stack + " reads the file too and could not be planned"}}}, nil
		}
		s.plans++
		q, _, err := o.Planner.Replan(ctx, files)
		if ctx.Err() != nil {
			return verdict{}, ctx.Err()
		}
		var faults []fault
		if err != nil {
			faults = []fault{{text: "stack " + o.Stack + " could not be planned with the edit: " + err.Error()}}
		} else {
			faults = compare(o.Before, q, nil)
		}
		if len(faults) > 0 {
			return verdict{code: CodeOtherStack, faults: []fault{{text: "stack " + o.Stack + ": " + faults[0].text}}}, nil
		}
		proof.AlsoChecked = append(proof.AlsoChecked, o.Stack)
	}
	proof.Plans = s.plans
	return verdict{proof: proof}, nil
}

// blame finds the wishes that the faults of a plan come from, without another plan: a wish that was not fulfilled, or the one wish whose
// edits may move the instance that moved. False when that cannot be told of every fault.
func (s *search) blame(a *attempt, v verdict) bool {
	if v.code != CodeCollateral {
		return false
	}
	found := map[*wish]fault{}
	for _, f := range v.faults {
		if f.wish != nil {
			found[f.wish] = f
			continue
		}
		var suspects []*wish
		for _, w := range a.wishes {
			if w.granted && f.address != "" && w.touches[withoutKeys(f.address)] {
				suspects = append(suspects, w)
			}
		}
		if len(suspects) != 1 {
			return false
		}
		found[suspects[0]] = f
	}
	for w, f := range found {
		code := CodeCollateral
		if f.wish != nil {
			code = CodeUnproved
		}
		w.blame(f, code, false)
	}
	return len(found) > 0
}

// blame makes a wish try its next candidate; with ban, none.
func (w *wish) blame(f fault, code string, ban bool) {
	if w.banned || !w.granted && !ban {
		return
	}
	w.blamed = ptr(refuse(w.target.Path, code, f.text))
	w.refusal = w.blamed
	if code == CodeOtherStack && !w.own {
		w.own, w.skip = true, 0 // the candidates that are left are others: none of them has been planned
		return
	}
	w.skip++
	if ban || w.skip > maxSkip {
		w.banned = true
	}
}

// maxSkip bounds how many candidates of one change are planned.
const maxSkip = 4

// bisect plans ever smaller groups of findings until it has one that fails alone.
func (s *search) bisect(ctx context.Context, a *attempt, v verdict) error {
	groups := groupsOf(a.wishes)
	for len(groups) > 1 {
		if s.plans >= s.budget {
			break
		}
		half := slices.Concat(groups[:len(groups)/2]...)
		rest := slices.Concat(groups[len(groups)/2:]...)
		trial := newAttempt(s.in, s.objects, s.effects, half)
		if len(trial.history) == 0 {
			groups = groups[len(groups)/2:]
			continue
		}
		got, err := s.verify(ctx, trial)
		if err != nil {
			return err
		}
		if len(got.faults) > 0 {
			groups, v = groupsOf(half), got
		} else {
			groups = groupsOf(rest)
			if len(groups) == 0 {
				break
			}
		}
	}
	newAttempt(s.in, s.objects, s.effects, slices.Concat(groups...))
	for _, g := range groups {
		for _, w := range g {
			w.blame(v.faults[0], v.code, false)
		}
	}
	return nil
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
