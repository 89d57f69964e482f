package export

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/bigquery/v2"
	"google.golang.org/api/googleapi"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/gcp/call"
)

// A table is what holds one log, or all of them.
type table struct {
	name  string   // or a pattern of names
	days  []string // of a log that has a table a day: which there are, as 20261120
	allOf []string // log ids to ask for, of a view of all logs
}

const (
	prefix  = "cloudaudit_googleapis_com_"
	every   = "_*"
	allLogs = "_AllLogs" // of a linked dataset
)

var daily = regexp.MustCompile(`^(` + prefix + `[a-z_]+?)_([0-9]{8})$`)

// logs are those that are read, as tables and log ids call them.
func (s *source) logs() []string {
	if s.DataAccess {
		return []string{"activity", "system_event", "data_access"}
	}
	return []string{"activity", "system_event"}
}

// tables lists what the dataset holds of the logs that are read.
func (s *source) tables(ctx context.Context) ([]table, error) {
	found := map[string]*table{}
	seen := map[string]bool{}
	for token := ""; ; {
		page, err := call.Do(ctx, s.Backoff, s.pace, "", func() (*bigquery.TableList, error) {
			return s.service.Tables.List(s.Project, s.Dataset).MaxResults(1000).PageToken(token).Context(ctx).Do()
		})
		if err != nil {
			return nil, err
		}
		for _, t := range page.Tables {
			if t.TableReference != nil {
				s.add(found, t.TableReference.TableId)
			}
		}
		if token = page.NextPageToken; token == "" {
			break
		}
		if seen[token] {
			return nil, fmt.Errorf("the server names the same page of tables twice")
		}
		seen[token] = true
	}
	if t := found[allLogs]; t != nil { // it holds all that the others hold
		return []table{*t}, nil
	}
	var out []table
	for _, log := range s.logs() {
		for _, key := range []string{prefix + log, prefix + log + every} { // both, where a sink was changed from one to the other
			if t := found[key]; t != nil {
				out = append(out, *t)
			}
		}
	}
	return out, nil
}

func (s *source) add(found map[string]*table, id string) {
	name, day := id, ""
	if m := daily.FindStringSubmatch(id); m != nil {
		name, day = m[1], m[2]
	}
	log := strings.TrimPrefix(name, prefix)
	if id != allLogs && (log == name || !slices.Contains(s.logs(), log)) {
		return
	}
	key := name
	if day != "" {
		key += every
	}
	t := found[key]
	if t == nil {
		t = &table{name: key}
		found[key] = t
	}
	switch {
	case id == allLogs:
		for _, log := range s.logs() {
			t.allOf = append(t.allOf, "cloudaudit.googleapis.com/"+log)
		}
	case day != "":
		t.days = append(t.days, day)
	}
}

// clocks is how far the clocks of logs and of this machine may be apart.
const clocks = time.Hour

// request asks a table for a window. It returns false when the table has nothing of it. Names of tables are the only text from outside, and of
// letters, digits and underscores alone; everything else is bound.
func (s *source) request(t table, q audit.Query) (*bigquery.QueryRequest, bool) {
	from, to := q.From.UTC(), q.To.UTC()
	if q.To.IsZero() || q.To.After(s.Now().Add(-clocks)) {
		to = s.Now().UTC().Add(clocks)
	}
	if q.From.IsZero() {
		from = time.Unix(0, 0).UTC()
	}
	name := "`" + s.Project + "." + s.Dataset + "." + t.name
	conditions := []string{"t.timestamp >= @from", "t.timestamp <= @to"}
	parameters := []*bigquery.QueryParameter{bind("from", "TIMESTAMP", from.Format(time.RFC3339Nano)), bind("to", "TIMESTAMP", to.Format(time.RFC3339Nano))}
	if len(t.days) > 0 {
		first, last := from.Format("20060102"), to.Format("20060102")
		if !slices.ContainsFunc(t.days, func(day string) bool { return day >= first && day <= last }) {
			return nil, false // BigQuery calls a pattern without tables an error
		}
		conditions = append(conditions, "_TABLE_SUFFIX BETWEEN @first AND @last")
		parameters = append(parameters, bind("first", "STRING", first), bind("last", "STRING", last))
	}
	if len(t.allOf) > 0 {
		conditions = append(conditions, "t.log_id IN UNNEST(@logs)")
		parameters = append(parameters, bindAll("logs", t.allOf))
	}
	return &bigquery.QueryRequest{
		Query:        "SELECT TO_JSON_STRING(t) FROM " + name + "` AS t WHERE " + strings.Join(conditions, " AND "),
		UseLegacySql: googleapi.Bool(false), ParameterMode: "NAMED", QueryParameters: parameters,
		MaxResults: pageSize, TimeoutMs: longPoll.Milliseconds(), MaximumBytesBilled: int64(s.MaxGiB) * gib,
		Labels: map[string]string{"by": "mooring"},
	}, true
}

func bind(name, kind, value string) *bigquery.QueryParameter {
	return &bigquery.QueryParameter{Name: name, ParameterType: &bigquery.QueryParameterType{Type: kind}, ParameterValue: &bigquery.QueryParameterValue{Value: value}}
}

func bindAll(name string, values []string) *bigquery.QueryParameter {
	p := &bigquery.QueryParameter{
		Name:           name,
		ParameterType:  &bigquery.QueryParameterType{Type: "ARRAY", ArrayType: &bigquery.QueryParameterType{Type: "STRING"}},
		ParameterValue: &bigquery.QueryParameterValue{},
	}
	for _, v := range values {
		p.ParameterValue.ArrayValues = append(p.ParameterValue.ArrayValues, &bigquery.QueryParameterValue{Value: v})
	}
	return p
}
