package manager

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// activity yields the Activity Log of one subscription. It returns false when the consumer wants no more.
func (s *source) activity(ctx context.Context, subscription string, from, to time.Time, told calls, yield func(audit.Event, error) bool) bool {
	where := "azure activity log of " + subscription
	if to.IsZero() {
		to = s.Now().Add(time.Hour) // the log wants an end; clocks differ
	}
	filter := "eventTimestamp ge '" + from.UTC().Format(time.RFC3339) + "' and eventTimestamp le '" + to.UTC().Format(time.RFC3339) + "'"
	next := s.client.Endpoint() + "/subscriptions/" + url.PathEscape(subscription) + "/providers/Microsoft.Insights/eventtypes/management/values?" +
		url.Values{"api-version": {"2015-04-01"}, "$filter": {filter}}.Encode()
	seen := map[string]bool{}
	for next != "" {
		seen[next] = true
		answer, err := s.ask(ctx, subscription, http.MethodGet, next, nil)
		if err != nil {
			return yield(audit.Event{}, failed(where, subscription, err))
		}
		for i, record := range tree.List(answer, "value") {
			e, err := decode(record, where, i)
			if err == nil && told.repeats(e) {
				continue
			}
			if !yield(e, err) {
				return false
			}
		}
		next = tree.String(answer, "nextLink")
		switch {
		case seen[next]:
			return yield(audit.Event{}, failed(where, subscription, errors.New("the server names the same page twice; the rest is not read")))
		case next != "" && !s.ours(next): // the credentials go with the request
			return yield(audit.Event{}, failed(where, subscription, errors.New("the next page is on another server; the rest is not read")))
		}
	}
	return true
}

// ours tells whether an address is on the server that we ask.
func (s *source) ours(address string) bool {
	theirs, err1 := url.Parse(address)
	ours, err2 := url.Parse(s.client.Endpoint())
	return err1 == nil && err2 == nil && theirs.Scheme == ours.Scheme && strings.EqualFold(theirs.Host, ours.Host)
}
