package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The headers of a signed message: "sha256=" and the hex HMAC-SHA256 of the time in seconds, a full stop and the body.
const (
	SignatureHeader = "X-Mooring-Signature"
	TimeHeader      = "X-Mooring-Time"
)

// attempts is how often a receiver is asked that is down or busy.
const attempts = 3

// A Receiver is where messages go.
type Receiver struct {
	URL    string
	Secret string // "" for no signature
	Client *http.Client
	Now    func() time.Time
	Wait   func(ctx context.Context, d time.Duration) error // between attempts
}

// Sign is the signature of a body sent at a time.
func Sign(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Post sends a body. The address may hold a secret (Slack's do): errors name its host alone.
func Post(ctx context.Context, r Receiver, body []byte) error {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("the address of the webhook is no http or https address")
	}
	for attempt := 1; ; attempt++ {
		again, err := post(ctx, r, u.Host, body)
		if err == nil || !again || attempt == attempts || ctx.Err() != nil {
			return err
		}
		if err := r.Wait(ctx, time.Duration(attempt)*2*time.Second); err != nil {
			return err
		}
	}
}

func post(ctx context.Context, r Receiver, host string, body []byte) (again bool, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return false, fmt.Errorf("the webhook at %s cannot be asked", host)
	}
	q.Header.Set("Content-Type", "application/json")
	if r.Secret != "" {
		at := r.Now()
		q.Header.Set(TimeHeader, strconv.FormatInt(at.Unix(), 10))
		q.Header.Set(SignatureHeader, Sign(r.Secret, at, body))
	}
	answer, err := r.Client.Do(q)
	if err != nil {
		return true, fmt.Errorf("the webhook at %s did not answer", host)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	if err := answer.Body.Close(); err != nil {
		return true, fmt.Errorf("the webhook at %s broke off", host)
	}
	if answer.StatusCode/100 == 2 {
		return false, nil
	}
	return answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests, fmt.Errorf("the webhook at %s answered %s", host, answer.Status)
}
