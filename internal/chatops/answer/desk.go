// Package answer carries out what people ask for by comment, from the event to the one answer.
//
// Start at [Desk.Answer]. event.go reads what GitHub tells, desk.go is the way of a comment, box.go that of a ticked box; decisions.go, look.go,
// adopt.go and revert.go hold what each command does. The language and the rights are those of package chatops; scanning, publishing and
// applying are the caller's, as [Work].
//
// What it promises:
//
//   - The text, the author, the place and the role are asked of the forge when the command runs; the event only says where to look.
//   - A comment gets eyes at once, then one answer, edited in place, and a rocket or a confused face. A failure is an answer, too.
//   - The same comment is answered once. One whose answer was never finished is carried out again, but for what was decided (the ledger knows
//     the comment) and for an apply that had begun: that is never begun again.
//   - Somebody who may not is told so once on each issue; after that only the face says it.
//   - Nothing foreign is live in an answer, and nothing secret is in it.
package answer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

// A Forge is where people speak. Package forge/github is one.
type Forge interface {
	// Comment reads a comment; ok is false when it is gone.
	Comment(ctx context.Context, id int64) (c forge.Comment, ok bool, err error)
	Thread(ctx context.Context, number int) (forge.Thread, error)
	// Permission is what somebody may do now: the name of the role, and the coarse permission it amounts to.
	Permission(ctx context.Context, login string) (roleName, permission string, err error)
	// Member tells whether somebody is in a team, written organisation/team.
	Member(ctx context.Context, team, login string) (bool, error)
	React(ctx context.Context, comment int64, content string) error
	// Said is our comment about a topic, "" for none; Say leaves one, or edits the one that is there.
	Said(ctx context.Context, number int, topic string) (string, error)
	Say(ctx context.Context, number int, topic, body string) error
}

// Work is what commands are made of.
type Work interface {
	// Scan scans. The error is for what keeps a scan from beginning; a stack that could not be planned is a result.
	Scan(ctx context.Context, j Job) (*report.Results, error)
	// Publish makes the forge say what a scan with the same job found.
	Publish(ctx context.Context, r *report.Results, j Job) (forge.Report, error)
	// Apply plans the named resources of the job's stack again and applies that plan, and nothing but it, when check accepts it. An error of
	// check is returned, wrapped or not, and nothing was changed then.
	Apply(ctx context.Context, j Job, addresses []string, check func(Planned) error) error
}

// A Job says what to scan and how to publish it.
type Job struct {
	Stack     string   // id; "" for all
	Addresses []string // adopt these alone; nil for all drift
	Adopt     bool     // work out edits
	Past      *Past    // what is remembered
	Asked     bool     // a person asked for the pull request just now
	Told      bool     // the answer says what the difference is: no other comment does
	Handled   []string // boxes of the dashboard that this answers
}

// Planned is a plan that is about to be applied.
type Planned struct {
	Findings []report.Finding // what would be changed, compared as in a scan
	// Beyond are the addresses with a planned change that is no finding.
	Beyond []string
}

// Past is what the ledger remembers with a decision that is not recorded yet. It is the memory of a scan.
type Past struct {
	*ledger.History
	stack  bool // the decision is about the whole stack
	about  map[string]policy.Decision
	within policy.Decision
	keys   map[string]bool // of the commands that were recorded
}

// Decisions are those of the ledger and the one that is about to be recorded.
func (p *Past) Decisions(stack, finding string) []policy.Decision {
	out := p.History.Decisions(stack, finding)
	if p.stack {
		out = append(out, p.within)
	}
	if d, ok := p.about[finding]; ok {
		out = append(out, d)
	}
	return out
}

// A Desk answers.
type Desk struct {
	Forge  Forge
	Work   Work
	Ledger *ledger.Ledger
	Revert Revert
	Run    string // address of the run, for people; "" for none
	Now    func() time.Time
	Log    *slog.Logger
}

// Revert is who may apply.
type Revert struct {
	Enabled bool
	Allow   []string // logins and organisation/team, with or without @
}

// An Outcome is what became of an event, for the log.
type Outcome struct {
	Done bool   // everything that was asked for
	Text string // one line
}

// finishing is how long an answer may take when the run is being stopped.
const finishing = 20 * time.Second

// Answer answers an event. The error is for what a person could not be told.
func (d *Desk) Answer(ctx context.Context, e Event) (Outcome, error) {
	if e.Origin == chatops.OriginBox {
		return d.box(ctx, e)
	}
	v, commands, outcome, err := d.hear(ctx, e)
	if v == nil || err != nil {
		return outcome, err
	}
	return v.carryOut(ctx, commands)
}

// hear goes as far as knowing what is asked for, by somebody who may. The visit is nil when nothing is left to be done.
func (d *Desk) hear(ctx context.Context, e Event) (*visit, []chatops.Command, Outcome, error) {
	switch {
	case e.Origin == chatops.OriginEdited && chatops.Addressed(e.Body) && e.Sender.ID != e.Author.ID:
		d.Log.Warn("somebody edited a command of another", "comment", e.Comment, "editor", e.Sender.Login, "author", e.Author.Login)
		return nil, nil, Outcome{Text: "an edit is no command"}, nil
	case e.Origin != chatops.OriginCreated:
		return nil, nil, Outcome{Text: "only new comments are commands"}, nil
	case e.Author.Bot || e.Sender.Bot && e.Author.ID != 0:
		return nil, nil, Outcome{Text: "bots give no commands"}, nil
	case e.Author.ID != 0 && !chatops.Addressed(e.Body):
		return nil, nil, Outcome{Text: "the comment is not for Mooring"}, nil
	}
	c, ok, err := d.Forge.Comment(ctx, e.Comment)
	if err != nil {
		return nil, nil, Outcome{}, err
	}
	if !ok {
		return nil, nil, Outcome{Text: "the comment is gone"}, nil
	}
	return d.read(ctx, e, c)
}

// A visit is one comment on its way to its answer.
type visit struct {
	*Desk
	comment forge.Comment
	thread  forge.Thread
	request chatops.Request // without the listing for revert
	topic   string
	orders  []chatops.Order
}

// read reads a comment and decides whether it may be carried out. What may not, or is not understood, is answered.
func (d *Desk) read(ctx context.Context, e Event, c forge.Comment) (*visit, []chatops.Command, Outcome, error) {
	ended := func(o Outcome, err error) (*visit, []chatops.Command, Outcome, error) { return nil, nil, o, err }
	changed := !c.Edited.Equal(c.Created) || e.Author.ID != 0 && (e.Body != c.Body || e.Author.ID != c.Author.ID)
	if !chatops.Addressed(c.Body) && !changed {
		return ended(Outcome{Text: "the comment is not for Mooring"}, nil)
	}
	v := &visit{Desk: d, comment: c, topic: Topic(c.ID)}
	v.request = chatops.Request{
		Origin: chatops.OriginCreated, Bot: c.Author.Bot, Marked: forge.HasMarker(c.Body), Changed: changed, RevertEnabled: d.Revert.Enabled,
	}
	if quiet := chatops.Authorise(v.request, chatops.Help); quiet.Answer == chatops.Silent {
		return ended(Outcome{Text: quiet.Why}, nil)
	}
	var err error
	if v.thread, err = d.Forge.Thread(ctx, c.Number); err != nil {
		return ended(Outcome{}, err)
	}
	said, err := d.Forge.Said(ctx, c.Number, v.topic)
	if err != nil {
		return ended(Outcome{}, err)
	}
	if forge.Answered(said, v.topic) {
		return ended(Outcome{Done: true, Text: "the comment was answered already"}, nil)
	}
	v.react(ctx, "eyes")
	v.ask(ctx)
	commands, problems := chatops.Parse(c.Body, c.Created)
	if changed {
		commands, problems = []chatops.Command{{Verb: chatops.Help}}, nil // whatever it says, it is refused
	}
	if refused := v.authorise(ctx, commands, len(problems) > 0); refused != nil {
		return ended(v.refuse(ctx, *refused))
	}
	if len(problems) > 0 {
		return ended(v.finish(ctx, result{text: notUnderstood(problems)}, nil))
	}
	return v, commands, Outcome{}, nil
}

// Topic is what the answer to a comment is about.
func Topic(comment int64) string { return fmt.Sprintf("answer:%d", comment) }

// ask fills in what the forge says of the place and the person.
func (v *visit) ask(ctx context.Context) {
	v.request.Place, v.request.Open, v.request.Fork, v.request.Public = placeOf(v.thread), v.thread.Open, v.thread.Fork, v.thread.Public
	roleName, permission, err := v.Forge.Permission(ctx, v.comment.Author.Login)
	if err != nil {
		v.Log.Warn("the role could not be asked", "login", v.comment.Author.Login, "error", err)
		return // unknown, which permits nothing
	}
	v.request.Role = chatops.RoleOf(roleName, permission)
}

func placeOf(t forge.Thread) chatops.Place {
	switch {
	case t.Ours && t.Kind == forge.KindIssue && t.Marker.Stack != "":
		return chatops.PlaceIssue
	case t.Ours && t.Kind == forge.KindPull && t.Marker.Stack != "":
		return chatops.PlacePull
	case t.Ours && t.Kind == forge.KindGroup:
		return chatops.PlaceGroup
	case t.Ours && t.Kind == forge.KindDashboard:
		return chatops.PlaceDashboard
	}
	return chatops.PlaceForeign
}

// authorise decides about all commands; the first refusal refuses all. A comment that is not understood is answered to whom help would be.
func (v *visit) authorise(ctx context.Context, commands []chatops.Command, problems bool) *chatops.Verdict {
	verbs := make([]chatops.Verb, 0, len(commands)+1)
	for _, c := range commands {
		verbs = append(verbs, c.Verb)
	}
	if problems {
		verbs = []chatops.Verb{chatops.Help}
	}
	for _, verb := range verbs {
		r := v.request
		if verb == chatops.Revert && r.RevertEnabled {
			r.Listing = v.listing(ctx)
		}
		if verdict := chatops.Authorise(r, verb); verdict.Answer != chatops.Allow {
			return &verdict
		}
	}
	return nil
}

// listing tells whether the configuration names the author for revert.
func (d *Desk) listed(ctx context.Context, login string) chatops.Listing {
	if len(d.Revert.Allow) == 0 {
		return chatops.ListingNone
	}
	answer := chatops.ListingOthers
	for _, name := range d.Revert.Allow {
		name = strings.TrimPrefix(name, "@")
		if !strings.Contains(name, "/") {
			if strings.EqualFold(name, login) {
				return chatops.ListingNamed
			}
			continue
		}
		switch in, err := d.Forge.Member(ctx, name, login); {
		case err != nil:
			d.Log.Warn("the team could not be asked", "team", name, "error", err)
			answer = chatops.ListingUnknown
		case in:
			return chatops.ListingNamed
		}
	}
	return answer
}

func (v *visit) listing(ctx context.Context) chatops.Listing {
	return v.listed(ctx, v.comment.Author.Login)
}

// A result is what became of a command: what to say, as Markdown.
type result struct {
	ok   bool
	text string
}

func done(format string, args ...any) result   { return result{true, fmt.Sprintf(format, args...)} }
func failed(format string, args ...any) result { return result{false, fmt.Sprintf(format, args...)} }

// carryOut runs the commands one after the other.
func (v *visit) carryOut(ctx context.Context, commands []chatops.Command) (Outcome, error) {
	for i, c := range commands {
		v.orders = append(v.orders, chatops.Order{
			Command: c, Stack: v.thread.Marker.Stack, By: v.comment.Author.Login, At: v.Now().UTC().Truncate(time.Second), Key: fmt.Sprintf("comment %d/%d", v.comment.ID, i+1),
		})
	}
	if slow(commands) {
		if err := v.Forge.Say(ctx, v.comment.Number, v.topic, forge.Answer(v.topic, "On it."+v.runLink(), false)); err != nil {
			return Outcome{}, err
		}
	}
	all := result{ok: true}
	var texts []string
	var failure error
	for _, o := range v.orders {
		r, err := v.do(ctx, o)
		if err != nil {
			failure = errors.Join(failure, fmt.Errorf("%s %s: %w", chatops.Prefix, o.Verb, err))
			r = failed("This could not be finished: %s", report.Prose(err.Error()))
		}
		all.ok = all.ok && r.ok
		text := r.text
		if len(v.orders) > 1 {
			text = report.Code(chatops.Prefix+" "+string(o.Verb)) + ": " + text
		}
		texts = append(texts, text)
	}
	all.text = strings.Join(texts, "\n\n")
	return v.finish(ctx, all, failure)
}

func slow(commands []chatops.Command) bool {
	for _, c := range commands {
		if c.Verb != chatops.Help {
			return true
		}
	}
	return false
}

// finish says what became of the comment, also when the run is being stopped.
func (v *visit) finish(ctx context.Context, r result, failure error) (Outcome, error) {
	if ctx.Err() != nil {
		r = failed("The run was stopped before this was finished. Comment again to have it done.")
		failure = errors.Join(failure, context.Cause(ctx))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishing)
	defer cancel()
	if !r.ok && failure != nil {
		r.text += v.runLink()
	}
	if err := v.Forge.Say(ctx, v.comment.Number, v.topic, forge.Answer(v.topic, r.text, true)); err != nil {
		return Outcome{}, errors.Join(failure, err)
	}
	v.close(ctx, r.ok)
	return Outcome{Done: r.ok, Text: firstLine(r.text)}, failure
}

// refuse tells somebody that a command may not run: in words once on each issue, with a face always.
func (v *visit) refuse(ctx context.Context, verdict chatops.Verdict) (Outcome, error) {
	sum := sha256.Sum256([]byte(strings.ToLower(v.comment.Author.Login) + "\x00" + verdict.Why))
	topic := "refused:" + hex.EncodeToString(sum[:6])
	said, err := v.Forge.Said(ctx, v.comment.Number, topic)
	if err != nil {
		return Outcome{}, err
	}
	if said == "" {
		text := "Sorry, this was not done: " + verdict.Why + "."
		if err := v.Forge.Say(ctx, v.comment.Number, topic, forge.Answer(topic, strings.Replace(text, "..", ".", 1), true)); err != nil {
			return Outcome{}, err
		}
	}
	v.close(ctx, false)
	return Outcome{Text: "refused: " + verdict.Why}, nil
}

func (v *visit) close(ctx context.Context, ok bool) {
	if ok {
		v.react(ctx, "rocket")
	} else {
		v.react(ctx, "confused")
	}
}

// react shows a face. That it could not is no reason to stop.
func (v *visit) react(ctx context.Context, content string) {
	if err := v.Forge.React(ctx, v.comment.ID, content); err != nil {
		v.Log.Warn("no reaction could be left", "reaction", content, "error", err)
	}
}

func (d *Desk) runLink() string {
	if d.Run == "" {
		return ""
	}
	return " ([the run](" + d.Run + "))"
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// notUnderstood says what was meant.
func notUnderstood(problems []chatops.Problem) string {
	var b strings.Builder
	b.WriteString("Nothing was done, because this is not understood:\n")
	for _, p := range problems {
		fmt.Fprintf(&b, "\n- line %d: %s", p.Line, report.Prose(p.Text))
		if p.Usage != "" {
			fmt.Fprintf(&b, "\n  The form is `%s`.", p.Usage)
		}
	}
	b.WriteString("\n\nComment `" + chatops.Prefix + " help` to see all commands.")
	return b.String()
}

// do carries out one command.
func (v *visit) do(ctx context.Context, o chatops.Order) (result, error) {
	switch o.Verb {
	case chatops.Help:
		return done("%s", chatops.HelpText()), nil
	case chatops.Scan:
		return v.scan(ctx, o)
	case chatops.Explain:
		return v.explain(ctx, o)
	case chatops.Ignore, chatops.Snooze:
		return v.silence(ctx, o)
	case chatops.Unignore:
		return v.unignore(ctx, o)
	case chatops.Adopt:
		return v.adopt(ctx, o)
	case chatops.Revert:
		return v.revert(ctx, o)
	}
	return result{}, fmt.Errorf("nothing is known of %s", o.Verb)
}
