package scan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
)

// Publications are what should exist on the forge for the results of a scan: an issue for each stack that needs attention, a pull request for
// each that has proved edits, and the dashboard. Stacks that are clean are there too, resolved, so that what was open is closed.
// A stack that could not be judged is there as unknown: what exists for it stays. repository is its web address, or "".
func Publications(r *report.Results, c *config.Config, past Memory, repository string) []forge.Publication {
	return append(stackPublications(r, c, ids(r), repository), dashboard(r, c, past, repository != ""))
}

// stackPublications are the issues and pull requests of the stacks in r. all are the ids of every stack of the repository.
func stackPublications(r *report.Results, c *config.Config, all []string, repository string) []forge.Publication {
	slugs := forge.Slugs(all)
	var pubs []forge.Publication
	for _, s := range r.Stacks {
		o := report.BodyOptions{Repository: repository, Revert: c.Revert.Enabled, MentionOwners: c.Publish.Assign == "owners"}
		if len(s.Files) > 0 && c.Publish.PullRequests != "none" {
			o.Branch = forge.BranchPrefix + slugs[s.Stack.ID]
		}
		if c.Publish.Issues != "none" {
			pubs = append(pubs, issue(s, c, o))
		}
		if c.Publish.PullRequests != "none" {
			p := pull(r, s, c, o)
			p.Branch = forge.BranchPrefix + slugs[s.Stack.ID]
			pubs = append(pubs, p)
		}
	}
	return pubs
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
		Kind: forge.KindDashboard, Title: report.DashboardTitle, Body: report.DashboardBody(lines, report.DashboardOptions{Boxes: boxes}), Labels: c.Publish.Labels,
	}
}

func ids(r *report.Results) []string {
	out := make([]string, 0, len(r.Stacks))
	for _, s := range r.Stacks {
		out = append(out, s.Stack.ID)
	}
	return out
}

func issue(s report.StackResult, c *config.Config, o report.BodyOptions) forge.Publication {
	p := publication(forge.KindIssue, s, c)
	switch {
	case p.Unknown:
	case s.Status == report.StatusDrifted || s.Status == report.StatusPending:
		p.Title, p.Body = report.IssueTitle(s), report.IssueBody(s, o)
	default:
		p.Resolved = report.ResolvedNote(s)
	}
	return p
}

func pull(r *report.Results, s report.StackResult, c *config.Config, o report.BodyOptions) forge.Publication {
	p := publication(forge.KindPull, s, c)
	switch {
	case p.Unknown:
	case len(s.Files) > 0:
		p.Title, p.Body = report.PullTitle(s), report.PullBody(s, o)
		p.Commit = &forge.Commit{Branch: o.Branch, Base: r.Commit, Message: report.CommitMessage(s, p.Fingerprint), Files: files(s.Files)}
	default:
		p.Resolved = "There is nothing left to adopt in this stack."
	}
	return p
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
			p.Parts = append(p.Parts, fingerprint(s.Stack.ID, f.Address, path))
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
