package github_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// world is a GitHub and a client of it, whose clock and sleep are the server's.
type world struct {
	*githubtest.Server
	t        testing.TB
	base     string
	limits   forge.Limits
	slept    time.Duration
	sleeping sync.Mutex // runs may sleep beside each other
	commit   string     // that publications are made from; "" is not looked at
	// transport is how clients reach the server; nil goes over the network.
	transport http.RoundTripper
}

func newWorld(t testing.TB, o githubtest.Options) *world {
	t.Helper()
	if o.Files == nil {
		o.Files = map[string]string{}
		for i := range 30 {
			o.Files[fmt.Sprintf("infra/s%02d/main.tf", i)] = "size = \"small\"\n"
		}
	}
	w := &world{Server: githubtest.New(t, o), t: t, limits: forge.NoLimits()}
	w.base = w.Tip("main")
	return w
}

func (w *world) client(token string) *github.Client {
	w.t.Helper()
	transport := w.transport
	if transport == nil {
		network := &http.Transport{}
		w.t.Cleanup(network.CloseIdleConnections)
		transport = network
	}
	c, err := github.New(github.Options{
		Token: token, BaseURL: w.URL, Repository: "acme/infra", Transport: transport, Now: w.Now, Commit: w.commit,
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.Advance(d)
			w.sleeping.Lock()
			defer w.sleeping.Unlock()
			w.slept += d
			return ctx.Err()
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) syncAs(token string, pubs ...forge.Publication) forge.Report {
	w.t.Helper()
	report, err := w.client(token).Sync(w.t.Context(), pubs, w.limits, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

// sync publishes as the app and expects no problems.
func (w *world) sync(pubs ...forge.Publication) forge.Report {
	w.t.Helper()
	report := w.syncAs(w.Token(githubtest.App), pubs...)
	for _, p := range report.Problems {
		w.t.Errorf("problem: %s", p)
	}
	return report
}

// quiet publishes and expects that nothing is written.
func (w *world) quiet(pubs ...forge.Publication) forge.Report {
	w.t.Helper()
	w.Forget()
	report := w.sync(pubs...)
	for _, r := range w.Requests() {
		if r.Mutation {
			w.t.Errorf("unexpected write: %s %s", r.Method, r.Path)
		}
	}
	return report
}

func stackName(n int) string { return fmt.Sprintf("infra/s%02d", n) }

func issue(stack, body string) forge.Publication {
	return forge.Publication{
		Kind: forge.KindIssue, Stack: stack, Fingerprint: "fp-" + stack, Parts: []string{"p1-" + stack}, Title: "Drift in " + stack, Body: body, Labels: []string{"drift"},
	}
}

// group is the issue of a group of environments.
func group(name, body string) forge.Publication {
	return forge.Publication{
		Kind: forge.KindGroup, Item: name, Fingerprint: "fp-" + name, Parts: []string{"p1-" + name}, Title: "Environments of " + name + " differ", Body: body, Labels: []string{"drift"},
	}
}

func (w *world) pull(stack, size string) forge.Publication {
	return forge.Publication{
		Kind: forge.KindPull, Stack: stack, Fingerprint: "fp-" + stack, Parts: []string{"p1-" + stack}, Title: "Adopt what is live in " + stack,
		Body: "Adopts " + size + ". See " + forge.Link(forge.KindIssue, stack, "the issue") + ".", Labels: []string{"drift"},
		Commit: &forge.Commit{
			Base: w.base, Message: "Adopt what is live\n\nDrift-Actor: ada@example.com",
			Files: []forge.File{{Path: stack + "/main.tf", Content: []byte("size = \"" + size + "\"\n")}},
		},
	}
}

func resolved(p forge.Publication) forge.Publication {
	p.Resolved, p.Commit = "It says what the code says again.", nil
	return p
}

func branch(stack string) string { return "mooring/adopt/" + strings.ReplaceAll(stack, "/", "-") }

func did(report forge.Report) []string {
	var out []string
	for _, a := range report.Done {
		out = append(out, string(a.Op)+" "+string(a.Kind))
	}
	return out
}

func reasons(report forge.Report) string {
	var out []string
	for _, l := range report.Left {
		out = append(out, l.Action.String()+": "+l.Reason)
	}
	return strings.Join(out, "\n")
}
