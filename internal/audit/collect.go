package audit

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"
)

// A Problem is a source that could not say everything: the answer to "why is there no event".
type Problem struct {
	Source  string
	Code    ProblemCode
	Account string // "" when the problem is not of one account
	Region  string // "" when the problem is not of one region
	Text    string
}

// ProblemCode says what kind of problem it is. The codes that are also reasons of an attribution are spelled the same.
type ProblemCode string

// The codes.
const (
	ProblemFailed       ProblemCode = "failed"             // network, server, bad file
	ProblemNoPermission ProblemCode = "no_permission"      // the source refused us
	ProblemNotQueried   ProblemCode = "region_not_queried" // a region was left out
	ProblemRetention    ProblemCode = "outside_retention"  // the window begins before the log does
	ProblemUnverified   ProblemCode = "unverified"         // the signature of a log file does not match its content
)

// SourceError is an error of a source with its code. Sources yield it; other errors count as ProblemFailed.
type SourceError struct {
	Code    ProblemCode
	Account string
	Region  string
	Err     error
}

func (e *SourceError) Error() string { return e.Err.Error() }

func (e *SourceError) Unwrap() error { return e.Err }

// Stats count what one collection read.
type Stats struct {
	Events     int
	Duplicates int
	Unreadable int
	// Examples are the first few unreadable records, named by file and offset.
	Examples []string
}

// Sizes that keep a collection's memory flat.
const (
	maxExamples     = 10
	maxProblems     = 100
	dedupeRemembers = 1 << 19
)

// Collect reads all sources at once and hands every event to yield, one at a time. An event that several sources hold is handed on once, as
// far as half a million ids of memory tell; a consumer that counts must still compare ids. A source that fails becomes a Problem and the
// others go on. Collect returns when all sources ended or ctx is done; ctx's error is then a Problem too.
func Collect(ctx context.Context, sources []Source, q Query, yield func(Event)) (Stats, []Problem) {
	c := &collection{yield: yield, seen: newRecent(dedupeRemembers)}
	var wg sync.WaitGroup
	for _, s := range sources {
		wg.Go(func() { c.read(ctx, s, q) })
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		c.problem(Problem{Code: ProblemFailed, Text: "reading audit logs was stopped: " + err.Error()})
	}
	return c.stats, c.problems
}

type collection struct {
	yield func(Event)

	mu       sync.Mutex
	seen     *recent
	stats    Stats
	problems []Problem
}

func (c *collection) read(ctx context.Context, s Source, q Query) {
	defer func() {
		if r := recover(); r != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.problem(Problem{Source: s.Name(), Code: ProblemFailed, Text: fmt.Sprintf("%s: internal error: %v", s.Name(), r)})
		}
	}()
	for e, err := range s.Query(ctx, q) {
		if ctx.Err() != nil {
			return
		}
		c.take(s.Name(), e, err)
	}
}

func (c *collection) take(source string, e Event, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var bad *Unreadable
	var failed *SourceError
	switch {
	case errors.As(err, &bad):
		c.stats.Unreadable++
		if len(c.stats.Examples) < maxExamples {
			c.stats.Examples = append(c.stats.Examples, bad.Error())
		}
	case errors.As(err, &failed):
		c.problem(Problem{Source: source, Code: failed.Code, Account: failed.Account, Region: failed.Region, Text: err.Error()})
	case err != nil:
		c.problem(Problem{Source: source, Code: ProblemFailed, Text: err.Error()})
	case e.ID != "" && !c.seen.add(e.Source+"\x00"+e.ID+"\x00"+e.Operation+e.Time.Format(time.RFC3339)):
		c.stats.Duplicates++
	default:
		c.stats.Events++
		c.yield(e)
	}
}

func (c *collection) problem(p Problem) {
	for _, have := range c.problems {
		if have == p {
			return
		}
	}
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, p)
	}
}

// recent remembers the last n to 2n strings by a seeded hash, so that its size is bounded and nobody can craft a collision.
type recent struct {
	seed     maphash.Seed
	limit    int
	new, old map[uint64]struct{}
}

func newRecent(n int) *recent {
	return &recent{seed: maphash.MakeSeed(), limit: n, new: map[uint64]struct{}{}}
}

// add tells whether s is new.
func (r *recent) add(s string) bool {
	h := maphash.String(r.seed, s)
	if _, ok := r.new[h]; ok {
		return false
	}
	_, seen := r.old[h]
	if len(r.new) >= r.limit {
		r.old, r.new = r.new, make(map[uint64]struct{})
	}
	r.new[h] = struct{}{}
	return !seen
}
