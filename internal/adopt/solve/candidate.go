package solve

import (
	"cmp"
	"slices"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

// A Candidate is one way to make an expression say what is wanted.
type Candidate struct {
	Edits    []hclfile.Edit
	Cost     int  // less is better: places touched, steps away from the resource, and the prices below
	Detached bool // it writes a literal where the code had a reference
	Own      bool // what it changes in shared modules leaves other stacks as they are: the value itself stands in the root module

	notes []note // what it says of an element that does not exist yet
}

// The prices of what people like less than the plain edit of a literal.
const (
	costStep     = 1   // one variable, local or call further away
	costInsert   = 2   // new text where there was none
	costDefault  = 6   // the default of a variable: every stack that leaves it out sees it
	costOverride = 40  // one instance is told apart from its siblings
	costDetach   = 100 // a literal in place of a reference
)

// maxCandidates bounds how many ways are kept at each step.
const maxCandidates = 12

// plus adds a price to every candidate.
func plus(cands []Candidate, cost int) []Candidate {
	out := slices.Clone(cands)
	for i := range out {
		out[i].Cost += cost
	}
	return out
}

// all combines ways of doing several things that must all be done: nil when one of them cannot be.
func all(parts ...[]Candidate) []Candidate {
	out := []Candidate{{}}
	for _, p := range parts {
		var next []Candidate
		for _, a := range out {
			for _, b := range p {
				next = append(next, Candidate{Edits: slices.Concat(a.Edits, b.Edits), notes: slices.Concat(a.notes, b.notes), Cost: a.Cost + b.Cost, Detached: a.Detached || b.Detached,
					Own: (a.Own || len(a.Edits) == 0) && (b.Own || len(b.Edits) == 0)})
			}
		}
		out = best(next)
		if len(out) == 0 {
			return nil
		}
	}
	return out
}

// best sorts candidates, cheapest first, and keeps a few.
func best(cands []Candidate) []Candidate {
	slices.SortStableFunc(cands, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(len(a.Edits), len(b.Edits)))
	})
	var out []Candidate
	for _, c := range cands {
		if len(out) < maxCandidates && !slices.ContainsFunc(out, func(o Candidate) bool { return len(o.notes)+len(c.notes) == 0 && slices.Equal(o.Edits, c.Edits) }) {
			out = append(out, c)
		}
	}
	return out
}

func one(cost int, edits ...hclfile.Edit) []Candidate {
	return []Candidate{{Edits: edits, Cost: cost}}
}

// A Reason says why there is no candidate, or why the obvious one was not proposed.
type Reason struct {
	Code   string // one of the constants below
	Detail string // with the names in it
}

// The codes of reasons, from the most telling to the least. Package adopt has a hint for each.
const (
	OutsideCode  = "value_outside_code"    // the value comes from the environment, or from nowhere in the repository
	DataSource   = "data_source"           // the value is read by a data source
	Reference    = "reference"             // the value is another resource's
	FrozenFile   = "frozen_file"           // the place is in a file that must not be edited
	InstanceKey  = "instance_key"          // the value is the key of an instance: changing it would make another instance
	NoInverse    = "no_inverse"            // a function or operator whose input cannot be told from its output
	Unevaluable  = "not_evaluable"         // a part of the expression is not known before apply
	BlockUnclear = "block_unclear"         // it cannot be told which nested block is meant
	NotInCode    = "not_in_code"           // the resource block was not found
	NotSettable  = "not_settable"          // the provider computes it, or needs it: it cannot be written or removed
	NoCandidate  = "no_edit_found"         // nothing else fits
	Unwritable   = "value_not_expressible" // the value cannot be written in this notation
)

var reasonOrder = []string{FrozenFile, InstanceKey, OutsideCode, DataSource, Reference, NotSettable, BlockUnclear, Unwritable, NoInverse, Unevaluable, NotInCode, NoCandidate}

// worst picks the most telling of several reasons.
func worst(reasons []Reason) Reason {
	best, rank := Reason{Code: NoCandidate, Detail: "no edit of this expression gives the live value"}, len(reasonOrder)
	for _, r := range reasons {
		if i := slices.Index(reasonOrder, r.Code); i >= 0 && i < rank {
			best, rank = r, i
		}
	}
	return best
}
