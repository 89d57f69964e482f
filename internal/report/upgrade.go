package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// An Upgrade is another version of something that a stack uses than when it was last seen clean, and what that moves. The findings that it
// explains are one item, whatever their number.
type Upgrade struct {
	Kind      string // provider, module or engine
	Name      string // the provider's source, the module's call (a.b), the engine
	From, To  string
	Source    string   // of a module, without its version
	Tried     bool     // what it moves was found by planning without it; otherwise by its pattern
	Commit    string   // that made it; "" when not known
	Author    string   // of the commit
	Moves     []string // what it moves: type.attribute, sorted
	Resources int      // that show one of them
}

// ByUpgrade tells whether an upgrade explains a finding wholly and nothing was changed outside: then it is part of the upgrade's item.
func ByUpgrade(f *Finding) bool {
	return f.Reason == drift.ReasonVersionChange && f.Kind == drift.KindPending
}

// Moved adds what the findings of a stack say to its upgrades.
func Moved(upgrades []Upgrade, findings []Finding) []Upgrade {
	out := slices.Clone(upgrades)
	for i := range out {
		u := &out[i]
		u.Moves, u.Resources = nil, 0
		for n := range findings {
			if moves := u.moves(&findings[n]); len(moves) > 0 {
				u.Moves = append(u.Moves, moves...)
				u.Resources++
			}
		}
		slices.Sort(u.Moves)
		u.Moves = slices.Compact(u.Moves)
	}
	slices.SortFunc(out, func(a, b Upgrade) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return out
}

// moves is what an upgrade moves of one resource.
func (u *Upgrade) moves(f *Finding) []string {
	inside := u.Kind == "module" && strings.HasPrefix(drift.ConfigAddress(f.Address), "module."+strings.ReplaceAll(u.Name, ".", ".module.")+".")
	concerned := inside || u.Kind == "provider" && f.Provider == u.Name
	var out []string
	for _, c := range f.Changes {
		tried, other := c.Rule == drift.UpgradeRule+u.Kind+" "+u.Name, strings.HasPrefix(c.Rule, drift.UpgradeRule)
		told := u.Kind == "provider" && (c.Rule == "provider-version" || c.Rule == drift.DefaultRule || f.Reason == drift.ReasonVersionChange && c.Kind == f.Kind && c.Rule != drift.ModuleRule) || u.Kind == "module" && c.Rule == drift.ModuleRule
		if tried || concerned && !other && told {
			out = append(out, f.Type+"."+c.Path)
		}
	}
	if len(f.Changes) == 0 && ByUpgrade(f) && concerned {
		out = append(out, f.Type+" ("+f.Action+")")
	}
	return out
}

// Changelog is where what an upgrade changes can be read; "" when that is not known. The public registries take a provider or module only from the
// repository on GitHub that its name says.
func (u Upgrade) Changelog() string {
	parts := strings.Split(u.Name, "/")
	switch {
	case u.Kind == "provider":
		if len(parts) == 3 && slices.Contains(registries, parts[0]) {
			return releaseOf(parts[1], "terraform-provider-"+parts[2], u.To)
		}
		return ""
	case u.Kind != "module" || strings.HasPrefix(u.Source, "."):
		return ""
	}
	if repository := githubSource.FindStringSubmatch(u.Source); repository != nil {
		if !gitRef.MatchString(u.From) || !gitRef.MatchString(u.To) {
			return ""
		}
		return safeLink("https://github.com/" + repository[1] + "/compare/" + u.From + "..." + u.To)
	}
	source := strings.Split(u.Source, "/")
	if len(source) == 4 && slices.Contains(registries, source[0]) {
		source = source[1:]
	}
	if len(source) == 3 {
		return releaseOf(source[0], "terraform-"+source[2]+"-"+source[1], u.To)
	}
	return ""
}

// releaseOf is the page of a release on GitHub; "" for what can be no name there: foreign text leads nowhere.
func releaseOf(owner, repository, version string) string {
	version = strings.TrimPrefix(version, "v")
	if !ownerName.MatchString(owner) || !repositoryName.MatchString(repository) || !released.MatchString(version) {
		return ""
	}
	return safeLink("https://github.com/" + owner + "/" + repository + "/releases/tag/v" + version)
}

var (
	registries     = []string{"registry.terraform.io", "registry.opentofu.org"}
	githubSource   = regexp.MustCompile(`^(?:git::)?(?:https://|ssh://git@|git@)?github\.com[/:]([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_-]+)(?:\.git)?(?://.*)?$`)
	ownerName      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	gitRef         = regexp.MustCompile(`^[0-9A-Za-z]+(?:[._-][0-9A-Za-z]+)*$`)
	released       = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)*(?:[-+][0-9A-Za-z.+-]+)?$`)
)

// moving are the upgrades that move something.
func moving(s *StackResult) []Upgrade {
	return slices.DeleteFunc(slices.Clone(s.Upgrades), func(u Upgrade) bool { return len(u.Moves) == 0 })
}

// inItem tells whether a finding is told by an upgrade's item, and so by no line of its own.
func inItem(s *StackResult, f *Finding) bool { return ByUpgrade(f) && len(moving(s)) > 0 }

// waitingAlone are the findings of code that is not applied that no upgrade's item tells.
func waitingAlone(s *StackResult) []*Finding {
	return slices.DeleteFunc(wanting(s, attentionWaiting), func(f *Finding) bool { return inItem(s, f) })
}

// upgradeItems are the items of upgrades that move something, as Markdown; none for none.
func upgradeItems(s *StackResult) []string {
	var out []phrase
	for _, u := range moving(s) {
		out = append(out, upgradeItem(u))
	}
	if len(out) == 0 {
		return nil
	}
	return []string{strong("Upgrades").markdown() + "\n\n" + strings.Join(bullets(out), "\n")}
}

// upgradePhrase says what an upgrade does.
func upgradePhrase(u Upgrade) phrase {
	p := join(words(u.Kind+" "), code(u.Name), words(" went from "), code(u.From), words(" to "), code(u.To))
	if u.Commit != "" {
		p = join(p, words(" in "), code(u.Commit[:min(7, len(u.Commit))]))
		if u.Author != "" {
			p = join(p, words(" by "), name(u.Author))
		}
	}
	if len(u.Moves) == 0 {
		return join(p, words(" and moves nothing here"))
	}
	var moves []phrase
	for _, m := range u.Moves[:min(8, len(u.Moves))] {
		moves = append(moves, code(m))
	}
	p = join(p, words(" and moves "), list(", ", moves...))
	if rest := len(u.Moves) - len(moves); rest > 0 {
		p = join(p, words(" and "+thousands(rest)+" more"))
	}
	p = join(p, words(" on "+plural(u.Resources, "resource", "resources")))
	if u.Tried {
		p = join(p, words("; planned without it, they do not move"))
	}
	return p
}

// upgradeItem is upgradePhrase with where to read more, for faces that have links.
func upgradeItem(u Upgrade) phrase {
	p := upgradePhrase(u)
	if link := u.Changelog(); link != "" {
		p = join(p, words(" ("), linked("changes", link), words(")"))
	}
	return p
}

// inUpgrade tells whether a change is told by an upgrade's item although its finding has others.
func inUpgrade(c drift.Change) bool {
	return drift.ByVersion(c)
}

func redactUpgrade(u Upgrade) Upgrade {
	return Upgrade{
		Kind: clean(u.Kind), Name: clean(u.Name), From: clean(u.From), To: clean(u.To), Source: clean(u.Source), Tried: u.Tried, Commit: clean(u.Commit), Author: prose(u.Author),
		Moves: each(u.Moves, clean), Resources: u.Resources,
	}
}
