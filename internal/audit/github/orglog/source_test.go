package orglog_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/github/orglog"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// server answers as GitHub does: two entries a page, the next page named in the Link header by a cursor.
type server struct {
	answers []func(http.ResponseWriter) // what to answer first, instead
	loop    bool                        // name the first page again at the end
	entries []string
	asked   []string
	slept   []time.Duration
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/orgs/acme/audit-log" || r.Header.Get("Authorization") != "Bearer secret" || r.FormValue("per_page") != "100" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.asked = append(s.asked, r.FormValue("phrase")+" "+r.FormValue("after"))
	if len(s.answers) > 0 {
		first := s.answers[0]
		s.answers = s.answers[1:]
		first(w)
		return
	}
	at, _ := strconv.Atoi(strings.TrimPrefix(r.FormValue("after"), "c"))
	end := min(at+2, len(s.entries))
	switch {
	case end < len(s.entries):
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?after=c%d&before=>; rel="next"`, r.Host, r.URL.Path, end))
	case s.loop:
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?after=c%d&before=>; rel="next"`, r.Host, r.URL.Path, 2))
	}
	fmt.Fprintf(w, "[%s]", strings.Join(s.entries[at:end], ","))
}

func refuse(status int, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, `{"message":"no"}`)
	}
}

func half(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `[{"action":"repo.access","_docu`)
}

func entry(id string) string {
	return fmt.Sprintf(`{"_document_id":%q,"action":"repo.access","actor":"octocat","created_at":%d,"org":"acme","repo":"acme/site","visibility":"public"}`,
		id, now.Add(-time.Hour).UnixMilli())
}

func read(t *testing.T, s *server, q audit.Query, token string) (events []audit.Event, unreadable int, problems []*audit.SourceError) {
	t.Helper()
	ts := httptest.NewServer(s)
	defer ts.Close()
	src := orglog.New(orglog.Options{Organization: "acme", Token: token, TokenName: "GITHUB_AUDIT_TOKEN", URL: ts.URL, Now: func() time.Time { return now },
		Backoff: pace.Backoff{Attempts: 3, Sleep: func(_ context.Context, d time.Duration) error { s.slept = append(s.slept, d); return nil }}})
	for e, err := range src.Query(context.Background(), q) {
		var problem *audit.SourceError
		var bad *audit.Unreadable
		switch {
		case errors.As(err, &problem):
			problems = append(problems, problem)
		case errors.As(err, &bad):
			unreadable++
		case err != nil:
			t.Fatal(err)
		default:
			events = append(events, e)
		}
	}
	return events, unreadable, problems
}

var day = audit.Query{From: now.AddDate(0, 0, -1), To: now}

func TestPages(t *testing.T) {
	s := &server{entries: []string{entry("a"), entry("b"), `"no entry"`, entry("c"), entry("d")}}
	events, unreadable, problems := read(t, s, day, "secret")
	if len(events) != 4 || unreadable != 1 || len(problems) != 0 {
		t.Fatalf("got %d events, %d unreadable, %v", len(events), unreadable, problems)
	}
	if e := events[0]; !e.Time.Equal(now.Add(-time.Hour)) || e.Actor.Name != "octocat" || e.Account != "acme" {
		t.Errorf("got %+v", e)
	}
	if want := []string{"created:>=2026-11-20T09:00:00Z ", "created:>=2026-11-20T09:00:00Z c2", "created:>=2026-11-20T09:00:00Z c4"}; !slices.Equal(s.asked, want) {
		t.Errorf("asked %q, want %q", s.asked, want)
	}
}

func TestWindows(t *testing.T) {
	s := &server{}
	_, _, problems := read(t, s, audit.Query{From: now.AddDate(-1, 0, 0), To: now.AddDate(0, 0, -1)}, "secret")
	if len(problems) != 1 || problems[0].Code != audit.ProblemRetention {
		t.Errorf("got %v, want to be told that a year is not kept", problems)
	}
	if want := []string{"created:2026-05-25T09:00:00Z..2026-11-20T09:00:00Z "}; !slices.Equal(s.asked, want) {
		t.Errorf("asked %q, want %q", s.asked, want)
	}
}

func TestRefusals(t *testing.T) {
	reset := strconv.FormatInt(now.Add(2*time.Hour).Unix(), 10)
	tests := []struct {
		name    string
		answers []func(http.ResponseWriter)
		events  int
		slept   []time.Duration
		code    audit.ProblemCode // "" for none
		text    string
	}{
		{"throttled", []func(http.ResponseWriter){refuse(429, "Retry-After", "7"), refuse(503)}, 1, []time.Duration{7 * time.Second, 2 * time.Second}, "", ""},
		{"throttled for good", []func(http.ResponseWriter){refuse(429), refuse(429), refuse(429)}, 0, []time.Duration{time.Second, 2 * time.Second}, audit.ProblemFailed, "after 3 attempts"},
		{"out of requests for hours", []func(http.ResponseWriter){refuse(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset)}, 0, nil, audit.ProblemFailed, "longer than a scan waits"},
		{"expired", []func(http.ResponseWriter){refuse(401)}, 0, nil, audit.ProblemNoPermission, "has expired"},
		{"forbidden", []func(http.ResponseWriter){refuse(403)}, 0, nil, audit.ProblemNoPermission, "read:audit_log"},
		{"no such log", []func(http.ResponseWriter){refuse(404)}, 0, nil, audit.ProblemNoPermission, "Enterprise Cloud"},
		{"half a page", []func(http.ResponseWriter){half}, 1, []time.Duration{time.Second}, "", ""},
		{"half pages only", []func(http.ResponseWriter){half, half, half}, 0, []time.Duration{time.Second, 2 * time.Second}, audit.ProblemFailed, "unexpected EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &server{entries: []string{entry("a")}, answers: test.answers}
			events, _, problems := read(t, s, day, "secret")
			if len(events) != test.events || !slices.Equal(s.slept, test.slept) {
				t.Errorf("got %d events after %v, want %d after %v", len(events), s.slept, test.events, test.slept)
			}
			if test.code == "" && len(problems) > 0 || test.code != "" && (len(problems) != 1 || problems[0].Code != test.code || !strings.Contains(problems[0].Error(), test.text)) {
				t.Errorf("got %v, want %s with %q", problems, test.code, test.text)
			}
			for _, p := range problems {
				if strings.Contains(p.Error(), "secret") {
					t.Errorf("the token is told: %v", p)
				}
			}
		})
	}
}

func TestAServerThatGoesInCircles(t *testing.T) {
	s := &server{entries: []string{entry("a"), entry("b"), entry("c")}, loop: true}
	_, _, problems := read(t, s, day, "secret")
	if len(problems) != 1 || len(s.asked) != 2 {
		t.Errorf("asked %q, problems %v", s.asked, problems)
	}
}

func TestWithoutAToken(t *testing.T) {
	s := &server{}
	events, _, problems := read(t, s, day, "")
	if len(events) != 0 || len(problems) != 1 || problems[0].Code != audit.ProblemNoPermission || !strings.Contains(problems[0].Error(), "GITHUB_AUDIT_TOKEN") || len(s.asked) != 0 {
		t.Errorf("got %v", problems)
	}
}
