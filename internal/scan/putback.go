package scan

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/planfile"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
)

// A Vanished difference was there at the last scan and is not any more. Who made it go is asked of the logs like who made it.
type Vanished struct {
	Stack   string
	ID      string // of the finding
	Address string
	Kind    drift.Kind // of the finding
	Paths   []string   // none: the object as a whole
	Since   time.Time
	// Subject is the object as it is now, with what is live at Paths as changes to explain. It is nil for an object that is gone: then the
	// log alone knows.
	Subject *blame.Subject
	// Recoded says that the stack's code changed meanwhile: then it may be the code that moved, unless the log shows the other value before.
	Recoded bool
}

// asPutBack begins the id of a subject that stands for what vanished, beside the finding's own.
const asPutBack = "put back "

// vanished lists what the ledger knows of the stacks of this scan and is not there any more.
func (s *scan) vanished(ctx context.Context) []Vanished {
	if s.Memory == nil {
		return nil
	}
	var out []Vanished
	for _, j := range s.jobs {
		if j.saved == nil || j.result.Status == report.StatusFailed || j.result.Status == report.StatusSkipped {
			continue // nothing is known of it: that is not "gone"
		}
		known := slices.DeleteFunc(s.Memory.Findings(j.stack.ID), func(k ledger.Known) bool { return !k.Open || k.Waiting })
		if len(known) > 0 {
			out = append(out, s.vanishedOf(ctx, j, known)...)
		}
	}
	return out
}

func (s *scan) vanishedOf(ctx context.Context, j *job, known []ledger.Known) []Vanished {
	since, commit := s.Memory.LastGood(j.stack.ID)
	present := map[string]*drift.Finding{}
	for i := range j.result.Findings {
		present[j.result.Findings[i].ID] = &j.result.Findings[i].Finding
	}
	recoded := s.recoded(ctx, j, commit)
	var out []Vanished
	wanted := map[string]bool{}
	for _, k := range known {
		v := Vanished{Stack: j.stack.ID, ID: k.ID, Address: k.Address, Kind: k.Kind, Since: since, Recoded: recoded}
		f := present[k.ID]
		switch {
		case k.Kind == drift.KindDeleted || k.Kind == drift.KindUnmanaged:
			if f != nil {
				continue
			}
		default:
			if v.Paths = slices.DeleteFunc(slices.Clone(k.Paths), func(p string) bool { return differs(f, p) }); len(v.Paths) == 0 {
				continue
			}
		}
		if k.Kind != drift.KindUnmanaged {
			wanted[k.Address] = true
		}
		out = append(out, v)
	}
	live := map[string]planfile.LiveInstance{}
	if len(wanted) > 0 {
		for i, err := range j.saved.Instances(ctx) {
			if err != nil {
				return nil // the scan says so where it looks for what no stack knows
			}
			if i.Mode == "managed" && wanted[i.Address] {
				live[i.Address] = i
			}
		}
	}
	for n := range out {
		if i, ok := live[out[n].Address]; ok {
			out[n].Subject = subjectOf(&out[n], i, present[out[n].ID], s.Now())
		}
	}
	return out
}

// differs tells whether a finding still says of an attribute that it is another than the code says.
func differs(f *drift.Finding, path string) bool {
	return f != nil && slices.ContainsFunc(f.Changes, func(c drift.Change) bool {
		return drift.SamePath(c.Path, path) && c.Kind != drift.KindConverged && c.Kind != drift.KindNoise
	})
}

// recoded tells whether a file of the stack changed since a commit. What is not known counts as changed.
func (s *scan) recoded(ctx context.Context, j *job, commit string) bool {
	if s.Repo == nil || j.tree == nil || commit == "" || s.commit == "" {
		return true
	}
	if commit == s.commit {
		return false
	}
	changed, err := s.Repo.ChangedSince(ctx, commit, s.commit, filesOf(j.tree)...)
	return err != nil || len(changed) > 0
}

// subjectOf is an object as it is now. What still differs of it is among its changes, so that a call which wrote both is understood.
func subjectOf(v *Vanished, i planfile.LiveInstance, still *drift.Finding, now time.Time) *blame.Subject {
	f := drift.Finding{
		ID: asPutBack + v.ID, Address: v.Address, Type: i.Type, Kind: drift.KindDrift, Attributes: i.Attributes, SensitivePaths: i.Sensitive,
		Window: drift.Window{From: v.Since, To: now},
	}
	f.IDs, f.Account, f.Region = drift.Identify(i.Type, i.Attributes, i.Sensitive)
	if v.Recoded {
		f.Window.From = time.Time{} // as far back as is looked for people: what was written before tells what was put back
	}
	if len(v.Paths) == 0 {
		f.Kind = drift.KindUnmanaged // for who made it, an object that is there again is one that came
		f.Window.From = v.Since
		return &blame.Subject{Finding: f, Stack: v.Stack}
	}
	for _, path := range v.Paths {
		p, err := drift.ParsePath(path)
		if err != nil {
			continue
		}
		c := drift.Change{Path: path, Kind: drift.KindDrift, Live: drift.At(i.Attributes, p)}
		c.Sensitive = slices.ContainsFunc(i.Sensitive, func(s string) bool { return drift.PathCovers(s, path) })
		switch c.Live.(type) {
		case []any, map[string]any:
			c.Live = report.Masked // which element it was is not remembered: whoever alone wrote there since is likely, and not sure
		}
		f.Changes = append(f.Changes, c)
	}
	if len(f.Changes) == 0 {
		return nil
	}
	if still != nil {
		for _, c := range still.Changes {
			if differs(still, c.Path) {
				f.Changes = append(f.Changes, c)
			}
		}
	}
	return &blame.Subject{Finding: f, Stack: v.Stack}
}

// addPutBack adds to each stack what was put back in it, and by whom, where the log names somebody.
func addPutBack(stacks []*report.StackResult, list []Vanished, x *blame.Explainer, verdicts map[string][]blame.Attribution) {
	gone := map[string]string{}
	for _, v := range list {
		if a, err := module.ParseAddress(v.Address); err == nil && v.Kind == drift.KindUnmanaged {
			gone[v.ID] = a.Type
		}
	}
	undone := x.Undone(gone)
	for _, v := range list {
		i := slices.IndexFunc(stacks, func(s *report.StackResult) bool { return s.Stack.ID == v.Stack })
		if i < 0 {
			continue
		}
		answers := verdicts[asPutBack+v.ID]
		if a, ok := undone[v.ID]; ok {
			answers = []blame.Attribution{a}
		}
		for _, a := range answers {
			if p, ok := v.by(a); ok {
				stacks[i].PutBack = append(stacks[i].PutBack, p)
			}
		}
	}
	for _, s := range stacks {
		slices.SortFunc(s.PutBack, func(a, b report.PutBack) int {
			return cmp.Or(a.Attribution.At.Compare(b.Attribution.At), cmp.Compare(a.Address, b.Address), slices.Compare(a.Paths, b.Paths))
		})
	}
}

// by is what an attribution says of who put it back; ok is false when it names nobody, or somebody who wrote before the difference was last seen.
func (v *Vanished) by(a blame.Attribution) (p report.PutBack, ok bool) {
	switch a.Verdict {
	case blame.Confirmed, blame.Likely, blame.Automation:
	default:
		return p, false
	}
	if a.At.Before(v.Since) || v.Recoded && len(v.Paths) > 0 && !otherBefore(a, v.Since) {
		return p, false
	}
	p = report.PutBack{Address: v.Address, Kind: v.Kind}
	for _, path := range a.Paths {
		if slices.Contains(v.Paths, path) {
			p.Paths = append(p.Paths, path)
		}
	}
	if len(v.Paths) > 0 && len(p.Paths) == 0 {
		return p, false
	}
	a.Paths, a.RuledOut = p.Paths, nil
	p.Attribution = a
	return p, true
}

// otherBefore tells whether the log shows that something else was written there before.
func otherBefore(a blame.Attribution, when time.Time) bool {
	return slices.ContainsFunc(a.RuledOut, func(r blame.RuledOut) bool { return r.Why == blame.WhyOtherValue && r.At.Before(when) })
}

// resources are what the logs are asked about for what vanished.
func resources(list []Vanished) []audit.Resource {
	var out []audit.Resource
	for _, v := range list {
		if v.Subject == nil {
			continue
		}
		f := v.Subject.Finding
		for _, id := range f.IDs {
			out = append(out, audit.Resource{Type: f.Type, ID: id, Account: f.Account, Region: f.Region})
		}
	}
	return out
}
