package scan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
)

// mended closes the issue about a configuration that could not be read: it could.
func mended() forge.Publication {
	return forge.Publication{Kind: forge.KindConfig, Resolved: "The configuration is sound again."}
}

// Past is what is remembered: Before this scan was added to it, and Now, with it. Both may be nil.
type Past struct {
	Before interface {
		// Items are the differences that asked for attention when the stack was last judged.
		Items(stack string) []report.Item
		// Since is when they began; zero when there are none.
		Since(stack string) time.Time
		// LastGood is when a scan could last judge the stack, and the commit that was scanned.
		LastGood(stack string) (time.Time, string)
	}
	Now Memory

	// Moved tells what stacks and findings were called before; nil when nothing is remembered.
	Moved interface {
		Formerly(stack string) []string
		Was(finding string) []string
	}

	causes map[string]cause // of what is gone, by stack
	gone   []string         // stacks that are remembered and that the repository has no more
	heirs  map[string][]string
}

// stackPublications are the issues and pull requests of the stacks in r. all are the ids of every stack of the repository.
func stackPublications(r *report.Results, c *config.Config, past Past, all []string, repository string) []forge.Publication {
	slugs := forge.Slugs(all)
	var pubs []forge.Publication
	for _, s := range r.Stacks {
		o := report.BodyOptions{Repository: repository, Revert: c.Revert.Enabled, MentionOwners: c.Publish.Assign == "owners", Dashboard: r.Page != ""}
		branch := forge.BranchPrefix + slugs[s.Stack.ID]
		o.Separate = c.Publish.PullRequests == "resource"
		if c.Publish.PullRequests != "none" && (o.Separate && len(s.Separate) > 0 || !o.Separate && len(s.Files) > 0) {
			o.Branch = branch
		}
		first := len(pubs)
		if c.Publish.Issues != "none" {
			pubs = append(pubs, issue(s, c, past, o))
		}
		if c.Publish.PullRequests != "none" {
			pubs = append(pubs, pulls(r, s, c, branch, o)...)
		}
		past.moved(s, pubs[first:])
	}
	for _, id := range past.gone {
		for _, kind := range []forge.Kind{forge.KindIssue, forge.KindPull} {
			pubs = append(pubs, forge.Publication{Kind: kind, Stack: id, Resolved: report.GoneNote(id)})
		}
	}
	return pubs
}

// moved says on the publications of a stack what it, and its resources, were called before.
func (p Past) moved(s report.StackResult, pubs []forge.Publication) {
	if p.Moved == nil {
		return
	}
	was := map[string][]string{}
	for _, f := range s.Findings {
		was[f.Address] = p.Moved.Was(f.ID)
	}
	for i := range pubs {
		pubs[i].Formerly = append(p.Moved.Formerly(s.Stack.ID), p.heirs[s.Stack.ID]...)
		if pubs[i].Item != "" {
			pubs[i].FormerItems = was[pubs[i].Item]
		}
	}
}

func dashboard(r *report.Results, c *config.Config, past Memory, boxes bool) forge.Publication {
	lines := make([]report.StackLine, 0, len(r.Stacks))
	for _, s := range r.Stacks {
		line := report.StackLine{Result: s}
		if s.Status != report.StatusFailed && s.Status != report.StatusSkipped {
			line.LastGood = r.ScannedAt
		} else if past != nil {
			line.LastGood, _ = past.LastGood(s.Stack.ID)
		}
		if past != nil && s.Status == report.StatusDrifted {
			line.Since = past.Since(s.Stack.ID)
		}
		lines = append(lines, line)
	}
	return forge.Publication{
		Kind: forge.KindDashboard, Title: report.DashboardTitle, Body: report.DashboardBody(lines, report.DashboardOptions{Boxes: boxes, Groups: r.Groups, Page: r.Page}), Labels: c.Publish.Labels,
		Unknown: r.Partial, // some of the stacks are no picture of all
	}
}

func ids(r *report.Results) []string {
	out := make([]string, 0, len(r.Stacks))
	for _, s := range r.Stacks {
		out = append(out, s.Stack.ID)
	}
	return out
}

func issue(s report.StackResult, c *config.Config, past Past, o report.BodyOptions) forge.Publication {
	p := publication(forge.KindIssue, s, c)
	switch {
	case p.Unknown:
	case s.Status == report.StatusDrifted || s.Status == report.StatusPending:
		p.Title, p.Body = report.IssueTitle(s), report.IssueBody(s, o)
		if past.Before != nil {
			p.Note = report.Note(past.Before.Items(s.Stack.ID), s)
		}
	default:
		p.Resolved = report.ResolvedNote(s)
		if past.Before != nil {
			p.Since = past.Before.Since(s.Stack.ID)
			if by := report.PutBackNote(s); by != "" {
				p.Resolved += " " + by
			}
			switch c := past.causes[s.Stack.ID]; {
			case c.applied != "":
				p.Resolved += " " + c.applied
				p.Since = time.Time{} // what was merged before is not what did it
			case report.PutBackAll(s, past.Before.Items(s.Stack.ID)):
				p.Since = time.Time{}
			default:
				p.Because = c.changed
			}
		}
	}
	return p
}

// pulls are the pull requests of a stack: one, or one for each resource. Those of a resource that has none any more are withdrawn by the
// forge, which finds them beside the ones that are wanted; so there is always one publication at least.
func pulls(r *report.Results, s report.StackResult, c *config.Config, branch string, o report.BodyOptions) []forge.Publication {
	none := publication(forge.KindPull, s, c)
	none.Branch = branch
	// Without an outcome for each drift nobody looked for edits, or looking did not come to an end: that is not "nothing left to adopt".
	none.Unknown = none.Unknown || slices.ContainsFunc(s.Findings, func(f report.Finding) bool {
		return report.IsDrift(f) && (f.Adoption.Status == "" || f.Adoption.Status == adopt.StatusNone)
	})
	var out []forge.Publication
	switch {
	case o.Separate && !none.Unknown:
		for _, a := range s.Separate {
			alone, title := report.Separately(s, a)
			p := pull(r, alone, c, title, o)
			p.Item = a.Address // which names its branch
			out = append(out, p)
		}
	case !o.Separate && len(s.Files) > 0:
		p := pull(r, s, c, report.PullTitle(s), o)
		p.Branch = branch
		out = append(out, p)
	}
	if len(out) == 0 {
		none.Resolved = "There is nothing left to adopt in this stack."
		out = append(out, none)
	}
	return out
}

func pull(r *report.Results, s report.StackResult, c *config.Config, title string, o report.BodyOptions) forge.Publication {
	p := publication(forge.KindPull, s, c)
	p.Title, p.Body = title, report.PullBody(s, o)
	p.Commit = &forge.Commit{Base: r.Commit, Message: report.CommitMessage(s, p.Fingerprint), Files: files(s.Files)}
	if c.Publish.AskActor {
		p.Reviewers = append(slices.Clone(p.Reviewers), actors(s)...)
	}
	return p
}

// actors are the people who are confirmed to have made what a pull request adopts, when their name is a mail address: that is what a forge can
// find an account by.
func actors(s report.StackResult) []string {
	var out []string
	for _, f := range s.Findings {
		if len(f.Adoption.Edits) == 0 {
			continue
		}
		for _, a := range f.Attribution {
			if a.Verdict == blame.Confirmed && a.Actor.Type == audit.ActorHuman && strings.Contains(a.Actor.Name, "@") && !slices.Contains(out, a.Actor.Name) {
				out = append(out, a.Actor.Name)
			}
		}
	}
	return out
}

// publication fills in what an issue and a pull request of a stack have in common.
func publication(kind forge.Kind, s report.StackResult, c *config.Config) forge.Publication {
	p := forge.Publication{Kind: kind, Stack: s.Stack.ID, Labels: c.Publish.Labels}
	p.Unknown = s.Status == report.StatusFailed || s.Status == report.StatusSkipped
	if c.Publish.Assign == "owners" {
		p.Assignees, p.Reviewers = people(s.Stack.Owners), s.Stack.Owners
	}
	for _, f := range s.Findings {
		if !(report.IsDrift(f) || report.IsWaiting(f)) || (kind == forge.KindPull && len(f.Adoption.Edits) == 0) {
			continue
		}
		paths := []string{""}
		for _, ch := range f.Changes {
			paths = append(paths, ch.Path)
		}
		for _, path := range paths[min(1, len(paths)-1):] {
			p.Parts = append(p.Parts, fingerprint(f.ID, path))
		}
		p.Weight += weight(f)
		p.Urgent = p.Urgent || f.Severity.Level == "high" || f.Severity.Level == "critical"
	}
	for _, f := range s.Findings {
		if report.IsDrift(f) || report.IsWaiting(f) {
			if p.Shown == nil {
				p.Shown = map[string]string{}
			}
			p.Shown[f.ID] = report.Shown(f)
		}
	}
	slices.Sort(p.Parts)
	p.Parts = slices.Compact(p.Parts)
	p.Fingerprint = fingerprint(append([]string{string(kind)}, p.Parts...)...)
	return p
}

// fingerprint names addresses and paths, never values: an autoscaler would make a new one every day.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

func weight(f report.Finding) int {
	w := map[string]int{"critical": 1000, "high": 300, "medium": 50, "low": 10}[f.Severity.Level]
	return w + 1
}

// people are the owners that can be assigned: logins, not teams and addresses.
func people(owners []string) []string {
	var out []string
	for _, o := range owners {
		if login, ok := strings.CutPrefix(o, "@"); ok && !strings.Contains(login, "/") {
			out = append(out, login)
		}
	}
	return out
}

func files(in []adopt.File) []forge.File {
	out := make([]forge.File, 0, len(in))
	for _, f := range in {
		out = append(out, forge.File{Path: f.Path, Content: f.After})
	}
	return out
}
