package bot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"time"

	"github.com/mooringdev/mooring/internal/bot/store"
)

const (
	// maxPayload is the largest payload that GitHub sends.
	maxPayload = 25 << 20
	// smallPayload may always be read; what is larger waits for its share of memory.
	smallPayload = 256 << 10
	// inMemory bounds what all large payloads hold at once.
	inMemory = 2 * maxPayload
	// accepting is how long a delivery may wait for the database: GitHub gives up after ten seconds.
	accepting = 8 * time.Second
)

var (
	deliveryID = regexp.MustCompile(`^[0-9a-zA-Z-]{1,64}$`)
	eventName  = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
)

// webhook hears GitHub. Who cannot sign learns nothing but that.
func (s *Server) webhook(w http.ResponseWriter, r *http.Request) {
	status, event, outcome := s.receive(w, r)
	s.metrics.delivered(event, outcome)
	s.log.Info("webhook", "event", event, "outcome", outcome, "status", status, "delivery", loggable(r.Header.Get("X-GitHub-Delivery")))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, outcome+"\n") // a sender that went away is not our fault
}

func loggable(id string) string {
	if !deliveryID.MatchString(id) {
		return ""
	}
	return id
}

// receive returns the answer's status, the event, "" for one that was not believed, and the outcome.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (status int, event, outcome string) {
	id, event := r.Header.Get("X-GitHub-Delivery"), r.Header.Get("X-GitHub-Event")
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	signature := r.Header.Get("X-Hub-Signature-256")
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, "", "want POST"
	case signature == "":
		return http.StatusUnauthorized, "", "not signed"
	case err != nil || media != "application/json":
		return http.StatusUnsupportedMediaType, "", "want application/json"
	case !deliveryID.MatchString(id) || !eventName.MatchString(event):
		return http.StatusBadRequest, "", "no delivery"
	case r.ContentLength > maxPayload:
		return http.StatusRequestEntityTooLarge, "", "too large"
	}
	body, release, err := s.body(w, r, maxPayload)
	defer release()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, "", "too large"
	case errors.Is(err, errBusy):
		return http.StatusServiceUnavailable, "", "busy"
	case err != nil:
		return http.StatusBadRequest, "", "incomplete"
	case !signed(body, signature, s.Secrets):
		return http.StatusUnauthorized, "", "wrong signature"
	}
	if event == "ping" {
		return http.StatusOK, event, "pong"
	}
	n, why, err := readNotice(event, body)
	switch {
	case err != nil:
		return http.StatusBadRequest, event, "not what GitHub sends"
	case why != "":
		return http.StatusAccepted, event, why
	}
	n.Delivery = id
	ctx, cancel := context.WithTimeout(r.Context(), accepting)
	defer cancel()
	now := s.Now()
	fresh, err := s.store.Put(ctx, store.Job{Key: "delivery:" + id, Lane: n.lane(), Kind: kindNotice, Body: n.encode()}, now, now)
	switch {
	case err != nil:
		s.log.Error("a delivery could not be kept", "error", err, "delivery", id)
		return http.StatusServiceUnavailable, event, "not kept"
	case !fresh:
		return http.StatusAccepted, event, "known already"
	}
	s.wake()
	return http.StatusAccepted, event, "queued"
}

var errBusy = errors.New("too many large requests at once")

// body reads a body of up to limit bytes. Large ones share a bounded amount of memory, which release gives back.
func (s *Server) body(w http.ResponseWriter, r *http.Request, limit int64) (body []byte, release func(), err error) {
	release = func() {}
	if r.ContentLength < 0 || r.ContentLength > smallPayload {
		share := limit
		if r.ContentLength >= 0 {
			share = r.ContentLength
		}
		if !s.large.TryAcquire(share) {
			return nil, release, errBusy
		}
		release = func() { s.large.Release(share) }
	}
	reader := http.MaxBytesReader(w, r.Body, limit)
	if r.ContentLength > 0 {
		body = make([]byte, 0, min(r.ContentLength, limit)+1)
	}
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := reader.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			return body, release, nil
		}
		if err != nil {
			return nil, release, err
		}
	}
}

// signed tells whether one of the secrets signed the body. It takes the same time whichever did.
func signed(body []byte, signature string, secrets []string) bool {
	const prefix = "sha256="
	if len(signature) != len(prefix)+2*sha256.Size || signature[:len(prefix)] != prefix {
		return false
	}
	got, err := hex.DecodeString(signature[len(prefix):])
	if err != nil {
		return false
	}
	found := 0
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body) // never fails
		found |= subtle.ConstantTimeCompare(mac.Sum(nil), got)
	}
	return found == 1
}
