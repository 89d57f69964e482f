package report

import (
	"time"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
)

// Comparisons are the groups of environments that were compared.
type Comparisons struct {
	ComparedAt time.Time
	Tool       Tool
	Commit     string
	Groups     []*compare.Comparison
	Warnings   []string
	Elapsed    time.Duration
}

// RedactComparisons is [Redact] for comparisons.
func RedactComparisons(r *Comparisons) *Comparisons {
	out := *r
	out.ComparedAt, out.Commit = utc(r.ComparedAt), clean(r.Commit)
	out.Warnings = each(r.Warnings, prose)
	out.Elapsed = r.Elapsed.Truncate(time.Millisecond)
	out.Groups = each(r.Groups, redactComparison)
	return &out
}

func redactComparison(c *compare.Comparison) *compare.Comparison {
	out := *c
	out.Group, out.How = clean(c.Group), prose(c.How)
	out.Environments = each(c.Environments, func(e compare.Environment) compare.Environment {
		return compare.Environment{Name: clean(e.Name), Stack: clean(e.Stack), Problem: prose(e.Problem), Resources: e.Resources}
	})
	out.Tokens = each(usedTokens(c), func(t compare.Token) compare.Token {
		return compare.Token{Name: clean(t.Name), Values: each(t.Values, prose), Used: t.Used}
	})
	out.Differences = each(c.Differences, redactDifference)
	return &out
}

func redactDifference(d compare.Difference) compare.Difference {
	d.Address, d.Type, d.Path = clean(d.Address), clean(d.Type), clean(d.Path)
	d.ID, d.Reason = clean(d.ID), clean(d.Reason)
	d.Addresses, d.Decided, d.Findings = each(d.Addresses, clean), each(d.Decided, clean), each(d.Findings, clean)
	d.Age = d.Age.Truncate(time.Second)
	d.Because = prose(d.Because)
	name := lastName(d.Path)
	secret := d.Sensitive
	d.Cells = each(d.Cells, func(cell compare.Cell) compare.Cell {
		if secret {
			cell.Code, cell.Live = mask(cell.Code), mask(cell.Live)
			return cell
		}
		cell.Code, cell.Live = redactTree(name, cell.Code, nil), redactTree(name, cell.Live, nil)
		return cell
	})
	d.Places = each(d.Places, func(p compare.Place) compare.Place {
		return compare.Place{Environment: p.Environment, File: clean(p.File), Line: p.Line}
	})
	if d.Commit != nil {
		commit := *d.Commit
		commit.ID, commit.Author, commit.Subject, commit.Time = clean(commit.ID), prose(commit.Author), prose(commit.Subject), utc(commit.Time)
		d.Commit = &commit
	}
	changes := []drift.Change{{Path: d.Path, Sensitive: secret}}
	d.Attribution = each(d.Attribution, func(a blame.Attribution) blame.Attribution { return redactAttribution(a, changes) })
	if d.Decision != nil {
		decision := redactDecision(*d.Decision)
		d.Decision = &decision
	}
	return d
}
