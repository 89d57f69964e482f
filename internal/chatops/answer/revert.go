package answer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
)

// ErrPlan wraps why a plan is not applied. Nothing was changed then.
var ErrPlan = errors.New("the plan was not applied")

// revert puts the code back in force for what drifted. It is planned three times over: the scan must show what the issue shows; the plan that
// is applied must show the same and nothing beside it; the scan afterwards says what became of it.
func (v *visit) revert(ctx context.Context, o chatops.Order) (result, error) {
	past, err := v.past(ctx)
	if err != nil {
		return result{}, err
	}
	if past.carriedOut(o.Key) {
		return failed("An earlier run of this command began to apply and was not finished, so it is not begun again. Look at the stack, then comment anew."), nil
	}
	r, s, why, err := v.look(ctx, Job{Stack: o.Stack, Past: past})
	switch {
	case err != nil:
		return result{}, err
	case why != "":
		return failed("Nothing was applied, because %s.", why), nil
	}
	chosen, err := toRevert(o, s)
	if err != nil {
		return failed("Nothing was applied: %s", report.Prose(err.Error())), nil
	}
	if stale := chatops.Stale(chosen, v.thread.Marker.Shown, true); len(stale) > 0 {
		return v.outdated(ctx, o, stale, past)
	}
	if refused := v.stillMay(ctx); refused != "" {
		return failed("Nothing was applied: %s.", refused), nil
	}
	claimed := false
	entries := chatops.Record(o, chosen)
	if err := v.Ledger.Update(ctx, func(have []ledger.Entry) []ledger.Entry {
		fresh := chatops.Fresh(entries, have)
		claimed = len(fresh) == len(entries)
		if !claimed {
			return nil
		}
		return fresh
	}); err != nil {
		return result{}, err
	}
	if !claimed {
		return failed("Another run of this command is applying already."), nil
	}
	return v.apply(ctx, o, chosen, past, r)
}

// apply applies what was chosen and says what became of it.
func (v *visit) apply(ctx context.Context, o chatops.Order, chosen []chatops.Choice, past *Past, before *report.Results) (result, error) {
	var addresses []string
	for _, c := range chosen {
		addresses = append(addresses, c.Address)
	}
	began := v.Now()
	err := v.Work.Apply(ctx, Job{Stack: o.Stack, Past: past}, addresses, func(p Planned) error { return Verify(p, chosen) })
	if errors.Is(err, ErrPlan) {
		return failed("Nothing was applied: %s", report.Prose(strings.TrimPrefix(err.Error(), ErrPlan.Error()+": "))), nil
	}
	apply := ledger.Entry{At: v.Now(), Kind: ledger.KindApply, Stack: o.Stack, Apply: &ledger.Apply{From: began, To: v.Now(), Run: v.Run, Principal: "revert by " + o.By}}
	// The apply took place, or part of it: that is remembered also when the run is being stopped.
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishing)
	defer cancel()
	recorded := v.Ledger.Append(rest, apply)
	if err != nil {
		return failed("The apply did not succeed, and may have changed a part: %s. The next scan says what is there.", report.Prose(err.Error())), recorded
	}
	if recorded != nil {
		return result{}, fmt.Errorf("it was applied, and that could not be remembered: %w", recorded)
	}
	text := names(o, chosen) + " says what the code says again; applied with the code of commit " + report.Code(before.Commit[:min(12, len(before.Commit))]) + "."
	_, s, why, note, err := v.lookAfter(ctx, o)
	switch {
	case err != nil:
		return result{}, err
	case why != "":
		return done("%s The next scan looks at it again: here %s.", text, why), nil
	}
	return result{note == "", text + " Now " + state(s) + "." + note}, nil
}

// toRevert finds what to put back: what is named, or all that drifted. It refuses what an apply would do more than that.
func toRevert(o chatops.Order, s *report.StackResult) ([]chatops.Choice, error) {
	candidates := chatops.Candidates(*s)
	chosen, err := chatops.Pick(o.Targets, candidates)
	if err != nil {
		return nil, err
	}
	for i, f := range s.Findings {
		if len(o.Targets) == 0 && report.IsDrift(f) {
			chosen = append(chosen, chatops.Choice{Candidate: candidates[i]})
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("nothing drifted in this stack")
	}
	for _, f := range s.Findings {
		if !slices.ContainsFunc(chosen, func(c chatops.Choice) bool { return c.ID == f.ID }) {
			continue
		}
		if err := revertible(f); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

// revertible refuses what is more than putting back what was changed.
func revertible(f report.Finding) error {
	switch drift.Action(f.Action) {
	case drift.ActionUpdate, drift.ActionCreate:
	case drift.ActionReplace:
		return fmt.Errorf("%s would be destroyed and created again: that is not for a comment", f.Address)
	case drift.ActionDelete:
		return fmt.Errorf("%s would be destroyed: that is not for a comment", f.Address)
	default:
		return fmt.Errorf("%s would not be changed by an apply (%s)", f.Address, f.Action)
	}
	if !report.IsDrift(f) {
		return fmt.Errorf("%s did not drift: an apply would do something else to it", f.Address)
	}
	for _, c := range f.Changes {
		if c.Kind == drift.KindPending || c.Kind == drift.KindConflict {
			return fmt.Errorf("the code of %s changed in %s and was not applied since: an apply would do more than put back what was changed", f.Address, c.Path)
		}
	}
	return nil
}

// Verify accepts a plan when it changes what was chosen, as it was shown, and nothing else. The error wraps [ErrPlan].
func Verify(p Planned, chosen []chatops.Choice) error {
	if len(p.Beyond) > 0 {
		return fmt.Errorf("%w: it would also change %s", ErrPlan, strings.Join(p.Beyond[:min(3, len(p.Beyond))], ", "))
	}
	there := map[string]bool{}
	for _, f := range p.Findings {
		i := slices.IndexFunc(chosen, func(c chatops.Choice) bool { return c.ID == f.ID })
		switch {
		case i < 0:
			return fmt.Errorf("%w: it would also change %s", ErrPlan, f.Address)
		case report.Shown(f) != chosen[i].Shown:
			return fmt.Errorf("%w: what it would do to %s is not what was shown", ErrPlan, f.Address)
		}
		if err := revertible(f); err != nil {
			return fmt.Errorf("%w: %w", ErrPlan, err)
		}
		there[f.ID] = true
	}
	for _, c := range chosen {
		if !there[c.ID] {
			return fmt.Errorf("%w: it would not change %s any more", ErrPlan, c.Address)
		}
	}
	return nil
}

// stillMay asks again, just before something is applied: roles are taken away, and issues closed, while a plan runs. It is "" when nothing changed.
func (v *visit) stillMay(ctx context.Context) string {
	c, ok, err := v.Forge.Comment(ctx, v.comment.ID)
	switch {
	case err != nil:
		return "GitHub could not be asked whether the comment still stands"
	case !ok || c.Body != v.comment.Body || !c.Edited.Equal(v.comment.Edited):
		return "the comment was edited or deleted meanwhile"
	}
	t, err := v.Forge.Thread(ctx, v.comment.Number)
	if err != nil {
		return "GitHub could not be asked whether the issue is still open"
	}
	if len(t.Marker.Shown) != len(v.thread.Marker.Shown) {
		return "the issue was written anew meanwhile"
	}
	for id, shown := range v.thread.Marker.Shown {
		if t.Marker.Shown[id] != shown {
			return "the issue was written anew meanwhile"
		}
	}
	v.thread = t
	v.request.Role = chatops.RoleUnknown
	v.ask(ctx)
	r := v.request
	r.Listing = v.listing(ctx)
	return chatops.Authorise(r, chatops.Revert).Why
}
