package forge

import (
	"fmt"
	"strconv"
	"strings"
)

// Op is what an action does.
type Op string

// The operations. OpSkip does nothing: it says what was left undone, and why.
const (
	OpSkip         Op = "skip"
	OpOpen         Op = "open"
	OpUpdate       Op = "update"
	OpComment      Op = "comment"
	OpClose        Op = "close"
	OpReopen       Op = "reopen"
	OpLabel        Op = "label"
	OpReview       Op = "request review"
	OpPush         Op = "push"
	OpDeleteBranch Op = "delete branch"
)

// An Action is one thing to do. It is a value: the dry run prints it, tests compare it, the ledger stores it.
type Action struct {
	Op     Op
	Kind   Kind
	Stack  string
	Item   string
	Number int // of the object; 0 before it is opened
	Why    string

	// Open, Update, Reopen and Close write a body: Marker and Body, laid over what is there by [Merge]. Title is "" to leave it alone.
	// Reviewers are for Review alone: those who cannot be asked are left out.
	Title     string
	Marker    Marker
	Body      string
	Handled   []string
	Labels    []string
	Assignees []string
	Reviewers []string
	// NotPlanned makes Close say so instead of "completed".
	NotPlanned bool

	// Topic of a comment, whose text is Body. A comment of ours on the same topic is not written twice.
	Topic string

	// Push makes Commit the one commit of Branch, and DeleteBranch removes it, if it is still at Head ("": it must not exist).
	Branch string
	Head   string
	Commit *Commit

	// deferred marks a skip because of a limit, which the dashboard lists.
	deferred bool
}

// Mutates tells whether the action writes anything.
func (a Action) Mutates() bool { return a.Op != OpSkip }

// Key is equal for two actions that do the same thing to the same object in the same state.
func (a Action) Key() string {
	content := ""
	if a.Commit != nil {
		content = a.Commit.Content()
	}
	return shortHash(string(a.Op), string(a.Kind), a.Stack, a.Item, strconv.Itoa(a.Number), a.Topic, a.Title, a.Marker.String(), a.Body,
		strings.Join(a.Labels, ","), strings.Join(a.Reviewers, ","), a.Branch, a.Head, content)
}

// String says what the action does, in one line.
func (a Action) String() string {
	what := map[Kind]string{KindIssue: "issue", KindPull: "pull request", KindDashboard: "dashboard", KindConfig: "configuration issue", KindGroup: "group issue"}[a.Kind]
	if a.Number != 0 {
		what += fmt.Sprintf(" #%d", a.Number)
	}
	if a.Stack != "" {
		what += " of " + a.Stack
	}
	if a.Item != "" {
		what += " (" + a.Item + ")"
	}
	var s string
	switch a.Op {
	case OpPush:
		s = fmt.Sprintf("push %s to %s for the %s", files(len(a.Commit.Files)), a.Branch, what)
	case OpDeleteBranch:
		s = fmt.Sprintf("delete branch %s of the %s", a.Branch, what)
	case OpComment:
		s = fmt.Sprintf("comment on %s: %s", what, firstLine(a.Body))
	case OpLabel:
		s = fmt.Sprintf("label %s: %s", what, strings.Join(a.Labels, ", "))
	case OpReview:
		s = fmt.Sprintf("request reviews of the %s: %s", what, strings.Join(a.Reviewers, ", "))
	case OpOpen:
		s = fmt.Sprintf("open %s: %s", what, a.Title)
	default:
		s = string(a.Op) + " " + what
	}
	if a.Why != "" {
		s += " (" + a.Why + ")"
	}
	return s
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

func firstLine(s string) string {
	line, _, more := strings.Cut(strings.TrimSpace(s), "\n")
	if more {
		line += " …"
	}
	return line
}
