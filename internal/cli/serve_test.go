package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// until waits for something that another goroutine brings about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("it never came to pass that %s", what)
}

// TestServe is the whole way: somebody comments, GitHub tells the App's server, the server has the workflow run, the workflow scans with a real
// engine and answers, the ledger grows, and an open pull request says what it touches.
func TestServe(t *testing.T) {
	s := newSite(t)
	h := s.hub(t)
	workflow := append(h.env[:len(h.env):len(h.env)], "GITHUB_TOKEN="+h.Token(githubtest.Actions)) // the last one wins
	publish := func(args ...string) {
		t.Helper()
		if code, out := s.run(t, workflow, append([]string{"publish"}, args...)...); code != cli.ExitClean {
			t.Fatalf("publish ended with %d:\n%s", code, out)
		}
	}
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "bot.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	log := &bytes.Buffer{}
	const secret = "the-secret-of-the-webhook"
	server, err := bot.New(bot.Settings{URL: "https://drift.example.com", API: h.URL, GraphQL: h.GraphQLURL, AppID: githubtest.AppID, Key: h.AppKey(), Secrets: []string{secret}}, st, slog.New(slog.NewTextHandler(log, nil)), h.Now)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, l) }()
	stopped := false
	end := func() {
		if !stopped {
			stopped = true
			stop()
			if err := <-ended; err != nil {
				t.Errorf("the server ended with %v", err)
			}
		}
	}
	defer end()
	h.Hook("http://"+l.Addr().String()+"/webhook", secret)
	publish(s.results) // as the scheduled workflow does, with its own token

	issue := h.byTitle("Drift in infra/data")
	comment := func(login, body string) int64 {
		h.Advance(time.Minute)
		s.now = h.Now()
		return h.Comment(login, issue, body)
	}
	runs := func() int { return len(h.Dispatches()) }
	carryOut := func() {
		t.Helper()
		all := h.Dispatches()
		last := all[len(all)-1]
		event := filepath.Join(t.TempDir(), "event.json")
		text, err := json.Marshal(map[string]any{"inputs": last.Inputs, "ref": "refs/heads/main", "sender": map[string]any{"id": 7001, "login": githubtest.App, "type": "Bot"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(event, text, 0o644); err != nil {
			t.Fatal(err)
		}
		code, out := s.run(t, append(workflow, "GITHUB_EVENT_NAME=workflow_dispatch", "GITHUB_EVENT_PATH="+event), "comment", "--engine", enginetest.Tofu(t))
		if code != cli.ExitClean {
			t.Fatalf("the workflow's mooring comment ended with %d:\n%s", code, out)
		}
	}
	answers := func(id int64) (out []string) {
		for _, x := range h.Issue(issue).Comments {
			if strings.Contains(x.Body, fmt.Sprintf("answer:%d\"", id)) {
				out = append(out, x.Author.Login+": "+x.Body)
			}
		}
		return out
	}

	id := comment(githubtest.Writer, "/drift ignore aws_cloudwatch_log_group.exports because the cost team decides")
	until(t, "the run is started", func() bool { return runs() == 1 })
	if d := h.Dispatches()[0]; d.Workflow != "drift.yml" || d.Inputs["comment"] != fmt.Sprint(id) {
		t.Fatalf("started: %+v", d)
	}
	carryOut()
	carryOut() // a run that is started twice does nothing twice
	if got := answers(id); len(got) != 1 || !strings.HasPrefix(got[0], githubtest.Actions) || !strings.Contains(got[0], "is ignored") {
		t.Fatalf("the answers are %q", got)
	}
	if got := h.decisions(t); len(got) != 1 || got[0].Decision.By != githubtest.Writer {
		t.Errorf("decisions: %+v", got)
	}
	if r := (&remark{hub: h, number: issue, id: id}).faces(t); r != "eyes eyes rocket" && r != "eyes rocket" {
		t.Errorf("the faces are %q", r)
	}

	// The role is taken away between admission and execution: the run refuses.
	id = comment(githubtest.Writer, "/drift unignore")
	until(t, "the second run is started", func() bool { return runs() == 2 })
	h.SetRole(githubtest.Writer, "read")
	carryOut()
	h.SetRole(githubtest.Writer, "write")
	if got := h.decisions(t); len(got) != 1 || len(answers(id)) != 0 {
		t.Errorf("somebody who may not any more was obeyed: %+v, %q", got, answers(id))
	}

	// Help takes no run.
	id = comment(githubtest.Reader, "/drift help")
	until(t, "help is given", func() bool { return len(answers(id)) == 1 })
	if got := answers(id)[0]; !strings.HasPrefix(got, githubtest.App) || runs() != 2 {
		t.Errorf("help: %s; %d runs", got, runs())
	}

	// What the scans wrote to the ledger is known to the server.
	until(t, "the server knows the drift", func() bool {
		r, ok, err := st.RepositoryNamed(t.Context(), "acme/infra")
		return err == nil && ok && strings.Contains(string(r.State), "infra/data")
	})
	end()
	if strings.Contains(log.String(), secret) || strings.Contains(log.String(), "ghs_") {
		t.Errorf("the log holds a secret:\n%s", log)
	}
}
