package forge

import (
	"encoding/json"
	"regexp"
	"strings"
)

// markerVersion is the version of the marker that is written. Others are not read.
const markerVersion = 1

// A Marker is the memory that an object carries in a hidden comment at the top of its body. It is data, never authority: whoever can edit the
// body can edit it, so it only counts on objects whose author is us, and nothing it says permits anything.
type Marker struct {
	V           int               `json:"v"`
	Kind        Kind              `json:"kind"`
	Stack       string            `json:"stack,omitempty"`
	Item        string            `json:"item,omitempty"`
	Fingerprint string            `json:"fingerprint,omitempty"`
	Parts       []string          `json:"parts,omitempty"`
	Shown       map[string]string `json:"shown,omitempty"` // [Publication.Shown]
	Urgent      bool              `json:"urgent,omitempty"`
	Title       string            `json:"title,omitempty"` // hash of the title we gave; a title that a person changed is left alone
	Branch      string            `json:"branch,omitempty"`
	Head        string            `json:"head,omitempty"`     // the commit that we pushed
	Content     string            `json:"content,omitempty"`  // its [Commit.Content]
	Reviewed    bool              `json:"reviewed,omitempty"` // reviews were requested
	Closed      string            `json:"closed,omitempty"`   // why we closed it; "" when we did not
	Reopened    string            `json:"reopened,omitempty"`
	Quiet       bool              `json:"quiet,omitempty"` // dashboard: nothing else is opened yet
	Notes       []string          `json:"notes,omitempty"` // topics of comments that are left once
	N           int               `json:"n,omitempty"`     // counts changes of state; numbers the comments about them
}

const (
	markerBegin = "<!-- mooring {"
	markerEnd   = "<!-- mooring end -->"
	// maxParts bounds the marker; beyond it a refusal covers the exact fingerprint only.
	maxParts = 400
	// maxShown bounds it, too; beyond it nothing is known to have been shown.
	maxShown = 150
	// maxMarker is more than any marker of ours needs.
	maxMarker = 16 << 10
)

// String writes the marker as the comment it is. JSON escapes < and >, so nothing in it can end the comment.
func (m Marker) String() string {
	if len(m.Parts) > maxParts {
		m.Parts = nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic("a marker is plain data: " + err.Error())
	}
	return "<!-- mooring " + string(b) + " -->"
}

// markerLine finds a marker at the beginning of a line.
var markerLine = regexp.MustCompile(`(?m)^<!-- mooring (\{.*\}) -->[ \t]*\r?$`)

// ParseMarker reads the first marker of a body. ok is false when there is none, it is broken or of another version: then the object is not ours.
func ParseMarker(body string) (m Marker, ok bool) {
	at := markerLine.FindStringSubmatchIndex(body)
	if at == nil || at[3]-at[2] > maxMarker {
		return Marker{}, false
	}
	if err := json.Unmarshal([]byte(body[at[2]:at[3]]), &m); err != nil || m.V != markerVersion || m.Kind == "" {
		return Marker{}, false
	}
	return m, true
}

// HasMarker tells whether text carries anything that looks like a marker of ours, broken or not. Comments that do are never commands.
func HasMarker(text string) bool { return strings.Contains(text, "<!-- mooring") }

// neutralise takes the life out of anything in text that could be read as one of our markers. Boxes and links are ours and stay.
func neutralise(text string) string {
	return foreignMarker.ReplaceAllString(text, "&lt;!--$1")
}

var foreignMarker = regexp.MustCompile(`(?i)<!--(\s*mooring(?:\s*(?:\{|end\b)|-note\b))`)

// NoteMarker is the hidden topic of a comment.
func NoteMarker(topic string) string {
	b, err := json.Marshal(topic)
	if err != nil {
		panic("a topic is a string: " + err.Error())
	}
	return "<!-- mooring-note " + string(b) + " -->"
}

// HasTopic tells whether a comment of ours is about the topic.
func HasTopic(comment, topic string) bool { return strings.HasPrefix(comment, NoteMarker(topic)) }
