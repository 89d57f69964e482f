// Package notify tells a webhook what a scan found: a chat, an incident tool, a program of one's own. Start at [Of], then [Post].
//
// What it promises: a message holds nothing sensitive and no more than [MaxFindings] findings; foreign text in it cannot mention anybody or make a
// link; a body is signed with the secret, time included, so that a receiver can tell it from a forged or an old one; a receiver that is down
// is asked again, three times, and then it is an error.
package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/mooringdev/mooring/internal/report"
)

// MaxFindings is how many findings a message names; the rest is counted.
const MaxFindings = 20

// A Message is what templates and receivers get. Fields are only ever added.
type Message struct {
	ScannedAt time.Time `json:"scanned_at"`
	Commit    string    `json:"commit,omitempty"`
	Link      string    `json:"link,omitempty"` // where the whole is
	Stacks    int       `json:"stacks"`
	Drifted   int       `json:"drifted"` // stacks
	Failed    int       `json:"failed"`  // stacks
	Resources int       `json:"resources"`
	More      int       `json:"more"` // findings that are not named
	Findings  []Finding `json:"findings"`
}

// A Finding is one line.
type Finding struct {
	Stack    string `json:"stack"`
	Address  string `json:"address"`
	Kind     string `json:"kind"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

// Of is the message about a scan.
func Of(r *report.Results, link string) Message {
	r = report.Redact(r)
	m := Message{ScannedAt: r.ScannedAt, Commit: r.Commit, Link: link, Stacks: len(r.Stacks), Findings: []Finding{}}
	for _, s := range r.Stacks {
		switch s.Status {
		case report.StatusDrifted:
			m.Drifted++
		case report.StatusFailed:
			m.Failed++
		}
		for _, f := range s.Findings {
			if !report.IsDrift(f) {
				continue
			}
			m.Resources++
			if len(m.Findings) == MaxFindings {
				m.More++
				continue
			}
			m.Findings = append(m.Findings, Finding{report.Plain(s.Stack.ID), report.Plain(f.Address), string(f.Kind), f.Severity.Level, report.FindingLine(f)})
		}
	}
	return m
}

// WriteJSON writes the message as it is.
func WriteJSON(w io.Writer, m Message) error { return json.NewEncoder(w).Encode(m) }

// WriteSlack writes the message for an incoming webhook of Slack, and of what takes the same (Mattermost, Rocket.Chat).
func WriteSlack(w io.Writer, m Message) error {
	var b strings.Builder
	fmt.Fprintf(&b, "*%s*", headline(m))
	for _, f := range m.Findings {
		fmt.Fprintf(&b, "\n• `%s` %s", slack(f.Stack), slack(f.Text))
	}
	if m.More > 0 {
		fmt.Fprintf(&b, "\n… and %d more", m.More)
	}
	if m.Link != "" {
		fmt.Fprintf(&b, "\n<%s|The whole scan>", slack(m.Link))
	}
	return json.NewEncoder(w).Encode(map[string]string{"text": b.String()})
}

// slack is foreign text in Slack's notation: no mention, no link, no formatting that runs on.
func slack(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "'", "*", "∗", "_", "_\u2060", "~", "∼", "@", "@\u2060").Replace(text)
}

func headline(m Message) string {
	text := fmt.Sprintf("%d of %d stacks drifted, %d resources", m.Drifted, m.Stacks, m.Resources)
	if m.Failed > 0 {
		text += fmt.Sprintf("; %d could not be planned", m.Failed)
	}
	return text
}

// WriteTemplate writes the message through a template of text/template. The function json writes a value as JSON.
func WriteTemplate(w io.Writer, m Message, name, text string) error {
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"json": func(v any) (string, error) {
		b, err := json.Marshal(v)
		return string(b), err
	}}).Parse(text)
	if err != nil {
		return fmt.Errorf("read the template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, m); err != nil {
		return fmt.Errorf("fill the template: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}
