package chatops

import (
	"fmt"
	"slices"
	"time"

	"github.com/mooringdev/mooring/internal/didyoumean"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

// A Candidate is a finding that a command can be about.
type Candidate struct {
	ID, Address string
	Paths       []string          // of its changes
	Seen        map[string]string // see [policy.Decision]; nil when the values are not known
	Shown       string            // see [report.Shown]; "" when the values are not known
}

// Candidates are the findings of a stack that was scanned.
func Candidates(s report.StackResult) []Candidate {
	out := make([]Candidate, 0, len(s.Findings))
	for _, f := range s.Findings {
		c := Candidate{ID: f.ID, Address: f.Address, Seen: report.Seen(f), Shown: report.Shown(f)}
		for _, ch := range f.Changes {
			c.Paths = append(c.Paths, ch.Path)
		}
		out = append(out, c)
	}
	return out
}

// Remembered are the findings of a stack that were there at its last scan, as far as the ledger knows them.
func Remembered(past *ledger.History, stack string) []Candidate {
	var out []Candidate
	for _, k := range past.Findings(stack) {
		if k.Open {
			out = append(out, Candidate{ID: k.ID, Address: k.Address, Paths: k.Paths})
		}
	}
	return out
}

// A Choice is a finding that a command is about.
type Choice struct {
	Candidate
	Path string // of the attribute, as the finding writes it; "" for the whole finding
}

// Target is what the choice is called.
func (c Choice) Target() Target { return Target{c.Address, c.Path} }

// Pick finds what targets name. The error says what there is instead.
func Pick(targets []Target, candidates []Candidate) ([]Choice, error) {
	var chosen []Choice
	for _, t := range targets {
		found := false
		for _, c := range candidates {
			if c.Address != t.Address {
				continue
			}
			path, err := c.path(t)
			if err != nil {
				return nil, err
			}
			found = true
			chosen = append(chosen, Choice{c, path})
		}
		if !found {
			return nil, notThere(t, candidates)
		}
	}
	return chosen, nil
}

// path finds the attribute of a target among the changes of a finding.
func (c Candidate) path(t Target) (string, error) {
	if t.Path == "" {
		return "", nil
	}
	for _, p := range c.Paths {
		if drift.SamePath(t.Path, p) {
			return p, nil
		}
	}
	if slices.ContainsFunc(c.Paths, func(p string) bool { return drift.PathCovers(t.Path, p) }) {
		return t.Path, nil
	}
	for _, p := range c.Paths {
		if drift.PathCovers(p, t.Path) {
			return "", fmt.Errorf("%s differs as a whole, not by its elements: write %s", p, Target{c.Address, p})
		}
	}
	return "", fmt.Errorf("%s does not differ in %s. %s", c.Address, t.Path, didyoumean.Sentence(t.Path, c.Paths))
}

func notThere(t Target, candidates []Candidate) error {
	if len(candidates) == 0 {
		return fmt.Errorf("%s does not differ: nothing in this stack does", t.Address)
	}
	var addresses []string
	for _, c := range candidates {
		if len(addresses) < 8 && !slices.Contains(addresses, c.Address) {
			addresses = append(addresses, c.Address)
		}
	}
	return fmt.Errorf("no resource that differs has the address %s. %s", t.Address, didyoumean.Sentence(t.Address, addresses))
}

// Stale lists the choices that are not any more what the issue or pull request shows. shown is what it remembers; with nil nothing is known
// to have been shown. must says whether what was not shown counts as stale.
func Stale(chosen []Choice, shown map[string]string, must bool) []Choice {
	var stale []Choice
	for _, c := range chosen {
		was, ok := shown[c.ID]
		if ok && was != c.Shown || !ok && must {
			stale = append(stale, c)
		}
	}
	return stale
}

// An Order is a command with who gave it when, and the key that makes it happen once.
type Order struct {
	Command
	Stack string // id; the field of Command says whether all of it was named
	By    string // login
	At    time.Time
	Key   string
}

// Record turns a decision into the entries that the ledger remembers: one for each choice, or one for the whole stack when nothing was chosen.
func Record(o Order, chosen []Choice) []ledger.Entry {
	decision := func() *ledger.Decision {
		return &ledger.Decision{Action: string(o.Verb), By: o.By, Reason: o.Reason, Until: o.Until, WhileUnchanged: o.WhileUnchanged, Key: o.Key}
	}
	if len(chosen) == 0 {
		return []ledger.Entry{{At: o.At, Kind: ledger.KindDecision, Stack: o.Stack, Decision: decision()}}
	}
	entries := make([]ledger.Entry, 0, len(chosen))
	for _, c := range chosen {
		d := decision()
		if c.Path != "" {
			d.Paths = []string{c.Path}
		}
		for path, seen := range c.Seen {
			if c.Path == "" || drift.PathCovers(c.Path, path) {
				if d.Seen == nil {
					d.Seen = map[string]string{}
				}
				d.Seen[path] = seen
			}
		}
		entries = append(entries, ledger.Entry{At: o.At, Kind: ledger.KindDecision, Stack: o.Stack, Finding: c.ID, Address: c.Address, Decision: d})
	}
	return entries
}

// Blind lists the changes of the choices whose values are masked or not known, so that "while unchanged" cannot look at them.
func Blind(chosen []Choice) []Target {
	var out []Target
	for _, c := range chosen {
		for _, p := range c.Paths {
			if (c.Path == "" || drift.PathCovers(c.Path, p)) && c.Seen[p] == "" {
				out = append(out, Target{c.Address, p})
			}
		}
	}
	return out
}

// Fresh leaves out the entries that are there already: those of the same command about the same thing.
func Fresh(entries, have []ledger.Entry) []ledger.Entry {
	have = ledger.Decisions(have)
	return slices.DeleteFunc(slices.Clone(entries), func(e ledger.Entry) bool {
		return slices.ContainsFunc(have, func(h ledger.Entry) bool {
			return h.Decision.Key == e.Decision.Key && h.Stack == e.Stack && h.Finding == e.Finding && slices.Equal(h.Decision.Paths, e.Decision.Paths)
		})
	})
}

// Withdrawals are the entries that take back what was said about the targets, or about the whole stack when there are none.
// The error says why there is nothing to take back.
func Withdrawals(o Order, past *ledger.History) ([]ledger.Entry, error) {
	known, whole := past.Findings(o.Stack), past.StackDecisions(o.Stack)
	entry := func(k ledger.Known, paths []string) ledger.Entry {
		return ledger.Entry{
			At: o.At, Kind: ledger.KindDecision, Stack: o.Stack, Finding: k.ID, Address: k.Address,
			Decision: &ledger.Decision{Action: ledger.ActionUnignore, By: o.By, Reason: o.Reason, Paths: paths, Key: o.Key},
		}
	}
	decided := slices.DeleteFunc(slices.Clone(known), func(k ledger.Known) bool { return len(k.Decisions) == 0 })
	if len(o.Targets) == 0 {
		if len(whole)+len(decided) == 0 {
			return nil, fmt.Errorf("nothing of this stack is ignored or snoozed by a comment")
		}
		return []ledger.Entry{entry(ledger.Known{}, nil)}, nil
	}
	var entries []ledger.Entry
	for _, t := range o.Targets {
		before := len(entries)
		for _, k := range decided {
			if k.Address == t.Address {
				entries = append(entries, withdraw(k, t, entry)...)
			}
		}
		if len(entries) > before {
			continue
		}
		if len(whole) > 0 {
			return nil, fmt.Errorf("the whole stack is %sd, not %s alone: take that back with %s unignore stack", whole[0].Action, t, Prefix)
		}
		return nil, notDecided(t, decided)
	}
	return entries, nil
}

// withdraw takes back the decisions of a finding that lie within the target.
func withdraw(k ledger.Known, t Target, entry func(ledger.Known, []string) ledger.Entry) []ledger.Entry {
	if t.Path == "" {
		return []ledger.Entry{entry(k, nil)}
	}
	var out []ledger.Entry
	for _, d := range k.Decisions {
		if len(d.Paths) > 0 && !slices.ContainsFunc(d.Paths, func(p string) bool { return !drift.PathCovers(t.Path, p) }) {
			out = append(out, entry(k, d.Paths))
		}
	}
	return out
}

func notDecided(t Target, decided []ledger.Known) error {
	var names []string
	for _, k := range decided {
		for _, d := range k.Decisions {
			if len(d.Paths) == 0 {
				names = append(names, k.Address)
			}
			for _, p := range d.Paths {
				names = append(names, Target{k.Address, p}.String())
			}
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("nothing of this stack is ignored or snoozed by a comment")
	}
	return fmt.Errorf("%s is not ignored or snoozed by a comment. %s", t, didyoumean.Sentence(t.String(), names[:min(len(names), 8)]))
}

// Provisional are the decisions of an order as a scan may take them for granted before they are recorded.
func Provisional(o Order) policy.Decision {
	return policy.Decision{Action: string(o.Verb), By: o.By, Reason: o.Reason, At: o.At, Until: o.Until}
}
