// Package lookup asks CloudTrail's event history (LookupEvents): the source that needs no set-up.
//
// Start with [New]. Event history holds 90 days of management events per account and region, newest first, and answers two requests a second.
// Queries are paced to that and repeated when throttled or cut short. The region of the credentials is always asked too, and us-east-1, because global
// services log there. A region that refuses or fails becomes a *audit.SourceError and the others go on.
//
// A region is swept for all writes of the window (sweep.go). Hours that are old enough not to change are kept (hours.go), so that a later scan, and
// another stack's, asks for what is new alone. Single resources are asked for by name where that is cheaper and the caller wants no more, and where an
// account writes more than can be read in time, which is then said.
//
// Right needed: cloudtrail:LookupEvents.
package lookup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/smithy-go"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail"
	"github.com/mooringdev/mooring/internal/audit/pace"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Limits of the service.
const (
	retention    = 90 * 24 * time.Hour
	lag          = 15 * time.Minute
	perSecond    = 2
	pageSize     = 50
	globalRegion = "us-east-1"
)

// attempts is how often a throttled request is tried.
const attempts = 8

// maxPages is what a sweep of one region may cost when nothing else is said: ten minutes at two requests a second.
const maxPages = 1200

// Options say what to ask.
type Options struct {
	Account  string   // of the credentials, for messages and coverage; "" when not known
	Regions  []string // asked beside those of the query
	Now      func() time.Time
	Cache    string // folder where settled hours are kept; "" for none
	MaxPages int    // that a sweep of one region may have; 0 for 1,200
	Rate     int    // requests a second and region; 0 for the 2 that AWS allows
	Backoff  pace.Backoff
	Endpoint string // of a test server; "" for AWS
}

// New returns a source that asks with the credentials of cfg.
func New(cfg aws.Config, opts Options) audit.Source {
	if opts.MaxPages == 0 {
		opts.MaxPages = maxPages
	}
	if opts.Rate == 0 {
		opts.Rate = perSecond
	}
	return &source{cfg: cfg, opts: opts, pace: pace.New(float64(opts.Rate), opts.Rate)}
}

type source struct {
	cfg  aws.Config
	opts Options
	pace *pace.Buckets // by region
}

func (s *source) Name() string { return "cloudtrail" }

func (s *source) Capabilities() audit.Capabilities {
	c := audit.Capabilities{Provider: "aws", Retention: retention, Lag: lag, HasActor: true, HasValues: true}
	if s.opts.Account != "" {
		c.Accounts = []string{s.opts.Account}
	}
	return c
}

// Query asks one region after the other.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		from, to, cut := q.Within(retention, s.opts.Now())
		if cut != nil && !yield(audit.Event{}, &audit.SourceError{Code: audit.ProblemRetention, Account: s.opts.Account,
			Err: fmt.Errorf("cloudtrail: event history begins %s; read older events from the trail's bucket", from.Format(time.DateOnly))}) {
			return
		}
		regions := slices.Concat(s.opts.Regions, q.Regions, []string{s.cfg.Region, globalRegion})
		slices.Sort(regions)
		for _, region := range slices.Compact(regions) {
			if region == "" || region == "global" {
				continue
			}
			if !s.region(ctx, region, from, to, q, yield) {
				return
			}
		}
	}
}

// region asks for all writes of the window, or for single resources. People who signed in through a SAML provider are only named in the call that
// opened their session, which is a read. It returns false when the consumer wants no more.
func (s *source) region(ctx context.Context, region string, from, to time.Time, q audit.Query, yield func(audit.Event, error) bool) bool {
	client := sdk.NewFromConfig(s.cfg, func(o *sdk.Options) {
		o.Region = region
		if s.cfg.Retryer == nil {
			o.Retryer = retry.AddWithMaxAttempts(retry.NewStandard(), attempts)
		}
		if s.opts.Endpoint != "" {
			o.BaseEndpoint = aws.String(s.opts.Endpoint)
		}
	})
	for _, about := range []question{writes, sessions} {
		sw := &sweep{source: s, client: client, region: region, question: about, yield: yield, hours: hoursOf(s.opts.Cache, s.opts.Account, region, string(about.key))}
		var only []string
		if about == writes {
			only = names(q, region)
		}
		err := sw.run(ctx, from, to, only, len(q.IDs) > 0)
		switch {
		case errors.Is(err, errEnough):
			return false
		case err != nil && !yield(audit.Event{}, s.failed(region, err)):
			return false
		case err != nil && !errors.As(err, new(*tooBusy)):
			return ctx.Err() == nil // what else is asked of this region would fail, too
		}
	}
	return true
}

// names are what single resources can be asked for by.
func names(q audit.Query, region string) []string {
	var out []string
	for _, r := range q.Resources {
		if strings.HasPrefix(r.Type, "aws_") && (r.Region == "" || r.Region == region || region == globalRegion) {
			out = append(out, r.ID)
		}
	}
	if len(q.Resources) == 0 {
		out = slices.Clone(q.IDs)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(id string) bool { return id == "" || len(id) > maxName })
}

// maxName is the longest value that the service takes.
const maxName = 2000

func (s *source) decode(region, id, text string) (audit.Event, error) {
	where := "LookupEvents " + region
	record, err := tree.Parse([]byte(text))
	if err == nil {
		var e audit.Event
		if e, err = cloudtrail.Decode(record); err == nil {
			e.File = where
			return e, nil
		}
	}
	return audit.Event{}, &audit.Unreadable{File: strings.TrimSpace(where + " " + id), Err: err}
}

// failed turns an API error into a problem with its code and the next step.
func (s *source) failed(region string, err error) error {
	out := &audit.SourceError{Code: audit.ProblemFailed, Account: s.opts.Account, Region: region, Err: fmt.Errorf("cloudtrail in %s: %w", region, err)}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return out
	}
	switch api.ErrorCode() {
	case "ThrottlingException", "Throttling", "TooManyRequestsException":
		out.Err = fmt.Errorf("cloudtrail in %s: throttled, and stayed so; something else asks event history of this account, too", region)
	case "AccessDeniedException", "AccessDenied", "UnauthorizedOperation":
		out.Code = audit.ProblemNoPermission
		out.Err = fmt.Errorf("cloudtrail in %s: not allowed to look up events; grant cloudtrail:LookupEvents", region)
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired":
		out.Err = fmt.Errorf("cloudtrail in %s: the credentials have expired; renew them and run again", region)
	case "UnrecognizedClientException", "InvalidClientTokenId", "OptInRequired":
		out.Code = audit.ProblemNotQueried
		out.Err = fmt.Errorf("cloudtrail in %s: the region does not know these credentials; is it enabled for the account?", region)
	}
	return out
}
