package answer

import (
	"context"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
)

// An Admission is what is left to be done after somebody spoke.
type Admission struct {
	Outcome
	Number  int   // of the issue
	Comment int64 // to be carried out elsewhere, where it is authorised once more; 0 for none
	Boxes   []string
}

// Waits tells whether anything is left to be done.
func (a Admission) Waits() bool { return a.Comment != 0 || len(a.Boxes) > 0 }

// Admit is Answer for a server that cannot carry out commands itself: it reads, authorises, refuses and helps, and returns what somebody who may
// asked for. The comment has eyes then, and no answer. Desk.Work and Desk.Ledger are not used.
func (d *Desk) Admit(ctx context.Context, e Event) (Admission, error) {
	if e.Origin == chatops.OriginBox {
		return d.admitBox(ctx, e)
	}
	v, commands, outcome, err := d.hear(ctx, e)
	if v == nil || err != nil {
		return Admission{Outcome: outcome, Number: e.Number}, err
	}
	if !slow(commands) {
		outcome, err := v.carryOut(ctx, commands)
		return Admission{Outcome: outcome, Number: v.comment.Number}, err
	}
	return Admission{Outcome: Outcome{Text: "admitted"}, Number: v.comment.Number, Comment: v.comment.ID}, nil
}

func (d *Desk) admitBox(ctx context.Context, e Event) (Admission, error) {
	v, ticked, outcome, err := d.hearBox(ctx, e)
	if v == nil || err != nil {
		return Admission{Outcome: outcome, Number: e.Number}, err
	}
	return Admission{Outcome: Outcome{Text: "admitted"}, Number: e.Number, Boxes: ticked}, nil
}

// NotStarted answers a comment whose commands could not be handed on.
func (d *Desk) NotStarted(ctx context.Context, number int, comment int64, why string) error {
	topic := Topic(comment)
	if said, err := d.Forge.Said(ctx, number, topic); err != nil || forge.Answered(said, topic) {
		return err
	}
	if err := d.Forge.Say(ctx, number, topic, forge.Answer(topic, report.Prose(why), true)); err != nil {
		return err
	}
	if err := d.Forge.React(ctx, comment, "confused"); err != nil {
		d.Log.Warn("no reaction could be left", "reaction", "confused", "error", err)
	}
	return nil
}
