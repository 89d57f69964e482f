package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/mooringdev/mooring/internal/drift"
)

// What GitHub code scanning takes in one file.
const (
	sarifRuns    = 20
	sarifResults = 25_000
	sarifText    = 1000 // bytes of one message, so that a full run stays below 10 MB compressed
)

// informationURI is where a reader of a SARIF log learns what the tool is.
const informationURI = "https://github.com/mooringdev/mooring"

// sarifRules are the rules of a run, by kind of finding.
var sarifRules = []struct {
	kind        drift.Kind
	short, full string
}{
	{drift.KindDrift, "Changed outside the code", "The live value differs from the code, and the code still says what was last applied: somebody or something changed it outside."},
	{drift.KindConflict, "Changed outside and in the code", "The live value and the code both moved away from what was last applied, in different ways."},
	{drift.KindDeleted, "Deleted outside the code", "The code still has the resource, and it no longer exists."},
	{drift.KindUnmanaged, "Not in any code", "The object exists, and no stack knows it."},
	{drift.KindPending, "Not applied", "The code changed and was not applied. This is no drift."},
}

// WriteSARIF writes findings as a SARIF 2.1.0 log for GitHub code scanning. Each stack is a run with a category of its own, so that uploading
// some stacks leaves the alerts of the others; with more stacks than one file may hold, all go into one run (see [SplitSARIF]).
// A result points at the line of the attribute, else of the resource block, else at the stack's directory. Decided findings are suppressed.
func WriteSARIF(w io.Writer, r *Results) error {
	r = Redact(r)
	log := sarif.NewReport()
	if len(r.Stacks) <= sarifRuns {
		for i := range r.Stacks {
			log.AddRun(sarifRun(r, "mooring/"+r.Stacks[i].Stack.ID+"/", r.Stacks[i:i+1]))
		}
	} else {
		log.AddRun(sarifRun(r, "mooring/", r.Stacks))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(log); err != nil {
		return fmt.Errorf("writing SARIF: %w", err)
	}
	return nil
}

// SplitSARIF cuts results into parts that each fit into one SARIF file with a run per stack.
func SplitSARIF(r *Results) []*Results {
	var out []*Results
	for part := range slices.Chunk(r.Stacks, sarifRuns) {
		one := *r
		one.Stacks = part
		out = append(out, &one)
	}
	return out
}

func sarifRun(r *Results, category string, stacks []StackResult) *sarif.Run {
	run := sarif.NewRunWithInformationURI("Mooring", informationURI)
	run.Tool.Driver.WithVersion(r.Tool.Version)
	run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID(category))
	run.WithColumnKind("unicodeCodePoints")
	for _, rule := range sarifRules {
		run.AddRule(sarifRuleID(rule.kind)).
			WithName(strings.ToUpper(string(rule.kind[:1])) + string(rule.kind[1:])).
			WithShortDescription(sarif.NewMultiformatMessageString().WithText(rule.short)).
			WithFullDescription(sarif.NewMultiformatMessageString().WithText(rule.full)).
			WithHelpURI(informationURI)
	}
	ok := true
	notes := []*sarif.Notification{}
	note := func(level, text string) {
		notes = append(notes, sarif.NewNotification().WithLevel(level).WithMessage(sarif.NewTextMessage(text)))
	}
	var results []*sarif.Result
	for i := range stacks {
		s := &stacks[i]
		switch s.Status {
		case StatusFailed:
			ok = false
			note("error", visible(failure(s).text(), sarifText))
		case StatusSkipped:
			note("note", visible(headline(s).text(), sarifText))
		}
		for _, a := range []attention{attentionNow, attentionDecided, attentionWaiting} {
			for _, f := range wanting(s, a) {
				results = append(results, sarifFinding(s, f, a)...)
			}
		}
	}
	if missing := len(results) - sarifResults; missing > 0 {
		note("warning", plural(missing, "result", "results")+" left out: a run holds at most "+thousands(sarifResults))
		results = results[:sarifResults]
	}
	for _, result := range results {
		run.AddResult(result)
	}
	run.WithInvocations([]*sarif.Invocation{sarif.NewInvocation().WithExecutionSuccessful(ok).WithToolExecutionNotifications(notes)})
	return run
}

func sarifRuleID(k drift.Kind) string { return "mooring/" + string(k) }

// sarifFinding makes a result per change that is of the finding's own kind of attention, or one for the finding when it has none to show.
func sarifFinding(s *StackResult, f *Finding, a attention) []*sarif.Result {
	var changes []drift.Change
	for _, c := range f.Changes {
		if a == attentionWaiting && c.Kind == drift.KindPending || a == attentionNow && changeAttention(f, c) == attentionNow || a == attentionDecided && c.Kind == f.Kind {
			changes = append(changes, c)
		}
	}
	if len(changes) == 0 || f.Kind == drift.KindDeleted || f.Kind == drift.KindUnmanaged {
		text := f.Address + " " + fate(f) + "."
		if why := explanations(f, ""); len(why) > 0 {
			text += " Who: " + tells.brief(why[0]).text() + " (" + verdictWord(why[0].Verdict) + ")."
		}
		return []*sarif.Result{sarifResult(s, f, a, f.Kind, "", text)}
	}
	var out []*sarif.Result
	for _, c := range changes {
		kind := c.Kind
		if kind == drift.KindUndeclared {
			kind = drift.KindDrift
		}
		text := f.Address + "." + sentence(c)
		for i, why := range explanations(f, c.Path) {
			if i == 3 {
				break
			}
			text += " Who: " + tells.brief(why).text() + " (" + verdictWord(why.Verdict) + ")."
		}
		out = append(out, sarifResult(s, f, a, kind, c.Path, text))
	}
	return out
}

// sentence says a change in plain words.
func sentence(c drift.Change) string {
	d := differ(c, 120)
	was, now := strings.Join(d.was, ", "), strings.Join(d.now, ", ")
	at := c.Path
	if d.inside != "" {
		at += " at " + d.inside
	}
	side, other := "the code says ", "live is "
	if c.Kind == drift.KindPending {
		side, other = "applied is ", "the code says "
	}
	switch {
	case c.Sensitive:
		return at + " changed (sensitive)."
	case was == "":
		return at + ": " + other + now + ", " + strings.TrimSuffix(side, " ") + " nothing of it."
	case now == "":
		return at + ": " + side + was + ", " + strings.TrimSuffix(other, " ") + " nothing of it."
	}
	return at + ": " + side + was + ", " + other + now + "."
}

func sarifResult(s *StackResult, f *Finding, a attention, kind drift.Kind, path, text string) *sarif.Result {
	if f.Severity.Why != "" {
		text = capital(f.Severity.Why) + ": " + text
	}
	// A message is plain text in which [x](1) would be a link.
	text = strings.NewReplacer("[", "\\[", "]", "\\]").Replace(visible(text, sarifText))
	result := sarif.NewRuleResult(sarifRuleID(kind)).
		WithLevel(sarifLevel(f, a)).
		WithMessage(sarif.NewTextMessage(text)).
		WithLocations([]*sarif.Location{sarifLocation(s, f, path)})
	id := fingerprint(s.Stack.ID, f.Address, path, string(kind))
	result.WithPartialFingerprints(map[string]string{"primaryLocationLineHash": id + ":1", "mooring/v1": id})
	if f.Severity.Level != "" {
		score := map[string]string{"low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}[f.Severity.Level]
		properties := sarif.NewPropertyBag()
		properties.Add("security-severity", score)
		properties.Add("severity", f.Severity.Level)
		result.WithProperties(properties)
	}
	if a == attentionDecided {
		result.AddSuppression(sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(visible(decisionPhrase(f).text(), sarifText)))
	}
	return result
}

func sarifLevel(f *Finding, a attention) string {
	switch {
	case a == attentionWaiting:
		return "note"
	case severe(f), f.Kind == drift.KindDeleted:
		return "error"
	}
	return "warning"
}

// sarifLocation points at the code of the attribute, as near as is known.
func sarifLocation(s *StackResult, f *Finding, path string) *sarif.Location {
	where, ok := f.Where[path]
	for p := path; !ok && p != ""; {
		p = parentPath(p)
		where, ok = f.Where[p]
	}
	physical := sarif.NewPhysicalLocation()
	if where.File == "" {
		where = Place{File: s.Stack.Path}
	}
	physical.WithArtifactLocation(sarif.NewArtifactLocation().WithURI(relativeURI(where.File)))
	physical.WithRegion(sarif.NewRegion().WithStartLine(max(1, where.Line)))
	location := sarif.NewLocationWithPhysicalLocation(physical)
	location.WithLogicalLocations([]*sarif.LogicalLocation{
		sarif.NewLogicalLocation().WithFullyQualifiedName(visible(f.Address, codeLimit)).WithKind("resource"),
	})
	return location
}

// parentPath is the path above; "" above the first step.
func parentPath(path string) string {
	p, err := drift.ParsePath(path)
	if err != nil || len(p) < 2 {
		return ""
	}
	return p[:len(p)-1].String()
}

// relativeURI writes a slash path as a relative reference. A colon in the first part would read as a scheme.
func relativeURI(path string) string {
	return (&url.URL{Path: path}).String()
}

// fingerprint identifies a result over runs: by what differs, not by how.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}
