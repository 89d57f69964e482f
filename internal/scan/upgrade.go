package scan

import (
	"cmp"
	"context"
	"path"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/report"
)

// upgrades are the providers that the lock file of a stack names in other versions than the one that belonged to the last clean scan.
func (s *scan) upgrades(ctx context.Context, j *job) []report.Upgrade {
	if s.Memory == nil || s.Repo == nil {
		return nil
	}
	_, commit := s.Memory.LastClean(j.stack.ID)
	if commit == "" {
		return nil
	}
	name := path.Join(j.stack.Path, ".terraform.lock.hcl")
	before, err := s.Repo.Show(ctx, commit, name)
	if err != nil {
		return nil // there was none, or history does not reach that far: nothing is known
	}
	return changedVersions(parseLock(before, name), lockedVersions(s.Options, name), func(v compare.Version) *git.Commit {
		lines, err := s.Repo.Blame(ctx, v.File)
		if err != nil || v.Line < 1 || v.Line > len(lines) {
			return nil
		}
		return lines[v.Line-1]
	})
}

// changedVersions are what two lists of versions name both, in another version. by tells which commit wrote the new one; it may answer nil.
func changedVersions(before, after []compare.Version, by func(compare.Version) *git.Commit) []report.Upgrade {
	was := map[string]string{}
	for _, v := range before {
		was[v.Kind+" "+v.Name] = v.Version
	}
	var out []report.Upgrade
	for _, v := range after {
		from := was[v.Kind+" "+v.Name]
		if from == "" || from == v.Version {
			continue
		}
		u := report.Upgrade{Kind: v.Kind, Name: v.Name, From: from, To: v.Version}
		if c := by(v); c != nil {
			u.Commit, u.Author = c.ID, cmp.Or(c.Author.Name, c.Author.Email)
		}
		out = append(out, u)
	}
	return out
}

// upgradedProviders are the providers among upgrades.
func upgradedProviders(list []report.Upgrade) []string {
	var out []string
	for _, u := range list {
		if u.Kind == compare.KindProvider {
			out = append(out, u.Name)
		}
	}
	return out
}
