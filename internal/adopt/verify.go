package adopt

import (
	"context"
	"slices"
)

// A verdict is what planning an attempt showed.
type verdict struct {
	faults []fault
	proof  *Proof
}

// verify plans the edited code of an attempt, in this stack and in those that read the same files.
func (s *search) verify(ctx context.Context, a *attempt) (verdict, error) {
	files := a.files()
	granted := slices.DeleteFunc(slices.Clone(a.wishes), func(w *wish) bool { return !w.granted })
	s.tries++
	s.plans++
	q, way, err := s.in.Planner.Replan(ctx, files)
	if ctx.Err() != nil {
		return verdict{}, ctx.Err()
	}
	if err != nil {
		return verdict{faults: []fault{{code: CodePlanFailed, text: err.Error()}}}, nil
	}
	faults := compare(s.in.Before, q, granted)
	for _, w := range granted {
		if w.deed == nil {
			continue
		}
		if text := w.deed.fault(q); text != "" {
			// What the deed says of its instance says more than that something moves there.
			faults = slices.DeleteFunc(faults, func(f fault) bool { return f.address == w.deed.instance() })
			faults = append(faults, fault{code: CodeUnproved, address: w.target.Address, wish: w, text: text})
		}
	}
	if len(faults) > 0 {
		s.suspect(granted, faults)
		return verdict{faults: faults}, nil
	}
	proof := proofOf(s.in.Before, q, way, s.plans)
	if faults, err = s.verifyOthers(ctx, granted, files, proof); err != nil || len(faults) > 0 {
		return verdict{faults: faults}, err
	}
	proof.Plans = s.plans
	if len(granted) > len(s.proved) {
		s.proved = nil
		for _, w := range granted {
			s.proved = append(s.proved, choice{w, w.skip, w.own})
		}
	}
	return verdict{proof: proof}, nil
}

// verifyOthers plans every other stack that reads one of the files, so that all that an edit would move there is known at once.
func (s *search) verifyOthers(ctx context.Context, granted []*wish, files map[string][]byte, proof *Proof) ([]fault, error) {
	if s.in.Others == nil {
		return nil, nil
	}
	others, err := s.in.Others(ctx, sortedKeys(files))
	if err != nil {
		return []fault{{code: CodeOtherStack, text: "another stack that reads the file cannot be planned: " + err.Error()}}, ctx.Err()
	}
	var out []fault
	for _, o := range others {
		if o.Planner == nil {
			out = append(out, fault{code: CodeOtherStack, text: "stack " + o.Stack + " reads the file too and could not be planned", suspects: s.readBy(ctx, o, granted)})
			continue
		}
		s.plans++
		q, _, err := o.Planner.Replan(ctx, files)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			out = append(out, fault{code: CodeOtherStack, text: "stack " + o.Stack + " could not be planned with the edit: " + err.Error()})
			continue
		}
		faults := compare(o.Before, q, nil)
		for i := range faults {
			faults[i].code, faults[i].text = CodeOtherStack, "stack "+o.Stack+": "+faults[i].text
		}
		s.suspectIn(o, granted, faults)
		if out = append(out, faults...); len(faults) == 0 {
			proof.AlsoChecked = append(proof.AlsoChecked, o.Stack)
		}
	}
	return out, nil
}

// readBy are the wishes whose edits are in files that a stack reads.
func (s *search) readBy(ctx context.Context, o Other, granted []*wish) []*wish {
	var out []*wish
	for _, w := range granted {
		all, err := s.in.Others(ctx, w.files)
		if err == nil && slices.ContainsFunc(all, func(x Other) bool { return x.Stack == o.Stack }) {
			out = append(out, w)
		}
	}
	return out
}
