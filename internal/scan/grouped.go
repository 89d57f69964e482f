package scan

import (
	"slices"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
)

// groupPublications are the issues of the groups that the configuration declares, when it wants any. A group that was not compared whole, because
// a stack could not be planned or the scan was of a part, is unknown: what exists for it stays.
func groupPublications(r *report.Results, c *config.Config, repository string) []forge.Publication {
	if c.Publish.Groups != "issue" {
		return nil
	}
	var pubs []forge.Publication
	for _, declared := range c.Groups {
		p := forge.Publication{Kind: forge.KindGroup, Item: declared.Name, Labels: c.Publish.Labels, Unknown: true}
		if at := slices.IndexFunc(r.Groups, func(g *compare.Comparison) bool { return g.Group == declared.Name }); at >= 0 {
			fillGroup(&p, r, r.Groups[at], report.BodyOptions{Repository: repository})
		}
		pubs = append(pubs, p)
	}
	return pubs
}

func fillGroup(p *forge.Publication, r *report.Results, g *compare.Comparison, o report.BodyOptions) {
	p.Unknown = slices.ContainsFunc(r.Stacks, func(s report.StackResult) bool {
		return s.Status == report.StatusFailed && slices.ContainsFunc(g.Environments, func(e compare.Environment) bool { return e.Stack == s.Stack.ID })
	})
	rows := report.Wanted(g)
	if len(rows) == 0 {
		p.Resolved = report.GroupResolved(g)
		return
	}
	for _, d := range rows {
		p.Parts = append(p.Parts, fingerprint(g.Group, string(d.Class), d.Address, d.Path))
		p.Weight++
		if d.Class == compare.Drift {
			p.Weight += 10
		}
	}
	slices.Sort(p.Parts)
	p.Parts = slices.Compact(p.Parts)
	p.Fingerprint = fingerprint(append([]string{string(forge.KindGroup)}, p.Parts...)...)
	p.Title, p.Body, p.Note = report.GroupTitle(g), report.GroupBody(g, o), report.GroupNote(g)
}
