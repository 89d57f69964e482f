package entries_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/option"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/gcp/entries"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// server speaks entries:list as Cloud Logging does, two entries a page, with an empty page before the last.
type server struct {
	entries map[string][]string // by parent
	faults  map[string][]fault  // by parent: what to answer first, instead
	stuck   bool                // every page names the first one as the next
	filters []string
	slept   []time.Duration
}

type fault func(http.ResponseWriter)

// refuse answers as Google's servers do.
func refuse(code int, status, reason string, headers ...string) fault {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"error":{"code":%d,"message":"no\nsecond line","status":%q,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":%q,"domain":"googleapis.com"}]}}`, code, status, reason)
	}
}

var exhausted = refuse(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")

func half(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"entries":[{"insertId":"x`)
}

func short(w http.ResponseWriter) { fmt.Fprint(w, `{"entries":[{"insertId":"x`) }

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ResourceNames               []string
		Filter, OrderBy, PageToken  string
		PageSize                    int
		ProjectIds, UnexpectedField []string
	}
	if r.Method != http.MethodPost || r.URL.Path != "/v2/entries:list" || json.NewDecoder(r.Body).Decode(&in) != nil || len(in.ResourceNames) != 1 ||
		in.PageSize > 1000 || in.OrderBy != "timestamp asc" || len(in.Filter) > 20000 {
		refuse(400, "INVALID_ARGUMENT", "")(w)
		return
	}
	parent := in.ResourceNames[0]
	if f := s.faults[parent]; len(f) > 0 {
		s.faults[parent] = f[1:]
		f[0](w)
		return
	}
	s.filters = append(s.filters, in.Filter)
	list := s.entries[parent]
	at, out := 0, map[string]any{}
	_, _ = fmt.Sscanf(in.PageToken, "t%d", &at)
	end := min(at+2, len(list))
	var page []json.RawMessage
	switch {
	case in.PageToken == "" && len(list) > 2: // a page may be empty and name the next
		out["nextPageToken"] = "t0"
	default:
		for _, e := range list[at:end] {
			page = append(page, json.RawMessage(e))
		}
		if end < len(list) {
			out["nextPageToken"] = fmt.Sprintf("t%d", end)
		}
	}
	if s.stuck {
		out["nextPageToken"] = "t0"
	}
	out["entries"] = page
	_ = json.NewEncoder(w).Encode(out)
}

func entry(id string) string {
	return fmt.Sprintf(`{"insertId":%q,"logName":"projects/acme/logs/cloudaudit.googleapis.com%%2Factivity","timestamp":"2026-11-20T10:00:00.123456Z",
		"resource":{"type":"gce_firewall_rule","labels":{"project_id":"acme"}},"a_field_of_tomorrow":{"x":[1]},
		"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"compute.googleapis.com","methodName":"v1.compute.firewalls.patch",
		"resourceName":"projects/acme/global/firewalls/web","authenticationInfo":{"principalEmail":"ann@example.com"},
		"request":{"priority":12345678901234567890,"@type":"type.googleapis.com/compute.firewalls.patch"},"metadata":{"@type":"a.type.nobody.knows","n":1}}}`, id)
}

func read(t *testing.T, s *server, dataAccess bool, q audit.Query) (events []audit.Event, unreadable int, problems []*audit.SourceError) {
	t.Helper()
	ts := httptest.NewServer(s)
	defer ts.Close()
	src, err := entries.New(context.Background(), entries.Options{
		Parents: []string{"projects/acme", "organizations/42"}, DataAccess: dataAccess, PerMinute: 1e6, Now: func() time.Time { return now },
		Client:  []option.ClientOption{option.WithHTTPClient(ts.Client()), option.WithEndpoint(ts.URL)},
		Backoff: pace.Backoff{Attempts: 3, First: time.Second, Sleep: func(_ context.Context, d time.Duration) error { s.slept = append(s.slept, d); return nil }},
	})
	if err != nil {
		t.Fatal(err)
	}
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

func ids(events []audit.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

var day = audit.Query{From: now.AddDate(0, 0, -1), To: now}

func TestPagesOfEveryParent(t *testing.T) {
	s := &server{entries: map[string][]string{
		"projects/acme":    {entry("a"), entry("b"), entry("c")},
		"organizations/42": {entry("d"), `{"insertId":"text","textPayload":"hello"}`},
	}}
	events, unreadable, problems := read(t, s, false, day)
	if got := ids(events); !slices.Equal(got, []string{"a", "b", "c", "d"}) || unreadable != 1 || len(problems) != 0 {
		t.Fatalf("got %v, %d unreadable, %v", got, unreadable, problems)
	}
	e := events[0]
	number, _ := e.Request.(map[string]any)["priority"].(json.Number)
	if e.Operation != "v1.compute.firewalls.patch" || e.Actor.Name != "ann@example.com" || e.Account != "acme" || number != "12345678901234567890" || e.File != "google cloud logging of projects/acme" {
		t.Errorf("got %+v; numbers must come as they were written", e)
	}
}

// TestFilter guards what is asked for. The end of a window that reaches to the present stays open, for clocks differ.
func TestFilter(t *testing.T) {
	tests := []struct {
		name       string
		dataAccess bool
		query      audit.Query
		want       string
		problems   int
	}{
		{"to the present", false, day, `(log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/system_event")) AND timestamp>="2026-11-20T09:00:00Z"`, 0},
		{"a clock that is ahead", false, audit.Query{From: day.From, To: now.Add(-4 * time.Minute)}, `(log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/system_event")) AND timestamp>="2026-11-20T09:00:00Z"`, 0},
		{"data access, a closed window", true, audit.Query{From: now.AddDate(0, 0, -3), To: now.AddDate(0, 0, -2)},
			`(log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/system_event") OR log_id("cloudaudit.googleapis.com/data_access")) AND timestamp>="2026-11-18T09:00:00Z" AND timestamp<="2026-11-19T09:00:00Z"`, 0},
		{"older than the log", false, audit.Query{From: now.AddDate(-2, 0, 0), To: now}, `(log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/system_event")) AND timestamp>="2025-10-17T09:00:00Z"`, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &server{}
			_, _, problems := read(t, s, test.dataAccess, test.query)
			if len(s.filters) != 2 || s.filters[0] != test.want || len(problems) != test.problems {
				t.Errorf("asked %q, %v\nwant %q", s.filters, problems, test.want)
			}
			if test.problems > 0 && problems[0].Code != audit.ProblemRetention {
				t.Errorf("got %v", problems[0])
			}
		})
	}
}

func TestFaults(t *testing.T) {
	const acme, all = "projects/acme", "a d"
	second := time.Second
	tests := []struct {
		name   string
		faults []fault // of the first parent
		ids    string
		slept  []time.Duration
		code   audit.ProblemCode // "" for none
		text   string
	}{
		{"quota used up", []fault{exhausted, refuse(429, "RESOURCE_EXHAUSTED", "", "Retry-After", "30")}, all, []time.Duration{second, 30 * second}, "", ""},
		{"quota used up for good", []fault{exhausted, exhausted, exhausted}, "d", []time.Duration{second, 2 * second}, audit.ProblemFailed, "quota is used up (429)"},
		{"unavailable", []fault{refuse(503, "UNAVAILABLE", ""), half}, all, []time.Duration{second, 2 * second}, "", ""},
		{"half pages only", []fault{half, half, short}, "d", []time.Duration{second, 2 * second}, audit.ProblemFailed, "unexpected end"},
		{"expired", []fault{refuse(401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED")}, "d", nil, audit.ProblemNoPermission, "expired"},
		{"not allowed", []fault{refuse(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED")}, "d", nil, audit.ProblemNoPermission, "grant roles/logging.viewer"},
		{"not enabled", []fault{refuse(403, "PERMISSION_DENIED", "SERVICE_DISABLED")}, "d", nil, audit.ProblemNoPermission, "enable it"},
		{"no such project", []fault{refuse(404, "NOT_FOUND", "")}, "d", nil, audit.ProblemNoPermission, "check its name"},
		{"a bad request", []fault{refuse(400, "INVALID_ARGUMENT", "")}, "d", nil, audit.ProblemFailed, "the server answers 400: no"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &server{entries: map[string][]string{acme: {entry("a")}, "organizations/42": {entry("d")}}, faults: map[string][]fault{acme: test.faults}}
			events, _, problems := read(t, s, false, day)
			if got := strings.Join(ids(events), " "); got != test.ids || !slices.Equal(s.slept, test.slept) {
				t.Errorf("got %q after %v, want %q after %v", got, s.slept, test.ids, test.slept)
			}
			if test.code == "" {
				if len(problems) > 0 {
					t.Errorf("got %v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Code != test.code || problems[0].Account != "acme" || !strings.Contains(problems[0].Error(), test.text) || strings.Contains(problems[0].Error(), "\n") {
				t.Errorf("got %v, want %s of acme with %q, in one line", problems, test.code, test.text)
			}
		})
	}
}

func TestAServerThatGoesInCirclesIsLeft(t *testing.T) {
	s := &server{entries: map[string][]string{"projects/acme": {entry("a")}}, stuck: true}
	events, _, problems := read(t, s, false, day)
	if len(events) != 2 || len(problems) != 2 || !strings.Contains(problems[0].Error(), "same page twice") {
		t.Errorf("got %v, %v", ids(events), problems)
	}
}

func TestCapabilities(t *testing.T) {
	if got := entries.Capabilities([]string{"projects/a", "projects/b"}).Accounts; !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("covers %v", got)
	}
	if got := entries.Capabilities([]string{"projects/a", "projects/a/locations/global/buckets/org/views/all"}).Accounts; got != nil {
		t.Errorf("covers %v, but what a view holds is not known", got)
	}
}
