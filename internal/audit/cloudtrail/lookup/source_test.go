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
)

// server answers LookupEvents in the wire format of AWS JSON 1.1, two events a page, and keeps what was asked.
type server struct {
	mu       sync.Mutex
	asked    []string
	events   map[string][]string // by region
	refuse   map[string]string   // region -> error code
	throttle int                 // how many requests to refuse first
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
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".LookupEvents") {
		fail("UnknownOperationException")
		return
	}
	if s.throttle > 0 {
		s.throttle--
		fail("ThrottlingException")
		return
	}
	if code := s.refuse[region]; code != "" {
		fail(code)
		return
	}
	var in struct {
		LookupAttributes []struct{ AttributeKey, AttributeValue string }
		NextToken        string
		MaxResults       int
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.LookupAttributes) != 1 || in.MaxResults > 50 {
		fail("InvalidParameterException")
		return
	}
	a := in.LookupAttributes[0]
	s.asked = append(s.asked, fmt.Sprintf("%s %s=%s", region, a.AttributeKey, a.AttributeValue))
	start := 0
	if in.NextToken != "" {
		_, _ = fmt.Sscanf(in.NextToken, "page-%d", &start)
	}
	out := map[string]any{}
	var page []map[string]any
	if a.AttributeKey == "ReadOnly" {
		list := s.events[region]
		for i := start; i < len(list) && i < start+2; i++ {
			page = append(page, map[string]any{"EventId": list[i], "EventTime": 1795168800.0, "CloudTrailEvent": fmt.Sprintf(
				`{"eventID":%q,"eventName":"CreateTags","eventSource":"ec2.amazonaws.com","eventTime":"2026-11-20T10:00:00Z","awsRegion":%q}`, list[i], region)})
		}
		if start+2 < len(list) {
			out["NextToken"] = fmt.Sprintf("page-%d", start+2)
		}
	}
	out["Events"] = page
	_ = json.NewEncoder(w).Encode(out)
}

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func query(t *testing.T, s *server, q audit.Query) (ids []string, failed []*audit.SourceError) {
	t.Helper()
	ts := httptest.NewServer(s)
	defer ts.Close()
	cfg := aws.Config{Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")}
	src := lookup.New(cfg, lookup.Options{Account: "111122223333", Regions: []string{"eu-west-1"}, Endpoint: ts.URL, Now: func() time.Time { return now }})
	for e, err := range src.Query(context.Background(), q) {
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

func TestPagesRegionsAndSessions(t *testing.T) {
	s := &server{events: map[string][]string{"eu-west-1": {"a", "b", "c"}, "us-east-1": {"g"}}, throttle: 1}
	ids, failed := query(t, s, audit.Query{From: now.Add(-24 * time.Hour), To: now})
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
		s := &server{events: map[string][]string{"us-east-1": {"g"}}, refuse: map[string]string{"eu-west-1": code}}
		ids, failed := query(t, s, audit.Query{From: now.Add(-time.Hour), To: now})
		if strings.Join(ids, " ") != "g" || len(failed) == 0 || failed[0].Code != want || failed[0].Region != "eu-west-1" {
			t.Errorf("%s: got %v, %v", code, ids, failed)
		}
	}
}

func TestLongWindowsAskForResources(t *testing.T) {
	s := &server{}
	_, failed := query(t, s, audit.Query{From: now.AddDate(-1, 0, 0), To: now, IDs: []string{"i-0abc"}})
	if len(failed) != 1 || failed[0].Code != audit.ProblemRetention {
		t.Errorf("got %v", failed)
	}
	if !slices.Contains(s.asked, "eu-west-1 ResourceName=i-0abc") || !slices.Contains(s.asked, "eu-west-1 ReadOnly=false") {
		t.Errorf("asked %q: want the resource, then the sweep because nothing was found", s.asked)
	}
}
