package answer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
)

// box answers a box of the dashboard that somebody ticked. The dashboard itself is the answer: it is written anew, without the tick. Only what
// went wrong is a comment.
func (d *Desk) box(ctx context.Context, e Event) (Outcome, error) {
	v, ticked, outcome, err := d.hearBox(ctx, e)
	if v == nil || err != nil {
		return outcome, err
	}
	past, err := d.past(ctx)
	if err != nil {
		return v.boxFailed(ctx, err)
	}
	// Every box asks for what a scan of everything does: scan, open what waits, open what the first run held back.
	r, err := d.scanAll(ctx, Job{Adopt: true, Past: past, Handled: ticked})
	if err != nil {
		return v.boxFailed(ctx, err)
	}
	if !r.ok {
		return v.boxSay(ctx, r.text, nil)
	}
	return Outcome{Done: true, Text: firstLine(r.text)}, nil
}

// hearBox goes as far as knowing which boxes were ticked, by somebody who may. The visit is nil when nothing is left to be done.
func (d *Desk) hearBox(ctx context.Context, e Event) (*visit, []string, Outcome, error) {
	request := chatops.Request{Origin: e.Origin, Bot: e.Sender.Bot || e.Sender.ID == 0, RevertEnabled: d.Revert.Enabled}
	if quiet := chatops.Authorise(request, chatops.Scan); quiet.Answer == chatops.Silent {
		return nil, nil, Outcome{Text: quiet.Why}, nil
	}
	thread, err := d.Forge.Thread(ctx, e.Number)
	if err != nil {
		return nil, nil, Outcome{}, err
	}
	if placeOf(thread) != chatops.PlaceDashboard {
		return nil, nil, Outcome{Text: "the issue is not the dashboard"}, nil
	}
	before := forge.TickedBoxes(e.Before)
	ticked := slices.DeleteFunc(forge.TickedBoxes(thread.Body), func(b string) bool { return slices.Contains(before, b) })
	if len(ticked) == 0 {
		return nil, nil, Outcome{Text: "no box was ticked"}, nil
	}
	v := &visit{Desk: d, comment: forge.Comment{Number: e.Number, Author: e.Sender}, thread: thread, request: request, topic: "box:" + strings.ToLower(e.Sender.Login)}
	v.ask(ctx)
	if verdict := chatops.Authorise(v.request, chatops.Scan); verdict.Answer != chatops.Allow {
		outcome, err := v.refuseBox(ctx, verdict)
		return nil, nil, outcome, err
	}
	return v, ticked, Outcome{}, nil
}

func (v *visit) refuseBox(ctx context.Context, verdict chatops.Verdict) (Outcome, error) {
	return v.boxSay(ctx, fmt.Sprintf("The box that %s ticked was not acted on: %s.", report.Code(v.comment.Author.Login), strings.TrimSuffix(verdict.Why, ".")), nil)
}

func (v *visit) boxFailed(ctx context.Context, err error) (Outcome, error) {
	return v.boxSay(ctx, "The box that was ticked could not be acted on: "+report.Prose(err.Error())+v.runLink(), err)
}

func (v *visit) boxSay(ctx context.Context, text string, failure error) (Outcome, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishing)
	defer cancel()
	if err := v.Forge.Say(ctx, v.comment.Number, v.topic, forge.Answer(v.topic, text, true)); err != nil {
		return Outcome{}, err
	}
	return Outcome{Text: text}, failure
}
