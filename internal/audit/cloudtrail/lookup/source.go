// Package lookup asks CloudTrail's event history (LookupEvents): the source that needs no set-up.
//
// Start with [New]. Event history holds 90 days of management events per account and region, newest first, and answers two requests a second.
// Queries are paced to that and retried when throttled. The region of the credentials is always asked too, and us-east-1, because global services
// log there. A region that refuses or fails becomes a *audit.SourceError and the others go on.
//
// Right needed: cloudtrail:LookupEvents.
package lookup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
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

// fewIDs is how many resources are asked for one by one when the window is too long to sweep.
const (
	fewIDs     = 20
	longWindow = 7 * 24 * time.Hour
)

// Options say what to ask.
type Options struct {
	Account  string   // of the credentials, for messages and coverage; "" when not known
	Regions  []string // asked beside those of the query
	Now      func() time.Time
	Endpoint string // of a test server; "" for AWS
}

// New returns a source that asks with the credentials of cfg.
func New(cfg aws.Config, opts Options) audit.Source {
	return &source{cfg: cfg, opts: opts, pace: pace.New(perSecond, perSecond)}
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
		now := s.opts.Now()
		from := q.From
		if oldest := now.Add(-retention); from.IsZero() || from.Before(oldest) {
			if !from.IsZero() && !yield(audit.Event{}, &audit.SourceError{Code: audit.ProblemRetention, Account: s.opts.Account,
				Err: fmt.Errorf("cloudtrail: event history begins %s; read older events from the trail's bucket", oldest.Format(time.DateOnly))}) {
				return
			}
			from = oldest
		}
		to := q.To
		if to.IsZero() || to.After(now) {
			to = now
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

// region asks for all writes of the window, or for single resources where that is cheaper. People who signed in through a SAML provider are only
// named in the call that opened their session, which is a read.
func (s *source) region(ctx context.Context, region string, from, to time.Time, q audit.Query, yield func(audit.Event, error) bool) bool {
	client := sdk.NewFromConfig(s.cfg, func(o *sdk.Options) {
		o.Region = region
		o.Retryer = retry.AddWithMaxAttempts(retry.NewStandard(), attempts)
		if s.opts.Endpoint != "" {
			o.BaseEndpoint = aws.String(s.opts.Endpoint)
		}
	})
	ask := func(key types.LookupAttributeKey, value string) (int, bool) {
		return s.pages(ctx, client, region, &sdk.LookupEventsInput{StartTime: &from, EndTime: &to, MaxResults: aws.Int32(pageSize),
			LookupAttributes: []types.LookupAttribute{{AttributeKey: key, AttributeValue: aws.String(value)}}}, yield)
	}
	if len(q.IDs) > 0 && len(q.IDs) <= fewIDs && to.Sub(from) > longWindow {
		found := 0
		for _, id := range q.IDs {
			n, goOn := ask(types.LookupAttributeKeyResourceName, id)
			if !goOn {
				return false
			}
			found += n
		}
		if found > 0 { // nothing may mean that the log indexes another form of the name: then sweep
			return true
		}
	}
	if _, goOn := ask(types.LookupAttributeKeyReadOnly, "false"); !goOn {
		return false
	}
	_, goOn := ask(types.LookupAttributeKeyEventName, "AssumeRoleWithSAML")
	return goOn
}

// pages follows one lookup to its end. It returns how many events it read, and whether to go on.
func (s *source) pages(ctx context.Context, client *sdk.Client, region string, in *sdk.LookupEventsInput, yield func(audit.Event, error) bool) (int, bool) {
	n := 0
	for p := sdk.NewLookupEventsPaginator(client, in); p.HasMorePages(); {
		if err := s.pace.Wait(ctx, region); err != nil {
			return n, yield(audit.Event{}, s.failed(region, err))
		}
		page, err := p.NextPage(ctx)
		if err != nil {
			return n, yield(audit.Event{}, s.failed(region, err))
		}
		for _, item := range page.Events {
			n++
			if !yield(s.decode(region, item)) {
				return n, false
			}
		}
	}
	return n, true
}

func (s *source) decode(region string, item types.Event) (audit.Event, error) {
	where := "LookupEvents " + region
	record, err := tree.Parse([]byte(aws.ToString(item.CloudTrailEvent)))
	if err == nil {
		var e audit.Event
		if e, err = cloudtrail.Decode(record); err == nil {
			e.File = where
			return e, nil
		}
	}
	return audit.Event{}, &audit.Unreadable{File: where + " " + aws.ToString(item.EventId), Err: err}
}

// failed turns an API error into a problem with its code and the next step.
func (s *source) failed(region string, err error) error {
	out := &audit.SourceError{Code: audit.ProblemFailed, Account: s.opts.Account, Region: region, Err: fmt.Errorf("cloudtrail in %s: %w", region, err)}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return out
	}
	switch api.ErrorCode() {
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
