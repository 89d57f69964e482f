// Package entries asks Cloud Logging for audit log entries (entries.list): the source for Google Cloud that needs no set-up.
//
// Start with [New]. Logging keeps Admin Activity and System Event entries for 400 days and answers 60 requests a minute for each project that asks;
// queries are paced to that, and repeated when the quota is used up all the same. A page may be empty and still name a next one. A project, folder or
// organisation that refuses or fails becomes a *audit.SourceError and the others go on.
//
// The client is google.golang.org/api/logging/v2, the vendor's own for the REST interface: it hands the payload of an entry on as it came, where the
// clients that speak protocol buffers drop what is in no message they know, and metadata of many services is.
//
// Right needed: roles/logging.viewer on each parent; for Data Access entries roles/logging.privateLogViewer.
package entries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"google.golang.org/api/logging/v2"
	"google.golang.org/api/option"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/gcp"
	"github.com/mooringdev/mooring/internal/audit/gcp/call"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// Limits of the service.
const (
	retention = 400 * 24 * time.Hour
	lag       = 5 * time.Minute
	perMinute = 60
	pageSize  = 1000
	maxPages  = 10000
)

const grant = "roles/logging.viewer"

// The logs, as the query language calls them.
const (
	adminActivity = "cloudaudit.googleapis.com/activity"
	systemEvent   = "cloudaudit.googleapis.com/system_event"
	dataAccess    = "cloudaudit.googleapis.com/data_access"
)

// Options say what to ask.
type Options struct {
	// Parents hold the logs: projects/ID, folders/NUMBER, organizations/NUMBER, or a view of a log bucket,
	// projects/ID/locations/LOCATION/buckets/BUCKET/views/VIEW. A folder or organisation does not stand for the projects in it: those are in their own
	// logs, or in a bucket that an aggregated sink fills.
	Parents    []string
	DataAccess bool // Data Access entries too, which are many, and cost
	Client     []option.ClientOption
	PerMinute  int // requests that the quota allows; 0 for Google's 60
	Now        func() time.Time
	Backoff    pace.Backoff
}

// New returns the logs of some parents.
func New(ctx context.Context, o Options) (audit.Source, error) {
	service, err := logging.NewService(ctx, o.Client...)
	if err != nil {
		return nil, fmt.Errorf("google cloud logging: set up a client: %w", err)
	}
	service.UserAgent = "mooring"
	o.Backoff = call.Patience(o.Backoff)
	if o.PerMinute == 0 {
		o.PerMinute = perMinute
	}
	return &source{Options: o, service: service, pace: pace.New(float64(o.PerMinute)/60, 1)}, nil
}

// Capabilities are those of the logs of some parents. Only the accounts of projects are known by name: what a view holds is not.
func Capabilities(parents []string) audit.Capabilities {
	c := audit.Capabilities{Provider: "gcp", Retention: retention, Lag: lag, HasActor: true, HasValues: true}
	for _, p := range parents {
		id, ok := strings.CutPrefix(p, "projects/")
		if !ok || strings.Contains(id, "/") {
			c.Accounts = nil
			return c
		}
		c.Accounts = append(c.Accounts, id)
	}
	return c
}

type source struct {
	Options
	service *logging.Service
	pace    *pace.Buckets
}

func (s *source) Name() string { return "gcp" }

func (s *source) Capabilities() audit.Capabilities { return Capabilities(s.Parents) }

// Query asks one parent after the other.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		from, to, cut := q.Within(retention, s.Now())
		if cut != nil && !yield(audit.Event{}, fmt.Errorf("google cloud logging: %w", cut)) {
			return
		}
		for _, parent := range s.Parents {
			if !s.pages(ctx, parent, s.filter(from, to), yield) {
				return
			}
		}
	}
}

// filter is in the Logging query language. Nothing but times that we wrote is put into it.
func (s *source) filter(from, to time.Time) string {
	logs := []string{adminActivity, systemEvent}
	if s.DataAccess {
		logs = append(logs, dataAccess)
	}
	for i, id := range logs {
		logs[i] = fmt.Sprintf("log_id(%q)", id)
	}
	f := fmt.Sprintf("(%s) AND timestamp>=%q", strings.Join(logs, " OR "), from.UTC().Format(time.RFC3339Nano))
	if !to.IsZero() {
		f += fmt.Sprintf(" AND timestamp<=%q", to.UTC().Format(time.RFC3339Nano))
	}
	return f
}

// pages follows one query to its end. It returns false when the consumer wants no more.
func (s *source) pages(ctx context.Context, parent, filter string, yield func(audit.Event, error) bool) bool {
	where := "google cloud logging of " + parent
	account := strings.TrimPrefix(parent, "projects/")
	if strings.Contains(account, "/") {
		account = "" // of no project alone
	}
	failed := func(err error) bool { return yield(audit.Event{}, call.Failed(where, account, grant, err)) }
	request := &logging.ListLogEntriesRequest{ResourceNames: []string{parent}, Filter: filter, OrderBy: "timestamp asc", PageSize: pageSize}
	for n := 0; ; n++ {
		page, err := call.Do(ctx, s.Backoff, s.pace, "entries.list", func() (*logging.ListLogEntriesResponse, error) {
			return s.service.Entries.List(request).Context(ctx).Do()
		})
		if err != nil {
			return failed(err)
		}
		for i, entry := range page.Entries {
			if !yield(decode(entry, where, n*pageSize+i)) {
				return false
			}
		}
		switch {
		case page.NextPageToken == "":
			return true
		case page.NextPageToken == request.PageToken:
			return failed(errors.New("the server names the same page twice; the rest is not read"))
		case n == maxPages:
			return failed(fmt.Errorf("more than %d pages; the rest is not read: shorten attribution.lookback, or read an export", maxPages))
		}
		request.PageToken = page.NextPageToken
	}
}

// decode reads one entry of where.
func decode(entry *logging.LogEntry, where string, n int) (audit.Event, error) {
	unreadable := func(err error) (audit.Event, error) {
		return audit.Event{}, &audit.Unreadable{File: where, Offset: int64(n), Err: err}
	}
	text, err := json.Marshal(entry)
	if err != nil {
		return unreadable(err)
	}
	e, err := gcp.DecodeText(text)
	if err != nil {
		return unreadable(err)
	}
	e.File = where
	return e, nil
}
