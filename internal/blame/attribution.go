package blame

import (
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// Verdict says how sure an attribution is. The table is in the package documentation.
type Verdict string

// The verdicts, surest first.
const (
	Confirmed  Verdict = "confirmed"
	Likely     Verdict = "likely"
	Ambiguous  Verdict = "ambiguous"
	Possible   Verdict = "possible"
	Automation Verdict = "automation"
	OwnApply   Verdict = "own_apply"
	None       Verdict = "none"
)

// Reason codes of the verdict none.
const (
	ReasonDeliveryLag      = "delivery_lag"
	ReasonOutsideRetention = "outside_retention"
	ReasonNoPermission     = "no_permission"
	ReasonRegionNotQueried = "region_not_queried"
	ReasonDataEvent        = "data_event"
	ReasonNoEventEmitted   = "service_emits_none"
	ReasonRedacted         = "redacted"
	ReasonProviderChange   = "provider_change"
	ReasonNoSource         = "no_source"     // no audit log is configured
	ReasonSourceFailed     = "source_failed" // a log that may know could not be read, or not to its end
	ReasonNoMatch          = "no_match"      // logs were read and nothing in them fits
)

// An Attribution says which events explain which changes of one finding.
type Attribution struct {
	Paths    []string // change paths it explains; empty: the finding as a whole (deleted, unmanaged)
	Elements []string // for a set: the elements this actor added or removed, as canonical JSON
	Verdict  Verdict
	Reason   string      // code when Verdict is none, else ""
	Actor    audit.Actor // zero unless Verdict is confirmed, likely, automation or own_apply
	Via      audit.Via
	At       time.Time
	SourceIP string
	Events   []EventRef
	// Candidates are the explanations that tie, when Verdict is ambiguous.
	Candidates []Candidate
	// RuledOut are events that were looked at and do not count, each with why; kept so that the answer explains itself. Capped.
	RuledOut []RuledOut
}

// EventRef points at one audit record.
type EventRef struct {
	ID, Source, Operation, Link string
	Verified                    bool
}

// Candidate is one of several equal explanations.
type Candidate struct {
	Actor  audit.Actor
	Via    audit.Via
	At     time.Time
	Events []EventRef
}

// RuledOut is an event that does not count.
type RuledOut struct {
	Event EventRef
	Actor audit.Actor
	At    time.Time
	Why   string // failed call, read, dry run, later overwritten, other value, other object, ...
}

// WhyOtherValue is why an event is ruled out that wrote something else than what is live.
const WhyOtherValue = "other value"
