package forge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind names what a publication is.
type Kind string

// The kinds of publication. There is one issue and one pull request per stack, one issue per group of environments, one dashboard and one
// configuration issue per repository.
const (
	KindIssue     Kind = "issue"
	KindPull      Kind = "pull"
	KindDashboard Kind = "dashboard"
	KindConfig    Kind = "config"
	KindGroup     Kind = "group" // the issue of a group of environments
)

// A Publication is what should exist on the forge. Body is the bot's own part, without markers; the forge core adds them.
type Publication struct {
	Kind  Kind
	Stack string // stack id; "" for groups, dashboard and configuration
	// Item tells publications of one kind and stack apart when there are several (one pull request per resource, the name of a group); ""
	// otherwise.
	Item string
	// Formerly are ids that the stack had before, or that stacks had which became a part of it, and FormerItems what Item was: what exists under
	// them is this publication's.
	Formerly    []string
	FormerItems []string
	Fingerprint string // of findings and paths, not values; what a person's "not this one" refers to
	// Parts are fingerprints of the single (finding, path) pairs. With them, a refusal also covers every part of what was refused.
	Parts []string
	// Shown names, by finding, what the body shows of it. A command that was given on the body is about this and nothing newer.
	Shown map[string]string
	// Asked says that a person asked for it just now: limits and what was refused earlier do not hold it back.
	Asked     bool
	Urgent    bool // the new value is security-relevant: speaks up again although it was refused
	Weight    int  // worst first when limits cut
	Title     string
	Body      string // may hold [Link]s
	Labels    []string
	Assignees []string
	Reviewers []string
	// Resolved says that nothing needs attention any more, and why; an open object is closed with it as comment.
	Resolved string
	// Since is when what is resolved began; a pull request that was merged after that is named as what resolved it.
	Since time.Time
	// Because is a sentence about what else may have resolved it, for when no pull request did; "" for none.
	Because string
	// Unknown says that the stack could not be judged in this run (failed, skipped): what exists stays untouched.
	Unknown bool
	// Note is the comment to leave when the state changed since the object was last written ("new: aws_x.y drifted"); "" for none.
	Note string
	// Handled lists commands of ticked dashboard boxes (as in "scan" or "adopt stack=infra/prod") that were carried out: they are unticked.
	Handled []string
	// Commit is the content of a pull request.
	Commit *Commit
	// Branch of a pull request; "" for that of Commit, else mooring/adopt/<slug>.
	Branch string
}

// A Commit is the one commit of a bot branch.
type Commit struct {
	Branch  string // "" for mooring/adopt/<slug>
	Base    string // commit id that Files were edited from
	Message string // with trailers Drift-Actor, Drift-Event, Mooring-Fingerprint
	Files   []File
}

// A File is one changed file; nil Content deletes it.
type File struct {
	Path    string // slash path from the repository's root
	Content []byte
}

// contentTrailer carries [Commit.Content] in the message, so that a commit can be recognised without fetching its files.
const contentTrailer = "Mooring-Content: "

// Content identifies what the commit changes: its files and nothing else. Order does not matter.
func (c *Commit) Content() string {
	files := slices.Clone(c.Files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	h := sha256.New()
	for _, f := range files {
		kind := "edit"
		if f.Content == nil {
			kind = "delete"
		}
		fmt.Fprintf(h, "%s %d %s %d\n", kind, len(f.Path), f.Path, len(f.Content))
		h.Write(f.Content)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// FullMessage is the message with the trailer by which [ContentOf] recognises the commit.
func (c *Commit) FullMessage() string {
	message := strings.TrimRight(c.Message, "\n")
	separator := "\n\n"
	lines := strings.Split(message, "\n")
	if len(lines) > 2 && isTrailer(lines[len(lines)-1]) {
		separator = "\n"
	}
	return message + separator + contentTrailer + c.Content() + "\n"
}

// ContentOf is the [Commit.Content] that a commit message of ours carries; "" for any other message.
func ContentOf(message string) string {
	for _, line := range slices.Backward(strings.Split(strings.TrimRight(message, "\n"), "\n")) {
		if v, ok := strings.CutPrefix(line, contentTrailer); ok {
			return strings.TrimSpace(v)
		}
		if !isTrailer(line) {
			return ""
		}
	}
	return ""
}

func isTrailer(line string) bool {
	key, _, ok := strings.Cut(line, ": ")
	return ok && key != "" && !strings.ContainsAny(key, " \t")
}

// id is what makes two publications, or a publication and an object, the same thing.
type id struct {
	kind        Kind
	stack, item string
}

func (p *Publication) id() id { return id{p.Kind, p.Stack, p.Item} }

func shortHash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}
