package answer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

// with is the past with the decision of an order in it, so that one scan shows what it comes to before it is recorded.
func (p *Past) with(o chatops.Order) *Past {
	out := &Past{History: p.History, about: map[string]policy.Decision{}}
	decision := chatops.Provisional(o)
	if len(o.Targets) == 0 {
		out.stack, out.within = true, decision
		return out
	}
	for _, t := range o.Targets {
		for _, id := range p.ids(o.Stack, t.Address) {
			d := decision
			if t.Path != "" {
				d.Paths = []string{t.Path}
			}
			if had, ok := out.about[id]; ok && len(had.Paths) > 0 && len(d.Paths) > 0 {
				d.Paths = append(had.Paths[:len(had.Paths):len(had.Paths)], d.Paths...)
			} else if ok {
				d.Paths = nil
			}
			out.about[id] = d
		}
	}
	return out
}

// ids are the findings that an address can be: the one that it has now, and those that the ledger remembers (one that moved has its old one).
func (p *Past) ids(stack, address string) []string {
	ids := []string{drift.FindingID(stack, address, "")}
	for _, k := range p.Findings(stack) {
		if k.Address == address && k.ID != ids[0] {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// record adds entries to the ledger, once for each command.
func (d *Desk) record(ctx context.Context, entries []ledger.Entry) error {
	return d.Ledger.Update(ctx, func(have []ledger.Entry) []ledger.Entry { return chatops.Fresh(entries, have) })
}

// silence carries out ignore and snooze: the stack is scanned as if it had been decided already; when what is named is there, and is as the
// issue shows it, the decision is recorded and the forge made to say so.
func (v *visit) silence(ctx context.Context, o chatops.Order) (result, error) {
	past, err := v.past(ctx)
	if err != nil {
		return result{}, err
	}
	j := Job{Stack: o.Stack, Adopt: true, Told: true, Past: past.with(o)}
	r, s, why, err := v.look(ctx, j)
	if err != nil {
		return result{}, err
	}
	if why != "" {
		return v.silenceUnseen(ctx, o, past, why)
	}
	chosen, err := choose(o, chatops.Candidates(*s))
	if err != nil {
		return failed("Nothing was recorded: %s", report.Prose(err.Error())), nil
	}
	if stale := chatops.Stale(chosen, v.thread.Marker.Shown, false); len(stale) > 0 {
		return v.outdated(ctx, o, stale, past)
	}
	if err := v.record(ctx, chatops.Record(o, chosen)); err != nil {
		return result{}, err
	}
	_, note, err := v.publish(ctx, r, j)
	if err != nil {
		return result{}, err
	}
	text := said(o, chosen) + "."
	if blind := chatops.Blind(chosen); o.WhileUnchanged && len(blind) > 0 {
		text += " The value of " + report.Code(blind[0].String()) + " is not shown, so a change of it is only noticed where an audit log tells of one."
	}
	return result{note == "", text + takeBack(o, chosen) + " " + capital(state(s)) + "." + note + at(r)}, nil
}

// choose finds what an order is about. Nothing chosen means the whole stack, now and later; while unchanged, it is what differs now.
func choose(o chatops.Order, candidates []chatops.Candidate) ([]chatops.Choice, error) {
	if len(o.Targets) > 0 {
		return chatops.Pick(o.Targets, candidates)
	}
	if !o.WhileUnchanged {
		return nil, nil
	}
	if len(candidates) == 0 {
		return nil, fmt.Errorf("nothing differs in this stack")
	}
	chosen := make([]chatops.Choice, 0, len(candidates))
	for _, c := range candidates {
		chosen = append(chosen, chatops.Choice{Candidate: c})
	}
	return chosen, nil
}

// silenceUnseen records a decision about a stack that cannot be looked at here, from what the ledger remembers.
func (v *visit) silenceUnseen(ctx context.Context, o chatops.Order, past *Past, why string) (result, error) {
	if o.WhileUnchanged {
		return failed("Nothing was recorded, because %s, and %q needs the values of now.", why, "while unchanged"), nil
	}
	chosen, err := choose(o, chatops.Remembered(past.History, o.Stack))
	if err != nil {
		return failed("Nothing was recorded, because %s, and as far as is remembered: %s", why, report.Prose(err.Error())), nil
	}
	if err := v.record(ctx, chatops.Record(o, chosen)); err != nil {
		return result{}, err
	}
	return done("%s, from the next scan on: here %s.%s", said(o, chosen), why, takeBack(o, chosen)), nil
}

// outdated refuses a command about something that moved since the issue was written, and has the issue written anew.
func (v *visit) outdated(ctx context.Context, o chatops.Order, stale []chatops.Choice, past *Past) (result, error) {
	j := Job{Stack: o.Stack, Adopt: true, Past: past}
	r, s, why, err := v.look(ctx, j)
	if err != nil {
		return result{}, err
	}
	refresh := "it is up to date now"
	if why == "" {
		if _, note, err := v.publish(ctx, r, j); err != nil || note != "" {
			refresh = "comment `" + chatops.Prefix + " scan` to have it brought up to date"
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Nothing was done: what you saw is not what is there any more. Look at the text above (%s), and comment again if you still want it.\n", refresh)
	for _, c := range stale {
		line := c.Address
		if why == "" {
			for _, f := range s.Findings {
				if f.ID == c.ID {
					line = report.FindingLine(f)
				}
			}
		}
		b.WriteString("\n- " + report.Prose(line))
	}
	return result{false, b.String()}, nil
}

// said tells what was decided, without a full stop.
func said(o chatops.Order, chosen []chatops.Choice) string {
	verb := map[chatops.Verb]string{chatops.Ignore: "ignored", chatops.Snooze: "put off"}[o.Verb]
	text := names(o, chosen) + " is " + verb
	if len(chosen) > 1 {
		text = names(o, chosen) + " are " + verb
	}
	if o.WhileUnchanged {
		text += " while unchanged"
	}
	if !o.Until.IsZero() {
		text += " until " + o.Until.Format("2 January 2006 15:04") + " UTC"
		if o.Until.Equal(o.Until.Truncate(24 * time.Hour)) {
			text = strings.TrimSuffix(text, " 00:00 UTC")
		}
	}
	if o.Reason != "" {
		text += ": " + report.Prose(o.Reason)
	}
	return text
}

// names lists what an order is about.
func names(o chatops.Order, chosen []chatops.Choice) string {
	if len(chosen) == 0 {
		return "The whole stack " + report.Code(o.Stack)
	}
	var parts []string
	for i, c := range chosen {
		if i == 10 {
			parts = append(parts, fmt.Sprintf("%d more", len(chosen)-i))
			break
		}
		parts = append(parts, report.Code(c.Target().String()))
	}
	return strings.Join(parts, ", ")
}

// takeBack says how to undo it.
func takeBack(o chatops.Order, chosen []chatops.Choice) string {
	what := "stack"
	if len(o.Targets) > 0 {
		what = chosen[0].Target().String()
	}
	return " A value that matters for security speaks up again. To take this back: " + report.Code(chatops.Prefix+" "+string(chatops.Unignore)+" "+what) + "."
}

func (v *visit) unignore(ctx context.Context, o chatops.Order) (result, error) {
	past, err := v.past(ctx)
	if err != nil {
		return result{}, err
	}
	if !past.carriedOut(o.Key) {
		entries, err := chatops.Withdrawals(o, past.History)
		if err != nil {
			return failed("%s.", capital(strings.TrimSuffix(report.Prose(err.Error()), "."))), nil
		}
		if err := v.record(ctx, entries); err != nil {
			return result{}, err
		}
	}
	what := "everything in " + report.Code(o.Stack)
	if len(o.Targets) > 0 {
		var parts []string
		for _, t := range o.Targets {
			parts = append(parts, report.Code(t.String()))
		}
		what = strings.Join(parts, ", ")
	}
	text := "Taken back: " + what + " counts again."
	r, s, why, note, err := v.lookAfter(ctx, o)
	switch {
	case err != nil:
		return result{}, err
	case why != "":
		return done("%s The next scan shows it: here %s.", text, why), nil
	}
	return result{note == "", text + " " + capital(state(s)) + "." + note + at(r)}, nil
}

// lookAfter looks at a stack again after something was done about it, and publishes what is there. why says what kept it from looking.
func (v *visit) lookAfter(ctx context.Context, o chatops.Order) (r *report.Results, s *report.StackResult, why, note string, err error) {
	past, err := v.past(ctx)
	if err != nil {
		return nil, nil, "", "", err
	}
	j := Job{Stack: o.Stack, Adopt: true, Told: true, Past: past}
	if r, s, why, err = v.look(ctx, j); err != nil || why != "" {
		return r, s, why, "", err
	}
	_, note, err = v.publish(ctx, r, j)
	return r, s, "", note, err
}
