package scan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
)

// attribute is the second leg: one reading of all logs explains the findings of all stacks.
func (s *scan) attribute(ctx context.Context) {
	var list []*report.StackResult
	for _, j := range s.jobs {
		list = append(list, &j.result)
	}
	sources := Sources(ctx, s.Config, SourceOptions{Root: s.Root, Events: s.Events, Env: s.Env, Cache: s.CacheDir, Now: s.Now})
	var managed []blame.Managed
	complete := true
	if len(sources) > 0 {
		managed, complete = s.managed(ctx)
	}
	a := Attribute(ctx, list, AttributeOptions{
		Sources: sources, Config: s.Config, Now: s.Now(), Managed: managed, Incomplete: !complete,
		Applies: func(id string) []report.Apply { return s.applies(id) }, Progress: s.Progress, Tree: s.tree, Vanished: s.vanished(ctx),
	})
	s.events = a.Events
	s.warnings = append(s.warnings, a.Warnings...)
}

// managed is every resource that a stack of this scan knows: what people made beside them is told apart by it. It is not complete when a stack
// could not be planned or was left out.
func (s *scan) managed(ctx context.Context) (list []blame.Managed, complete bool) {
	list, complete = []blame.Managed{}, len(s.Stacks) == 0 && s.Shard.N <= 1
	for _, j := range s.jobs {
		if j.saved == nil {
			complete = false
			continue
		}
		for i, err := range j.saved.Instances(ctx) {
			if err != nil {
				s.warnings = append(s.warnings, "resources that no stack knows were not looked for: "+err.Error())
				return nil, false
			}
			if i.Mode != "managed" {
				continue
			}
			ids, account, region := drift.Identify(i.Type, i.Attributes, i.Sensitive)
			list = append(list, blame.Managed{Stack: j.stack.ID, Address: i.Address, Type: i.Type, IDs: ids, Account: account, Region: region, Attributes: i.Attributes})
		}
	}
	return list, complete
}

// AttributeOptions say where to look and how much to show.
type AttributeOptions struct {
	Sources []audit.Source
	Config  *config.Config
	Now     time.Time
	Managed []blame.Managed // what the stacks know; nil: nothing made beside them is looked for
	// Incomplete says that stacks are missing from Managed: then only parts of what is known are told, and nothing that an engine made.
	Incomplete bool
	Applies    func(stack string) []report.Apply // known applies besides those the results carry; may be nil
	Vanished   []Vanished                        // who put it back is looked for, too
	Progress   Progress
	Tree       func(stack string) *module.Tree // configuration of a stack, nil where it is not known; may be nil
}

// An Attributed is what reading the logs gave besides the attributions.
type Attributed struct {
	Events   report.EventStats
	Warnings []string
}

// Attribute fills in the attribution of every finding, in place. A log that cannot be read becomes a warning and a reason.
func Attribute(ctx context.Context, stacks []*report.StackResult, o AttributeOptions) Attributed {
	var subjects []blame.Subject
	var about []audit.Resource
	from := o.Now
	for _, st := range stacks {
		applies := st.Applies
		if o.Applies != nil {
			applies = append(slices.Clone(applies), o.Applies(st.Stack.ID)...)
		}
		for _, f := range st.Findings {
			subjects = append(subjects, blame.Subject{Finding: f.Finding, Stack: st.Stack.ID, Applies: blameApplies(applies)})
			for _, id := range f.IDs {
				about = append(about, audit.Resource{Type: f.Type, ID: id, Account: f.Account, Region: f.Region})
			}
			if w := f.Window.From; !w.IsZero() && w.Before(from) {
				from = w
			}
		}
	}
	for _, v := range o.Vanished {
		if v.Subject != nil {
			subjects = append(subjects, *v.Subject)
		}
		if v.Since.Before(from) && !v.Since.IsZero() {
			from = v.Since
		}
	}
	about = append(about, resources(o.Vanished)...)
	var out Attributed
	if len(subjects) == 0 && len(o.Managed) == 0 {
		return out
	}
	sources := make([]blame.Source, 0, len(o.Sources))
	for _, src := range o.Sources {
		sources = append(sources, blame.Source{Name: src.Name(), Capabilities: src.Capabilities()})
		out.Events.Sources = append(out.Events.Sources, src.Name())
	}
	if lookback := o.Now.Add(-o.Config.Attribution.Lookback); lookback.Before(from) {
		from = lookback
	}
	x := blame.New(subjects, blame.Options{
		Now: o.Now, Lookback: o.Config.Attribution.Lookback, Sources: sources,
		Identity: blame.Identity(o.Config.Attribution.Identity), SourceIP: o.Config.Attribution.SourceIP, Managed: o.Managed,
	})
	if len(o.Sources) > 0 {
		o.Progress.Note("reading audit logs")
		q := audit.Query{From: from, To: o.Now, Resources: about, Regions: regions(subjects, o.Managed), WriteOnly: true}
		if o.Managed == nil { // nobody looks for what was made beside the findings
			for _, r := range about {
				q.IDs = append(q.IDs, r.ID)
			}
		}
		stats, problems := audit.Collect(ctx, o.Sources, q, x.Add)
		out.Events.Events, out.Events.Unreadable = stats.Events, stats.Unreadable
		if stats.Unreadable > 0 {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%d audit records could not be read, for example %s", stats.Unreadable, abridge(stats.Examples, 3)))
		}
		for _, src := range o.Sources {
			if m, ok := src.(audit.Metered); ok && m.Spent() != "" {
				o.Progress.Note(src.Name() + ": " + m.Spent())
			}
		}
		for _, p := range problems {
			out.Warnings = append(out.Warnings, "audit log "+p.Source+": "+p.Text)
		}
		x.Problems(problems)
	}
	verdicts := x.Explain()
	for _, st := range stacks {
		for i := range st.Findings {
			st.Findings[i].Attribution = verdicts[st.Findings[i].ID]
		}
	}
	addPutBack(stacks, o.Vanished, x, verdicts)
	made := x.Unmanaged()
	if len(o.Managed) == 0 { // only what takes the place of something is looked for
		made = slices.DeleteFunc(made, func(u blame.Unmanaged) bool { return u.Replaces == "" })
	}
	out.Warnings = append(out.Warnings, addUnmanaged(stacks, made, o)...)
	return out
}

// tree is the configuration of a stack of this scan.
func (s *scan) tree(id string) *module.Tree {
	for _, j := range s.jobs {
		if j.stack.ID == id {
			return j.tree
		}
	}
	return nil
}

func blameApplies(list []report.Apply) []blame.Apply {
	out := make([]blame.Apply, 0, len(list))
	for _, a := range list {
		out = append(out, blame.Apply{From: a.From, To: a.To, Run: a.Run, Principal: a.Principal})
	}
	return out
}
