// Package manager asks Azure Resource Manager who changed what: Resource Graph's change history for the last 14 days, which has values before and after,
// and the Activity Log for 90.
//
// Start with [New]. A call that the change history tells of is not told again from the Activity Log. Requests go through the Azure SDK's pipeline
// (azcore/arm), which signs them in; records are handed to the decoder as they came, because the SDK's own types drop what they do not know and refuse
// a whole page for one field of another type. A subscription or log that refuses or fails becomes a *audit.SourceError and the others go on.
//
// Right needed: the role Reader on each subscription, or Microsoft.Insights/eventtypes/values/read and read on the resources.
package manager

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/azure"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// What Azure promises. Resource Graph allows 15 queries in five seconds for a user; the Activity Log's limit is far above what is asked here.
const (
	historyRetention  = 14 * 24 * time.Hour
	activityRetention = 90 * 24 * time.Hour
	lag               = 20 * time.Minute
	perSecond         = 3
	burst             = 10
)

// Options say what to ask.
type Options struct {
	Subscriptions []string
	Credential    azcore.TokenCredential
	Client        *arm.ClientOptions // cloud and transport; nil for the public cloud
	Now           func() time.Time
	Backoff       pace.Backoff
}

// New returns the logs of some subscriptions.
func New(o Options) (audit.Source, error) {
	client := arm.ClientOptions{}
	if o.Client != nil {
		client = *o.Client
	}
	client.DisableRPRegistration = true // we read
	client.Retry.MaxRetries = -1        // o.Backoff repeats
	client.Telemetry.ApplicationID = "mooring"
	c, err := arm.NewClient("mooring", "v1.0.0", o.Credential, &client)
	if err != nil {
		return nil, fmt.Errorf("azure: set up a client: %w", err)
	}
	ids := make([]string, 0, len(o.Subscriptions))
	for _, id := range o.Subscriptions {
		ids = append(ids, strings.ToLower(id)) // as events have them
	}
	o.Subscriptions = ids
	return &source{Options: o, client: c, pace: pace.New(perSecond, burst)}, nil
}

// Capabilities are those of the two logs together.
func Capabilities(subscriptions []string) audit.Capabilities {
	return audit.Capabilities{Provider: "azure", Retention: activityRetention, Lag: lag, HasActor: true, HasValues: true, Accounts: subscriptions}
}

type source struct {
	Options
	client *arm.Client
	pace   *pace.Buckets
}

func (s *source) Name() string { return "azure" }

func (s *source) Capabilities() audit.Capabilities { return Capabilities(s.Subscriptions) }

// Query reads the change history of all subscriptions, then the Activity Log of each.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		told := calls{}
		for _, table := range historyTables {
			if !s.history(ctx, table, q, told, yield) {
				return
			}
		}
		from, to, cut := q.Within(activityRetention, s.Now())
		if cut != nil && !yield(audit.Event{}, fmt.Errorf("azure activity log: %w", cut)) {
			return
		}
		for _, id := range s.Subscriptions {
			if !s.activity(ctx, id, from, to, told, yield) {
				return
			}
		}
	}
}

// maxCalls bounds what is remembered of the change history: two weeks of a busy tenant.
const maxCalls = 1 << 18

// calls are those that the change history has told of, by correlation id and resource.
type calls map[[2]string]bool

func key(e audit.Event) [2]string {
	if e.Correlation == "" || len(e.Resources) == 0 {
		return [2]string{}
	}
	return [2]string{strings.ToLower(e.Correlation), strings.ToLower(e.Resources[0].ID)}
}

func (c calls) add(e audit.Event) {
	if k := key(e); k[0] != "" && e.Actor.Name != "" && len(c) < maxCalls {
		c[k] = true
	}
}

// repeats tells whether e says no more than the change history did. That a call failed is always news.
func (c calls) repeats(e audit.Event) bool {
	return e.Status != audit.StatusFailure && c[key(e)]
}

// decode reads one record of where.
func decode(record any, where string, n int) (audit.Event, error) {
	if !azure.Is(record) {
		return audit.Event{}, &audit.Unreadable{File: where, Offset: int64(n), Err: errors.New("not a record of this log")}
	}
	e, err := azure.Decode(record)
	if err != nil {
		return audit.Event{}, &audit.Unreadable{File: where, Offset: int64(n), Err: err}
	}
	e.File = where
	return e, nil
}

// failed says what went wrong, with the next step.
func failed(what, subscription string, err error) error {
	out := &audit.SourceError{Code: audit.ProblemFailed, Account: subscription, Err: fmt.Errorf("%s: %w", what, err)}
	var signIn interface{ NonRetriable() } // azidentity's errors say so of themselves
	var answer *azcore.ResponseError
	switch {
	case errors.As(err, &answer) && answer.StatusCode == http.StatusUnauthorized:
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: the credentials have expired or are not of the subscription's tenant; sign in again", what)
	case errors.As(err, &answer) && answer.StatusCode == http.StatusForbidden:
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: not allowed (%s); give the identity the role Reader on the subscription", what, answer.ErrorCode)
	case errors.As(err, &answer):
		out.Err = fmt.Errorf("%s: the server answers %d %s", what, answer.StatusCode, answer.ErrorCode)
	case errors.As(err, &signIn):
		summary, _, _ := strings.Cut(err.Error(), "\n") // what follows is the whole conversation
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: sign in: %s", what, strings.TrimSpace(summary))
	}
	return out
}
