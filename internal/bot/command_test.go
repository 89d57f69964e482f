package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// TestCommands: what people say on an issue is admitted or refused, and handed to the workflow once.
func TestCommands(t *testing.T) {
	for _, publisher := range []string{githubtest.App, githubtest.Actions} {
		t.Run(publisher, func(t *testing.T) {
			w := newWorld(t, githubtest.Options{}, nil)
			w.listen()
			n := w.issue(publisher, "infra/prod")
			for _, c := range []struct {
				name, login, body string
				faces, reply      string
				started           bool
			}{
				{"a command", githubtest.Writer, "/drift scan", "eyes", "", true},
				{"a decision", githubtest.Writer, "/drift ignore aws_instance.web because the team decided", "eyes", "", true},
				{"help", githubtest.Reader, "/drift help", "eyes rocket", "because <reason>", false},
				{"not understood", githubtest.Writer, "/drift adpot", "eyes confused", "Did you mean", false},
				{"without the role", githubtest.Reader, "/drift scan", "eyes confused", "needs the role write", false},
				{"a stranger", githubtest.Outsider, "/drift adopt", "eyes confused", "yours is none", false},
				{"revert is off", githubtest.Owner, "/drift revert aws_instance.web", "eyes confused", "is not enabled", false},
				{"talk", githubtest.Owner, "please /drift scan", "", "", false},
				{"quoted", githubtest.Owner, "> /drift scan", "", "", false},
				{"a bot", githubtest.Actions, "/drift scan", "", "", false},
				{"a marker", githubtest.Owner, "/drift scan\n<!-- mooring {} -->", "", "", false},
			} {
				t.Run(c.name, func(t *testing.T) {
					replies, runs := len(w.replies(n)), len(w.Dispatches())
					w.Advance(time.Minute)
					id := w.Comment(c.login, n, c.body)
					w.settle()
					if got := w.faces(n, id); got != c.faces {
						t.Errorf("the faces are %q, want %q", got, c.faces)
					}
					news := w.replies(n)[replies:]
					if c.reply == "" && len(news) != 0 || c.reply != "" && (len(news) != 1 || !strings.Contains(news[0], c.reply)) {
						t.Errorf("the replies are %q, want one with %q", news, c.reply)
					}
					all := w.Dispatches()[runs:]
					if !c.started {
						if len(all) != 0 {
							t.Errorf("runs were started: %+v", all)
						}
						return
					}
					if len(all) != 1 || all[0].Workflow != "drift.yml" || all[0].Ref != "main" || all[0].Inputs["comment"] != fmt.Sprint(id) || all[0].Inputs["title"] != fmt.Sprintf("mooring 4242-comment-%d", id) {
						t.Errorf("started: %+v", all)
					}
				})
			}
		})
	}
}

// TestSameCommentTenTimes: redelivered, delivered under other ids, and delivered after a restart, one comment starts one run.
func TestSameCommentTenTimes(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	w.listen()
	n := w.issue(githubtest.App, "infra/prod")
	w.Comment(githubtest.Writer, n, "/drift scan")
	w.settle()
	var last githubtest.Delivery
	for _, d := range w.Deliveries() {
		if d.Event == "issue_comment" {
			last = d
		}
	}
	for i := range 9 {
		if i%2 == 0 {
			w.Redeliver(last.ID)
		} else if status, outcome := w.deliver("issue_comment", fmt.Sprintf("other-%d", i), last.Payload, nil); status != 202 || outcome != "queued" {
			t.Errorf("a replay under another id: %d %s", status, outcome)
		}
	}
	w.settle()
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.web.Close()
	w.start(nil)
	if status, outcome := w.deliver("issue_comment", last.ID, last.Payload, nil); status != 202 || outcome != "known already" {
		t.Errorf("after a restart: %d %s", status, outcome)
	}
	w.deliver("issue_comment", "yet-another", last.Payload, nil)
	w.settle()
	if got := w.Dispatches(); len(got) != 1 {
		t.Errorf("%d runs were started: %+v", len(got), got)
	}
}

// TestMeanwhile: what changes between the webhook and the work decides, not what the webhook said.
func TestMeanwhile(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	w.listen()
	n := w.issue(githubtest.App, "infra/prod")
	t.Run("the comment is deleted", func(t *testing.T) {
		id := w.Comment(githubtest.Writer, n, "/drift scan")
		w.DeleteComment(githubtest.Writer, id)
		w.settle()
		if len(w.Dispatches()) != 0 || len(w.replies(n)) != 0 {
			t.Errorf("it was answered: %v, %v", w.Dispatches(), w.replies(n))
		}
	})
	t.Run("the comment is edited", func(t *testing.T) {
		id := w.Comment(githubtest.Writer, n, "/drift scan")
		w.Settle()
		w.Advance(time.Minute)
		w.EditComment(githubtest.Owner, id, "/drift adopt")
		w.settle()
		if len(w.Dispatches()) != 0 || len(w.replies(n)) != 1 || !strings.Contains(w.replies(n)[0], "was edited") {
			t.Errorf("an edited comment: %v, %v", w.Dispatches(), w.replies(n))
		}
	})
	t.Run("the role is taken away", func(t *testing.T) {
		before := len(w.replies(n))
		w.Comment(githubtest.Writer, n, "/drift adopt")
		w.Settle()
		w.SetRole(githubtest.Writer, "read")
		w.settle()
		w.SetRole(githubtest.Writer, "write")
		if news := w.replies(n)[before:]; len(w.Dispatches()) != 0 || len(news) != 1 || !strings.Contains(news[0], "yours is read") {
			t.Errorf("a revoked role: %v, %q", w.Dispatches(), news)
		}
	})
	t.Run("two people at once", func(t *testing.T) {
		a := w.Comment(githubtest.Writer, n, "/drift adopt")
		b := w.Comment(githubtest.Maintain, n, "/drift ignore aws_instance.web because x")
		w.settle()
		if got := w.dispatched(); got != fmt.Sprintf("%d/ %d/", a, b) {
			t.Errorf("started: %s", got)
		}
	})
	t.Run("out of order", func(t *testing.T) {
		w.Unhook()
		id := w.Comment(githubtest.Writer, n, "/drift scan")
		w.DeleteComment(githubtest.Writer, id)
		runs := len(w.Dispatches())
		payload := fmt.Appendf(nil, `{"action":"created","installation":{"id":501},"repository":{"id":4242,"full_name":"acme/infra"},"issue":{"number":%d},
			"comment":{"id":%d,"body":"/drift scan","user":{"id":103,"login":"will","type":"User"}},"sender":{"id":103,"login":"will","type":"User"}}`, n, id)
		deleted := []byte(strings.Replace(string(payload), `"created"`, `"deleted"`, 1))
		if _, outcome := w.deliver("issue_comment", "deleted-first", deleted, nil); outcome != "only new comments are commands" {
			t.Errorf("deleted: %s", outcome)
		}
		w.deliver("issue_comment", "created-second", payload, nil)
		w.settle()
		if len(w.Dispatches()) != runs {
			t.Error("a comment that is gone started a run")
		}
	})
	t.Run("the App is gone", func(t *testing.T) {
		w.listen()
		w.Comment(githubtest.Writer, n, "/drift scan")
		w.Settle()
		runs := len(w.Dispatches())
		w.Uninstall(githubtest.Owner)
		w.settle()
		w.Advance(time.Minute)
		w.settle()
		if len(w.Dispatches()) != runs {
			t.Error("an App that is gone started a run")
		}
		if dead, err := w.store.Dead(t.Context(), 10); err != nil || len(dead) != 0 {
			t.Errorf("buried: %+v, %v", dead, err)
		}
		if known, err := w.store.Repositories(t.Context()); err != nil || len(known) != 0 {
			t.Errorf("repositories: %+v, %v", known, err)
		}
	})
}

// TestBoxes: a ticked box of the dashboard scans everything, every time, for those who may.
func TestBoxes(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	w.listen()
	body := forge.Marker{V: 1, Kind: forge.KindDashboard}.String() + "\n\n" + forge.Box("scan", "Scan all stacks now") + "\n\n<!-- mooring end -->"
	n := w.OpenIssue(githubtest.App, "Drift dashboard", body)
	w.settle()
	for i := range 2 {
		w.Advance(time.Minute)
		w.TickAs(githubtest.Writer, n, "Scan all stacks now")
		w.settle()
		if got := w.Dispatches(); len(got) != i+1 || got[i].Inputs["comment"] != "" || got[i].Inputs["stacks"] != "" {
			t.Fatalf("tick %d started %+v", i+1, got)
		}
		w.EditBody(n, func(string) string { return body }) // what the workflow does in the end
		w.settle()
	}
	w.TickAs(githubtest.Reader, n, "Scan all stacks now")
	w.settle()
	if got := w.Dispatches(); len(got) != 2 {
		t.Errorf("a reader's tick started %+v", got)
	}
	if r := w.replies(n); len(r) != 1 || !strings.Contains(r[0], "needs the role write") {
		t.Errorf("the reader was told %q", r)
	}
}

// TestNotStarted: what cannot be started is said, once.
func TestNotStarted(t *testing.T) {
	w := newWorld(t, githubtest.Options{Files: map[string]string{".github/workflows/other.yml": "on: push"}}, nil)
	w.listen()
	n := w.issue(githubtest.App, "infra/prod")
	id := w.Comment(githubtest.Writer, n, "/drift scan")
	w.settle()
	if r := w.replies(n); len(r) != 1 || !strings.Contains(r[0], "drift.yml") || w.faces(n, id) != "eyes confused" {
		t.Errorf("the replies are %q, the faces %q\n%s", r, w.faces(n, id), w.log)
	}
	if dead, err := w.store.Dead(t.Context(), 10); err != nil || len(dead) != 0 {
		t.Errorf("buried: %+v, %v", dead, err)
	}
}

// TestRunFails: a run that ends without an answer is answered for; one that answered is not.
func TestRunFails(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	w.listen()
	n := w.issue(githubtest.Actions, "infra/prod")
	start := func() (comment, run int64) {
		w.Advance(time.Minute)
		comment = w.Comment(githubtest.Writer, n, "/drift scan")
		w.settle()
		all := w.Dispatches()
		last := all[len(all)-1]
		w.TitleRun(last.Run, fmt.Sprint(last.Inputs["title"]))
		return comment, last.Run
	}
	comment, run := start()
	w.FinishRun(run, "failure")
	w.settle()
	if r := w.replies(n); len(r) != 1 || !strings.Contains(r[0], "without an answer") || w.faces(n, comment) != "eyes confused" {
		t.Errorf("the replies are %q, the faces %q", r, w.faces(n, comment))
	}
	comment, run = start()
	topic := fmt.Sprintf("answer:%d", comment)
	if err := w.as(githubtest.Actions).Say(t.Context(), n, topic, forge.Answer(topic, "Scanned.", true)); err != nil {
		t.Fatal(err)
	}
	w.FinishRun(run, "failure")
	w.settle()
	if r := w.replies(n); len(r) != 1 {
		t.Errorf("an answered comment was answered again: %q", r)
	}
}

// TestLostAnswer: GitHub starts a run and its answer is lost. The run is found by its title, and no other is started.
func TestLostAnswer(t *testing.T) {
	for name, titled := range map[string]bool{"the run is found": true, "there is none": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, githubtest.Options{}, nil)
			w.listen()
			n := w.issue(githubtest.App, "infra/prod")
			lost := false
			w.Inject(func(r githubtest.Request) githubtest.Fault {
				if strings.HasSuffix(r.Path, "/dispatches") && !lost {
					lost = true
					if titled {
						return githubtest.Fault{Status: 502, After: true}
					}
					return githubtest.Fault{Status: 502}
				}
				return githubtest.Fault{}
			})
			w.Comment(githubtest.Writer, n, "/drift scan")
			w.settle()
			if titled {
				all := w.Dispatches()
				if len(all) != 1 {
					t.Fatalf("%+v", all)
				}
				w.TitleRun(all[0].Run, fmt.Sprint(all[0].Inputs["title"]))
			}
			for range 4 {
				w.Advance(30 * time.Second)
				w.settle()
			}
			if got := w.Dispatches(); len(got) != 1 {
				t.Errorf("%d runs were started", len(got))
			}
			if counts, err := w.store.Counts(t.Context()); err != nil || counts["ready"]+counts["running"]+counts["dead"] != 0 {
				t.Errorf("jobs: %v %v\n%s", counts, err, w.log)
			}
		})
	}
}
