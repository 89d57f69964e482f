package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/blame"
)

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitOutcome `xml:"failure,omitempty"`
		Error   *junitOutcome `xml:"error,omitempty"`
		Skipped *junitOutcome `xml:"skipped,omitempty"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes a scan as a JUnit report: a suite per stack, a failed case per resource that drifted, a skipped one for each that is
// decided or not applied, an error for a stack that could not be planned, and one passed case for a stack without any of these.
func WriteJUnit(w io.Writer, r *Results) error {
	r = Redact(r)
	out := junitSuites{Name: "mooring", Time: secondsOf(r.Elapsed.Seconds())}
	for i := range r.Stacks {
		suite := junitSuiteOf(&r.Stacks[i])
		if !r.ScannedAt.IsZero() {
			suite.Timestamp = r.ScannedAt.Format("2006-01-02T15:04:05")
		}
		out.Tests, out.Failures = out.Tests+suite.Tests, out.Failures+suite.Failures
		out.Errors, out.Skipped = out.Errors+suite.Errors, out.Skipped+suite.Skipped
		out.Suites = append(out.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("writing JUnit: %w", err)
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("writing JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func secondsOf(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }

func junitSuiteOf(s *StackResult) junitSuite {
	id := visible(s.Stack.ID, codeLimit)
	suite := junitSuite{Name: id, Time: secondsOf(s.Duration.Seconds())}
	add := func(c junitCase) {
		c.Class = id
		suite.Tests++
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		case c.Skipped != nil:
			suite.Skipped++
		}
		suite.Cases = append(suite.Cases, c)
	}
	switch s.Status {
	case StatusFailed:
		var text []string
		for _, d := range s.Diagnostics {
			text = append(text, visible(d.Severity, 20)+": "+visible(oneLine(d.Summary), proseLimit), visible(oneLine(d.Detail), proseLimit))
		}
		add(junitCase{Name: "plan", Error: &junitOutcome{Message: failure(s).text(), Text: strings.Join(append(text, visible(oneLine(s.Hint), proseLimit)), "\n")}})
	case StatusSkipped:
		add(junitCase{Name: "plan", Skipped: &junitOutcome{Message: headline(s).text()}})
	}
	for _, f := range wanting(s, attentionNow) {
		c := junitResource(f)
		c.Failure = &junitOutcome{Message: junitMessage(f), Type: string(f.Kind), Text: junitText(f)}
		add(c)
	}
	for _, f := range wanting(s, attentionDecided) {
		c := junitResource(f)
		c.Skipped = &junitOutcome{Message: decisionPhrase(f).text()}
		add(c)
	}
	for _, f := range wanting(s, attentionWaiting) {
		c := junitResource(f)
		c.Skipped = &junitOutcome{Message: "the code is not applied"}
		add(c)
	}
	if suite.Tests == 0 {
		add(junitCase{Name: "code and reality agree"})
	}
	return suite
}

func junitResource(f *Finding) junitCase {
	at := f.Where[""]
	return junitCase{Name: visible(f.Address, codeLimit), File: visible(at.File, codeLimit), Line: at.Line}
}

func junitMessage(f *Finding) string {
	if f.Severity.Why != "" {
		return visible(f.Severity.Why, proseLimit)
	}
	if n := len(shown(f)); n > 0 {
		return plural(n, "attribute differs", "attributes differ") + " from the code"
	}
	return fate(f)
}

func junitText(f *Finding) string {
	var lines []string
	line := func(text string, why []blame.Attribution) {
		for _, a := range why {
			text += "\n    " + tells.brief(a).text() + " (" + verdictWord(a.Verdict) + ")"
		}
		lines = append(lines, text)
	}
	for _, c := range shown(f) {
		line(changeText(c), explanations(f, c.Path))
	}
	if len(lines) == 0 {
		line(fate(f), explanations(f, ""))
	}
	return strings.Join(lines, "\n")
}
