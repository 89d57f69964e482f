package lookup_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/lookup"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// event is one write in a server's log.
type event struct {
	id       string
	at       time.Time
	resource string
}

// server answers LookupEvents in the wire format of AWS JSON 1.1: what lies in the window, the latest first, two events a page.
type server struct {
	mu       sync.Mutex
	asked    []string
	events   map[string][]event // by region
	refuse   map[string]string  // region -> error code
	throttle int                // how many requests to refuse first
	cut      int                // how many answers to cut short
	circle   bool               // every page names itself as the next
	page     int                // events a page; 0 for two
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	fail := func(code string) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": code})
	}
	region := strings.Split(r.Header.Get("Authorization"), "/")[2]
	var in struct {
		LookupAttributes   []struct{ AttributeKey, AttributeValue string }
		StartTime, EndTime float64
		NextToken          string
		MaxResults         int
	}
	switch {
	case !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".LookupEvents"):
		fail("UnknownOperationException")
		return
	case s.throttle > 0:
		s.throttle--
		fail("ThrottlingException")
		return
	case s.refuse[region] != "":
		fail(s.refuse[region])
		return
	case json.NewDecoder(r.Body).Decode(&in) != nil || len(in.LookupAttributes) != 1 || in.MaxResults > 50 || in.EndTime != 0 && in.EndTime < in.StartTime:
		fail("InvalidParameterException")
		return
	}
	a := in.LookupAttributes[0]
	s.asked = append(s.asked, fmt.Sprintf("%s %s=%s", region, a.AttributeKey, a.AttributeValue))
	if s.cut > 0 {
		s.cut--
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"Events":[`)
		return
	}
	var list []event
	for _, e := range s.events[region] {
		inside := float64(e.at.Unix()) >= in.StartTime && (in.EndTime == 0 || float64(e.at.Unix()) <= in.EndTime)
		if inside && (a.AttributeKey == "ReadOnly" || a.AttributeKey == "ResourceName" && a.AttributeValue == e.resource) {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b event) int { return b.at.Compare(a.at) })
	start, out := 0, map[string]any{}
	_, _ = fmt.Sscanf(in.NextToken, "page-%d", &start)
	end := min(start+max(2, s.page), len(list))
	page := []map[string]any{}
	for _, e := range list[start:end] {
		page = append(page, map[string]any{"EventId": e.id, "EventTime": float64(e.at.Unix()), "CloudTrailEvent": fmt.Sprintf(
			`{"eventID":%q,"eventName":"CreateTags","eventSource":"ec2.amazonaws.com","eventTime":%q,"awsRegion":%q}`, e.id, e.at.Format(time.RFC3339), region)})
	}
	if end < len(list) {
		out["NextToken"] = fmt.Sprintf("page-%d", end)
	}
	if s.circle {
		out["NextToken"] = "again"
	}
	out["Events"] = page
	_ = json.NewEncoder(w).Encode(out)
}

var now = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// at is an event so long before now.
func at(id string, ago time.Duration) event { return event{id: id, at: now.Add(-ago)} }

const account = "111122223333"

func query(t *testing.T, s *server, o lookup.Options, q audit.Query) (ids []string, failed []*audit.SourceError) {
	t.Helper()
	ts := httptest.NewServer(s)
	defer ts.Close()
	cfg := aws.Config{Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")}
	o.Regions, o.Endpoint, o.Rate = []string{"eu-west-1"}, ts.URL, 1e6
	if o.Account == "" {
		o.Account = account
	}
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	o.Backoff = pace.Backoff{Attempts: 3, Sleep: func(context.Context, time.Duration) error { return nil }}
	for e, err := range lookup.New(cfg, o).Query(context.Background(), q) {
		var problem *audit.SourceError
		switch {
		case errors.As(err, &problem):
			failed = append(failed, problem)
		case err != nil:
			t.Fatal(err)
		default:
			ids = append(ids, e.ID)
		}
	}
	slices.Sort(ids)
	return ids, failed
}

// count is how often a question was asked.
func (s *server) count(question string) int {
	n := 0
	for _, a := range s.asked {
		if a == question {
			n++
		}
	}
	return n
}

func TestPagesRegionsAndSessions(t *testing.T) {
	s := &server{events: map[string][]event{"eu-west-1": {at("a", time.Hour), at("b", 3*time.Hour), at("c", 20*time.Hour), at("old", 25*time.Hour)}, "us-east-1": {at("g", time.Hour)}}, throttle: 1}
	ids, failed := query(t, s, lookup.Options{}, audit.Query{From: now.Add(-24 * time.Hour), To: now})
	if strings.Join(ids, " ") != "a b c g" || len(failed) != 0 {
		t.Errorf("got %v, %v", ids, failed)
	}
	want := []string{"eu-west-1 ReadOnly=false", "eu-west-1 ReadOnly=false", "eu-west-1 EventName=AssumeRoleWithSAML", "us-east-1 ReadOnly=false", "us-east-1 EventName=AssumeRoleWithSAML"}
	if fmt.Sprint(s.asked) != fmt.Sprint(want) {
		t.Errorf("asked %q, want %q", s.asked, want)
	}
}

func TestARegionThatRefusesIsAProblem(t *testing.T) {
	for code, want := range map[string]audit.ProblemCode{
		"AccessDeniedException": audit.ProblemNoPermission, "ExpiredTokenException": audit.ProblemFailed, "UnrecognizedClientException": audit.ProblemNotQueried,
	} {
		s := &server{events: map[string][]event{"us-east-1": {at("g", 0)}}, refuse: map[string]string{"eu-west-1": code}}
		ids, failed := query(t, s, lookup.Options{}, audit.Query{From: now.Add(-time.Hour), To: now})
		if strings.Join(ids, " ") != "g" || len(failed) != 1 || failed[0].Code != want || failed[0].Region != "eu-west-1" {
			t.Errorf("%s: got %v, %v", code, ids, failed)
		}
	}
}

func TestHalfPages(t *testing.T) {
	s := &server{events: map[string][]event{"eu-west-1": {at("a", time.Hour)}}, cut: 2}
	if ids, failed := query(t, s, lookup.Options{}, audit.Query{From: now.Add(-time.Hour), To: now}); strings.Join(ids, " ") != "a" || len(failed) != 0 {
		t.Errorf("got %v, %v", ids, failed)
	}
	s.cut = 9 // the client repeats some of what breaks by itself
	if ids, failed := query(t, s, lookup.Options{}, audit.Query{From: now.Add(-time.Hour), To: now}); len(ids) != 0 || len(failed) == 0 || !strings.Contains(failed[0].Error(), "EOF") {
		t.Errorf("got %v, %v", ids, failed)
	}
	s = &server{circle: true}
	if _, failed := query(t, s, lookup.Options{}, audit.Query{From: now.Add(-time.Hour), To: now}); len(failed) != 2 || !strings.Contains(failed[0].Error(), "same page twice") {
		t.Errorf("got %v", failed)
	}
}

// TestTheCheaperWay guards the plan: a few resources are asked for by name as soon as a sweep has cost as much, if the caller wants no more.
func TestTheCheaperWay(t *testing.T) {
	var many []event
	for i := range 200 {
		many = append(many, event{id: fmt.Sprint("e", i), at: now.Add(-time.Duration(i) * time.Minute), resource: fmt.Sprint("i-", i)})
	}
	week := audit.Query{From: now.AddDate(0, 0, -7), To: now}
	tests := []struct {
		name            string
		query           audit.Query
		pages           int // a sweep may have
		sweeps, singles int
		events          int
		problems        int
	}{
		{"everything is wanted", week, 0, 100, 0, 200, 0},
		{"two resources are", audit.Query{From: week.From, To: week.To, IDs: []string{"i-7", "i-150"}}, 0, 2, 2, 6, 0},
		{"what was asked for by name is not indexed so", audit.Query{From: week.From, To: week.To, IDs: []string{"arn:aws:ec2:eu-west-1:1:instance/i-7"}}, 0, 100, 1, 200, 0},
		{"a sweep that is shorter", audit.Query{From: now.Add(-2 * time.Minute), To: now, IDs: []string{"i-7", "i-150"}}, 0, 2, 0, 3, 0},
		{"too many for a scan", week, 10, 10, 0, 20, 1},
		{"too many, but the findings are looked for", audit.Query{From: week.From, To: week.To, Resources: []audit.Resource{
			{Type: "aws_instance", ID: "i-150", Region: "eu-west-1"}, {Type: "aws_instance", ID: "i-151", Region: "eu-central-1"}, {Type: "google_compute_instance", ID: "i-152"},
		}}, 10, 10, 1, 21, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &server{events: map[string][]event{"eu-west-1": many}}
			ids, failed := query(t, s, lookup.Options{MaxPages: test.pages}, test.query)
			sweeps, singles := s.count("eu-west-1 ReadOnly=false"), 0
			for _, a := range s.asked {
				if strings.HasPrefix(a, "eu-west-1 ResourceName=") {
					singles++
				}
			}
			slices.Sort(ids)
			if ids = slices.Compact(ids); sweeps != test.sweeps || singles != test.singles || len(ids) != test.events || len(failed) != test.problems {
				t.Errorf("%d pages of sweep, %d of resources, %d events, %v; want %d, %d, %d", sweeps, singles, len(ids), failed, test.sweeps, test.singles, test.events)
			}
			if test.problems > 0 && (!strings.Contains(failed[0].Error(), "more than 10 pages") || !strings.Contains(failed[0].Error(), "2026-11-21T09:11:00Z")) {
				t.Errorf("got %v", failed)
			}
		})
	}
}

func TestOlderThanTheLog(t *testing.T) {
	s := &server{}
	if _, failed := query(t, s, lookup.Options{}, audit.Query{From: now.AddDate(-1, 0, 0), To: now}); len(failed) != 1 || failed[0].Code != audit.ProblemRetention {
		t.Errorf("got %v", failed)
	}
}
