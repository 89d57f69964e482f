package manager_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/azure/manager"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

const (
	one = "11111111-2222-3333-4444-555555555555"
	two = "66666666-7777-8888-9999-aaaaaaaaaaaa"
)

// server speaks the wire format of Resource Graph ($skipToken in the body) and of the Activity Log (nextLink), two records a page.
type server struct {
	changes  []string            // of resourcechanges
	activity map[string][]string // by subscription
	next     string              // what the Activity Log names as the next page at its end
	faults   map[string][]fault  // by table or subscription: what to answer first, instead
	queries  []string
	filters  []string
	slept    []time.Duration
}

type fault func(http.ResponseWriter)

func refuse(status int, code string, headers ...string) fault {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":%q,"message":"no"}}`, code)
	}
}

func half(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"value":[{"event`)
}

func cut(w http.ResponseWriter) { fmt.Fprint(w, `{"data":[],"resultTruncated":"true"}`) }

func (s *server) fault(w http.ResponseWriter, key string) bool {
	if len(s.faults[key]) == 0 {
		return false
	}
	f := s.faults[key][0]
	s.faults[key] = s.faults[key][1:]
	f(w)
	return true
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer token":
		refuse(http.StatusUnauthorized, "AuthenticationFailed")(w)
	case r.Method == http.MethodPost && r.URL.Path == "/providers/Microsoft.ResourceGraph/resources":
		s.graph(w, r)
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/providers/Microsoft.Insights/eventtypes/management/values"):
		s.log(w, r)
	default:
		refuse(http.StatusNotFound, "InvalidResourceType")(w)
	}
}

func (s *server) graph(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Subscriptions []string
		Query         string
		Options       struct {
			Top  int    `json:"$top"`
			Skip string `json:"$skipToken"`
		}
	}
	text, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(text, &in); err != nil || in.Options.Top > 1000 || len(in.Subscriptions) != 2 {
		refuse(http.StatusBadRequest, "BadRequest")(w)
		return
	}
	table, _, _ := strings.Cut(in.Query, " ")
	if s.fault(w, table) {
		return
	}
	s.queries = append(s.queries, in.Query)
	var list []string
	if table == "resourcechanges" {
		list = s.changes
	}
	at, next := 0, ""
	_, _ = fmt.Sscanf(in.Options.Skip, "s%d", &at)
	end := min(at+2, len(list))
	if end < len(list) {
		next = fmt.Sprintf(`,"$skipToken":"s%d"`, end)
	}
	fmt.Fprintf(w, `{"totalRecords":%d,"count":%d,"data":[%s],"facets":[],"resultTruncated":"false"%s}`, len(list), end-at, strings.Join(list[at:end], ","), next)
}

func (s *server) log(w http.ResponseWriter, r *http.Request) {
	subscription := strings.Split(r.URL.Path, "/")[2]
	if s.fault(w, subscription) {
		return
	}
	s.filters = append(s.filters, r.FormValue("$filter"))
	at := 0
	_, _ = fmt.Sscanf(r.FormValue("$skiptoken"), "s%d", &at)
	list := s.activity[subscription]
	end, next := min(at+2, len(list)), s.next
	if end < len(list) {
		next = fmt.Sprintf("https://%s%s?api-version=2015-04-01&$skiptoken=s%d", r.Host, r.URL.Path, end)
	}
	fmt.Fprintf(w, `{"value":[%s],"nextLink":%q}`, strings.Join(list[at:end], ","), next)
}

type token struct{}

func (token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
}

func change(id, call string) string {
	return fmt.Sprintf(`{"id":"/x/%s","name":%q,"properties":{"targetResourceId":"/subscriptions/%s/resourceGroups/g/providers/Microsoft.Web/sites/w","changeType":"Update",
		"targetResourceType":"microsoft.web/sites","changeAttributes":{"timestamp":"2026-11-20T10:00:00Z","changedBy":"ann@example.com","changedByType":"User","correlationId":%q},
		"changes":{"tags.team":{"previousValue":"a","newValue":"b"}}}}`, id, id, one, call)
}

func record(id, call, status string) string {
	return fmt.Sprintf(`{"eventDataId":%q,"correlationId":%q,"eventTimestamp":"2026-11-20T10:00:01Z","operationName":{"value":"Microsoft.Web/sites/write"},
		"status":{"value":%q},"caller":"ann@example.com","resourceId":"/subscriptions/%s/RESOURCEGROUPS/g/providers/Microsoft.Web/sites/w"}`, id, call, status, one)
}

func read(t *testing.T, s *server, q audit.Query) (ids []string, unreadable int, problems []*audit.SourceError) {
	t.Helper()
	ts := httptest.NewTLSServer(s)
	defer ts.Close()
	src, err := manager.New(manager.Options{
		Subscriptions: []string{strings.ToUpper(one), two}, Credential: token{}, Now: func() time.Time { return now },
		Client: &arm.ClientOptions{ClientOptions: policy.ClientOptions{Transport: ts.Client(), Cloud: cloud.Configuration{
			Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: ts.URL, Audience: "https://management.example"}},
		}}},
		Backoff: pace.Backoff{Attempts: 3, Sleep: func(_ context.Context, d time.Duration) error { s.slept = append(s.slept, d); return nil }},
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
			ids = append(ids, e.ID)
		}
	}
	return ids, unreadable, problems
}

var day = audit.Query{From: now.AddDate(0, 0, -1), To: now}

func TestBothLogsPageByPage(t *testing.T) {
	s := &server{
		changes: []string{change("c1", "k1"), change("c2", "k2"), change("c3", "k3")},
		activity: map[string][]string{
			one: {record("a1", "k1", "Succeeded"), record("a2", "K2", "Started"), record("a3", "k3", "Failed"), record("a4", "k4", "Succeeded"), `{"what":"is this"}`},
			two: {record("b1", "", "Succeeded")},
		},
	}
	ids, unreadable, problems := read(t, s, day)
	if want := []string{"c1", "c2", "c3", "a3", "a4", "b1"}; !slices.Equal(ids, want) || unreadable != 1 || len(problems) != 0 {
		t.Errorf("got %v, %d unreadable, %v; want %v: what the change history told is not told again, failures are", ids, unreadable, problems, want)
	}
	if want := "resourcechanges | extend at = todatetime(properties.changeAttributes.timestamp) | where at >= datetime(2026-11-20T09:00:00Z) | order by at desc, id asc | project id, name, properties"; s.queries[0] != want {
		t.Errorf("asked %q, want %q", s.queries[0], want)
	}
	if want := "eventTimestamp ge '2026-11-20T09:00:00Z' and eventTimestamp le '2026-11-21T10:00:00Z'"; s.filters[0] != want {
		t.Errorf("asked %q, want %q: the end leaves room for clocks", s.filters[0], want)
	}
}

func TestWindows(t *testing.T) {
	s := &server{}
	_, _, problems := read(t, s, audit.Query{From: now.AddDate(0, -6, 0), To: now.AddDate(0, -1, 0)})
	if len(problems) != 1 || problems[0].Code != audit.ProblemRetention {
		t.Errorf("got %v, want to be told that half a year is not kept", problems)
	}
	if len(s.queries) != 0 || len(s.filters) != 2 || !strings.HasPrefix(s.filters[0], "eventTimestamp ge '2026-08-23") {
		t.Errorf("asked %q and %q; a month ago is the Activity Log's alone", s.queries, s.filters)
	}
}

func TestFaults(t *testing.T) {
	full := []string{"c1", "b1"}
	tests := []struct {
		name   string
		faults map[string][]fault
		ids    []string
		slept  []time.Duration
		code   audit.ProblemCode // "" for none
		text   string
		about  string // subscription of the problem
	}{
		{"throttled", map[string][]fault{"resourcechanges": {refuse(429, "RateLimiting", "Retry-After", "5")}, two: {refuse(503, "ServerBusy")}}, full,
			[]time.Duration{5 * time.Second, time.Second}, "", "", ""},
		{"throttled for good", map[string][]fault{two: {refuse(429, "x"), refuse(429, "x"), refuse(429, "SubscriptionRequestsThrottled")}}, []string{"c1"},
			[]time.Duration{time.Second, 2 * time.Second}, audit.ProblemFailed, "429 SubscriptionRequestsThrottled", two},
		{"expired", map[string][]fault{"resourcechanges": {refuse(401, "ExpiredAuthenticationToken")}}, []string{"b1"}, nil, audit.ProblemNoPermission, "sign in again", ""},
		{"one subscription is not ours", map[string][]fault{one: {refuse(403, "AuthorizationFailed")}}, full, nil, audit.ProblemNoPermission, "role Reader", one},
		{"half a page", map[string][]fault{two: {half}}, full, []time.Duration{time.Second}, "", "", ""},
		{"half pages only", map[string][]fault{two: {half, half, half}}, []string{"c1"}, []time.Duration{time.Second, 2 * time.Second}, audit.ProblemFailed, "EOF", two},
		{"an answer cut short", map[string][]fault{"resourcecontainerchanges": {cut}}, full, nil, audit.ProblemFailed, "cut short", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &server{changes: []string{change("c1", "k1")}, activity: map[string][]string{two: {record("b1", "k9", "Succeeded")}}, faults: test.faults}
			ids, _, problems := read(t, s, day)
			if !slices.Equal(ids, test.ids) || !slices.Equal(s.slept, test.slept) {
				t.Errorf("got %v after %v, want %v after %v", ids, s.slept, test.ids, test.slept)
			}
			if test.code == "" {
				if len(problems) > 0 {
					t.Errorf("got %v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Code != test.code || problems[0].Account != test.about || !strings.Contains(problems[0].Error(), test.text) {
				t.Errorf("got %v, want %s of %q with %q", problems, test.code, test.about, test.text)
			}
		})
	}
}

func TestCredentialsStayOnTheServer(t *testing.T) {
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another server was asked") }))
	defer elsewhere.Close()
	_, _, problems := read(t, &server{next: elsewhere.URL}, day)
	if len(problems) != 2 || !strings.Contains(problems[0].Error(), "another server") {
		t.Errorf("got %v", problems)
	}
}

func TestConnect(t *testing.T) {
	src := manager.Connect(func(key string) string { return map[string]string{"ARM_ENVIRONMENT": "mars"}[key] }, []string{one}, func() time.Time { return now }, pace.Backoff{})
	n := 0
	for _, err := range src.Query(context.Background(), day) {
		if n++; err == nil || !strings.Contains(err.Error(), "ARM_ENVIRONMENT") {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 || src.Capabilities().Provider != "azure" {
		t.Errorf("got %d answers of a source of %q", n, src.Capabilities().Provider)
	}
}
