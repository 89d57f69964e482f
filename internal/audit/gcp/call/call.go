// Package call holds what the sources that ask Google's APIs share: requests that are repeated while they may still succeed, and what a refusal
// means to the person who has to act on it.
//
// Start with [Do] and [Failed]. Requests go through clients of google.golang.org/api, whose HTTP client signs them in (package connect).
package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// A SignInError is why no token could be had: nothing was asked.
type SignInError struct {
	Err  error
	Wait bool // it may be another answer later
}

func (e *SignInError) Error() string { return e.Err.Error() }

func (e *SignInError) Unwrap() error { return e.Err }

// Patience is the usual backoff: quotas are counted by the minute, so repeating has to outlast one.
func Patience(b pace.Backoff) pace.Backoff {
	if b.Attempts == 0 {
		b.Attempts = 7
	}
	if b.First == 0 {
		b.First = 2 * time.Second
	}
	return b
}

// Do sends a request as often as it takes, each time after a token of the bucket of key.
func Do[T any](ctx context.Context, b pace.Backoff, buckets *pace.Buckets, key string, send func() (T, error)) (answer T, err error) {
	err = b.Do(ctx, func() error {
		if err := buckets.Wait(ctx, key); err != nil {
			return err
		}
		var err error
		answer, err = send()
		return repeatable(ctx, err)
	})
	return answer, err
}

// repeatable makes a wait of a refusal or failure that may pass.
func repeatable(ctx context.Context, err error) error {
	var signIn *SignInError
	var api *googleapi.Error
	var cut *json.SyntaxError
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.As(err, &signIn):
		if signIn.Wait {
			return &pace.Again{Err: err}
		}
		return err
	case errors.As(err, &api) && api.Code == http.StatusForbidden && slowDown(api):
		return &pace.Again{Err: err}
	case errors.As(err, &api):
		return pace.Refused(api.Code, api.Header, err)
	case errors.As(err, &cut): // half an answer
		return &pace.Again{Err: err}
	}
	return pace.Broken(err)
}

// slowDown tells the 403 by which older APIs, BigQuery among them, say that they are asked too often.
func slowDown(api *googleapi.Error) bool {
	for _, e := range api.Errors {
		if e.Reason == "rateLimitExceeded" || e.Reason == "jobRateLimitExceeded" || e.Reason == "userRateLimitExceeded" {
			return true
		}
	}
	return false
}

// Failed says what went wrong, with the next step. grant is what the identity needs.
func Failed(what, account, grant string, err error) error {
	out := &audit.SourceError{Code: audit.ProblemFailed, Account: account, Err: fmt.Errorf("%s: %w", what, err)}
	var signIn *SignInError
	var api *googleapi.Error
	switch {
	case errors.As(err, &signIn) && signIn.Wait:
		out.Err = fmt.Errorf("%s: sign in: %s", what, firstLine(signIn.Error()))
	case errors.As(err, &signIn):
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: sign in: %s; renew the credentials and run again", what, firstLine(signIn.Error()))
	case !errors.As(err, &api):
	case api.Code == http.StatusTooManyRequests || slowDown(api):
		out.Err = fmt.Errorf("%s: the quota is used up (%d), and stayed so; ask less often or request a higher quota", what, api.Code)
	case api.Code == http.StatusUnauthorized:
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: the credentials have expired or were revoked; renew them and run again", what)
	case api.Code == http.StatusForbidden && strings.Contains(api.Body, "SERVICE_DISABLED"):
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: the API is not enabled in the project that the credentials belong to; enable it there", what)
	case api.Code == http.StatusForbidden:
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: not allowed; grant %s", what, grant)
	case api.Code == http.StatusNotFound:
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: it does not exist, or these credentials may not see it; check its name, or grant %s", what, grant)
	default:
		out.Err = fmt.Errorf("%s: the server answers %d: %s", what, api.Code, firstLine(api.Message))
	}
	return out
}

const maxLine = 300

// firstLine keeps long conversations and bodies out of messages.
func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(s); len(r) > maxLine {
		return string(r[:maxLine]) + "..."
	}
	return s
}
