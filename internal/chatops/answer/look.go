package answer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
)

// past reads the ledger.
func (d *Desk) past(ctx context.Context) (*Past, error) {
	entries, err := d.Ledger.Entries(ctx)
	if err != nil {
		return nil, err
	}
	past := &Past{History: ledger.Fold(entries, d.Now()), keys: map[string]bool{}}
	for _, e := range ledger.Decisions(entries) {
		if e.Decision.Key != "" {
			past.keys[e.Decision.Key] = true
		}
	}
	return past, nil
}

// carriedOut tells whether a command was recorded by an earlier run.
func (p *Past) carriedOut(key string) bool { return p.keys[key] }

// look scans one stack. why is not "" when it could not be judged: a sentence for people.
func (d *Desk) look(ctx context.Context, j Job) (r *report.Results, s *report.StackResult, why string, err error) {
	r, err = d.Work.Scan(ctx, j)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, "", err
		}
		return nil, nil, "the stack could not be scanned: " + report.Prose(err.Error()), nil
	}
	i := slices.IndexFunc(r.Stacks, func(s report.StackResult) bool { return s.Stack.ID == j.Stack })
	if i < 0 {
		return nil, nil, "there is no stack " + report.Code(j.Stack) + " in the repository any more", nil
	}
	s = &r.Stacks[i]
	switch s.Status {
	case report.StatusFailed:
		why = "the stack could not be planned"
		for _, g := range s.Diagnostics {
			if g.Severity == "error" {
				why += ": " + report.Prose(g.Summary)
				break
			}
		}
		if s.Hint != "" {
			why += " (" + report.Prose(s.Hint) + ")"
		}
	case report.StatusSkipped:
		why = "the stack is not planned: " + report.Prose(s.Hint)
	}
	return r, s, why, nil
}

// publish makes the forge say what was found. note is "" when it does, else a sentence for people.
func (d *Desk) publish(ctx context.Context, r *report.Results, j Job) (done forge.Report, note string, err error) {
	done, err = d.Work.Publish(ctx, r, j)
	if err != nil {
		return done, "", err
	}
	if len(done.Problems) > 0 {
		note = " Not everything could be published: " + report.Prose(done.Problems[0])
	}
	return done, note, nil
}

func (v *visit) scan(ctx context.Context, o chatops.Order) (result, error) {
	past, err := v.past(ctx)
	if err != nil {
		return result{}, err
	}
	j := Job{Stack: o.Stack, Adopt: true, Past: past}
	if o.Stack == "" {
		j.Handled = []string{"scan"}
		return v.scanAll(ctx, j)
	}
	r, s, why, err := v.look(ctx, j)
	switch {
	case err != nil:
		return result{}, err
	case why != "":
		return failed("%s. Nothing here was changed.", capital(why)), nil
	}
	_, note, err := v.publish(ctx, r, j)
	if err != nil {
		return result{}, err
	}
	return result{note == "", "Scanned " + report.Code(o.Stack) + ": " + state(s) + "." + note + at(r)}, nil
}

func (d *Desk) scanAll(ctx context.Context, j Job) (result, error) {
	r, err := d.Work.Scan(ctx, j)
	if err != nil {
		return result{}, err
	}
	_, note, err := d.publish(ctx, r, j)
	if err != nil {
		return result{}, err
	}
	count := map[report.Status]int{}
	for _, s := range r.Stacks {
		count[s.Status]++
	}
	text := fmt.Sprintf("Scanned %s: %d clean, %d drifted, %d not applied, %d could not be planned.", plural(len(r.Stacks), "stack"),
		count[report.StatusClean], count[report.StatusDrifted], count[report.StatusPending], count[report.StatusFailed])
	return result{note == "", text + note + at(r)}, nil
}

func (v *visit) explain(ctx context.Context, o chatops.Order) (result, error) {
	past, err := v.past(ctx)
	if err != nil {
		return result{}, err
	}
	r, s, why, err := v.look(ctx, Job{Stack: o.Stack, Past: past})
	switch {
	case err != nil:
		return result{}, err
	case why != "":
		return failed("%s.", capital(why)), nil
	}
	only := *s
	if len(o.Targets) > 0 {
		chosen, err := chatops.Pick(o.Targets, chatops.Candidates(*s))
		if err != nil {
			return failed("%s", report.Prose(err.Error())), nil
		}
		only.Findings = slices.DeleteFunc(slices.Clone(s.Findings), func(f report.Finding) bool {
			return !slices.ContainsFunc(chosen, func(c chatops.Choice) bool { return c.ID == f.ID })
		})
	}
	story := *r
	story.Stacks = []report.StackResult{only}
	return done("%s%s", report.StoryBlock(&story), at(r)), nil
}

// state says how a stack is, in a few words.
func state(s *report.StackResult) string {
	drifted, waiting := 0, 0
	for _, f := range s.Findings {
		switch {
		case report.IsDrift(f):
			drifted++
		case report.IsWaiting(f):
			waiting++
		}
	}
	var parts []string
	if drifted > 0 {
		parts = append(parts, plural(drifted, "resource")+" drifted")
	}
	if waiting > 0 {
		parts = append(parts, plural(waiting, "resource")+" waiting to be applied")
	}
	if len(parts) == 0 {
		return "nothing needs attention"
	}
	return strings.Join(parts, ", ")
}

// at says which code was looked at.
func at(r *report.Results) string {
	if r.Commit == "" {
		return ""
	}
	return "\n\n<sub>Looked at commit " + report.Code(r.Commit[:min(12, len(r.Commit))]) + ".</sub>"
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
