package answer

import (
	"context"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
)

// adopt has the pull request of the stack opened or refreshed. A resource that is named is taken in although it was ignored, although code and
// reality both moved, or although a service sets it; that is remembered, so that the next scan does not undo it.
func (v *visit) adopt(ctx context.Context, o chatops.Order) (result, error) {
	past, err := v.past(ctx)
	if err != nil {
		return result{}, err
	}
	j := Job{Stack: o.Stack, Adopt: true, Asked: true, Past: past}
	if len(o.Targets) > 0 {
		j.Past = past.with(o)
	}
	r, s, why, err := v.look(ctx, j)
	switch {
	case err != nil:
		return result{}, err
	case why != "":
		return failed("Nothing was changed, because %s.", why), nil
	}
	chosen, err := chatops.Pick(o.Targets, chatops.Candidates(*s))
	if err != nil {
		return failed("Nothing was changed: %s", report.Prose(err.Error())), nil
	}
	if stale := chatops.Stale(chosen, v.thread.Marker.Shown, false); len(stale) > 0 {
		return v.outdated(ctx, o, stale, past)
	}
	taken, refused := adopted(s, chosen)
	if len(taken) == 0 {
		if len(refused) == 0 {
			return failed("There is nothing to adopt: %s.", state(s)), nil
		}
		return failed("No edit could be proved, so there is no pull request.%s", bullets(refused)), nil
	}
	if len(chosen) > 0 {
		kept := slices.DeleteFunc(chosen, func(c chatops.Choice) bool { return !slices.Contains(taken, c.Address) })
		if len(kept) > 0 {
			if err := v.record(ctx, chatops.Record(o, kept)); err != nil {
				return result{}, err
			}
		}
	}
	published, note, err := v.publish(ctx, r, j)
	if err != nil {
		return result{}, err
	}
	text, ok := pullText(published, o.Stack)
	text += " It adopts " + plural(len(taken), "resource") + "."
	if len(refused) > 0 {
		text += " Not adopted:" + bullets(refused)
	}
	return result{ok && note == "", text + note + at(r)}, nil
}

// adopted sorts what was asked for (all drift, when nothing was chosen) by whether an edit was proved. refused holds sentences.
func adopted(s *report.StackResult, chosen []chatops.Choice) (taken, refused []string) {
	for _, f := range s.Findings {
		asked := slices.ContainsFunc(chosen, func(c chatops.Choice) bool { return c.ID == f.ID })
		if len(chosen) > 0 && !asked || len(chosen) == 0 && !report.IsDrift(f) {
			continue
		}
		if f.Adoption.Status == adopt.StatusReady || f.Adoption.Status == adopt.StatusPartial {
			taken = append(taken, f.Address)
		}
		for _, x := range f.Adoption.Refusals {
			line := report.Code(chatops.Target{Address: f.Address, Path: x.Path}.String()) + ": " + report.Prose(x.Detail)
			if x.Hint != "" {
				line += " — " + report.Prose(x.Hint)
			}
			refused = append(refused, line)
		}
		if asked && f.Adoption.Status != adopt.StatusReady && len(f.Adoption.Refusals) == 0 {
			refused = append(refused, report.Code(f.Address)+": nothing of it can be adopted")
		}
	}
	return taken, refused
}

// pullText says where the pull request is; ok is false when it could not be brought up to date.
func pullText(published forge.Report, stack string) (text string, ok bool) {
	for _, l := range published.Left {
		if l.Action.Kind == forge.KindPull && l.Action.Stack == stack {
			return "The pull request was left as it is: " + report.Prose(l.Reason) + ".", false
		}
	}
	for _, o := range published.Opened {
		if o.Kind == forge.KindPull && o.Marker.Stack == stack && o.Open {
			return "The pull request " + o.Ref + " is up to date.", true
		}
	}
	return "No pull request could be opened.", false
}

func bullets(lines []string) string {
	const limit = 20
	var b strings.Builder
	b.WriteString("\n")
	for i, l := range lines {
		if i == limit {
			b.WriteString("\n- and " + plural(len(lines)-i, "more"))
			break
		}
		b.WriteString("\n- " + l)
	}
	return b.String()
}
