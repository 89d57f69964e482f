// Package policy says what to do about a finding and how bad it is. It is pure: everything it knows is handed to it.
//
// Start at [Decide], which joins the rules of the configuration with what people said, and [Assess], which ranks a finding by what it
// means for security. [Rule.Check] finds mistakes in a rule's expression before anything is scanned; [Evaluate] explains a rule.
//
// What Decide promises:
//
//   - It decides path by path. A person's decision comes before any rule, the newest first; among rules the first in the file wins.
//   - An expired decision or rule does nothing.
//   - A rule holds for a path where its expression is true. When several actors changed a path, ignore must be true for each of them and
//     every other action for any. An expression that cannot be evaluated does not hold: nothing is hidden by mistake.
//   - What a person ignored or snoozed stays so whatever the value, unless it was ignored only while unchanged and the value moved, or
//     the value moved to one that Assess ranks high or critical.
package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
)

// A Decision is what a rule or a person said about a finding.
type Decision struct {
	Action string // ignore, snooze, adopt, revert, issue, pull_request, escalate
	By     string // login, or "rule <name>"
	Reason string
	At     time.Time // zero for rules
	Until  time.Time // zero: no end
	Paths  []string  // change paths it covers; empty: all

	// WhileUnchanged ends the decision for a path as soon as its live value is another than when it was made.
	WhileUnchanged bool `json:",omitempty"`
	// Seen is the Fingerprint of each path's live value when the decision was made; nil when that is not known.
	Seen map[string]string `json:",omitempty"`
	// Others are decisions about other paths of the same finding.
	Others []Decision `json:",omitempty"`
}

// The actions. Rules can take the first four.
const (
	ActionIgnore      = "ignore"
	ActionIssue       = "issue"
	ActionPullRequest = "pull_request"
	ActionEscalate    = "escalate"
	ActionSnooze      = "snooze"
	ActionAdopt       = "adopt"
	ActionRevert      = "revert"
)

// Quiet tells whether the decision asks for silence.
func (d *Decision) Quiet() bool {
	return d != nil && (d.Action == ActionIgnore || d.Action == ActionSnooze)
}

// Silences tells whether the decision, or one beside it, asks for silence about a change path; "" is the finding as a whole.
func (d *Decision) Silences(path string) bool {
	if d == nil {
		return false
	}
	if d.Quiet() && d.covers(path) {
		return true
	}
	return slices.ContainsFunc(d.Others, func(o Decision) bool { return o.Quiet() && o.covers(path) })
}

// covers tells whether the decision speaks of a path: one it names, or one below it.
func (d *Decision) covers(path string) bool {
	return len(d.Paths) == 0 || slices.ContainsFunc(d.Paths, func(p string) bool { return drift.PathCovers(p, path) })
}

// Severity ranks a finding and says why.
type Severity struct {
	Level string // "", low, medium, high, critical
	Why   string // e.g. "opens port 22 to the internet"
}

// Levels are the severities, mildest first.
var Levels = []string{"", "low", "medium", "high", "critical"}

// AtLeast tells whether the severity is of the level or worse.
func (s Severity) AtLeast(level string) bool {
	return slices.Index(Levels, s.Level) >= slices.Index(Levels, level)
}

// Fingerprint names a live value without showing it, for Decision.Seen.
func Fingerprint(v drift.Value) string {
	text, err := json.Marshal(v) // object keys come out sorted
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
