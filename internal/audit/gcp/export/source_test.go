package export_test

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
	"github.com/mooringdev/mooring/internal/audit/gcp/export"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// server speaks tables.list, jobs.query, jobs.getQueryResults and jobs.cancel as BigQuery does: one table and two rows a page.
type server struct {
	tables  []string
	rows    map[string][]string // by what the query reads from
	slow    int                 // how often a query is said to be still running
	stuck   bool                // every page names the first one as the next
	faults  map[string][]fault  // by method: what to answer first, instead
	queries []query
	polls   int
	cancels int
	slept   []time.Duration
}

type query struct {
	Query, ParameterMode, Location, RequestId string
	UseLegacySql                              *bool
	MaximumBytesBilled                        string
	QueryParameters                           []struct {
		Name           string
		ParameterValue struct {
			Value       string
			ArrayValues []struct{ Value string }
		}
	}
}

// String is the query with what is bound to it.
func (q query) String() string {
	var b strings.Builder
	b.WriteString(q.Query)
	for _, p := range q.QueryParameters {
		fmt.Fprintf(&b, " %s=%s", p.Name, p.ParameterValue.Value)
		for _, v := range p.ParameterValue.ArrayValues {
			b.WriteString(v.Value + ",")
		}
	}
	return b.String()
}

type fault func(http.ResponseWriter)

func refuse(code int, reason string) fault {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"error":{"code":%d,"message":"no: %s","errors":[{"message":"no","domain":"global","reason":%q}],"status":"X"}}`, code, reason, reason)
	}
}

func half(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"jobComplete":tr`)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := map[string]string{
		"GET /projects/logs/datasets/audit/tables": "list", "POST /projects/payer/queries": "query", "GET /projects/payer/queries/j1": "results", "POST /projects/payer/jobs/j1/cancel": "cancel",
	}[r.Method+" "+r.URL.Path]
	if f := s.faults[method]; len(f) > 0 {
		s.faults[method] = f[1:]
		f[0](w)
		return
	}
	out := map[string]any{}
	at := 0
	_, _ = fmt.Sscanf(r.FormValue("pageToken"), "t%d", &at)
	switch method {
	case "list":
		end := min(at+1, len(s.tables))
		var list []map[string]any
		for _, id := range s.tables[at:end] {
			list = append(list, map[string]any{"tableReference": map[string]string{"tableId": id}})
		}
		out["tables"] = list
		if end < len(s.tables) {
			out["nextPageToken"] = fmt.Sprintf("t%d", end)
		}
	case "query":
		var q query
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.UseLegacySql == nil || *q.UseLegacySql || q.ParameterMode != "NAMED" || q.RequestId == "" {
			refuse(400, "invalidQuery")(w)
			return
		}
		s.queries = append(s.queries, q)
		s.answer(out, 0, s.slow == 0)
	case "results":
		if r.FormValue("location") != "EU" {
			refuse(404, "notFound")(w)
			return
		}
		s.polls++
		s.slow = max(0, s.slow-1)
		s.answer(out, at, s.slow == 0)
	case "cancel":
		s.cancels++
	default:
		refuse(404, "notFound")(w)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (s *server) answer(out map[string]any, at int, complete bool) {
	out["jobReference"] = map[string]string{"projectId": "payer", "jobId": "j1", "location": "EU"}
	out["jobComplete"] = complete
	if !complete {
		return
	}
	last := s.queries[len(s.queries)-1].Query
	table := last[strings.Index(last, "`")+1 : strings.LastIndex(last, "`")]
	list := s.rows[strings.TrimPrefix(table, "logs.audit.")]
	end := min(at+2, len(list))
	var rows []any
	for _, text := range list[at:end] {
		rows = append(rows, map[string]any{"f": []any{map[string]any{"v": text}}})
	}
	out["rows"], out["totalBytesProcessed"] = rows, "3221225472"
	if end < len(list) || s.stuck {
		out["pageToken"] = fmt.Sprintf("t%d", end%max(len(list), 1))
	}
}

func row(id string) string {
	return fmt.Sprintf(`{"insertId":%q,"timestamp":"2026-11-20T10:00:00.500Z","protopayload_auditlog":{"methodName":"storage.buckets.update","requestJson":"{\"a\":1}"}}`, id)
}

func read(t *testing.T, s *server, o export.Options, q audit.Query) (ids []string, unreadable int, problems []*audit.SourceError, spent string) {
	t.Helper()
	ts := httptest.NewServer(s)
	defer ts.Close()
	o.Project, o.Dataset, o.Payer, o.MaxGiB, o.Now = "logs", "audit", "payer", 7, func() time.Time { return now }
	o.Client = []option.ClientOption{option.WithHTTPClient(ts.Client()), option.WithEndpoint(ts.URL)}
	o.Backoff = pace.Backoff{Attempts: 3, First: time.Second, Sleep: func(_ context.Context, d time.Duration) error { s.slept = append(s.slept, d); return nil }}
	src, err := export.New(context.Background(), o)
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
	return ids, unreadable, problems, src.(audit.Metered).Spent()
}

var day = audit.Query{From: now.AddDate(0, 0, -1), To: now}

const activity = "cloudaudit_googleapis_com_activity"

// TestTables guards what is asked of which kind of dataset: bound values alone, and only the days of the window.
func TestTables(t *testing.T) {
	const window = " from=2026-11-20T09:00:00Z to=2026-11-21T10:00:00Z"
	tests := []struct {
		name    string
		tables  []string
		options export.Options
		want    []string
	}{
		{"a table a day", []string{activity + "_20261119", activity + "_20261120", activity + "_20261121", "cloudaudit_googleapis_com_system_event_20200101", "other_20261120"}, export.Options{},
			[]string{"SELECT TO_JSON_STRING(t) FROM `logs.audit." + activity + "_*` AS t WHERE t.timestamp >= @from AND t.timestamp <= @to AND _TABLE_SUFFIX BETWEEN @first AND @last" + window + " first=20261120 last=20261121"}},
		{"partitioned", []string{activity, "cloudaudit_googleapis_com_data_access"}, export.Options{},
			[]string{"SELECT TO_JSON_STRING(t) FROM `logs.audit." + activity + "` AS t WHERE t.timestamp >= @from AND t.timestamp <= @to" + window}},
		{"with data access", []string{activity, "cloudaudit_googleapis_com_data_access"}, export.Options{DataAccess: true},
			[]string{"SELECT TO_JSON_STRING(t) FROM `logs.audit." + activity + "` AS t WHERE t.timestamp >= @from AND t.timestamp <= @to" + window,
				"SELECT TO_JSON_STRING(t) FROM `logs.audit.cloudaudit_googleapis_com_data_access` AS t WHERE t.timestamp >= @from AND t.timestamp <= @to" + window}},
		{"changed from days to partitions", []string{activity, activity + "_20261120"}, export.Options{},
			[]string{"SELECT TO_JSON_STRING(t) FROM `logs.audit." + activity + "` AS t WHERE t.timestamp >= @from AND t.timestamp <= @to" + window,
				"SELECT TO_JSON_STRING(t) FROM `logs.audit." + activity + "_*` AS t WHERE t.timestamp >= @from AND t.timestamp <= @to AND _TABLE_SUFFIX BETWEEN @first AND @last" + window + " first=20261120 last=20261121"}},
		{"linked to Log Analytics", []string{"_AllLogs", activity}, export.Options{},
			[]string{"SELECT TO_JSON_STRING(t) FROM `logs.audit._AllLogs` AS t WHERE t.timestamp >= @from AND t.timestamp <= @to AND t.log_id IN UNNEST(@logs)" + window +
				" logs=cloudaudit.googleapis.com/activity,cloudaudit.googleapis.com/system_event,"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &server{tables: test.tables}
			_, _, problems, _ := read(t, s, test.options, day)
			var got []string
			for _, q := range s.queries {
				got = append(got, q.String())
				if q.MaximumBytesBilled != "7516192768" {
					t.Errorf("may cost %s bytes", q.MaximumBytesBilled)
				}
			}
			if !slices.Equal(got, test.want) || len(problems) != 0 {
				t.Errorf("asked %q\nwant  %q\n%v", got, test.want, problems)
			}
		})
	}
}

func TestPagesOfAQueryThatTakesTime(t *testing.T) {
	s := &server{tables: []string{activity}, slow: 2, rows: map[string][]string{activity: {row("a"), row("b"), row("c"), `{"text":1}`, "no JSON"}}}
	ids, unreadable, problems, spent := read(t, s, export.Options{}, day)
	if !slices.Equal(ids, []string{"a", "b", "c"}) || unreadable != 2 || len(problems) != 0 || spent != "3.0 GiB scanned" || s.polls != 4 || len(s.queries) != 1 {
		t.Errorf("got %v, %d unreadable, %v, %s after %d polls of %d queries", ids, unreadable, problems, spent, s.polls, len(s.queries))
	}
}

func TestFaults(t *testing.T) {
	second := time.Second
	tests := []struct {
		name    string
		faults  map[string][]fault
		slow    int
		ids     string
		slept   []time.Duration
		code    audit.ProblemCode // "" for none
		text    string
		cancels int
	}{
		{"throttled", map[string][]fault{"query": {refuse(403, "rateLimitExceeded"), refuse(429, "x")}}, 0, "a", []time.Duration{second, 2 * second}, "", "", 0},
		{"throttled for good", map[string][]fault{"list": {refuse(429, "x"), refuse(429, "x"), refuse(403, "rateLimitExceeded")}}, 0, "", []time.Duration{second, 2 * second}, audit.ProblemFailed, "quota is used up", 0},
		{"expired", map[string][]fault{"list": {refuse(401, "authError")}}, 0, "", nil, audit.ProblemNoPermission, "expired", 0},
		{"no right to run queries", map[string][]fault{"query": {refuse(403, "accessDenied")}}, 0, "", nil, audit.ProblemNoPermission, "roles/bigquery.jobUser", 0},
		{"no such dataset", map[string][]fault{"list": {refuse(404, "notFound")}}, 0, "", nil, audit.ProblemNoPermission, "check its name", 0},
		{"too dear", map[string][]fault{"query": {refuse(400, "bytesBilledLimitExceeded")}}, 0, "", nil, audit.ProblemFailed, "more than max_gib = 7", 0},
		{"a query that fails", map[string][]fault{"results": {refuse(400, "resourcesExceeded")}}, 2, "", nil, audit.ProblemFailed, "400", 1},
		{"half a page", map[string][]fault{"query": {half}}, 0, "a", []time.Duration{second}, "", "", 0},
		{"half pages only", map[string][]fault{"query": {half, half, half}}, 0, "", []time.Duration{second, 2 * second}, audit.ProblemFailed, "unexpected", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &server{tables: []string{activity}, rows: map[string][]string{activity: {row("a")}}, faults: test.faults, slow: test.slow}
			ids, _, problems, _ := read(t, s, export.Options{}, day)
			if got := strings.Join(ids, " "); got != test.ids || !slices.Equal(s.slept, test.slept) || s.cancels != test.cancels {
				t.Errorf("got %q after %v and %d cancels, want %q after %v and %d", got, s.slept, s.cancels, test.ids, test.slept, test.cancels)
			}
			if test.code == "" {
				if len(problems) > 0 {
					t.Errorf("got %v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Code != test.code || !strings.Contains(problems[0].Error(), test.text) {
				t.Errorf("got %v, want %s with %q", problems, test.code, test.text)
			}
		})
	}
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	if _, _, problems, _ := read(t, &server{tables: []string{"sales"}}, export.Options{}, day); len(problems) != 1 || !strings.Contains(problems[0].Error(), "does the sink write there") {
		t.Errorf("got %v", problems)
	}
	s := &server{tables: []string{activity}, rows: map[string][]string{activity: {row("a")}}, stuck: true}
	if _, _, problems, _ := read(t, s, export.Options{}, day); len(problems) != 1 || !strings.Contains(problems[0].Error(), "same page twice") {
		t.Errorf("got %v", problems)
	}
}
