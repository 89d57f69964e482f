// Package orglog asks GitHub for the audit log of an organisation.
//
// Start with [New]. GitHub keeps 180 days and answers in pages of 100, newest first, each naming the next by a cursor. Requests are spaced out to the
// 1,750 an hour that this log allows, and wait when GitHub says so. Entries are handed to the decoder as they came: go-github's own type drops what it
// does not know.
//
// Right needed: read:audit_log of a classic token, or "Administration: read" of the organisation for an app or a fine-grained token. Organisations
// outside of GitHub Enterprise Cloud have no such API.
package orglog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	api "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/github"
	"github.com/mooringdev/mooring/internal/audit/pace"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// What GitHub promises of the log.
const (
	retention = 180 * 24 * time.Hour
	lag       = 5 * time.Minute
	perHour   = 1750
	burst     = 20
	pageSize  = 100
)

// Options say what to ask.
type Options struct {
	Organization string
	Token        string
	TokenName    string // where the token comes from, for messages
	URL          string // of a GitHub Enterprise Server's or test server's API; "" for github.com
	Now          func() time.Time
	Backoff      pace.Backoff
}

// New returns the log of one organisation.
func New(o Options) audit.Source {
	return &source{Options: o, pace: pace.New(perHour/3600., burst)}
}

type source struct {
	Options
	pace *pace.Buckets
}

func (s *source) Name() string { return "github" }

func (s *source) Capabilities() audit.Capabilities {
	return audit.Capabilities{Provider: "github", Retention: retention, Lag: lag, HasActor: true, HasValues: true}
}

// Query reads the pages of the window.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		client, err := s.client()
		if err != nil {
			yield(audit.Event{}, s.problem(audit.ProblemNoPermission, err))
			return
		}
		from, to, cut := q.Within(retention, s.Now())
		if cut != nil && !yield(audit.Event{}, fmt.Errorf("github audit log of %s: %w", s.Organization, cut)) {
			return
		}
		cursors := map[string]bool{}
		for after := ""; ; {
			entries, next, err := s.page(ctx, client, phrase(from, to), after)
			if err != nil {
				yield(audit.Event{}, s.failed(err))
				return
			}
			for i, raw := range entries {
				if !yield(s.decode(raw, after, i)) {
					return
				}
			}
			if next == "" {
				return
			}
			if cursors[next] {
				yield(audit.Event{}, s.problem(audit.ProblemFailed, errors.New("the server names the same page twice; the rest is not read")))
				return
			}
			cursors[next], after = true, next
		}
	}
}

func (s *source) client() (*api.Client, error) {
	if s.Token == "" {
		return nil, fmt.Errorf("%s is not set; put a token with read:audit_log there", s.TokenName)
	}
	client := api.NewClient(nil).WithAuthToken(s.Token)
	if s.URL == "" {
		return client, nil
	}
	base, err := url.Parse(s.URL + "/")
	if err != nil {
		return nil, fmt.Errorf("address of the API: %w", err)
	}
	client.BaseURL = base
	return client, nil
}

// phrase is the search for a window; a zero end is left open.
func phrase(from, to time.Time) string {
	begin := from.UTC().Format(time.RFC3339)
	if to.IsZero() {
		return "created:>=" + begin
	}
	return "created:" + begin + ".." + to.UTC().Format(time.RFC3339)
}

func (s *source) page(ctx context.Context, client *api.Client, phrase, after string) (entries []json.RawMessage, next string, err error) {
	parameters := url.Values{"phrase": {phrase}, "include": {"web"}, "per_page": {fmt.Sprint(pageSize)}}
	if after != "" {
		parameters.Set("after", after)
	}
	err = s.Backoff.Do(ctx, func() error {
		if err := s.pace.Wait(ctx, s.Organization); err != nil {
			return err
		}
		request, err := client.NewRequest(http.MethodGet, "orgs/"+s.Organization+"/audit-log?"+parameters.Encode(), nil)
		if err != nil {
			return err
		}
		entries = nil
		response, err := client.Do(ctx, request, &entries)
		if err != nil {
			return later(err, s.Now())
		}
		next = response.After
		return nil
	})
	return entries, next, err
}

// later makes a wait of what GitHub refuses for now.
func later(err error, now time.Time) error {
	var limit *api.RateLimitError
	var secondary *api.AbuseRateLimitError
	var refused *api.ErrorResponse
	switch {
	case errors.As(err, &limit):
		return &pace.Again{After: limit.Rate.Reset.Sub(now), Err: err}
	case errors.As(err, &secondary):
		return &pace.Again{After: secondary.GetRetryAfter(), Err: err}
	case errors.As(err, &refused):
		return pace.Refused(refused.Response.StatusCode, refused.Response.Header, err)
	}
	return pace.Broken(err)
}

func (s *source) decode(raw json.RawMessage, page string, n int) (audit.Event, error) {
	record, err := tree.Parse(raw)
	if err == nil {
		var e audit.Event
		if e, err = github.Decode(record); err == nil {
			e.File = "github audit log of " + s.Organization
			return e, nil
		}
	}
	return audit.Event{}, &audit.Unreadable{File: "github audit log of " + s.Organization + " page " + page, Offset: int64(n), Err: err}
}

// failed says what went wrong, with the next step. GitHub's own message is left out: it repeats the address and says no more than the status.
func (s *source) failed(err error) error {
	var refused *api.ErrorResponse
	if !errors.As(err, &refused) {
		return s.problem(audit.ProblemFailed, err)
	}
	switch refused.Response.StatusCode {
	case http.StatusUnauthorized:
		return s.problem(audit.ProblemNoPermission, fmt.Errorf("the token in %s is not valid or has expired; make a new one", s.TokenName))
	case http.StatusForbidden:
		return s.problem(audit.ProblemNoPermission, fmt.Errorf("the token in %s may not read it; it needs read:audit_log, and its owner must own the organisation", s.TokenName))
	case http.StatusNotFound:
		return s.problem(audit.ProblemNoPermission, fmt.Errorf("there is none; the organisation must be on GitHub Enterprise Cloud, and the token in %s needs read:audit_log", s.TokenName))
	}
	return s.problem(audit.ProblemFailed, err)
}

func (s *source) problem(code audit.ProblemCode, err error) error {
	return &audit.SourceError{Code: code, Err: fmt.Errorf("github audit log of %s: %w", s.Organization, err)}
}
