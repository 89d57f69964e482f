package audit

import (
	"context"
	"iter"
	"strconv"
	"time"
)

// A Source is one place where events can be asked for.
//
// Query yields events in no particular order and may yield duplicates. An error that is yielded ends nothing by itself: the consumer
// records it and goes on reading, and the source stops when it cannot continue. An *[Unreadable] error names one bad record; the rest is used.
// Query may be called by several goroutines.
type Source interface {
	Name() string
	Query(ctx context.Context, q Query) iter.Seq2[Event, error]
	Capabilities() Capabilities
}

// Query limits what a source needs to return. It is a hint for cost: a source may return more, never less.
type Query struct {
	From, To  time.Time // a zero bound is open
	Accounts  []string
	Regions   []string
	IDs       []string   // ids, names and ARNs, when nothing else is of interest
	Resources []Resource // what the findings are about, with the types of the code and the ids of state
	WriteOnly bool
}

// Capabilities say what a source can and cannot know, so that silence can be explained.
type Capabilities struct {
	Provider  string        // aws, gcp, azure, kubernetes, github; "" for any
	Retention time.Duration // 0: unlimited
	Lag       time.Duration // how late a record may come
	HasActor  bool
	HasValues bool
	Regions   []string // what it covers; nil: whatever it holds
	Accounts  []string
}

// Metered is a source whose questions cost money by what they read. Spent says for people what those asked so far read; "" for nothing.
type Metered interface{ Spent() string }

// Scanned says how much a paid query read, as [Metered] does.
func Scanned(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	const mib = 1 << 20
	if bytes < 1024*mib {
		return strconv.FormatInt((bytes+mib-1)/mib, 10) + " MiB scanned"
	}
	return strconv.FormatFloat(float64(bytes)/(1024*mib), 'f', 1, 64) + " GiB scanned"
}

// Unreadable is one record that could not be used.
type Unreadable struct {
	File   string
	Offset int64
	Err    error
}

func (u *Unreadable) Error() string {
	return u.File + ": record at byte " + strconv.FormatInt(u.Offset, 10) + ": " + u.Err.Error()
}

func (u *Unreadable) Unwrap() error { return u.Err }
