package engine

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	maxDiagnostics = 50
	maxSummary     = 500
	maxDetail      = 4000
	maxLine        = 1 << 20 // longer lines of the message stream are passed over
)

// A messageLog reads the machine-readable messages that engines write with -json, one JSON object a line, and keeps the diagnostics.
type messageLog struct {
	pending     []byte
	skipping    bool
	diagnostics []rawDiagnostic
}

// A rawDiagnostic is a diagnostic as engines write it.
type rawDiagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	Address  string `json:"address"`
	Range    *struct {
		Filename string `json:"filename"`
		Start    struct {
			Line int `json:"line"`
		} `json:"start"`
	} `json:"range"`
}

func (l *messageLog) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.hold(p)
			break
		}
		l.hold(p[:i])
		l.line()
		p = p[i+1:]
	}
	return n, nil
}

func (l *messageLog) hold(p []byte) {
	if l.skipping = l.skipping || len(l.pending)+len(p) > maxLine; !l.skipping {
		l.pending = append(l.pending, p...)
	}
}

func (l *messageLog) line() {
	defer func() { l.pending, l.skipping = l.pending[:0], false }()
	// A plan has a line for every planned change; only diagnostics are worth decoding.
	if l.skipping || len(l.diagnostics) >= maxDiagnostics || !bytes.Contains(l.pending, []byte(`"diagnostic"`)) {
		return
	}
	var message struct {
		Type       string        `json:"type"`
		Diagnostic rawDiagnostic `json:"diagnostic"`
	}
	if json.Unmarshal(l.pending, &message) == nil && message.Type == "diagnostic" {
		l.diagnostics = append(l.diagnostics, message.Diagnostic)
	}
}

// diagnosticsOf turns an engine's diagnostics into Mooring's: errors first, with files named from the repository's root.
func diagnosticsOf(raw []rawDiagnostic, w Workdir, hide func(string) string) []Diagnostic {
	var out []Diagnostic
	for _, r := range raw {
		d := Diagnostic{Severity: r.Severity, Summary: clip(hide(r.Summary), maxSummary), Detail: clip(hide(r.Detail), maxDetail)}
		if r.Address != "" && !strings.Contains(d.Summary, r.Address) && !strings.Contains(d.Detail, r.Address) {
			d.Detail = strings.TrimSpace(d.Detail + "\n\nWith " + r.Address + ".")
		}
		if r.Range != nil {
			d.File, d.Line = repoFile(w, r.Range.Filename), r.Range.Start.Line
		}
		out = append(out, d)
	}
	// Engines work on many things at a time and tell of them in any order: what people see should not change from scan to scan.
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Summary, b.Summary))
	})
	return out
}

// repoFile is the slash path from the repository's root of a file that an engine names relative to the root module.
func repoFile(w Workdir, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return filepath.ToSlash(name)
	}
	return path.Join(w.Path, filepath.ToSlash(name))
}

// textDiagnostics makes diagnostics of what an engine without -json for a command wrote for people. It only splits the text at the errors,
// so that people see it in the usual form: nothing is concluded from it.
func textDiagnostics(stderr string) []rawDiagnostic {
	var out []rawDiagnostic
	plain := frame.ReplaceAllString("\n"+strings.ReplaceAll(stderr, "\r", ""), "")
	for _, part := range strings.Split(plain, "\nError: ")[1:] {
		summary, detail, _ := strings.Cut(part, "\n")
		out = append(out, rawDiagnostic{Severity: "error", Summary: strings.TrimSpace(summary), Detail: strings.TrimSpace(detail)})
	}
	return out
}

// frame is the border and the colour of messages on a terminal.
var frame = regexp.MustCompile(`(?m)^[╷╵]$\n?|^│ ?|\x1b\[[0-9;]*m`)

// clip shortens text from an engine to at most n bytes of valid text.
func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n] + "..."
	}
	return strings.ToValidUTF8(s, "")
}
