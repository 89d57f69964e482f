package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/mooringdev/mooring/internal/compare"
)

// readComparison reads what [comparisonForm] wrote.
func readComparison(form jsonComparison) (*compare.Comparison, error) {
	out := &compare.Comparison{Group: form.Name, How: form.Found, Ordered: form.Ordered, Matched: form.Matched, Same: form.Same, Chosen: form.Chosen}
	at := map[string]int{}
	for i, e := range form.Environments {
		if _, twice := at[e.Name]; twice {
			return nil, fmt.Errorf("the environment %s is there twice", visible(e.Name, 120))
		}
		at[e.Name] = i
		out.Environments = append(out.Environments, compare.Environment{Name: e.Name, Stack: e.Stack, Problem: e.Problem, Resources: e.Resources})
	}
	for _, t := range form.Normalised {
		out.Tokens = append(out.Tokens, compare.Token{Name: t.Name, Values: orNone(t.Values), Used: t.Used})
	}
	for i, d := range form.Differences {
		read, err := readDifference(d, at)
		if err != nil {
			return nil, fmt.Errorf("differences[%d] (%s): %w", i, visible(d.Address, 200), err)
		}
		out.Differences = append(out.Differences, read)
	}
	return out, nil
}

func readDifference(form jsonDifference, at map[string]int) (compare.Difference, error) {
	d := compare.Difference{
		ID: form.ID, Address: form.Address, Type: form.Type, Path: canonicalPath(form.Path), Class: compare.Class(form.Class), Side: compare.Side(form.Side),
		Reason: form.Reason, Because: form.Because, Sensitive: form.Sensitive, Decided: orNone(form.Decided), Findings: orNone(form.Findings),
		Attribution: orNone(mapTo(form.Attribution, attribution)),
	}
	if !slices.Contains(compare.Classes, d.Class) {
		return d, fmt.Errorf("class is %q: expected one of %v", visible(form.Class, 40), compare.Classes)
	}
	if len(form.Environments) != len(at) {
		return d, fmt.Errorf("it tells of %d environments, and the group has %d", len(form.Environments), len(at))
	}
	for i, cell := range form.Environments {
		state := compare.CellState(cell.State)
		if state == "unknown" {
			state = compare.StateUnknown
		}
		d.Addresses = append(d.Addresses, cell.Address)
		d.Cells = append(d.Cells, compare.Cell{State: state, Code: withUnknown(cell.Code), Live: cell.Live, Moved: cell.Moved})
		if cell.Apart {
			d.Apart = append(d.Apart, i)
		}
	}
	for _, p := range form.Places {
		i, ok := at[p.Environment]
		if !ok {
			return d, fmt.Errorf("there is no environment %q", visible(p.Environment, 120))
		}
		d.Places = append(d.Places, compare.Place{Environment: i, File: p.File, Line: p.Line})
	}
	if c := form.Commit; c != nil {
		d.Commit = &compare.Commit{ID: c.ID, Author: c.Author, Subject: c.Subject, Time: timeOf(&c.Time)}
		d.Age = time.Duration(c.Age) * time.Second
	}
	if form.Decision != nil {
		read := decision(*form.Decision)
		d.Decision = &read
	}
	return d, nil
}
