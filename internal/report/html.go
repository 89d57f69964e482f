package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/patch"
	"github.com/mooringdev/mooring/internal/report/secret"
)

var (
	//go:embed page/report.html
	pageHTML string
	//go:embed page/report.css
	pageStyle string
	//go:embed page/report.js
	pageScript string
	//go:embed page/groups.html
	groupsHTML string

	page = template.Must(template.Must(template.New("report").Parse(pageHTML)).Parse(groupsHTML))
)

// The page may load nothing and run nothing but its own style and script.
var pagePolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '" + integrity(pageStyle) + "'; script-src '" + integrity(pageScript) + "'"

func integrity(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlValue is how long a value may be in the HTML report, in bytes.
const htmlValue = 400

// WriteHTML writes a scan as one HTML file that needs no network and no server: an overview by stack and by owner, then the story of every
// resource with its evidence, and the verified edits. Everything is there without scripts; a script adds filters.
func WriteHTML(w io.Writer, r *Results) error {
	if err := page.Execute(w, pageOf(Redact(r))); err != nil {
		return fmt.Errorf("writing HTML: %w", err)
	}
	return nil
}

type (
	htmlPage struct {
		Policy                    string
		Style                     template.CSS
		Script                    template.JS
		Lead                      template.HTML
		ScannedAt, Commit, Totals string
		Version                   string
		Warnings                  []string
		Counts                    []htmlCount
		Statuses, Kinds           []string
		Verdicts                  []htmlVerdict
		Owners                    []htmlOwner
		Stacks                    []htmlStack
		Groups                    []htmlComparison
		Timeline                  *htmlTimeline
	}
	htmlCount   struct{ Class, Label, Number string }
	htmlVerdict struct{ Value, Label string }
	htmlOwner   struct {
		Name                               string
		Stacks, Drifted, Resources, Failed int
	}
	htmlStack struct {
		ID, Name, Anchor, OwnerList, Took, Engine, AlsoTitle, FileCount string
		Status                                                          Status
		HasSection                                                      bool
		Owners                                                          []string
		State, Makers, Headline, Proof                                  template.HTML
		Hint                                                            string
		Problems                                                        []htmlProblem
		Findings                                                        []htmlFinding
		Files                                                           []htmlFile
		Also, Upgrades                                                  []template.HTML
	}
	htmlProblem struct {
		Severity string
		Text     template.HTML
	}
	htmlFinding struct {
		Class, Verdicts                    string
		Kind                               drift.Kind
		Address, Notes, Adoption, Decision template.HTML
		Changes                            []htmlChange
		Who                                []htmlWho
		Evidence                           []template.HTML
	}
	htmlChange struct {
		Path, Was, Now     template.HTML
		WasLabel, NowLabel string
		Who                []htmlWho
	}
	htmlWho struct {
		Text    template.HTML
		Verdict blame.Verdict
		Label   string
	}
	htmlFile struct {
		Path  string
		Lines []htmlLine
	}
	htmlLine struct {
		Class string
		Parts []htmlPart
	}
)

// safe hands a phrase to the template. Phrases escape for HTML themselves.
func safe(p phrase) template.HTML { return template.HTML(p.html()) }

func pageOf(r *Results) htmlPage {
	out := htmlPage{
		Policy: pagePolicy, Style: template.CSS(pageStyle), Script: template.JS(pageScript), Lead: safe(summaryLead(r)), Totals: totals(r),
		Version: visible(r.Tool.Version, 40), Commit: visible(r.Commit, 40),
	}
	if !r.ScannedAt.IsZero() {
		out.ScannedAt = dateAndTime(r.ScannedAt)
	}
	for _, w := range r.Warnings {
		out.Warnings = append(out.Warnings, visible(oneLine(w), proseLimit))
	}
	statuses, kinds, verdicts := map[Status]int{}, map[drift.Kind]bool{}, map[blame.Verdict]bool{}
	resources := 0
	stacks := slices.Clone(r.Stacks)
	slices.SortStableFunc(stacks, func(a, b StackResult) int {
		return cmp.Or(urgency(&b)-urgency(&a), strings.Compare(a.Stack.ID, b.Stack.ID))
	})
	for i := range stacks {
		s := &stacks[i]
		statuses[s.Status]++
		resources += len(wanting(s, attentionNow))
		for j := range s.Findings {
			kinds[s.Findings[j].Kind] = true
			for _, a := range s.Findings[j].Attribution {
				verdicts[a.Verdict] = true
			}
		}
		out.Stacks = append(out.Stacks, htmlStackOf(s, i))
	}
	out.Counts = append(out.Counts, htmlCount{"", "resources changed outside the code", thousands(resources)})
	for _, s := range []Status{StatusDrifted, StatusPending, StatusFailed, StatusSkipped, StatusClean} {
		if statuses[s] > 0 {
			out.Counts = append(out.Counts, htmlCount{string(s), string(s), thousands(statuses[s])})
			out.Statuses = append(out.Statuses, string(s))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		out.Kinds = append(out.Kinds, string(k))
	}
	for _, v := range slices.SortedFunc(maps.Keys(verdicts), func(a, b blame.Verdict) int { return rank(a) - rank(b) }) {
		out.Verdicts = append(out.Verdicts, htmlVerdict{string(v), verdictWord(v)})
	}
	out.Owners = htmlOwners(r)
	out.Timeline = timelineOf(stacks)
	for _, g := range r.Groups {
		out.Groups = append(out.Groups, comparisonSection(g))
	}
	return out
}

func htmlOwners(r *Results) []htmlOwner {
	owners := map[string]*htmlOwner{}
	for i := range r.Stacks {
		s := &r.Stacks[i]
		for _, name := range s.Stack.Owners {
			name = visible(name, nameLimit)
			o := owners[name]
			if o == nil {
				o = &htmlOwner{Name: name}
				owners[name] = o
			}
			o.Stacks++
			n := len(wanting(s, attentionNow))
			o.Resources += n
			if n > 0 {
				o.Drifted++
			}
			if s.Status == StatusFailed {
				o.Failed++
			}
		}
	}
	var out []htmlOwner
	for _, name := range slices.Sorted(maps.Keys(owners)) {
		out = append(out, *owners[name])
	}
	return out
}

func htmlStackOf(s *StackResult, i int) htmlStack {
	out := htmlStack{
		ID: visible(s.Stack.ID, 0), Name: visible(s.Stack.ID, codeLimit), Anchor: fmt.Sprintf("stack-%d", i+1), Status: s.Status,
		State: safe(statePhrase(s)), Makers: safe(makers(s)), Headline: safe(headline(s)), Hint: visible(oneLine(s.Hint), proseLimit),
	}
	if s.Duration > 0 {
		out.Took = seconds(s.Duration)
	}
	if s.Engine.Name != "" {
		out.Engine = visible(s.Engine.Name+" "+s.Engine.Version, 60)
	}
	for _, o := range s.Stack.Owners {
		out.Owners = append(out.Owners, visible(o, nameLimit))
	}
	out.OwnerList = strings.Join(out.Owners, "\n")
	if s.Status == StatusSkipped && s.Stack.Skip != "" {
		out.State = safe(quoted(s.Stack.Skip))
	}
	for _, p := range s.Stack.Problems {
		out.Problems = append(out.Problems, htmlProblem{"not read", safe(quoted(p.String()))})
	}
	for _, d := range s.Diagnostics {
		out.Problems = append(out.Problems, htmlProblem{visible(d.Severity, 20), safe(list(" ", quoted(d.Summary), quoted(d.Detail)))})
	}
	for _, a := range []attention{attentionNow, attentionDecided} {
		for _, f := range wanting(s, a) {
			out.Findings = append(out.Findings, htmlFindingOf(f, a))
		}
	}
	for _, u := range moving(s) {
		out.Upgrades = append(out.Upgrades, safe(upgradeItem(u)))
	}
	for _, p := range also(s) {
		out.Also = append(out.Also, safe(p))
	}
	out.AlsoTitle = alsoTitle(s)
	for _, f := range s.Files {
		out.Files = append(out.Files, htmlFileOf(f))
	}
	out.FileCount = plural(len(s.Files), "file", "files")
	if s.Proof != nil {
		out.Proof = safe(proofPhrase(s.Proof))
	}
	out.HasSection = len(out.Findings)+len(out.Upgrades)+len(out.Also)+len(out.Files)+len(out.Problems) > 0 || s.Status == StatusFailed
	return out
}

func htmlFindingOf(f *Finding, a attention) htmlFinding {
	out := htmlFinding{Kind: f.Kind, Address: safe(code(f.Address))}
	class := []string{}
	if a == attentionNow {
		class = append(class, "now")
	}
	if severe(f) {
		class = append(class, "severe")
	}
	out.Class = strings.Join(class, " ")
	notes := []phrase{faint(string(f.Kind))}
	switch {
	case severe(f):
		notes = append(notes, danger(f.Severity.Why))
	default:
		notes = append(notes, quoted(f.Severity.Why))
	}
	if r := remark(f); r != "" {
		notes = append(notes, words(r))
	}
	changes := shown(f)
	if a == attentionDecided {
		changes = f.Changes
	}
	if f.Decision != nil {
		out.Decision = safe(join(words("Decided: "), decisionPhrase(f)))
	}
	if len(changes) == 0 {
		notes = append(notes, fatePhrase(f))
		out.Who = htmlWhoOf(explanations(f, ""))
	}
	if at := f.Where[""]; at.File != "" {
		notes = append(notes, code(fmt.Sprintf("%s:%d", at.File, at.Line)))
	}
	out.Notes = safe(list(" · ", notes...))
	for _, c := range changes {
		path, was, now := changePhrases(c, htmlValue)
		out.Changes = append(out.Changes, htmlChange{
			Path: safe(path), Was: safe(was), Now: safe(now), WasLabel: "code", NowLabel: "live", Who: htmlWhoOf(explanations(f, c.Path)),
		})
	}
	seen := map[blame.Verdict]bool{}
	var verdicts []string
	for _, why := range f.Attribution {
		if !seen[why.Verdict] {
			seen[why.Verdict] = true
			verdicts = append(verdicts, visible(string(why.Verdict), 40))
		}
		out.Evidence = append(out.Evidence, safe(proofOf(f, why)))
		for _, o := range exclusions(why) {
			out.Evidence = append(out.Evidence, safe(o))
		}
	}
	out.Verdicts = strings.Join(verdicts, " ")
	out.Adoption = safe(adoptionPhrase(f))
	return out
}

func htmlWhoOf(why []blame.Attribution) []htmlWho {
	if len(why) == 0 {
		why = []blame.Attribution{{Verdict: blame.None}}
	}
	var out []htmlWho
	for _, a := range why {
		p := tells.brief(a)
		if names(a.Verdict) {
			p = list(", ", p, eventLinks(a.Events, 3))
		}
		out = append(out, htmlWho{safe(p), blame.Verdict(visible(string(a.Verdict), 40)), verdictWord(a.Verdict)})
	}
	return out
}

// adoptionPhrase says what became of adopting a finding.
func adoptionPhrase(f *Finding) phrase {
	var parts []phrase
	if f.Adoption.Status == adopt.StatusReady || f.Adoption.Status == adopt.StatusPartial {
		var places []phrase
		for i, e := range f.Adoption.Edits {
			if i == 5 {
				places = append(places, words("and more"))
				break
			}
			places = append(places, code(fmt.Sprintf("%s:%d", e.File, e.Line)))
		}
		parts = append(parts, join(words("Can be adopted: "), list(", ", places...)))
	}
	for _, n := range f.Adoption.Notes {
		parts = append(parts, quoted(n))
	}
	for _, r := range f.Adoption.Refusals {
		p := words("Not adopted: ")
		if r.Path != "" {
			p = join(words("Not adopted, "), code(r.Path), words(": "))
		}
		parts = append(parts, join(p, list(" — ", quoted(r.Detail), quoted(r.Hint))))
	}
	return list("; ", parts...)
}

// htmlFileOf shows what an edit changes. Secrets that stand in the code near it are masked here, and only here: the edit itself is whole.
func htmlFileOf(f adopt.File) htmlFile {
	out := htmlFile{Path: visible(f.Path, codeLimit)}
	diff := patch.Unified("before", "after", shownCode(f.Before), shownCode(f.After))
	lines := strings.Split(strings.TrimSuffix(diff, "\n"), "\n")
	for i, l := range lines {
		if i < 2 { // the names of both sides
			continue
		}
		line := htmlLine{Parts: []htmlPart{{"", visible(l, 500)}}}
		switch {
		case strings.HasPrefix(l, "@@"):
			line.Class = "place"
		case strings.HasPrefix(l, "+"):
			line.Class = "added"
		case strings.HasPrefix(l, "-"):
			line.Class = "removed"
		}
		if line.Class != "place" && l != "" {
			line.Parts = append([]htmlPart{{"", l[:1]}}, paint(f.Path, visible(l[1:], 500))...)
		}
		if len(out.Lines) == 2000 {
			out.Lines = append(out.Lines, htmlLine{"place", []htmlPart{{"", plural(len(lines)-i, "more line", "more lines")}}})
			break
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

func shownCode(b []byte) string {
	return strings.ReplaceAll(secret.Text(clean(string(b))), "\t", "    ")
}
