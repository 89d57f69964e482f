package blame

import (
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/drift"
)

// coverage remembers, per provider, account and region, the span of time that events were seen in.
type coverage map[place]*span

type place struct{ provider, account, region string }

type span struct {
	first, last time.Time
	events      int
}

func (c coverage) see(e *audit.Event) {
	if e.Time.IsZero() {
		return
	}
	p := place{e.Provider, strings.ToLower(e.Account), e.Region}
	s := c[p]
	if s == nil {
		s = &span{first: e.Time, last: e.Time}
		c[p] = s
	}
	s.events++
	if e.Time.Before(s.first) {
		s.first = e.Time
	}
	if e.Time.After(s.last) {
		s.last = e.Time
	}
}

// of joins the spans that can hold the subject's events.
func (c coverage) of(s *subject, match func(place) bool) span {
	var out span
	for p, sp := range c {
		if p.provider != "" && s.provider != "" && p.provider != s.provider || !match(p) {
			continue
		}
		if out.events == 0 || sp.first.Before(out.first) {
			out.first = sp.first
		}
		if out.events == 0 || sp.last.After(out.last) {
			out.last = sp.last
		}
		out.events += sp.events
	}
	return out
}

// serviceScope is where a call without a readable request may have hit anything.
type serviceScope struct{ provider, account, region, service string }

const maxHidden = 1000

// seeHidden notes successful writes whose request is missing or taken out.
func (x *Explainer) seeHidden(e *audit.Event) {
	if e.Provider != "aws" || e.Status == audit.StatusFailure || e.DryRun || e.Actor.Type == audit.ActorService {
		return
	}
	if e.Request != nil && !e.Truncated && (!hidden(e.Request) || shows(e.Request)) {
		return
	}
	k := serviceScope{e.Provider, strings.ToLower(e.Account), e.Region, serviceName(e)}
	if len(x.hiddenCalls[k]) < maxHidden {
		x.hiddenCalls[k] = append(x.hiddenCalls[k], e.Time)
	}
}

// shows tells whether anything of a request can be read: then it is about what it names.
func shows(v any) bool {
	switch t := v.(type) {
	case map[string]any:
		for _, value := range t {
			if shows(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(t, shows)
	case string:
		return t != "" && !hidden(t)
	}
	return false
}

// usualLag is how late CloudTrail's records mostly are; other logs are faster.
const usualLag = 15 * time.Minute

// whyNone says why a cell has no explanation, the surest reason first.
func (x *Explainer) whyNone(s *subject, a *answer, timeline []*touch) (Verdict, string) {
	none := func(reason string) (Verdict, string) { return None, reason }
	for _, t := range timeline {
		if t.ruled == "" && t.own == nil && !t.witness && strongest(t.states) == stateNone && a.cell.kind != cellObject {
			return Possible, ""
		}
	}
	account := strings.ToLower(s.account)
	inAccount := func(p place) bool {
		return account == "" || p.account == "" || p.account == account || s.provider == "gcp"
	}
	global := len(s.services) > 0 && !slices.ContainsFunc(s.services, func(n string) bool { return !globalServices[n] })
	inRegion := func(p place) bool {
		return inAccount(p) && (global || s.region == "" || p.region == "" || p.region == s.region || s.provider != "aws")
	}
	seen, seenHere := x.coverage.of(s, inAccount), x.coverage.of(s, inRegion)
	switch {
	case s.Finding.Reason == drift.ReasonVersionChange:
		return none(ReasonProviderChange)
	case s.family.DataEvents:
		return none(ReasonDataEvent)
	case a.cell.silent:
		return none(ReasonNoEventEmitted)
	}
	sources := x.sourcesFor(s)
	if len(sources) == 0 && seen.events == 0 {
		return none(ReasonNoSource)
	}
	if p := problemFor(sources, s, audit.ProblemNoPermission); p {
		return none(ReasonNoPermission)
	}
	if problemFor(sources, s, audit.ProblemNotQueried) || !covered(sources, s, global) || (seenHere.events == 0 && seen.events > 0 && x.filesOnly(sources)) {
		return none(ReasonRegionNotQueried)
	}
	if reason := x.timeReason(s, sources, seenHere); reason != "" {
		return none(reason)
	}
	if x.hiddenNear(s, global) {
		return none(ReasonRedacted)
	}
	if problemFor(sources, s, audit.ProblemFailed) {
		return none(ReasonSourceFailed)
	}
	return none(ReasonNoMatch)
}

// timeReason tells whether the logs end before, or begin after, the time in which the change was made.
func (x *Explainer) timeReason(s *subject, sources []Source, seen span) string {
	from, to := s.Finding.Window.From, s.Finding.Window.To
	if to.IsZero() {
		to = x.opts.Now
	}
	for _, src := range sources {
		lag := src.Capabilities.Lag
		if lag == 0 {
			lag = usualLag
		}
		if !from.IsZero() && !x.opts.Now.IsZero() && x.opts.Now.Sub(from) <= lag {
			return ReasonDeliveryLag
		}
		if r := src.Capabilities.Retention; r > 0 && !x.opts.Now.IsZero() && !to.IsZero() && to.Before(x.opts.Now.Add(-r)) {
			return ReasonOutsideRetention
		}
	}
	if problemFor(sources, s, audit.ProblemRetention) {
		return ReasonOutsideRetention
	}
	if seen.events == 0 {
		return ""
	}
	switch {
	case !from.IsZero() && seen.last.Before(from):
		return ReasonDeliveryLag
	case !to.IsZero() && seen.first.After(to):
		return ReasonOutsideRetention
	case !from.IsZero() && !to.IsZero() && seen.first.Sub(from) > to.Sub(from)/2 && seen.first.Sub(from) > 24*time.Hour:
		return ReasonOutsideRetention
	}
	return ""
}

func (x *Explainer) sourcesFor(s *subject) []Source {
	var out []Source
	for _, src := range x.opts.Sources {
		if !src.Capabilities.HasActor {
			continue // what never says who explains no silence
		}
		if src.Capabilities.Provider == "" || s.provider == "" || src.Capabilities.Provider == s.provider {
			out = append(out, src)
		}
	}
	return out
}

// filesOnly tells whether coverage can be read from the events alone: a log that is asked by region says itself what it covers.
func (x *Explainer) filesOnly(sources []Source) bool {
	return !slices.ContainsFunc(sources, func(src Source) bool { return src.Capabilities.Provider != "" })
}

func problemFor(sources []Source, s *subject, code audit.ProblemCode) bool {
	for _, src := range sources {
		for _, p := range src.Problems {
			if p.Code == code && (p.Account == "" || s.account == "" || p.Account == s.account) && (p.Region == "" || s.region == "" || p.Region == s.region) {
				return true
			}
		}
	}
	return false
}

func covered(sources []Source, s *subject, global bool) bool {
	if len(sources) == 0 {
		return true
	}
	return slices.ContainsFunc(sources, func(src Source) bool {
		regions, accounts := src.Capabilities.Regions, src.Capabilities.Accounts
		region := s.region
		if global {
			region = "us-east-1"
		}
		return (len(regions) == 0 || region == "" || slices.Contains(regions, region)) && (len(accounts) == 0 || s.account == "" || slices.Contains(accounts, s.account))
	})
}

func (x *Explainer) hiddenNear(s *subject, global bool) bool {
	for k, times := range x.hiddenCalls {
		if k.provider != s.provider || (s.account != "" && k.account != "" && k.account != strings.ToLower(s.account)) || (len(s.services) > 0 && !slices.Contains(s.services, k.service)) {
			continue
		}
		if !global && s.region != "" && k.region != "" && k.region != s.region {
			continue
		}
		for _, at := range times {
			if (s.from.IsZero() || !at.Before(s.from)) && (s.to.IsZero() || !at.After(s.to)) {
				return true
			}
		}
	}
	return false
}
