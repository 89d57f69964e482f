package report

import (
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/policy"
)

// folded counts what a stack has beside the findings that ask for attention: "2 values that only look different, ...". "" for nothing.
func folded(s *StackResult) string {
	var noise, converged, undeclared, cascade int
	for i := range s.Findings {
		f := &s.Findings[i]
		if f.Kind == drift.KindDrift && f.Reason == drift.ReasonCascade {
			cascade++
			continue
		}
		for _, c := range f.Changes {
			switch c.Kind {
			case drift.KindNoise:
				noise++
			case drift.KindConverged:
				converged++
			case drift.KindUndeclared:
				if f.Reason != drift.ReasonConfirmedHand {
					undeclared++
				}
			}
		}
	}
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, plural(n, one, many))
		}
	}
	add(noise, "value that only looks different", "values that only look different")
	add(converged, "value that the new code already matches", "values that the new code already matches")
	add(undeclared, "value that the code does not set", "values that the code does not set")
	add(cascade, "resource that only follows another", "resources that only follow others")
	return strings.Join(parts, ", ")
}

// decisionPhrase says what was decided about a finding: ignored by bob until 31 Dec 2026: autoscaling.
func decisionPhrase(f *Finding) phrase {
	parts := []phrase{decided(f.Decision)}
	for i := range f.Decision.Others {
		parts = append(parts, decided(&f.Decision.Others[i]))
	}
	return list("; ", parts...)
}

func decided(d *policy.Decision) phrase {
	verb := map[string]string{
		policy.ActionIgnore: "ignored", policy.ActionSnooze: "put off", policy.ActionAdopt: "to be adopted", policy.ActionRevert: "to be reverted",
		policy.ActionEscalate: "escalated", policy.ActionIssue: "to be an issue", policy.ActionPullRequest: "to be a pull request",
	}[d.Action]
	if verb == "" {
		verb = "decided"
	}
	p := words(verb)
	if d.By != "" {
		p = join(p, words(" by "), code(d.By))
	}
	if !d.Until.IsZero() {
		p = join(p, words(" until "+date(d.Until)))
	}
	if d.WhileUnchanged {
		p = join(p, words(" while unchanged"))
	}
	if d.Reason != "" {
		p = join(p, words(": "), quoted(d.Reason))
	}
	return p
}
