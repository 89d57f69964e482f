package answer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/chatops/answer"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
)

const (
	stackID = "infra/prod"
	web     = "a_b.web"
)

// A lab is a GitHub with the issue of one stack, and a stack that can be scanned and applied in no time.
type lab struct {
	*githubtest.Server
	t       *testing.T
	client  *github.Client
	desk    *answer.Desk
	issue   int
	results report.Results
	planned answer.Planned
	applied [][]string
	scans   int
	scanErr error
	onApply func()
}

func finding(address, live string) report.Finding {
	f := report.Finding{}
	f.ID, f.Address, f.Kind, f.Action = drift.FindingID(stackID, address, ""), address, drift.KindDrift, "update"
	f.Changes = []drift.Change{{Path: "size", Kind: drift.KindDrift, Base: "small", Code: "small", Live: live}}
	return f
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{Server: githubtest.New(t, githubtest.Options{}), t: t}
	s := report.StackResult{Status: report.StatusDrifted, Findings: []report.Finding{finding(web, "large"), finding("a_b.db", "huge")}}
	s.Stack.ID = stackID
	l.results = report.Results{ScannedAt: l.Now(), Commit: l.Tip("main"), Stacks: []report.StackResult{s}}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	var err error
	l.client, err = github.New(github.Options{
		Token: l.Token(githubtest.App), BaseURL: l.URL, GraphQLURL: l.GraphQLURL, Repository: "acme/infra", Transport: transport, Now: l.Now,
		Sleep: func(ctx context.Context, d time.Duration) error { l.Advance(d); return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	l.desk = &answer.Desk{
		Forge: l.client, Work: l, Ledger: &ledger.Ledger{Store: l.client.Ledger("")}, Revert: answer.Revert{Enabled: true},
		Now: l.Now, Log: slog.New(slog.DiscardHandler),
	}
	l.show()
	l.issue = l.Numbers(false, "open")[0]
	return l
}

// show publishes what the stack is like.
func (l *lab) show() {
	l.t.Helper()
	if _, err := l.Publish(l.t.Context(), &l.results, answer.Job{}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) Scan(_ context.Context, j answer.Job) (*report.Results, error) {
	l.scans++
	if l.scanErr != nil {
		return nil, l.scanErr
	}
	r := l.results
	return &r, nil
}

func (l *lab) Publish(ctx context.Context, r *report.Results, _ answer.Job) (forge.Report, error) {
	shown := map[string]string{}
	for _, f := range r.Stacks[0].Findings {
		shown[f.ID] = report.Shown(f)
	}
	return l.client.Sync(ctx, []forge.Publication{{
		Kind: forge.KindIssue, Stack: stackID, Fingerprint: "f", Title: "Drift in " + stackID, Body: "text", Shown: shown,
	}}, forge.NoLimits(), false)
}

func (l *lab) Apply(_ context.Context, _ answer.Job, addresses []string, check func(answer.Planned) error) error {
	if l.onApply != nil {
		l.onApply()
	}
	if err := check(l.planned); err != nil {
		return err
	}
	l.applied = append(l.applied, addresses)
	return nil
}

// comment is a new comment as an event.
func (l *lab) comment(login, body string) answer.Event {
	l.t.Helper()
	l.Advance(time.Minute)
	id := l.Comment(login, l.issue, body)
	x := l.get(id)
	p := forge.Person{ID: x.Author.ID, Login: login, Bot: x.Author.Type == "Bot"}
	return answer.Event{Origin: chatops.OriginCreated, Comment: id, Number: l.issue, Sender: p, Author: p, Body: body}
}

func (l *lab) get(id int64) *githubtest.Comment {
	l.t.Helper()
	for _, x := range l.Issue(l.issue).Comments {
		if x.ID == id {
			return x
		}
	}
	l.t.Fatalf("there is no comment %d", id)
	return nil
}

// run answers an event and returns what Mooring said after it, and its faces.
func (l *lab) run(e answer.Event) (said []string, faces string) {
	l.t.Helper()
	if _, err := l.desk.Answer(l.t.Context(), e); err != nil {
		l.t.Errorf("answer: %v", err)
	}
	return l.after(e)
}

func (l *lab) after(e answer.Event) (said []string, faces string) {
	var list []string
	for _, x := range l.Issue(l.issue).Comments {
		switch {
		case x.ID == e.Comment:
			for _, r := range x.Reactions {
				list = append(list, r.Content)
			}
		case x.ID > e.Comment && x.Author.Login == githubtest.App:
			said = append(said, x.Body)
		}
	}
	return said, strings.Join(list, " ")
}

func (l *lab) entries(kind ledger.Kind) []ledger.Entry {
	l.t.Helper()
	all, err := l.desk.Ledger.Entries(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(e ledger.Entry) bool { return e.Kind != kind })
}

// TestAbuse: whatever is tried, nothing is recorded or applied, and the answer is as it must be.
func TestAbuse(t *testing.T) {
	const ignore = "/drift ignore a_b.web because x"
	for name, c := range map[string]struct {
		login, body string
		edit        func(*lab, *answer.Event)
		said        string // "" for silence
		faces       string
	}{
		"a reader":           {githubtest.Reader, ignore, nil, "yours is read", "eyes confused"},
		"an outsider":        {githubtest.Outsider, ignore, nil, "yours is none", "eyes confused"},
		"triage":             {githubtest.Triage, ignore, nil, "yours is triage", "eyes confused"},
		"a bot":              {githubtest.Actions, ignore, nil, "", ""},
		"Mooring itself":     {githubtest.App, ignore, nil, "", ""},
		"quoted":             {githubtest.Owner, "> " + ignore, nil, "", ""},
		"a marker":           {githubtest.Owner, ignore + "\n<!-- mooring {} -->", nil, "", ""},
		"an edit":            {githubtest.Owner, ignore, func(_ *lab, e *answer.Event) { e.Origin = chatops.OriginEdited }, "", ""},
		"a deletion":         {githubtest.Owner, ignore, func(_ *lab, e *answer.Event) { e.Origin = chatops.OriginDeleted }, "", ""},
		"gone meanwhile":     {githubtest.Owner, ignore, func(_ *lab, e *answer.Event) { e.Comment += 1000 }, "", ""},
		"edited meanwhile":   {githubtest.Owner, ignore, func(_ *lab, e *answer.Event) { e.Body = "/drift scan" }, "was edited", "eyes confused"},
		"another author":     {githubtest.Reader, ignore, func(_ *lab, e *answer.Event) { e.Author = forge.Person{ID: 101, Login: githubtest.Owner} }, "was edited", "eyes confused"},
		"closed":             {githubtest.Owner, ignore, func(l *lab, _ *answer.Event) { l.Close(githubtest.Owner, l.issue, "completed") }, "is closed", "eyes confused"},
		"two, one forbidden": {githubtest.Writer, ignore + "\n/drift revert", nil, "needs the role maintain", "eyes confused"},
		"two, one misspelt":  {githubtest.Owner, ignore + "\n/drift rever", nil, "Did you mean", "eyes confused"},
		"a path":             {githubtest.Owner, "/drift ignore ../../etc/passwd because x", nil, "is not the address", "eyes confused"},
		"a flag":             {githubtest.Owner, "/drift adopt -chdir=.. ", nil, "is not the address", "eyes confused"},
		"the role cannot be asked": {githubtest.Owner, ignore, func(l *lab, _ *answer.Event) {
			l.Inject(func(r githubtest.Request) githubtest.Fault {
				if strings.Contains(r.Path, "/permission") {
					return githubtest.Fault{Status: http.StatusForbidden}
				}
				return githubtest.Fault{}
			})
		}, "could not be asked what you may do", "eyes confused"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			e := l.comment(c.login, c.body)
			id := e.Comment
			if c.edit != nil {
				c.edit(l, &e)
			}
			l.run(e)
			e.Comment = id
			if said, faces := l.after(e); faces != c.faces || len(said) > 1 || (len(said) == 1) != (c.said != "") || c.said != "" && !strings.Contains(said[0], c.said) {
				t.Errorf("the faces are %q, want %q, and it says %q, want %q", faces, c.faces, said, c.said)
			}
			if got := l.entries(ledger.KindDecision); len(got) > 0 || len(l.applied) > 0 || l.scans > 0 {
				t.Errorf("decisions %v, applies %v, %d scans", got, l.applied, l.scans)
			}
		})
	}
}

// TestForeignText: what a person writes is shown back and is not live.
func TestForeignText(t *testing.T) {
	l := newLab(t)
	said, _ := l.run(l.comment(githubtest.Writer, "/drift ignore a_b.web because @everyone see #1 http://evil.example ![x](y) `/drift revert` <b>"))
	if len(said) != 1 {
		t.Fatalf("%d answers", len(said))
	}
	for _, live := range []string{"@everyone", "#1", "http://evil", "![x]", "<b>"} {
		if strings.Contains(said[0], live) {
			t.Errorf("%q is live in:\n%s", live, said[0])
		}
	}
	if chatops.Addressed(said[0]) {
		t.Errorf("the answer is a command:\n%s", said[0])
	}
}

// TestB31_OncePerComment: a comment that is delivered ten times, or whose answer was lost, is decided once.
func TestB31_OncePerComment(t *testing.T) {
	l := newLab(t)
	e := l.comment(githubtest.Writer, "/drift ignore a_b.web because x")
	for range 10 {
		if said, faces := l.run(e); len(said) != 1 || faces != "eyes rocket" {
			t.Fatalf("%d answers, faces %q", len(said), faces)
		}
	}
	// The run died before its answer was complete.
	topic := fmt.Sprintf("answer:%d", e.Comment)
	if err := l.client.Say(t.Context(), l.issue, topic, forge.Answer(topic, "On it.", false)); err != nil {
		t.Fatal(err)
	}
	said, _ := l.run(e)
	if len(said) != 1 || !strings.Contains(said[0], "is ignored") {
		t.Errorf("the answer is %q", said)
	}
	if got := l.entries(ledger.KindDecision); len(got) != 1 {
		t.Errorf("%d decisions, want one", len(got))
	}
}

// TestUnseen: where the stack cannot be planned, a decision is made from what is remembered; one about values is not.
func TestUnseen(t *testing.T) {
	l := newLab(t)
	f := finding(web, "large")
	if err := l.desk.Ledger.Append(t.Context(), ledger.Entry{
		At: l.Now(), Kind: ledger.KindFirstSeen, Stack: stackID, Finding: f.ID, Address: web, Difference: &ledger.Difference{Kind: "drift", Paths: []string{"size"}},
	}); err != nil {
		t.Fatal(err)
	}
	l.scanErr = errors.New("no credentials: AKIAIOSFODNN7EXAMPLE")
	said, faces := l.run(l.comment(githubtest.Writer, "/drift ignore a_b.web while unchanged because x"))
	if faces != "eyes confused" || len(said) != 1 || !strings.Contains(said[0], "Nothing was recorded") {
		t.Errorf("while unchanged: %q, %q", faces, said)
	}
	said, faces = l.run(l.comment(githubtest.Writer, "/drift ignore a_b.web because x"))
	if faces != "eyes rocket" || len(said) != 1 || !strings.Contains(said[0], "from the next scan on") || len(l.entries(ledger.KindDecision)) != 1 {
		t.Errorf("%q, %q", faces, said)
	}
}

// TestB33_RevertGuards: each thing that may have changed between the issue and the apply stops the apply.
func TestB33_RevertGuards(t *testing.T) {
	for name, c := range map[string]struct {
		body    string
		edit    func(*lab)
		onApply func(*lab)
		said    string
		applied bool
	}{
		"all is well":         {"/drift revert a_b.web", nil, nil, "says what the code says again", true},
		"another value":       {"/drift revert a_b.web", func(l *lab) { l.results.Stacks[0].Findings[0] = finding(web, "huge") }, nil, "what you saw is not what is there", false},
		"a replace":           {"/drift revert a_b.web", func(l *lab) { l.results.Stacks[0].Findings[0].Action = "replace"; l.show() }, nil, "destroyed and created again", false},
		"a destroy":           {"/drift revert a_b.web", func(l *lab) { l.results.Stacks[0].Findings[0].Action = "delete"; l.show() }, nil, "would be destroyed", false},
		"code not applied":    {"/drift revert a_b.web", func(l *lab) { l.results.Stacks[0].Findings[0].Changes[0].Kind = drift.KindConflict; l.show() }, nil, "was not applied since", false},
		"not in the plan":     {"/drift revert a_b.web", nil, func(l *lab) { l.planned.Findings = nil }, "would not change a", false},
		"another in the plan": {"/drift revert a_b.web", nil, func(l *lab) { l.planned.Findings = append(l.planned.Findings, finding("a_b.db", "huge")) }, "would also change a", false},
		"beyond in the plan":  {"/drift revert a_b.web", nil, func(l *lab) { l.planned.Beyond = []string{"a_b.dep"} }, "would also change a", false},
		"another plan":        {"/drift revert a_b.web", nil, func(l *lab) { l.planned.Findings = []report.Finding{finding(web, "huge")} }, "is not what was shown", false},
		"not there":           {"/drift revert a_b.other", nil, nil, "no resource that differs", false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.planned.Findings = []report.Finding{finding(web, "large")}
			if c.edit != nil {
				c.edit(l)
			}
			if c.onApply != nil {
				l.onApply = func() { c.onApply(l) }
			}
			e := l.comment(githubtest.Maintain, c.body)
			said, faces := l.run(e)
			want := map[bool]string{true: "eyes rocket", false: "eyes confused"}[c.applied]
			if len(said) != 1 || !strings.Contains(said[0], c.said) || faces != want {
				t.Errorf("faces %q, said %q, want %q", faces, said, c.said)
			}
			if (len(l.applied) == 1) != c.applied || (len(l.entries(ledger.KindApply)) == 1) != c.applied {
				t.Errorf("applied %v, remembered %v", l.applied, l.entries(ledger.KindApply))
			}
		})
	}
}

// TestB31_RevertOnce: an apply that had begun is not begun again, although its answer was never finished.
func TestB31_RevertOnce(t *testing.T) {
	l := newLab(t)
	l.planned.Findings = []report.Finding{finding(web, "large")}
	e := l.comment(githubtest.Maintain, "/drift revert a_b.web")
	l.run(e)
	topic := fmt.Sprintf("answer:%d", e.Comment)
	if err := l.client.Say(t.Context(), l.issue, topic, forge.Answer(topic, "On it.", false)); err != nil {
		t.Fatal(err)
	}
	said, _ := l.run(e)
	if len(l.applied) != 1 || len(said) != 1 || !strings.Contains(said[0], "not begun again") {
		t.Errorf("applied %d times; %q", len(l.applied), said)
	}
}

// TestReadEvent: events of every kind, whole and broken.
func TestReadEvent(t *testing.T) {
	user := map[string]any{"id": 7, "login": "will", "type": "User"}
	for name, c := range map[string]struct {
		event string
		body  map[string]any
		ok    bool
		want  chatops.Origin
	}{
		"comment":         {"issue_comment", map[string]any{"action": "created", "issue": map[string]any{"number": 3}, "comment": map[string]any{"id": 9, "user": user}, "sender": user}, true, chatops.OriginCreated},
		"edited":          {"issue_comment", map[string]any{"action": "edited", "issue": map[string]any{"number": 3}, "comment": map[string]any{"id": 9}}, true, chatops.OriginEdited},
		"unknown action":  {"issue_comment", map[string]any{"action": "pinned", "issue": map[string]any{"number": 3}, "comment": map[string]any{"id": 9}}, true, chatops.OriginUnknown},
		"no comment":      {"issue_comment", map[string]any{"action": "created"}, false, 0},
		"box":             {"issues", map[string]any{"action": "edited", "issue": map[string]any{"number": 3}, "changes": map[string]any{"body": map[string]any{"from": "x"}}}, true, chatops.OriginBox},
		"title edited":    {"issues", map[string]any{"action": "edited", "issue": map[string]any{"number": 3}, "changes": map[string]any{}}, false, 0},
		"opened":          {"issues", map[string]any{"action": "opened", "issue": map[string]any{"number": 3}}, false, 0},
		"dispatch":        {"workflow_dispatch", map[string]any{"inputs": map[string]any{"comment": "9"}}, true, chatops.OriginCreated},
		"dispatch, no id": {"workflow_dispatch", map[string]any{"inputs": nil}, false, 0},
		"repository":      {"repository_dispatch", map[string]any{"client_payload": map[string]any{"comment": 9}}, true, chatops.OriginCreated},
		"something else":  {"push", map[string]any{"ref": "x"}, false, 0},
	} {
		text, err := json.Marshal(c.body)
		if err != nil {
			t.Fatal(err)
		}
		e, ok, err := answer.ReadEvent(c.event, text)
		if err != nil || ok != c.ok || ok && e.Origin != c.want {
			t.Errorf("%s: %+v, %v, %v", name, e, ok, err)
		}
	}
	for _, broken := range []string{"", "[]", `{"comment":3}`, "null{"} {
		if _, ok, err := answer.ReadEvent("issue_comment", []byte(broken)); ok || err == nil {
			t.Errorf("%q: %v, %v", broken, ok, err)
		}
	}
	if _, _, err := answer.ReadEvent("workflow_dispatch", []byte(`{"inputs":{"comment":"9; rm -rf /"}}`)); err == nil {
		t.Error("an id that is none is taken")
	}
}
