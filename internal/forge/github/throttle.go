package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mooringdev/mooring/internal/forge"
)

const (
	perMinute = 80
	perHour   = 500
	attempts  = 4
	// What is kept back for the last word of a run (four writes: one to the dashboard, three to the ledger): see [forge.IsLastWord].
	reservedWrites   = 4
	reservedRequests = 2
	// secondaryPause is what GitHub asks for when a secondary limit does not say how long to wait.
	secondaryPause = time.Minute
	backoff        = 2 * time.Second
	maxAnswer      = 64 << 20
)

// ErrGone is what the error of Options.Transport wraps when whom it acts for is gone: asking again brings nothing.
var ErrGone = errors.New("the App is not installed there")

// throttle is the transport below the client: it authenticates, paces writes, waits where GitHub says so, and repeats what may be repeated.
// Requests go one at a time.
type throttle struct {
	next     http.RoundTripper
	token    string
	host     string
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	interval time.Duration
	timeout  time.Duration
	answers  *answers

	mu     sync.Mutex
	wait   time.Duration // that may still be spent
	writes []time.Time   // of the last hour
	left   int           // requests that GitHub still takes until reset, as it said last
	reset  time.Time     // by our clock; zero when it said nothing
	skew   time.Duration // what GitHub's clock is ahead of ours
}

func newThrottle(o Options, base *url.URL) *throttle {
	t := &throttle{next: o.Transport, token: o.Token, host: base.Host, now: o.Now, sleep: o.Sleep, interval: o.Interval, timeout: o.Timeout, wait: o.MaxWait}
	t.answers = newAnswers(o.CacheDir, o.Token)
	if t.next == nil {
		t.next = http.DefaultTransport
	}
	if t.sleep == nil {
		t.sleep = sleep
	}
	switch {
	case t.interval == 0:
		t.interval = time.Second
	case t.interval < 0:
		t.interval = 0
	}
	if t.timeout == 0 {
		t.timeout = 30 * time.Second
	}
	if t.wait == 0 {
		t.wait = 15 * time.Minute
	}
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// RoundTrip implements [http.RoundTripper].
func (t *throttle) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	body, err := readAll(r.Body)
	if err != nil {
		return nil, err
	}
	writes := r.Method != http.MethodGet && r.Method != http.MethodHead && !isQuery(r, body)
	repeatable := !writes || r.Method != http.MethodPost || storesObject(r.URL.Path)
	for attempt := 1; ; attempt++ {
		if now := t.now(); t.left <= reservedRequests && now.Before(t.reset) && !forge.IsLastWord(r.Context()) {
			if err := t.pause(r.Context(), t.reset.Sub(now)); err != nil {
				return nil, err
			}
		}
		if writes {
			if err := t.pace(r.Context()); err != nil {
				return nil, err
			}
		}
		response, err := t.send(r, body)
		if r.Context().Err() != nil {
			return nil, context.Cause(r.Context())
		}
		if err != nil {
			if !repeatable || attempt == attempts || errors.Is(err, ErrGone) {
				return nil, err
			}
			if err := t.pause(r.Context(), backoff<<(attempt-1)); err != nil {
				return nil, err
			}
			continue
		}
		t.note(response)
		if d, limited := t.limited(response, attempt); limited {
			if attempt == attempts {
				return nil, fmt.Errorf("%w: it kept refusing for its rate limit", forge.ErrBudget)
			}
			if err := t.pause(r.Context(), d); err != nil {
				return nil, err
			}
			continue
		}
		if response.StatusCode >= 500 && repeatable && attempt < attempts {
			if err := t.pause(r.Context(), backoff<<(attempt-1)); err != nil {
				return nil, err
			}
			continue
		}
		// go-github keeps its own account of the limit, by the machine's clock, and would refuse to send; this one waits instead.
		for _, h := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
			response.Header.Del(h)
		}
		return response, nil
	}
}

// send makes one attempt and reads the whole answer, so that one that breaks off is an error here.
func (t *throttle) send(r *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), t.timeout)
	defer cancel()
	r = r.Clone(ctx)
	r.Body, r.ContentLength = http.NoBody, 0
	if len(body) > 0 {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	if t.token != "" && r.URL.Host == t.host {
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	known, conditional := t.answers.prepare(r)
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := readAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	if conditional && response.StatusCode == http.StatusNotModified {
		known.restore(response)
		return response, nil
	}
	if response.StatusCode < 300 && len(answer) > 0 && !json.Valid(answer) {
		return nil, fmt.Errorf("the answer of %d bytes is not whole", len(answer))
	}
	t.answers.remember(r, response, answer)
	response.Body = io.NopCloser(bytes.NewReader(answer))
	return response, nil
}

func readAll(r io.ReadCloser) ([]byte, error) {
	if r == nil {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(r, maxAnswer))
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return b, err
}

// isQuery tells whether a GraphQL request only reads.
func isQuery(r *http.Request, body []byte) bool {
	return strings.HasSuffix(r.URL.Path, "/graphql") && !bytes.Contains(body, []byte(`"query":"mutation`))
}

// storesObject tells whether a POST only stores a git object, which nothing refers to yet: storing it again is harmless.
func storesObject(path string) bool {
	return strings.HasSuffix(path, "/git/blobs") || strings.HasSuffix(path, "/git/trees") || strings.HasSuffix(path, "/git/commits")
}

// pace waits until one more write is within the limits.
func (t *throttle) pace(ctx context.Context) error {
	now := t.now()
	for len(t.writes) > 0 && now.Sub(t.writes[0]) >= time.Hour {
		t.writes = t.writes[1:]
	}
	var d time.Duration
	if n := len(t.writes); n > 0 {
		d = max(d, t.interval-now.Sub(t.writes[n-1]))
		if n >= perMinute {
			d = max(d, time.Minute-now.Sub(t.writes[n-perMinute]))
		}
		hour := perHour
		if !forge.IsLastWord(ctx) {
			hour -= reservedWrites
		}
		if n >= hour {
			d = max(d, time.Hour-now.Sub(t.writes[n-hour]))
		}
	}
	// The pause between two writes is part of the work; only waiting for a limit counts against what may be waited.
	if d > t.interval {
		if err := t.pause(ctx, d); err != nil {
			return err
		}
	} else if d > 0 {
		if err := t.sleep(ctx, d); err != nil {
			return err
		}
	}
	t.writes = append(t.writes, t.now())
	return nil
}

// pause waits, unless that is more than a run may wait.
func (t *throttle) pause(ctx context.Context, d time.Duration) error {
	if d > t.wait {
		return fmt.Errorf("%w: it wants a pause until %s UTC; the next run goes on from here", forge.ErrBudget, t.now().Add(d).UTC().Format("15:04"))
	}
	t.wait -= d
	return t.sleep(ctx, d)
}

// ahead is what GitHub's clock was ahead of ours at the last answer.
func (t *throttle) ahead() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.skew
}

// note keeps what an answer says of GitHub's clock and of the hourly limit. Answers that say nothing, as from a server that has none, leave it unknown.
func (t *throttle) note(r *http.Response) {
	if date, err := http.ParseTime(r.Header.Get("Date")); err == nil {
		t.skew = date.Sub(t.now()).Round(time.Minute) // what a request takes is no skew
	}
	left, err := strconv.Atoi(r.Header.Get("X-RateLimit-Remaining"))
	reset, resetErr := strconv.ParseInt(r.Header.Get("X-RateLimit-Reset"), 10, 64)
	if err == nil && resetErr == nil {
		t.left, t.reset = left, time.Unix(reset, 0).Add(-t.skew)
	}
}

// limited tells whether an answer is about a limit, and how long to wait. Such a request took no effect.
func (t *throttle) limited(r *http.Response, attempt int) (time.Duration, bool) {
	if r.StatusCode != http.StatusForbidden && r.StatusCode != http.StatusTooManyRequests {
		return 0, false
	}
	if s, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil {
		return time.Duration(s) * time.Second, true
	}
	if r.Header.Get("X-RateLimit-Remaining") == "0" {
		if reset, err := strconv.ParseInt(r.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			return max(time.Unix(reset, 0).Add(-t.skew).Sub(t.now()), time.Second), true
		}
	}
	answer, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(answer))
	if r.StatusCode == http.StatusTooManyRequests || err == nil && bytes.Contains(bytes.ToLower(answer), []byte("rate limit")) {
		return secondaryPause << (attempt - 1), true
	}
	return 0, false
}
