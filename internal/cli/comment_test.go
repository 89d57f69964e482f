package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
)

// A remark is what somebody wrote, with the event that GitHub makes of it.
type remark struct {
	hub    *hub
	number int
	id     int64
	event  string // file
}

// say comments, and runs nothing yet.
func (h *hub) say(t *testing.T, login string, number int, body string) *remark {
	t.Helper()
	h.Advance(time.Minute)
	h.site.now = h.Now()
	r := &remark{hub: h, number: number, id: h.Comment(login, number, body), event: filepath.Join(t.TempDir(), "event.json")}
	x := h.comment(t, number, r.id)
	user := map[string]any{"id": x.Author.ID, "login": x.Author.Login, "type": x.Author.Type}
	r.write(t, map[string]any{"action": "created", "issue": map[string]any{"number": number}, "comment": map[string]any{"id": r.id, "body": body, "user": user}, "sender": user})
	return r
}

func (r *remark) write(t *testing.T, event map[string]any) {
	t.Helper()
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.event, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (h *hub) comment(t *testing.T, number int, id int64) *githubtest.Comment {
	t.Helper()
	for _, x := range h.Issue(number).Comments {
		if x.ID == id {
			return x
		}
	}
	t.Fatalf("#%d has no comment %d", number, id)
	return nil
}

// answer runs mooring comment, as the workflow does, and expects an exit code.
func (r *remark) answer(t *testing.T, want int) string {
	t.Helper()
	env := append(slices.Clone(r.hub.env), "GITHUB_EVENT_NAME=issue_comment", "GITHUB_EVENT_PATH="+r.event)
	code, out := r.hub.site.run(t, env, "comment", "--engine", enginetest.Tofu(t))
	if code != want {
		t.Fatalf("mooring comment ended with %d, want %d:\n%s", code, want, out)
	}
	return out
}

// replies are the comments of Mooring that follow the remark.
func (r *remark) replies(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, x := range r.hub.Issue(r.number).Comments {
		if x.ID > r.id && x.Author.Login == githubtest.App {
			out = append(out, x.Body)
		}
	}
	return out
}

// faces are the reactions on the remark.
func (r *remark) faces(t *testing.T) string {
	t.Helper()
	var out []string
	for _, f := range r.hub.comment(t, r.number, r.id).Reactions {
		out = append(out, f.Content)
	}
	return strings.Join(out, " ")
}

// expect answers the remark and checks the one reply and the faces.
func (r *remark) expect(t *testing.T, faces string, wants ...string) {
	t.Helper()
	r.answer(t, cli.ExitClean)
	replies := r.replies(t)
	if len(replies) != 1 || r.faces(t) != faces {
		t.Fatalf("the faces are %q, want %q, and there are %d replies:\n%s", r.faces(t), faces, len(replies), strings.Join(replies, "\n---\n"))
	}
	for _, want := range wants {
		if !strings.Contains(replies[0], want) {
			t.Errorf("the reply does not say %q:\n%s", want, replies[0])
		}
	}
}

// decisions are what the ledger on the hub holds.
func (h *hub) decisions(t *testing.T) []ledger.Entry {
	t.Helper()
	entries, err := ledger.Parse([]byte(h.File("mooring/ledger", "ledger-000000.jsonl")))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(entries, func(e ledger.Entry) bool { return e.Kind != ledger.KindDecision })
}

// TestComments: people steer Mooring from an issue of the demo's world.
func TestComments(t *testing.T) {
	s := newSite(t)
	h := s.hub(t)
	h.publish(t, cli.ExitClean)
	issue := h.byTitle("Drift in infra/data")
	const group = "aws_cloudwatch_log_group.exports"

	t.Run("help", func(t *testing.T) {
		h.say(t, githubtest.Reader, issue, "/drift help").expect(t, "eyes rocket", "/drift ignore <address[.path]>", "because <reason>")
	})
	t.Run("not understood", func(t *testing.T) {
		h.say(t, githubtest.Writer, issue, "/drift adpot\n\nplease").expect(t, "eyes confused", "Did you mean &#34;adopt&#34;?", "Nothing was done")
	})
	t.Run("a reader is refused once", func(t *testing.T) {
		before := len(h.decisions(t))
		first := h.say(t, githubtest.Reader, issue, "/drift ignore "+group+" because I like it")
		first.expect(t, "eyes confused", "needs the role write", "yours is read")
		second := h.say(t, githubtest.Reader, issue, "/drift ignore "+group+" because I really like it")
		second.answer(t, cli.ExitClean)
		if len(second.replies(t)) != 0 || second.faces(t) != "eyes confused" {
			t.Errorf("the second time there are %d replies and the faces %q", len(second.replies(t)), second.faces(t))
		}
		if len(h.decisions(t)) != before {
			t.Error("a refused command was recorded")
		}
	})
	t.Run("ignore", func(t *testing.T) {
		r := h.say(t, githubtest.Writer, issue, "/drift ignore "+group+".retention_in_days for 30d because the cost team decides\r\n")
		r.expect(t, "eyes rocket", group+".retention_in_days", "is ignored until", "the cost team decides", "/drift unignore")
		got := h.decisions(t)
		if len(got) != 1 {
			t.Fatalf("%d decisions are recorded: %+v", len(got), got)
		}
		d := got[0]
		if d.Stack != "infra/data" || d.Address != group || d.Decision.By != githubtest.Writer || d.Decision.Action != "ignore" || d.Decision.Reason != "the cost team decides" ||
			!slices.Equal(d.Decision.Paths, []string{"retention_in_days"}) || d.Decision.Seen["retention_in_days"] == "" || d.Decision.Until.IsZero() {
			t.Errorf("the decision is %+v of %+v", *d.Decision, d)
		}
		if body := h.Issue(issue).Body; strings.Contains(strings.Split(body, "<details>")[0], group) || !strings.Contains(body, "the cost team decides") {
			t.Errorf("the issue does not say that it is ignored:\n%s", body)
		}

		// Delivered again, nothing happens.
		h.Forget()
		if out := r.answer(t, cli.ExitClean); h.Mutations() != 0 || len(r.replies(t)) != 1 || !strings.Contains(out, "answered already") {
			t.Errorf("delivered again, %d writes, %d replies: %s", h.Mutations(), len(r.replies(t)), out)
		}

		// The next scan, in another checkout of the same repository, knows of it: it writes nothing about the issue.
		body := h.Issue(issue).Body
		if code, out := s.run(t, h.env, "scan", "--quiet", "--engine", enginetest.Tofu(t), "--publish", "github"); code != cli.ExitDrift {
			t.Fatalf("scan ended with %d:\n%s", code, out)
		}
		if h.Issue(issue).Body != body {
			t.Errorf("the next scan says something else:\n%s", h.Issue(issue).Body)
		}
	})
	t.Run("unignore", func(t *testing.T) {
		h.say(t, githubtest.Writer, issue, "/drift unignore "+group).expect(t, "eyes rocket", "Taken back", group)
		if body := h.Issue(issue).Body; !strings.Contains(strings.Split(body, "<details>")[0], group) {
			t.Errorf("the issue does not list it again:\n%s", body)
		}
		h.say(t, githubtest.Writer, issue, "/drift unignore "+group).expect(t, "eyes confused", "is ignored or snoozed")
	})
	t.Run("an address that is not there", func(t *testing.T) {
		h.say(t, githubtest.Writer, issue, "/drift ignore aws_cloudwatch_log_group.export because x").expect(t, "eyes confused", "Did you mean", `aws\_cloudwatch\_log\_group.exports`)
	})
	t.Run("explain", func(t *testing.T) {
		h.say(t, githubtest.Triage, issue, "/drift explain aws_iam_role_policy.exporter").expect(t, "eyes rocket", "carol@example.com", "PutRolePolicy", "```text")
	})
	t.Run("scan and adopt in one comment", func(t *testing.T) {
		h.say(t, githubtest.Maintain, issue, "/drift scan\n/drift adopt").expect(t, "eyes rocket", "Scanned `infra/data`", "The pull request #", "is up to date")
	})
	t.Run("not for Mooring", func(t *testing.T) {
		for _, body := range []string{"> /drift scan", "please /drift scan", "```\n/drift scan\n```"} {
			r := h.say(t, githubtest.Owner, issue, body)
			h.Forget()
			if r.answer(t, cli.ExitClean); len(h.Requests()) != 0 {
				t.Errorf("%q took %d requests", body, len(h.Requests()))
			}
		}
	})
	t.Run("a bot", func(t *testing.T) {
		r := h.say(t, githubtest.Actions, issue, "/drift help")
		h.Forget()
		if r.answer(t, cli.ExitClean); len(h.Requests()) != 0 {
			t.Errorf("a bot's comment took %d requests", len(h.Requests()))
		}
	})
	t.Run("somebody's own issue", func(t *testing.T) {
		n := h.OpenIssue(githubtest.Owner, "Drift in infra/data", h.Issue(issue).Body)
		h.say(t, githubtest.Owner, n, "/drift scan").expect(t, "eyes confused", "this is not one of them")
	})
	t.Run("a box", func(t *testing.T) {
		board := h.byTitle("Drift dashboard")
		before := h.Issue(board).Body
		h.Tick(board, "Scan all stacks now")
		r := &remark{hub: h, number: board, event: filepath.Join(t.TempDir(), "event.json")}
		user := map[string]any{"id": 103, "login": githubtest.Writer, "type": "User"}
		r.write(t, map[string]any{"action": "edited", "issue": map[string]any{"number": board}, "changes": map[string]any{"body": map[string]any{"from": before}}, "sender": user})
		env := append(slices.Clone(h.env), "GITHUB_EVENT_NAME=issues", "GITHUB_EVENT_PATH="+r.event)
		if code, out := s.run(t, env, "comment", "--engine", enginetest.Tofu(t)); code != cli.ExitClean || !strings.Contains(out, "Scanned 5 stacks") {
			t.Errorf("the box ended with %d:\n%s", code, out)
		}
		if strings.Contains(h.Issue(board).Body, "[x]") {
			t.Errorf("the box is still ticked:\n%s", h.Issue(board).Body)
		}
	})
	t.Run("a pull request's code", func(t *testing.T) {
		foreign := filepath.Join(t.TempDir(), "foreign")
		s.git(t, "clone", "-q", s.dir, foreign)
		s.git(t, "-C", foreign, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "--allow-empty", "-m", "evil")
		r := h.say(t, githubtest.Owner, issue, "/drift scan")
		env := append(slices.Clone(h.env), "GITHUB_EVENT_NAME=issue_comment", "GITHUB_EVENT_PATH="+r.event)
		_, out := s.run(t, env, "comment", "-C", foreign, "--engine", enginetest.Tofu(t))
		if replies := r.replies(t); len(replies) != 1 || !strings.Contains(replies[0], "not on the default branch") || r.faces(t) != "eyes confused" {
			t.Errorf("code of a pull request: %s\n%s", fmt.Sprint(replies), out)
		}
	})
}

// TestRevert: the code is put back in force from an issue, for what is named and nothing else, by somebody who may.
func TestRevert(t *testing.T) {
	s := newSite(t)
	h := s.hub(t)
	h.publish(t, cli.ExitClean)
	issue := h.byTitle("Drift in infra/prod")
	const group = "module.web.aws_security_group.lb"

	t.Run("off", func(t *testing.T) {
		h.say(t, githubtest.Owner, issue, "/drift revert "+group).expect(t, "eyes confused", "is not enabled")
	})
	config := "audit \"file\" \"cloudtrail\" {\n  paths = [\"audit/*.json.gz\"]\n}\npublish {\n  write_interval = \"0s\"\n  first_run = \"full\"\n  pull_requests_per_hour = 10\n}\ncommands {\n  revert {\n    enabled = true\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(s.dir, ".mooring.hcl"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Run("not with write", func(t *testing.T) {
		h.say(t, githubtest.Writer, issue, "/drift revert "+group).expect(t, "eyes confused", "needs the role maintain")
	})
	t.Run("deleted meanwhile", func(t *testing.T) {
		h.say(t, githubtest.Maintain, issue, "/drift revert module.web.aws_security_group.gone").expect(t, "eyes confused", "Nothing was applied", "no resource that differs")
	})
	t.Run("not as shown", func(t *testing.T) {
		shown := regexp.MustCompile(`"shown":\{"(f_[0-9a-f]+)":"[0-9a-f]+"`)
		body := h.Issue(issue).Body
		h.EditBody(issue, func(b string) string {
			return regexp.MustCompile(`"(f_[0-9a-f]{16})":"[0-9a-f]{12}"`).ReplaceAllString(b, `"$1":"000000000000"`)
		})
		if !shown.MatchString(body) || h.Issue(issue).Body == body {
			t.Fatalf("the issue does not remember what it shows:\n%s", body)
		}
		h.say(t, githubtest.Maintain, issue, "/drift revert "+group).expect(t, "eyes confused", "what you saw is not what is there any more", "it is up to date now")
		if got := h.decisions(t); len(got) != 0 {
			t.Errorf("decisions were recorded: %+v", got)
		}
	})
	t.Run("applied", func(t *testing.T) {
		r := h.say(t, githubtest.Maintain, issue, "/drift revert "+group)
		r.expect(t, "eyes rocket", group, "says what the code says again", "resources drifted")
		if body := h.Issue(issue).Body; strings.Contains(strings.Split(body, "<details>")[0], group) || !strings.Contains(body, "aws_db_instance") {
			t.Errorf("the issue should list all but %s:\n%s", group, body)
		}
		got := h.decisions(t)
		if len(got) != 1 || got[0].Decision.Action != "revert" || got[0].Address != group {
			t.Errorf("decisions: %+v", got)
		}
		entries, err := ledger.Parse([]byte(h.File("mooring/ledger", "ledger-000000.jsonl")))
		if err != nil {
			t.Fatal(err)
		}
		applies := slices.DeleteFunc(entries, func(e ledger.Entry) bool { return e.Kind != ledger.KindApply })
		if len(applies) != 1 || applies[0].Apply.Principal != "revert by "+githubtest.Maintain {
			t.Errorf("applies: %+v", applies)
		}
		// Delivered again, even when the answer got lost, nothing is applied.
		h.Forget()
		r.answer(t, cli.ExitClean)
		if h.Mutations() != 0 {
			t.Errorf("delivered again, there are %d writes", h.Mutations())
		}
	})
	t.Run("more than was named", func(t *testing.T) {
		h.say(t, githubtest.Maintain, issue, "/drift revert").expect(t, "eyes confused", "Nothing was applied")
	})
}
