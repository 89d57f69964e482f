package forge

// Kind names what a publication is.
type Kind string

// The kinds of publication. There is one issue and one pull request per stack, one dashboard and one configuration issue per repository.
const (
	KindIssue     Kind = "issue"
	KindPull      Kind = "pull"
	KindDashboard Kind = "dashboard"
	KindConfig    Kind = "config"
)

// A Publication is what should exist on the forge. Body is the bot's own part, without markers; the forge core adds them.
type Publication struct {
	Kind        Kind
	Stack       string // stack id; "" for dashboard and configuration
	Fingerprint string // of stack, addresses and paths, not values; what a person's "not this one" refers to
	Urgent      bool   // the new value is security-relevant: speaks up again although it was refused
	Weight      int    // worst first when limits cut
	Title       string
	Body        string
	Labels      []string
	Assignees   []string
	Reviewers   []string
	// Resolved says that nothing needs attention any more, and why; an open object is closed with it as comment.
	Resolved string
	// Unknown says that the stack could not be judged in this run (failed, skipped): what exists stays untouched.
	Unknown bool
	// Note is the comment to leave when the state changed since the object was last written ("new: aws_x.y drifted"); "" for none.
	Note string
	// Commit is the content of a pull request.
	Commit *Commit
}

// A Commit is the one commit of a bot branch.
type Commit struct {
	Branch  string // mooring/adopt/<slug>
	Base    string // commit id that Files were edited from
	Message string // with trailers Drift-Actor, Drift-Event, Mooring-Fingerprint
	Files   []File
}

// A File is one changed file; nil Content deletes it.
type File struct {
	Path    string // slash path from the repository's root
	Content []byte
}
