package report_test

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
)

var (
	ourHTML = regexp.MustCompile(`^(</?(details|summary|sub)>|<br>|<!-- mooring-ref (issue|pull|group) [^ <>]* -->|<!-- mooring-ref end -->|<!-- mooring-do scan -->|\s)+$`)
	// A changelog lies where names and versions of the registry's form say; nothing in the address is free text.
	ourChangelog = regexp.MustCompile(`^https://github\.com/[A-Za-z0-9-]+/[A-Za-z0-9_-]+/(releases/tag/v[0-9][0-9A-Za-z.+-]*|compare/[0-9A-Za-z._-]+)$`)
	ourDiagram   = regexp.MustCompile("^timeline\n(    [^:#;<>{}%&|`\"\\\\\n]+( : [^:#;<>{}%&|`\"\\\\\n]+)+\n)+$")
	ourComment   = regexp.MustCompile(`<!-- mooring-(ref (issue|pull|group) [^ <>]*|ref end|do scan) -->`)
	mention      = regexp.MustCompile(`(^|[^A-Za-z0-9_])@[A-Za-z0-9]`)
	reference    = regexp.MustCompile(`#[0-9]|(?i:\bGH-[0-9])`)
	command      = regexp.MustCompile("(?im)^[ \t>*_~`-]*/drift")
	barePipe     = regexp.MustCompile(`(^|[^\\])\|`)
)

type failer interface {
	Fatalf(string, ...any)
}

// safeMarkdown checks that nothing foreign in a body is live, as GitHub would read it.
func safeMarkdown(t failer, body string, budget int) {
	switch {
	case len(body) > budget:
		t.Fatalf("%d bytes, the budget is %d", len(body), budget)
	case !utf8.ValidString(body):
		t.Fatalf("not valid UTF-8:\n%q", body)
	case strings.Contains(ourComment.ReplaceAllString(body, ""), "<!--"):
		t.Fatalf("a foreign marker:\n%s", body)
	case command.MatchString(body):
		t.Fatalf("a line that is a command:\n%s", body)
	}
	for _, r := range body {
		if r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)) {
			t.Fatalf("%U in the body:\n%s", r, body)
		}
	}
	columns := 0
	for _, line := range strings.Split(body, "\n") {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		pipes := len(barePipe.FindAllString(line, -1))
		if columns == 0 {
			columns = pipes
		}
		if pipes != columns {
			t.Fatalf("a row has %d pipes, its table %d:\n%s", pipes, columns, line)
		}
	}
	source := []byte(body)
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	depth := 0
	markup := func(raw string) {
		if !ourHTML.MatchString(raw) {
			t.Fatalf("foreign HTML %q in:\n%s", raw, body)
		}
		depth += strings.Count(raw, "<details>") - strings.Count(raw, "</details>")
	}
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.AutoLink, *ast.Image:
			t.Fatalf("a live %s in:\n%s", n.Kind(), body)
		case *ast.Link:
			if d := string(n.Destination); !strings.HasPrefix(d, "https://example.invalid/") && !strings.HasPrefix(d, "https://github.com/acme/infra/") && !ourChangelog.MatchString(d) {
				t.Fatalf("a link to %q in:\n%s", d, body)
			}
		case *ast.HTMLBlock:
			raw := string(n.Lines().Value(source))
			if n.HasClosure() {
				raw += string(n.ClosureLine.Value(source))
			}
			if i := strings.Index(raw, "<summary>"); i >= 0 { // the title of a fold is our own words
				raw = raw[:i] + raw[strings.Index(raw, "</summary>"):]
			}
			markup(raw)
		case *ast.RawHTML:
			markup(string(n.Segments.Value(source)))
		case *ast.FencedCodeBlock:
			if text := string(n.Lines().Value(source)); string(n.Language(source)) != "mermaid" || !ourDiagram.MatchString(text) {
				t.Fatalf("a block of code that is no timeline in:\n%s", body)
			}
			return ast.WalkSkipChildren, nil
		case *ast.CodeBlock:
			t.Fatalf("a block of code in:\n%s", body)
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		}
		if n.Type() == ast.TypeBlock && n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeInline {
			prose := plain(n, source)
			if mention.MatchString(prose) || reference.MatchString(prose) {
				t.Fatalf("a live mention or reference in %q of:\n%s", prose, body)
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	if depth != 0 {
		t.Fatalf("%d folds are not closed:\n%s", depth, body)
	}
}

// plain is the text of a node without code, as a reader sees it.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.CodeSpan:
			b.WriteString(" code ")
		case *ast.Text:
			b.Write(unescape(c.Segment.Value(source)))
		case *ast.String:
			b.Write(c.Value)
		default:
			b.WriteString(plain(c, source))
		}
	}
	return b.String()
}

var escaped = regexp.MustCompile(`\\([[:punct:]])`)

// unescape resolves backslashes and entities, as a reader of Markdown does.
func unescape(s []byte) []byte {
	return []byte(html.UnescapeString(string(escaped.ReplaceAll(s, []byte("$1")))))
}

var linkedBody = report.BodyOptions{Repository: "https://github.com/acme/infra", Branch: "mooring/adopt/x", Revert: true}

func bodies(r *report.Results) map[string]string {
	out := map[string]string{}
	var lines []report.StackLine
	for i, s := range r.Stacks {
		out[fmt.Sprint("issue ", i)] = report.IssueBody(s, linkedBody)
		out[fmt.Sprint("pull ", i)] = report.PullBody(s, linkedBody)
		out[fmt.Sprint("note ", i)] = report.Note([]report.Item{{Address: "`@x` <!-- -->"}}, s)
		out[fmt.Sprint("resolved ", i)] = report.ResolvedNote(s)
		out[fmt.Sprint("put back ", i)] = report.PutBackNote(s)
		lines = append(lines, report.StackLine{Result: s})
	}
	out["dashboard"] = report.DashboardBody(lines, report.DashboardOptions{Boxes: true})
	var b bytes.Buffer
	if err := report.WriteMarkdown(&b, r, report.MarkdownOptions{Repository: linkedBody.Repository}); err != nil {
		panic(err)
	}
	out["summary"] = b.String()
	return out
}

func TestNothingForeignIsLive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := bodies(anyResults().Draw(t, "results"))
		for _, name := range slices.Sorted(maps.Keys(all)) {
			safeMarkdown(t, all[name], report.DefaultSummary)
		}
	})
}

// TestHostileStringsOneByOne puts each hostile string in every place at once, so that a failure names it.
func TestHostileStringsOneByOne(t *testing.T) {
	for _, s := range hostile {
		t.Run(fmt.Sprintf("%.40q", s), func(t *testing.T) {
			r := sample()
			for i := range r.Stacks {
				r.Stacks[i].Hint, r.Stacks[i].Stack.Owners, r.Stacks[i].Stack.ID = s, []string{s}, fmt.Sprint(i, s)
				for d := range r.Stacks[i].Diagnostics {
					r.Stacks[i].Diagnostics[d].Summary, r.Stacks[i].Diagnostics[d].Detail = s, s
				}
				for j := range r.Stacks[i].Findings {
					f := &r.Stacks[i].Findings[j]
					f.Address, f.Severity.Why = "aws_x.y["+s+"]", s
					for c := range f.Changes {
						f.Changes[c].Code, f.Changes[c].Live = s, []any{s, map[string]any{s: s}}
					}
					for a := range f.Attribution {
						f.Attribution[a].Actor.Name, f.Attribution[a].Actor.Principal = s, s
						for e := range f.Attribution[a].Events {
							f.Attribution[a].Events[e].Operation = s
						}
						for o := range f.Attribution[a].RuledOut {
							f.Attribution[a].RuledOut[o].Why = s
						}
					}
					for a := range f.Adoption.Refusals {
						f.Adoption.Refusals[a].Detail, f.Adoption.Refusals[a].Hint = s, s
					}
					if f.Decision != nil {
						f.Decision.By, f.Decision.Reason = s, s
					}
				}
			}
			for _, body := range bodies(r) {
				safeMarkdown(t, body, report.DefaultSummary)
			}
		})
	}
}

// large is a stack with many findings and values of a megabyte.
func large(findings int) report.StackResult {
	s := prod()
	for i := range findings {
		f := prod().Findings[i%5]
		f.Address = fmt.Sprintf("%s_%d", f.Address, i)
		s.Findings = append(s.Findings, f)
	}
	s.Findings[1].Changes = append(s.Findings[1].Changes, drift.Change{Path: "user_data", Kind: drift.KindDrift, Code: strings.Repeat("`<!--|\n", 150_000), Live: strings.Repeat("@team #1 ", 120_000)})
	return s
}

// TestBodiesFitTheirBudget: whatever is cut, headline, commands and footer stay, and what is missing is counted.
func TestBodiesFitTheirBudget(t *testing.T) {
	for _, findings := range []int{0, 50, 500, 3000} {
		whole := large(findings)
		for _, budget := range []int{16_000, 56_000} {
			s, o := whole, linkedBody
			o.Budget = budget
			body := report.IssueBody(s, o)
			safeMarkdown(t, body, budget)
			for _, keep := range []string{
				"opens port 22 to the internet: **`alice@example.com`**", "**Keep what is live**", "**Put the code back in force**", "`/drift ignore ", "`/drift help`", "confirmed",
			} {
				if !strings.Contains(body, keep) {
					t.Errorf("%d findings, %d bytes: %q was cut", findings, budget, keep)
				}
			}
			if findings >= 500 && !regexp.MustCompile(`[0-9,]+ more rows left out for length`).MatchString(body) {
				t.Errorf("%d findings, %d bytes: the missing rows are not counted", findings, budget)
			}
			pull := report.PullBody(s, o)
			safeMarkdown(t, pull, budget)
			for _, keep := range []string{"**Proof**", "Close this pull request to say", "Merging this"} {
				if !strings.Contains(pull, keep) {
					t.Errorf("%d findings, %d bytes: %q was cut from the pull request", findings, budget, keep)
				}
			}
		}
	}
}

func TestSummaryFitsItsBudget(t *testing.T) {
	r := &report.Results{}
	one := large(20)
	one.Findings[1].Changes = one.Findings[1].Changes[:1]
	for i := range 300 {
		s := one
		s.Stack.ID = fmt.Sprintf("infra/%03d", i)
		r.Stacks = append(r.Stacks, s)
	}
	var b bytes.Buffer
	if err := report.WriteMarkdown(&b, r, report.MarkdownOptions{Budget: 200_000}); err != nil {
		t.Fatal(err)
	}
	safeMarkdown(t, b.String(), 200_000)
	for _, keep := range []string{"300 of 300 stacks differ from the code.", "sections left out for length"} {
		if !strings.Contains(b.String(), keep) {
			t.Errorf("%q is missing", keep)
		}
	}
}

// TestBodiesDependOnFindingsAlone: a later scan that finds the same writes the same bytes.
func TestBodiesDependOnFindingsAlone(t *testing.T) {
	again := prod()
	again.Duration, again.EngineTime, again.Proof.Plans = again.Duration*3, 0, 7
	for name, render := range map[string]func(report.StackResult) string{
		"issue": func(s report.StackResult) string { return report.IssueBody(s, linkedBody) },
		"pull":  func(s report.StackResult) string { return report.PullBody(s, linkedBody) },
	} {
		if render(prod()) != render(again) {
			t.Errorf("%s: the body changed and the findings did not", name)
		}
	}
}

// TestInstancesThatChangedAlikeAreOneRow: the instances of a resource that changed in the same way share a row, others keep their own.
func TestInstancesThatChangedAlikeAreOneRow(t *testing.T) {
	s := prod()
	first := s.Findings[0]
	s.Findings = nil
	for i := range 40 {
		f := first
		f.Address = fmt.Sprintf("aws_security_group.web[\"%02d\"]", i)
		if i == 7 {
			f.Attribution = nil
		}
		s.Findings = append(s.Findings, f)
	}
	body := report.IssueBody(s, report.BodyOptions{})
	for _, want := range []string{
		"| `aws_security_group.web`<br>⚠ opens port 22 to the internet<br>in 39 instances: `[\"00\"]`, `[\"01\"]`, `[\"02\"]`, `[\"03\"]`, 35 more<br>`ingress` (added) |",
		"| `aws_security_group.web[\"07\"]`<br>⚠ opens port 22 to the internet<br>`ingress` (added) |",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s\nis missing in\n%s", want, body)
		}
	}
	safeMarkdown(t, body, report.DefaultBudget)
}

// TestCodeThatIsSilent: a change that a person made where the code sets nothing does not claim that the code said something.
func TestCodeThatIsSilent(t *testing.T) {
	s := network()
	s.Status = report.StatusDrifted
	s.Findings = []report.Finding{{Finding: drift.Finding{
		Address: "aws_db_instance.main", Kind: drift.KindDrift,
		Changes: []drift.Change{{Path: "maintenance_window", Kind: drift.KindDrift, Base: "sun:04:00", Code: "mon:03:00", Live: "mon:03:00"}},
	}}}
	if body, want := report.IssueBody(s, report.BodyOptions{}), "| `aws_db_instance.main`<br>`maintenance_window` | not set, before `sun:04:00` | `mon:03:00` |"; !strings.Contains(body, want) {
		t.Errorf("%q is missing in\n%s", want, body)
	}
	if line, want := report.FindingLine(s.Findings[0]), "aws_db_instance.main: ~ maintenance_window  sun:04:00 -> mon:03:00 (the code does not set it)"; line != want {
		t.Errorf("got %q, want %q", line, want)
	}
}
