package bot_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
)

// secret signs the webhooks of tests.
const secret = "canary-webhook-secret-0123456789"

// A log is what the server wrote.
type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A world is a GitHub with the App on it, and the App's server.
type world struct {
	*githubtest.Server
	t      *testing.T
	server *bot.Server
	store  *store.Store
	web    *httptest.Server
	log    *logText
	path   string // of the database
}

func newWorld(t *testing.T, opts githubtest.Options, change func(*bot.Settings)) *world {
	t.Helper()
	w := &world{Server: githubtest.New(t, opts), t: t, log: &logText{}, path: filepath.Join(t.TempDir(), "bot.db")}
	w.start(change)
	return w
}

// start opens the database and makes the server, as after a restart.
func (w *world) start(change func(*bot.Settings)) {
	w.t.Helper()
	settings := bot.Settings{
		URL: "https://drift.example.com", API: w.URL, GraphQL: w.GraphQLURL, AppID: githubtest.AppID, Key: w.AppKey(), Secrets: []string{"canary-older-secret-0123456789ab", secret}, Workflow: "drift.yml",
	}
	if change != nil {
		change(&settings)
	}
	var err error
	if w.store, err = store.Open(w.t.Context(), "sqlite:"+w.path); err != nil {
		w.t.Fatal(err)
	}
	st := w.store
	w.t.Cleanup(func() { _ = st.Close() })
	if w.server, err = bot.New(settings, w.store, slog.New(slog.NewJSONHandler(w.log, nil)), w.Now); err != nil {
		w.t.Fatal(err)
	}
	w.web = httptest.NewServer(w.server.Handler())
	w.t.Cleanup(w.web.Close)
	w.server.SetReady(true)
}

// listen has the App's webhooks come in from now on.
func (w *world) listen() {
	w.t.Helper()
	w.Hook(w.web.URL+"/webhook", secret)
}

// settle delivers all webhooks and does all that is due.
func (w *world) settle() {
	w.t.Helper()
	for {
		w.Settle()
		n, err := w.server.Drain(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		w.Settle()
		if n == 0 {
			return
		}
	}
}

// deliver posts a payload as GitHub would, with headers changed.
func (w *world) deliver(event, id string, payload []byte, header map[string]string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.web.URL+"/webhook", bytes.NewReader(payload))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", event)
	r.Header.Set("X-GitHub-Delivery", id)
	r.Header.Set("X-Hub-Signature-256", githubtest.Sign(secret, payload))
	for k, v := range header {
		r.Header.Del(k)
		if v != "" {
			r.Header.Set(k, v)
		}
	}
	return w.do(r)
}

func (w *world) do(r *http.Request) (int, string) {
	w.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

// issue opens Mooring's issue of a stack, by an account that publishes.
func (w *world) issue(by, stack string) int {
	return w.OpenIssue(by, "Drift in "+stack, forge.Marker{V: 1, Kind: forge.KindIssue, Stack: stack}.String()+"\n\ntext\n\n<!-- mooring end -->")
}

// as is a client with an account's token, for what a workflow does.
func (w *world) as(login string) *github.Client {
	w.t.Helper()
	c, err := github.New(github.Options{Token: w.Token(login), BaseURL: w.URL, GraphQLURL: w.GraphQLURL, Repository: "acme/infra", Now: w.Now, Interval: -1})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// remember writes entries to the ledger, as the end of a scan does.
func (w *world) remember(entries ...ledger.Entry) {
	w.t.Helper()
	book := ledger.Ledger{Store: w.as(githubtest.Actions).Ledger("")}
	if err := book.Append(w.t.Context(), entries...); err != nil {
		w.t.Fatal(err)
	}
}

// drifts writes a scan that saw stacks drift.
func (w *world) drifts(stacks ...string) {
	w.t.Helper()
	var entries []ledger.Entry
	at := w.Now()
	for _, s := range stacks {
		entries = append(entries, ledger.Entry{At: at, Kind: ledger.KindFirstSeen, Stack: s, Finding: "f_" + s, Address: "aws_instance.web", Difference: &ledger.Difference{Kind: "drift", Paths: []string{"instance_type"}}})
	}
	w.remember(append(entries, ledger.Entry{At: at, Kind: ledger.KindScan, Scan: &ledger.Scan{Commit: "c", Drifted: stacks}})...)
}

// faces are the reactions on a comment.
func (w *world) faces(number int, id int64) string {
	w.t.Helper()
	var out []string
	for _, c := range w.Issue(number).Comments {
		if c.ID == id {
			for _, r := range c.Reactions {
				out = append(out, r.Content)
			}
		}
	}
	return strings.Join(out, " ")
}

// replies are the App's comments on an issue.
func (w *world) replies(number int) []string {
	var out []string
	for _, c := range w.Issue(number).Comments {
		if c.Author.Login == githubtest.App {
			out = append(out, c.Body)
		}
	}
	return out
}

// comments lists what was dispatched: the inputs comment and stacks.
func (w *world) dispatched() string {
	var out []string
	for _, d := range w.Dispatches() {
		out = append(out, fmt.Sprintf("%v/%v", d.Inputs["comment"], d.Inputs["stacks"]))
	}
	return strings.Join(out, " ")
}
