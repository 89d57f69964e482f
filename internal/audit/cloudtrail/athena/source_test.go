package athena_test

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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/athena"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// server answers as Athena does, in the wire format of AWS JSON 1.1, two rows a page.
type server struct {
	keys    []string           // of partitions
	columns string             // "" for all
	format  string             // of the day
	rows    []map[string]any   // by column; nil is NULL
	states  []map[string]any   // what looks at the query find, one after the other; then that it has ended well
	faults  map[string][]fault // by operation: what to answer first, instead
	started []start
	looks   int
	stopped int
	slept   []time.Duration
}

type start struct {
	QueryString         string
	ExecutionParameters []string
	WorkGroup           string
	ClientRequestToken  string
	ResultConfiguration struct{ OutputLocation string }
}

func refuse(code string) fault {
	return func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"no: %s\nmore"}`, code, code)
	}
}

type fault func(http.ResponseWriter)

func half(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"ResultSet":{"Rows":[`)
}

var selected = []string{"eventtime", "eventsource", "eventname", "awsregion", "requestparameters", "eventid", "readonly", "recipientaccountid", "useridentity", "resources"}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonAthena.")
	if f := s.faults[operation]; len(f) > 0 {
		s.faults[operation] = f[1:]
		f[0](w)
		return
	}
	out := map[string]any{}
	switch operation {
	case "GetTableMetadata":
		columns := s.columns
		if columns == "" {
			columns = strings.Join(selected, " ")
		}
		var list, keys []map[string]string
		for _, c := range strings.Fields(columns) {
			list = append(list, map[string]string{"Name": c, "Type": "string"})
		}
		for _, k := range s.keys {
			keys = append(keys, map[string]string{"Name": k, "Type": "string"})
		}
		out["TableMetadata"] = map[string]any{"Name": "cloudtrail", "Columns": list, "PartitionKeys": keys, "Parameters": map[string]string{"projection.day.format": s.format}}
	case "StartQueryExecution":
		var in start
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.ClientRequestToken == "" || strings.Count(in.QueryString, "?") != len(in.ExecutionParameters) {
			refuse("InvalidRequestException")(w)
			return
		}
		s.started = append(s.started, in)
		out["QueryExecutionId"] = "q1"
	case "GetQueryExecution":
		state := map[string]any{"State": "SUCCEEDED", "scanned": 5 << 30}
		if s.looks < len(s.states) {
			state = s.states[s.looks]
		}
		s.looks++
		out["QueryExecution"] = map[string]any{"QueryExecutionId": "q1", "Status": state, "Statistics": map[string]any{"DataScannedInBytes": state["scanned"]}}
	case "GetQueryResults":
		s.results(r, out)
	case "StopQueryExecution":
		s.stopped++
	default:
		refuse("InvalidRequestException")(w)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (s *server) results(r *http.Request, out map[string]any) {
	var in struct{ NextToken string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	at := 0
	_, _ = fmt.Sscanf(in.NextToken, "t%d", &at)
	end := min(at+2, len(s.rows))
	var rows []any
	data := func(value func(string) any) {
		var list []any
		for _, c := range selected {
			cell := map[string]any{}
			if v := value(c); v != nil {
				cell["VarCharValue"] = v
			}
			list = append(list, cell)
		}
		rows = append(rows, map[string]any{"Data": list})
	}
	if at == 0 {
		data(func(c string) any { return c })
	}
	for _, row := range s.rows[at:end] {
		data(func(c string) any { return row[c] })
	}
	out["ResultSet"] = map[string]any{"Rows": rows, "ResultSetMetadata": map[string]any{"ColumnInfo": []any{}}}
	if end < len(s.rows) {
		out["NextToken"] = fmt.Sprintf("t%d", end)
	}
}

func row(id string) map[string]any {
	return map[string]any{
		"eventtime": "2026-11-20T10:00:00Z", "eventsource": "ec2.amazonaws.com", "eventname": "CreateTags", "awsregion": "eu-west-1", "eventid": id, "readonly": "false",
		"recipientaccountid": "111122223333", "requestparameters": `{"resourcesSet":{"items":[{"resourceId":"i-0abc"}]}}`,
		"useridentity": `{"type":"AssumedRole","principalid":"AROA:ann@example.com","arn":"arn:aws:sts::111122223333:assumed-role/Admin/ann@example.com","accountid":"111122223333",
			"accesskeyid":"ASIA1","username":null,"onbehalfof":null,"sessioncontext":{"sessionissuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/Admin","username":"Admin"},"sourceidentity":"ann"}}`,
		"resources": `[{"arn":"arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc","accountid":"111122223333","type":"AWS::EC2::Instance"}]`,
	}
}

func read(t *testing.T, s *server, o athena.Options, q audit.Query) (events []audit.Event, unreadable int, problems []*audit.SourceError, spent string) {
	t.Helper()
	ts := httptest.NewServer(s)
	defer ts.Close()
	if s.keys == nil {
		s.keys = []string{"account", "region", "day"}
	}
	client := sdk.NewFromConfig(aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""), BaseEndpoint: &ts.URL,
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(ro *retry.StandardOptions) {
				ro.MaxAttempts, ro.RateLimiter = 3, ratelimit.None
				ro.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	})
	o.Database, o.Table, o.Workgroup, o.Output, o.Now = "security", "cloudtrail", "drift", "s3://results/", func() time.Time { return now }
	o.Backoff = pace.Backoff{Attempts: 3, First: time.Minute, Sleep: func(_ context.Context, d time.Duration) error { s.slept = append(s.slept, d); return nil }}
	src := athena.New(client, o)
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
	return events, unreadable, problems, src.(audit.Metered).Spent()
}

var day = audit.Query{From: now.AddDate(0, 0, -1), To: now, Regions: []string{"eu-west-1"}, WriteOnly: true}

func TestPages(t *testing.T) {
	bad := row("bad")
	bad["useridentity"] = "{"
	s := &server{rows: []map[string]any{row("a"), row("b"), bad, row("c"), {"eventid": "nothing else"}}, states: []map[string]any{{"State": "QUEUED"}, {"State": "RUNNING", "scanned": 1 << 30}}}
	events, unreadable, problems, spent := read(t, s, athena.Options{}, day)
	if len(events) != 3 || unreadable != 2 || len(problems) != 0 || spent != "5.0 GiB scanned" || !slices.Equal(s.slept, []time.Duration{time.Second, time.Second}) {
		t.Fatalf("got %d events, %d unreadable, %v, %s after %v", len(events), unreadable, problems, spent, s.slept)
	}
	e := events[0]
	if e.ID != "a" || e.Actor.Name != "ann@example.com" && e.Actor.Name != "ann" || e.Actor.Issuer != "arn:aws:iam::111122223333:role/Admin" || e.Actor.SourceID != "ann" || e.Actor.AccessKey != "ASIA1" ||
		e.Account != "111122223333" || e.Region != "eu-west-1" || len(e.Resources) != 1 || e.Truncated || e.Status != audit.StatusSuccess || e.Activity != audit.ActivityUpdate && e.Activity != audit.ActivityCreate {
		t.Errorf("got %+v", e)
	}
	if _, ok := e.Request.(map[string]any)["resourcesSet"]; !ok {
		t.Errorf("the request is %v", e.Request)
	}
}

// TestStatement guards what is asked: names that were checked, values that are bound, and the partitions of the window.
func TestStatement(t *testing.T) {
	const columns = "SELECT eventtime, eventsource, eventname, awsregion, requestparameters, eventid, readonly, recipientaccountid, json_format(CAST(useridentity AS JSON)) AS useridentity, json_format(CAST(resources AS JSON)) AS resources FROM \"security\".\"cloudtrail\" WHERE "
	tests := []struct {
		name       string
		server     server
		options    athena.Options
		query      audit.Query
		where      string
		parameters string
	}{
		{"by account, region and day", server{}, athena.Options{Accounts: []string{"111122223333", "x' OR '1'='1"}}, day,
			`"day" BETWEEN ? AND ? AND "region" IN (?, ?) AND "account" IN (?, ?) AND eventtime BETWEEN ? AND ? AND (readonly = ? OR eventname = ?)`,
			"'2026/11/20' '2026/11/21' 'eu-west-1' 'us-east-1' '111122223333' 'x'' OR ''1''=''1' '2026-11-20T09:00:00Z' '2026-11-21T10:00:00Z' 'false' 'AssumeRoleWithSAML'"},
		{"AWS's own sample", server{keys: []string{"timestamp"}}, athena.Options{}, audit.Query{From: now.AddDate(0, 0, -9), To: now.AddDate(0, 0, -8)},
			`"timestamp" BETWEEN ? AND ? AND eventtime BETWEEN ? AND ?`, "'2026/11/12' '2026/11/13' '2026-11-12T09:00:00Z' '2026-11-13T09:00:00Z'"},
		{"another way to write days", server{format: "yyyy-MM-dd", keys: []string{"day"}}, athena.Options{}, audit.Query{From: now, To: now},
			`"day" BETWEEN ? AND ? AND eventtime BETWEEN ? AND ?`, "'2026-11-21' '2026-11-21' '2026-11-21T09:00:00Z' '2026-11-21T10:00:00Z'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, problems, _ := read(t, &test.server, test.options, test.query)
			if len(test.server.started) != 1 || len(problems) != 0 {
				t.Fatalf("asked %v, %v", test.server.started, problems)
			}
			got := test.server.started[0]
			if got.QueryString != columns+test.where || strings.Join(got.ExecutionParameters, " ") != test.parameters || got.WorkGroup != "drift" || got.ResultConfiguration.OutputLocation != "s3://results/" {
				t.Errorf("asked %s\nwith %v", got.QueryString, got.ExecutionParameters)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	retryable := map[string]any{"State": "FAILED", "StateChangeReason": "busy\nmore", "AthenaError": map[string]any{"Retryable": true}}
	tests := []struct {
		name    string
		server  server
		ids     string
		started int
		stopped int
		code    audit.ProblemCode // "" for none
		text    string
	}{
		{"throttled", server{faults: map[string][]fault{"StartQueryExecution": {refuse("TooManyRequestsException"), refuse("ThrottlingException")}, "GetQueryResults": {refuse("TooManyRequestsException")}}}, "a", 1, 0, "", ""},
		{"throttled for good", server{faults: map[string][]fault{"StartQueryExecution": {refuse("TooManyRequestsException"), refuse("TooManyRequestsException"), refuse("TooManyRequestsException")}}}, "", 0, 0, audit.ProblemFailed, "throttled"},
		{"expired", server{faults: map[string][]fault{"GetTableMetadata": {refuse("ExpiredTokenException")}}}, "", 0, 0, audit.ProblemNoPermission, "expired"},
		{"not allowed", server{faults: map[string][]fault{"StartQueryExecution": {refuse("AccessDeniedException")}}}, "", 0, 0, audit.ProblemNoPermission, "not allowed"},
		{"no table", server{faults: map[string][]fault{"GetTableMetadata": {refuse("MetadataException")}}}, "", 0, 0, audit.ProblemFailed, "does the table exist"},
		{"a table of something else", server{columns: "id price"}, "", 0, 0, audit.ProblemFailed, "no column eventtime"},
		{"a table without days", server{keys: []string{"year", "month"}}, "", 0, 0, audit.ProblemFailed, "not partitioned by day"},
		{"days in another way", server{format: "dd.MM.yyyy"}, "", 0, 0, audit.ProblemFailed, "dd.MM.yyyy"},
		{"the query fails once", server{states: []map[string]any{retryable}}, "a", 2, 0, "", ""},
		{"the query fails for good", server{states: []map[string]any{retryable, retryable, retryable}}, "", 3, 0, audit.ProblemFailed, "the query failed: busy"},
		{"a query that cannot work", server{states: []map[string]any{{"State": "FAILED", "StateChangeReason": "SYNTAX_ERROR"}}}, "", 1, 0, audit.ProblemFailed, "SYNTAX_ERROR"},
		{"cancelled by the workgroup's limit", server{states: []map[string]any{{"State": "CANCELLED", "StateChangeReason": "Bytes scanned limit was exceeded"}}}, "", 1, 0, audit.ProblemFailed, "limit"},
		{"it reads too much", server{states: []map[string]any{{"State": "RUNNING", "scanned": 21 << 30}}}, "", 1, 1, audit.ProblemFailed, "more than max_gib = 20"},
		{"lost on the way", server{faults: map[string][]fault{"GetQueryExecution": {refuse("AccessDeniedException")}}}, "", 1, 1, audit.ProblemNoPermission, "not allowed"},
		{"half a page", server{faults: map[string][]fault{"GetQueryResults": {half}}}, "a", 1, 0, "", ""},
		{"half pages only", server{faults: map[string][]fault{"GetQueryResults": slices.Repeat([]fault{half}, 9)}}, "", 1, 0, audit.ProblemFailed, "unexpected EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.server.rows = []map[string]any{row("a")}
			events, _, problems, _ := read(t, &test.server, athena.Options{MaxGiB: 20}, day)
			var ids []string
			for _, e := range events {
				ids = append(ids, e.ID)
			}
			if strings.Join(ids, " ") != test.ids || len(test.server.started) != test.started || test.server.stopped != test.stopped {
				t.Errorf("got %v after %d starts and %d stops, want %q after %d and %d: %v", ids, len(test.server.started), test.server.stopped, test.ids, test.started, test.stopped, problems)
			}
			if test.code == "" {
				if len(problems) > 0 {
					t.Errorf("got %v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Code != test.code || !strings.Contains(problems[0].Error(), test.text) || strings.Contains(problems[0].Error(), "\n") {
				t.Errorf("got %v, want %s with %q", problems, test.code, test.text)
			}
		})
	}
}
