package githubtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/mooringdev/mooring/internal/githubtest"
)

// receiver is a webhook server that notes what it gets.
type receiver struct {
	mu   sync.Mutex
	got  []string // event, action and sender
	ids  []string
	fail []string
}

func (r *receiver) serve(secret string) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		raw, err := io.ReadAll(request.Body)
		var payload struct {
			Action string
			Sender struct{ Login string }
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil || json.Unmarshal(raw, &payload) != nil || request.Header.Get("X-Hub-Signature-256") != githubtest.Sign(secret, raw) {
			r.fail = append(r.fail, string(raw))
		}
		r.got = append(r.got, strings.TrimSpace(request.Header.Get("X-GitHub-Event")+" "+payload.Action)+" by "+payload.Sender.Login)
		r.ids = append(r.ids, request.Header.Get("X-GitHub-Delivery"))
		w.WriteHeader(http.StatusAccepted)
	}
}

// TestWebhooks: whatever somebody does is told to the App, signed, in order, as GitHub describes it.
func TestWebhooks(t *testing.T) {
	s := githubtest.New(t, githubtest.Options{Files: map[string]string{".github/workflows/drift.yml": "on: workflow_dispatch\n", "a.tf": "x"}})
	var r receiver
	web := httptest.NewServer(r.serve("secret"))
	t.Cleanup(web.Close)
	s.Hook(web.URL, "secret")
	token := s.Token(githubtest.App)
	send := func(method, path, body string, want int) any {
		t.Helper()
		status, answer, _ := call(t, s, token, method, path, body)
		if status != want {
			t.Fatalf("%s %s: %d %v", method, path, status, answer)
		}
		return answer
	}
	issue := s.OpenIssue(githubtest.Writer, "t", "- [ ] box")
	comment := s.Comment(githubtest.Writer, issue, "/drift help")
	s.EditComment(githubtest.Reader, comment, "/drift revert")
	s.DeleteComment(githubtest.Writer, comment)
	s.TickAs(githubtest.Maintain, issue, "box")
	s.AddLabel(issue, "drift:hold")
	s.DropLabel(issue, "drift:hold")
	s.Close(githubtest.Writer, issue, "not_planned")
	s.Reopen(githubtest.Writer, issue)
	s.Lock(issue)
	send("POST", repo+"/issues", `{"title":"two","labels":["drift"]}`, 201)
	send("PATCH", repo+"/issues/2", `{"title":"three","state":"closed"}`, 200)
	sha := s.Push(githubtest.Writer, "b", "a.tf", "y")
	send("POST", repo+"/pulls", `{"title":"t","head":"b","base":"main"}`, 201)
	s.Push(githubtest.Writer, "b", "a.tf", "z")
	s.Merge(githubtest.Maintain, 3)
	send("POST", repo+"/check-runs", `{"name":"drift","head_sha":"`+sha+`","status":"in_progress"}`, 201)
	check := s.Checks()[0].ID
	s.Rerequest(githubtest.Writer, check)
	s.RequestAction(githubtest.Writer, check, "scan")
	send("POST", repo+"/actions/workflows/drift.yml/dispatches", `{"ref":"main","inputs":{"stack":"a"}}`, 204)
	s.FinishRun(s.Runs()[0].ID, "success")
	s.Uninstall(githubtest.Owner)
	s.Install(githubtest.Owner)
	s.Settle()
	want := strings.Split(`ping by olga
issues opened by will
issue_comment created by will
issue_comment edited by rita
issue_comment deleted by will
issues edited by mia
issues labeled by olga
issues unlabeled by olga
issues closed by will
issues reopened by will
issues locked by olga
issues opened by mooring[bot]
issues labeled by mooring[bot]
issues edited by mooring[bot]
issues closed by mooring[bot]
push by will
pull_request opened by mooring[bot]
pull_request synchronize by will
push by will
push by mia
pull_request closed by mia
check_run created by mooring[bot]
check_run rerequested by will
check_run requested_action by will
workflow_run requested by mooring[bot]
workflow_run completed by mooring[bot]
installation deleted by olga
installation created by olga`, "\n")
	if got := strings.Join(r.got, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("received\n%s", got)
	}
	if len(r.fail) > 0 {
		t.Errorf("unsigned or broken: %q", r.fail)
	}
	seen := map[string]bool{}
	for _, id := range r.ids {
		if seen[id] {
			t.Errorf("two deliveries have the id %s", id)
		}
		seen[id] = true
	}
	s.Redeliver(r.ids[2])
	s.Settle()
	if last := s.Deliveries()[len(want)]; !last.Again || last.Status != http.StatusAccepted || r.ids[len(r.ids)-1] != r.ids[2] {
		t.Errorf("the redelivery is %+v with id %s", last, r.ids[len(r.ids)-1])
	}
}

// A receiver that is away loses what was sent, as with GitHub; the delivery says so, and can be asked for again.
func TestDeliveryToNobody(t *testing.T) {
	s := githubtest.New(t, githubtest.Options{})
	web := httptest.NewServer(http.NotFoundHandler())
	web.Close()
	s.Hook(web.URL, "secret")
	s.OpenIssue(githubtest.Writer, "t", "")
	s.Settle()
	for _, d := range s.Deliveries() {
		if d.Status != 0 {
			t.Errorf("%s was answered with %d", d.Event, d.Status)
		}
	}
	if len(s.Deliveries()) != 2 {
		t.Errorf("%d deliveries", len(s.Deliveries()))
	}
}
