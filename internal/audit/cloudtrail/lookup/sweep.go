package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// A question is what can be asked of a region: one attribute with one value.
type question struct {
	key   types.LookupAttributeKey
	value string
}

var (
	writes   = question{types.LookupAttributeKeyReadOnly, "false"}
	sessions = question{types.LookupAttributeKeyEventName, "AssumeRoleWithSAML"}
)

// A span is a part of the window. A zero end is the present.
type span struct{ from, to time.Time }

var (
	errEnough = errors.New("the consumer wants no more")
	errCircle = errors.New("the server names the same page twice; the rest is not read")
)

// tooBusy says that an account writes more than can be read in time.
type tooBusy struct {
	pages int
	back  time.Time // how far back the sweep came
	named bool      // what lies before was asked for by name
}

func (t *tooBusy) Error() string {
	did := "what lies before was not read"
	if t.named {
		did = "of what lies before only the resources that findings are about were asked for, by name"
	}
	return fmt.Sprintf("more than %d pages of writes: the sweep came back to %s, and %s; the next scan comes further, and a trail's bucket or Athena is faster", t.pages, t.back.UTC().Format(time.RFC3339), did)
}

// A sweep asks one question for all parts of the window that are not kept.
type sweep struct {
	source   *source
	client   *sdk.Client
	region   string
	question question
	hours    hours
	yield    func(audit.Event, error) bool
	asked    int // pages
}

// run hands on what is kept and asks for the rest, the latest first. only are resources that can be asked for by name instead, one request each; with
// enough, they are all that the caller is interested in, and as soon as the sweep has cost as much as asking for them, they are asked for: which way is
// cheaper is not known before, and this costs at most twice the cheaper one.
func (s *sweep) run(ctx context.Context, from, to time.Time, only []string, enough bool) error {
	now := s.source.opts.Now()
	s.hours.forget(now.Add(-retention))
	border := now.Add(-settled).Truncate(time.Hour)
	missing, goOn := s.missing(from, to, border)
	if !goOn {
		return errEnough
	}
	for _, part := range missing {
		var read []types.Event
		var token *string
		for {
			switch limit := s.source.opts.MaxPages; {
			case s.asked >= limit:
				s.keep(part, border, read, false)
				busy := &tooBusy{pages: limit, back: part.to, named: len(only) > 0 && len(only) <= limit}
				if len(read) > 0 {
					busy.back = aws.ToTime(read[len(read)-1].EventTime)
				}
				if busy.named {
					if _, err := s.single(ctx, span{from, busy.back}, only); err != nil {
						return err
					}
				}
				return busy
			case enough && len(only) > 0 && s.asked >= len(only):
				if found, err := s.single(ctx, span{from, to}, only); err != nil || found {
					return err
				}
				enough = false // nothing may mean that the log indexes another form of the name: then everything is asked for
			}
			page, err := s.page(ctx, part, token)
			if err != nil {
				s.keep(part, border, read, false)
				return err
			}
			read = append(read, page.Events...)
			if page.NextToken == nil {
				break
			}
			if aws.ToString(page.NextToken) == aws.ToString(token) {
				return errCircle
			}
			token = page.NextToken
		}
		s.keep(part, border, read, true)
	}
	return nil
}

// missing are the parts of a window that have to be asked, the latest first, after what is kept of the hours before border was handed on.
func (s *sweep) missing(from, to, border time.Time) (list []span, goOn bool) {
	if !to.IsZero() && to.Before(border) {
		border = to.Truncate(time.Hour)
	}
	begin := from.Truncate(time.Hour) // whole hours can be kept
	list = []span{{from: from, to: to}}
	if begin.Before(border) {
		list[0].from = border
	}
	for hour := border.Add(-time.Hour); !hour.Before(begin); hour = hour.Add(-time.Hour) {
		if records, ok := s.hours.load(hour); ok {
			for _, r := range records {
				if !s.yield(s.source.decode(s.region, "", r)) {
					return nil, false
				}
			}
			continue
		}
		if last := &list[len(list)-1]; last.from.Equal(hour.Add(time.Hour)) {
			last.from = hour
			continue
		}
		list = append(list, span{from: hour, to: hour.Add(time.Hour - time.Second)}) // both ends are included
	}
	return list, true
}

// page asks for one page and hands it on.
func (s *sweep) page(ctx context.Context, part span, token *string) (page *sdk.LookupEventsOutput, err error) {
	in := &sdk.LookupEventsInput{
		StartTime: &part.from, MaxResults: aws.Int32(pageSize), NextToken: token,
		LookupAttributes: []types.LookupAttribute{{AttributeKey: s.question.key, AttributeValue: aws.String(s.question.value)}},
	}
	if !part.to.IsZero() {
		in.EndTime = &part.to
	}
	s.asked++
	err = s.source.opts.Backoff.Do(ctx, func() (err error) {
		if err := s.source.pace.Wait(ctx, s.region); err != nil {
			return err
		}
		page, err = s.client.LookupEvents(ctx, in)
		return pace.Cut(err)
	})
	if err != nil {
		return nil, err
	}
	for _, item := range page.Events {
		if !s.yield(s.source.decode(s.region, aws.ToString(item.EventId), aws.ToString(item.CloudTrailEvent))) {
			return nil, errEnough
		}
	}
	return page, nil
}

// keep sorts what was read of a part into the hours before border. When the part was not read to its end, those hours are whole that are later than the
// last event, if the events came as they are promised to, the latest first.
func (s *sweep) keep(part span, border time.Time, read []types.Event, whole bool) {
	at := func(e types.Event) time.Time { return aws.ToTime(e.EventTime).UTC() }
	first := part.from.UTC()
	if !whole {
		if len(read) == 0 || !slices.IsSortedFunc(read, func(a, b types.Event) int { return at(b).Compare(at(a)) }) {
			return
		}
		first = at(read[len(read)-1]).Truncate(time.Hour).Add(time.Hour)
	}
	byHour := map[time.Time][]string{}
	for _, item := range read {
		hour := at(item).Truncate(time.Hour)
		byHour[hour] = append(byHour[hour], aws.ToString(item.CloudTrailEvent))
	}
	for hour := first; hour.Before(border); hour = hour.Add(time.Hour) {
		if !part.to.IsZero() && hour.Add(time.Hour-time.Second).After(part.to) {
			return // it ends within the hour
		}
		s.hours.save(hour, byHour[hour])
	}
}

// single asks for resources by name. It tells whether there was anything.
func (s *sweep) single(ctx context.Context, part span, only []string) (found bool, err error) {
	for _, name := range only {
		one := *s
		one.question = question{types.LookupAttributeKeyResourceName, name}
		for token := (*string)(nil); ; {
			page, err := one.page(ctx, part, token)
			if err != nil {
				return found, err
			}
			found = found || len(page.Events) > 0
			if page.NextToken == nil {
				break
			}
			if aws.ToString(page.NextToken) == aws.ToString(token) {
				return found, errCircle
			}
			token = page.NextToken
		}
	}
	return found, nil
}
