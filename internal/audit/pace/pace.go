// Package pace keeps the clients of audit logs within what the services allow: [Buckets] space requests out before they are refused, and
// [Backoff] repeats those that were refused all the same.
//
// Both stop at once when their context ends. A service that asks for more patience than a scan has is given up, with its own error.
package pace

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Buckets are token buckets of one size, one for each key, such as an account and region. They may be used by several goroutines.
type Buckets struct {
	limit rate.Limit
	burst int

	mu    sync.Mutex
	byKey map[string]*rate.Limiter
}

// New returns buckets that give perSecond tokens a second and hold up to burst.
func New(perSecond float64, burst int) *Buckets {
	return &Buckets{limit: rate.Limit(perSecond), burst: burst, byKey: map[string]*rate.Limiter{}}
}

// Wait takes one token of the bucket of key, waiting until there is one.
func (b *Buckets) Wait(ctx context.Context, key string) error {
	b.mu.Lock()
	l, ok := b.byKey[key]
	if !ok {
		l = rate.NewLimiter(b.limit, b.burst)
		b.byKey[key] = l
	}
	b.mu.Unlock()
	return l.Wait(ctx)
}

// Again is a refusal that may pass. After is how long the service wants to be left alone; 0 when it does not say.
type Again struct {
	After time.Duration
	Err   error
}

func (a *Again) Error() string { return a.Err.Error() }

func (a *Again) Unwrap() error { return a.Err }

// Backoff says how often and how patiently to repeat. The zero value is five attempts, from one second on, waiting at most a minute at a time.
type Backoff struct {
	Attempts int
	First    time.Duration
	Most     time.Duration
	Sleep    func(context.Context, time.Duration) error // nil: really
}

// Do calls try until it returns something else than an *[Again], and returns that.
func (b Backoff) Do(ctx context.Context, try func() error) error {
	attempts, wait, most, sleep := b.Attempts, b.First, b.Most, b.Sleep
	if attempts == 0 {
		attempts = 5
	}
	if wait == 0 {
		wait = time.Second
	}
	if most == 0 {
		most = time.Minute
	}
	if sleep == nil {
		sleep = Sleep
	}
	for n := 1; ; n++ {
		err := try()
		var again *Again
		switch {
		case !errors.As(err, &again):
			return err
		case n == attempts:
			return fmt.Errorf("still refused after %d attempts: %w", n, again.Err)
		case again.After > most:
			return fmt.Errorf("asked to wait %s, which is longer than a scan waits: %w", again.After.Round(time.Second), again.Err)
		}
		if err := sleep(ctx, min(max(wait, again.After), most)); err != nil {
			return err
		}
		wait *= 2
	}
}

// Sleep waits for d, or for the end of ctx.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
