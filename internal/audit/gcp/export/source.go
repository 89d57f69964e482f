// Package export asks BigQuery for audit log entries that a log sink wrote there: the source for organisations, kept as long as you like.
//
// Start with [New]. The dataset is looked at first (tables.go): sinks write a table a day or one partitioned table for each log, and a linked dataset
// of Log Analytics is a view of all logs. Each is asked for the window alone, so that only its days are read and paid for; values are bound as
// parameters, never put into the text. Rows come as JSON and are decoded as exported rows are. A query that would read more than Options.MaxGiB is
// refused by BigQuery before it costs anything.
//
// The client is google.golang.org/api/bigquery/v2, the vendor's own for the REST interface.
//
// Rights needed: roles/bigquery.dataViewer on the dataset and roles/bigquery.jobUser on the project that pays.
package export

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/api/bigquery/v2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/gcp"
	"github.com/mooringdev/mooring/internal/audit/gcp/call"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// Limits of the service, and ours.
const (
	lag       = 10 * time.Minute
	perSecond = 20
	pageSize  = 5000
	maxPages  = 10000
	longPoll  = 20 * time.Second // how long one request waits for a query to end
	gib       = 1 << 30
)

const grant = "roles/bigquery.dataViewer on the dataset and roles/bigquery.jobUser on the project that pays"

// Options say what to ask.
type Options struct {
	Project    string // of the dataset
	Dataset    string
	Payer      string // project whose quota and budget queries use; "" for Project
	DataAccess bool
	MaxGiB     int // a query that reads more is refused; 0: BigQuery's own limits alone
	Client     []option.ClientOption
	Now        func() time.Time
	Backoff    pace.Backoff
}

// New returns the entries of a dataset.
func New(ctx context.Context, o Options) (audit.Source, error) {
	service, err := bigquery.NewService(ctx, o.Client...)
	if err != nil {
		return nil, fmt.Errorf("bigquery: set up a client: %w", err)
	}
	service.UserAgent = "mooring"
	if o.Payer == "" {
		o.Payer = o.Project
	}
	o.Backoff = call.Patience(o.Backoff)
	return &source{Options: o, service: service, pace: pace.New(perSecond, perSecond)}, nil
}

// Capabilities are those of any export: it keeps what its owner lets it keep.
func Capabilities() audit.Capabilities {
	return audit.Capabilities{Provider: "gcp", Lag: lag, HasActor: true, HasValues: true}
}

type source struct {
	Options
	service *bigquery.Service
	pace    *pace.Buckets
	read    atomic.Int64 // bytes
}

func (s *source) Name() string { return "bigquery" }

func (s *source) Capabilities() audit.Capabilities { return Capabilities() }

// Spent says how much the queries so far read.
func (s *source) Spent() string { return audit.Scanned(s.read.Load()) }

// Query asks each table of the dataset that holds audit logs.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		tables, err := s.tables(ctx)
		if err != nil {
			yield(audit.Event{}, s.failed(s.name(), err))
			return
		}
		if len(tables) == 0 {
			yield(audit.Event{}, s.failed(s.name(), errors.New("it holds no table of audit logs (cloudaudit_googleapis_com_activity...); does the sink write there?")))
			return
		}
		for _, t := range tables {
			if !s.rows(ctx, t, q, yield) {
				return
			}
		}
	}
}

func (s *source) name() string { return "bigquery dataset " + s.Project + "." + s.Dataset }

// rows follows one query to its end. It returns false when the consumer wants no more.
func (s *source) rows(ctx context.Context, t table, q audit.Query, yield func(audit.Event, error) bool) bool {
	where := "bigquery " + s.Project + "." + s.Dataset + "." + t.name
	request, ok := s.request(t, q)
	if !ok {
		return true
	}
	job, err := s.start(ctx, request)
	if err != nil {
		return yield(audit.Event{}, s.failed(where, err))
	}
	n, seen := 0, map[string]bool{}
	for range maxPages {
		for _, row := range job.rows {
			if !yield(decode(row, where, n)) {
				return false
			}
			n++
		}
		switch {
		case job.next == "":
			return true
		case seen[job.next]:
			return yield(audit.Event{}, s.failed(where, errors.New("the server names the same page twice; the rest is not read")))
		}
		seen[job.next] = true
		if err := s.page(ctx, job); err != nil {
			return yield(audit.Event{}, s.failed(where, err))
		}
	}
	return yield(audit.Event{}, s.failed(where, fmt.Errorf("more than %d pages; the rest is not read: shorten attribution.lookback", maxPages)))
}

// A running query, and the page of its answer that was read last.
type running struct {
	job  *bigquery.JobReference
	rows []*bigquery.TableRow
	next string
}

// start begins a query and waits for its first page. The request's id makes a repeated one the same query.
func (s *source) start(ctx context.Context, request *bigquery.QueryRequest) (*running, error) {
	request.RequestId = rand.Text()
	answer, err := call.Do(ctx, s.Backoff, s.pace, "", func() (*bigquery.QueryResponse, error) {
		return s.service.Jobs.Query(s.Payer, request).Context(ctx).Do()
	})
	if err != nil {
		return nil, err
	}
	r := &running{job: answer.JobReference, rows: answer.Rows, next: answer.PageToken}
	if answer.JobComplete {
		s.read.Add(answer.TotalBytesProcessed)
		return r, nil
	}
	if r.job == nil {
		return nil, errors.New("the server neither ran the query nor says which one it is")
	}
	for {
		page, err := s.results(ctx, r)
		if err != nil {
			s.cancel(ctx, r.job)
			return nil, err
		}
		if page.JobComplete {
			s.read.Add(page.TotalBytesProcessed)
			r.rows, r.next = page.Rows, page.PageToken
			return r, nil
		}
	}
}

// page reads the next page of a query that has ended.
func (s *source) page(ctx context.Context, r *running) error {
	if r.job == nil {
		return errors.New("the answer has more pages, and the server does not say of which query")
	}
	page, err := s.results(ctx, r)
	if err != nil {
		return err
	}
	if !page.JobComplete {
		return errors.New("the server says that a query which had ended has not")
	}
	r.rows, r.next = page.Rows, page.PageToken
	return nil
}

func (s *source) results(ctx context.Context, r *running) (*bigquery.GetQueryResultsResponse, error) {
	return call.Do(ctx, s.Backoff, s.pace, "", func() (*bigquery.GetQueryResultsResponse, error) {
		ask := s.service.Jobs.GetQueryResults(r.job.ProjectId, r.job.JobId).Location(r.job.Location).MaxResults(pageSize).TimeoutMs(longPoll.Milliseconds())
		if r.next != "" {
			ask = ask.PageToken(r.next)
		}
		return ask.Context(ctx).Do()
	})
}

// cancelTimeout bounds the last request for a query that nobody waits for any more.
const cancelTimeout = 5 * time.Second

// cancel ends a query that is given up, so that it costs no more. Whether that worked changes nothing for us.
func (s *source) cancel(ctx context.Context, job *bigquery.JobReference) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	_, _ = s.service.Jobs.Cancel(job.ProjectId, job.JobId).Location(job.Location).Context(ctx).Do()
}

// decode reads one row, whose only column is the entry as JSON.
func decode(row *bigquery.TableRow, where string, n int) (audit.Event, error) {
	unreadable := func(err error) (audit.Event, error) {
		return audit.Event{}, &audit.Unreadable{File: where, Offset: int64(n), Err: err}
	}
	if len(row.F) != 1 {
		return unreadable(fmt.Errorf("%d columns where one was asked for", len(row.F)))
	}
	text, ok := row.F[0].V.(string)
	if !ok {
		return unreadable(errors.New("not text"))
	}
	e, err := gcp.DecodeText([]byte(text))
	if err != nil {
		return unreadable(err)
	}
	e.File = where
	return e, nil
}

// failed says what went wrong, with the next step. Queries over the limit are told apart: they were refused, not run.
func (s *source) failed(what string, err error) error {
	var api *googleapi.Error
	if errors.As(err, &api) && strings.Contains(api.Message+api.Body, "bytesBilledLimitExceeded") {
		return &audit.SourceError{Code: audit.ProblemFailed, Err: fmt.Errorf("%s: the query would read more than max_gib = %d; shorten attribution.lookback, or raise it", what, s.MaxGiB)}
	}
	return call.Failed(what, "", grant, err)
}
