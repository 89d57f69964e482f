package githubtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// A Delivery is one webhook that was sent.
type Delivery struct {
	ID      string // X-GitHub-Delivery; a redelivery has the same
	Event   string // X-GitHub-Event
	Action  string
	Payload []byte
	Status  int // what the receiver answered; 0 when it could not be reached or took longer than GitHub waits
	Again   bool
}

// patience is how long GitHub waits for an answer.
const patience = 10 * time.Second

// hooks sends webhooks, in order, one at a time, from a goroutine of its own: a receiver may ask the server anything while it answers.
type hooks struct {
	url, secret string
	client      *http.Client
	checks      map[string]*checker // by event and action

	mu     sync.Mutex
	change *sync.Cond
	queue  []*Delivery
	sent   []Delivery
	busy   bool
	ended  bool
}

// Hook installs the App on the repository and sends its webhooks to url from now on, the first one a ping. The secret signs them.
func (s *Server) Hook(url, secret string) {
	s.t.Helper()
	doc, err := loadDescription()
	if err != nil {
		s.t.Fatal(err)
	}
	h := &hooks{url: url, secret: secret, client: &http.Client{Timeout: patience, Transport: &http.Transport{}}, checks: map[string]*checker{}}
	h.change = sync.NewCond(&h.mu)
	for path := range doc.Paths.Map() {
		var name string
		if n, err := fmt.Sscanf(path, "/webhooks/%s", &name); err != nil || n != 1 {
			continue
		}
		if h.checks[name], err = newChecker(doc, http.MethodPost, path); err != nil {
			s.t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.run(ctx)
	}()
	s.t.Cleanup(func() {
		h.mu.Lock()
		h.ended = true
		h.change.Broadcast()
		h.mu.Unlock()
		cancel()
		<-done
		h.client.CloseIdleConnections()
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = h
	s.emit(s.users[Owner], "ping", "", map[string]any{"zen": "Keep it logically awesome.", "hook_id": hookID, "hook": map[string]any{"type": "App", "app_id": appID, "events": []string{"*"}, "config": map[string]any{"url": url, "content_type": "json"}}})
}

// Unhook ends the sending of webhooks: from now on events are lost, as when the receiver's address is taken away.
func (s *Server) Unhook() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = nil
}

// Settle waits until every webhook so far was sent, and those that they led to.
func (s *Server) Settle() {
	s.mu.Lock()
	h := s.hooks
	s.mu.Unlock()
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for (h.busy || len(h.queue) > 0) && !h.ended {
		h.change.Wait()
	}
}

// Deliveries lists the webhooks that were sent.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	h := s.hooks
	s.mu.Unlock()
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.sent)
}

// Redeliver sends a delivery once more, under the same id.
func (s *Server) Redeliver(id string) {
	s.t.Helper()
	s.mu.Lock()
	h := s.hooks
	s.mu.Unlock()
	for _, d := range s.Deliveries() {
		if d.ID == id && h != nil {
			d.Again, d.Status = true, 0
			h.push(&d)
			return
		}
	}
	s.t.Fatalf("githubtest: there was no delivery %s", id)
}

func (h *hooks) push(d *Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = append(h.queue, d)
	h.change.Broadcast()
}

func (h *hooks) run(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		for len(h.queue) == 0 && !h.ended {
			h.change.Wait()
		}
		if h.ended {
			return
		}
		d := h.queue[0]
		h.queue, h.busy = h.queue[1:], true
		h.mu.Unlock()
		d.Status = h.send(ctx, d)
		h.mu.Lock()
		h.busy = false
		h.sent = append(h.sent, *d)
		h.change.Broadcast()
	}
}

// send posts one delivery and returns the answer's status, 0 for none.
func (h *hooks) send(ctx context.Context, d *Delivery) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(d.Payload))
	if err != nil {
		return 0
	}
	request.Header = h.header(d)
	response, err := h.client.Do(request)
	if err != nil {
		return 0
	}
	_, err = io.Copy(io.Discard, response.Body)
	if closing := response.Body.Close(); err != nil || closing != nil {
		return 0
	}
	return response.StatusCode
}

func (h *hooks) header(d *Delivery) http.Header {
	header := http.Header{}
	for k, v := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/044aadd", "X-GitHub-Event": d.Event, "X-GitHub-Delivery": d.ID,
		"X-GitHub-Hook-ID": stringOf(hookID), "X-GitHub-Hook-Installation-Target-ID": stringOf(appID), "X-GitHub-Hook-Installation-Target-Type": "integration",
	} {
		header.Set(k, v)
	}
	if h.secret != "" {
		header.Set("X-Hub-Signature-256", Sign(h.secret, d.Payload))
	}
	return header
}

// Sign is the value of X-Hub-Signature-256 for a payload.
func Sign(secret string, payload []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(payload)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// emit queues a webhook about what by did. The payload is completed and checked as GitHub describes it.
func (s *Server) emit(by *User, event, action string, payload map[string]any) {
	if s.hooks == nil {
		return
	}
	name := hyphens(event)
	payload["sender"] = by.json()
	payload["installation"] = map[string]any{"id": installationID, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uNTAx"}
	if event != "installation" && event != "installation_repositories" {
		payload["repository"] = s.repositoryJSON(&Token{User: &User{}})
	} else {
		payload["installation"] = s.installationJSON()
	}
	payload["organization"] = map[string]any{"login": s.owner, "id": 9}
	if action != "" {
		payload["action"] = action
		name += "-" + hyphens(action)
	}
	check := s.hooks.checks[name]
	if check == nil {
		s.t.Errorf("githubtest: GitHub's description has no webhook %s: add it to cut/main.go", name)
		return
	}
	raw, err := json.Marshal(check.completeRequest(payload))
	if err != nil {
		s.t.Errorf("githubtest: encode the webhook %s: %v", name, err)
		return
	}
	s.lastDelivery++
	d := &Delivery{ID: fmt.Sprintf("72d3162e-cc78-11e3-81ab-%012x", s.lastDelivery), Event: event, Action: action, Payload: raw}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://localhost/webhooks/"+name, bytes.NewReader(raw))
	if err != nil {
		s.t.Errorf("githubtest: the webhook %s: %v", name, err)
		return
	}
	request.Header = s.hooks.header(d)
	if err := check.request(request, nil, raw); err != nil {
		s.t.Errorf("githubtest: the webhook %s is not what GitHub describes: %v", name, err)
	}
	s.hooks.push(d)
}

// completeRequest is complete for the body of a request.
func (c *checker) completeRequest(body any) any {
	if c.route.Operation.RequestBody == nil {
		return body
	}
	return completed(c.route.Operation.RequestBody.Value.Content, body)
}

// completed fills in what the schema of a JSON message requires.
func completed(content openapi3.Content, body any) any {
	media := content.Get("application/json")
	if media == nil || media.Schema == nil {
		return body
	}
	// Through JSON once, so that only maps, slices and plain values are left to walk.
	raw, err := json.Marshal(body)
	if err != nil {
		return body
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return body
	}
	return fill(media.Schema.Value, plain, 0)
}
