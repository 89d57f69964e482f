package ledger

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
)

// Record returns the entries that a scan adds to what is known: the scan itself, findings that appeared, changed or went, and who did them where
// that is new. People appear as r shows them. A stack that could not be judged changes nothing.
func Record(past *History, r *report.Results) []Entry {
	scan := &Scan{Commit: r.Commit}
	present := map[string]bool{} // findings, of all stacks: one that is in another stack now is not resolved
	for _, s := range r.Stacks {
		for _, f := range s.Findings {
			present[f.ID] = present[f.ID] || report.IsDrift(f) || report.IsWaiting(f)
		}
	}
	var entries []Entry
	for _, s := range r.Stacks {
		switch s.Status {
		case report.StatusClean:
			scan.Clean = append(scan.Clean, s.Stack.ID)
		case report.StatusDrifted:
			scan.Drifted = append(scan.Drifted, s.Stack.ID)
		case report.StatusPending:
			scan.Pending = append(scan.Pending, s.Stack.ID)
		case report.StatusFailed:
			scan.Failed = append(scan.Failed, s.Stack.ID)
			continue
		default:
			continue
		}
		entries = append(entries, recordHoldings(past, &s, r.ScannedAt)...)
		entries = append(entries, recordStack(past, s, present, r.ScannedAt)...)
	}
	if !r.Partial {
		entries = append(entries, goneStacks(past, r)...)
	}
	return append(entries, Entry{At: r.ScannedAt, Kind: KindScan, Scan: scan})
}

// goneStacks ends the findings of stacks that the repository has no more, and whose resources are in no other.
func goneStacks(past *History, r *report.Results) []Entry {
	there := map[string]bool{}
	for _, s := range r.Stacks {
		there[s.Stack.ID] = true
	}
	var entries []Entry
	for _, id := range past.Open() {
		if f := past.findings[id]; !there[f.stack] {
			entries = append(entries, Entry{At: r.ScannedAt, Kind: KindResolved, Stack: f.stack, Finding: id, Address: f.address})
		}
	}
	return entries
}

func recordStack(past *History, s report.StackResult, present map[string]bool, at time.Time) []Entry {
	var entries []Entry
	for _, f := range s.Findings {
		if !report.IsDrift(f) && !report.IsWaiting(f) {
			continue // shown folded, and not worth a memory
		}
		e := Entry{At: at, Stack: s.Stack.ID, Finding: f.ID, Address: f.Address}
		difference := differenceOf(f)
		known := past.findings[f.ID]
		switch {
		case known == nil || known.since.IsZero():
			e.Kind, e.Difference = KindFirstSeen, &difference
			entries = append(entries, e)
		case !reflect.DeepEqual(known.difference, difference):
			e.Kind, e.Difference = KindChanged, &difference
			entries = append(entries, e)
		}
		if a, named := attributionOf(f); named && (known == nil || !reflect.DeepEqual(known.attribution, a)) {
			e.Kind, e.Difference, e.Attribution = KindAttribution, nil, &a
			entries = append(entries, e)
		}
	}
	for _, id := range past.Open() {
		if f := past.findings[id]; f.stack == s.Stack.ID && !present[id] {
			entries = append(entries, Entry{At: at, Kind: KindResolved, Stack: f.stack, Finding: id, Address: f.address})
		}
	}
	return entries
}

func differenceOf(f report.Finding) Difference {
	d := Difference{Kind: string(f.Kind), Waiting: report.IsWaiting(f), Resource: f.Resource}
	if d.Waiting {
		for _, c := range f.Changes {
			d.Paths = append(d.Paths, c.Path)
		}
		slices.Sort(d.Paths)
		return d
	}
	for _, i := range report.Items(report.StackResult{Findings: []report.Finding{f}}) {
		if i.Path != "" {
			d.Paths = append(d.Paths, i.Path)
		}
	}
	return d
}

// attributionOf is the surest attribution of a finding that names somebody. named is false when none does.
func attributionOf(f report.Finding) (a Attribution, named bool) {
	for _, verdict := range []blame.Verdict{blame.Confirmed, blame.Likely, blame.Automation, blame.OwnApply} {
		for _, x := range f.Attribution {
			if x.Verdict != verdict {
				continue
			}
			a = Attribution{Verdict: string(x.Verdict), Paths: x.Paths, Actor: x.Actor.Name, Principal: x.Actor.Principal, At: x.At.UTC()}
			if len(a.Paths) == 0 {
				a.Paths = nil
			}
			for _, e := range x.Events {
				a.Events = append(a.Events, Event{Source: e.Source, ID: e.ID, Operation: e.Operation})
			}
			return a, true
		}
	}
	return Attribution{}, false
}

// Publications returns the entries for what was done on the forge.
func Publications(done []forge.Action, at time.Time) []Entry {
	entries := make([]Entry, 0, len(done))
	for _, a := range done {
		text := strings.ToValidUTF8(a.String(), "\uFFFD")
		entries = append(entries, Entry{At: at, Kind: KindPublication, Stack: a.Stack, Publication: &Publication{Key: a.Key(), Action: text}})
	}
	return entries
}
