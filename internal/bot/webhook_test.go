package bot_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/githubtest"
)

const pushed = `{"ref":"refs/heads/main","installation":{"id":501},"repository":{"id":4242,"full_name":"acme/infra"},"sender":{"id":103,"login":"will","type":"User"}}`

// TestB38_Deliveries: who is believed, and what becomes of what is not a delivery.
func TestB38_Deliveries(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	sign := githubtest.Sign
	big := bytes.Repeat([]byte("x"), 25<<20+1)
	for i, c := range []struct {
		name    string
		payload string
		header  map[string]string
		status  int
		outcome string
	}{
		{"signed", pushed, nil, 202, "queued"},
		{"signed with the older secret", pushed, map[string]string{"X-Hub-Signature-256": sign("canary-older-secret-0123456789ab", []byte(pushed))}, 202, "queued"},
		{"signed with another secret", pushed, map[string]string{"X-Hub-Signature-256": sign("another", []byte(pushed))}, 401, "wrong signature"},
		{"signed with no secret", pushed, map[string]string{"X-Hub-Signature-256": sign("", []byte(pushed))}, 401, "wrong signature"},
		{"signature of other text", pushed, map[string]string{"X-Hub-Signature-256": sign(secret, []byte(pushed+" "))}, 401, "wrong signature"},
		{"half a signature", pushed, map[string]string{"X-Hub-Signature-256": sign(secret, []byte(pushed))[:40]}, 401, "wrong signature"},
		{"signature that is no hex", pushed, map[string]string{"X-Hub-Signature-256": "sha256=" + strings.Repeat("zz", 32)}, 401, "wrong signature"},
		{"only the old kind of signature", pushed, map[string]string{"X-Hub-Signature-256": "", "X-Hub-Signature": "sha1=00"}, 401, "not signed"},
		{"a form", pushed, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415, "want application/json"},
		{"no id", pushed, map[string]string{"X-GitHub-Delivery": ""}, 400, "no delivery"},
		{"an id that is a text", pushed, map[string]string{"X-GitHub-Delivery": "a b'; DROP TABLE jobs"}, 400, "no delivery"},
		{"an event that is a path", pushed, map[string]string{"X-GitHub-Event": "../etc"}, 400, "no delivery"},
		{"an unknown event", pushed, map[string]string{"X-GitHub-Event": "surprise"}, 202, "not of interest"},
		{"no JSON", "{", nil, 400, "not what GitHub sends"},
		{"a list", "[]", nil, 400, "not what GitHub sends"},
		{"nothing in it", "{}", nil, 202, "not of an installation"},
		{"numbers for names", `{"installation":{"id":501},"repository":{"id":4242,"full_name":7}}`, nil, 400, "not what GitHub sends"},
		{"a name with a path", strings.Replace(pushed, "acme/infra", "a/b/../../c", 1), nil, 202, "not about a repository"},
		{"deep", strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), nil, 400, "not what GitHub sends"},
		{"larger than GitHub sends", string(big), nil, 413, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, outcome := w.deliver("push", fmt.Sprintf("id-%d", i), []byte(c.payload), c.header)
			if status != c.status || outcome != c.outcome {
				t.Errorf("%d %q, want %d %q", status, outcome, c.status, c.outcome)
			}
		})
	}
	t.Run("GET", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.web.URL+"/webhook", nil)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := w.do(r); status != 405 {
			t.Errorf("%d", status)
		}
	})
	t.Run("a length that is a lie", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.web.URL+"/webhook", io.MultiReader(bytes.NewReader(big)))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{"Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": "chunked", "X-Hub-Signature-256": sign(secret, big)} {
			r.Header.Set(k, v)
		}
		if status, outcome := w.do(r); status != 413 || outcome != "too large" {
			t.Errorf("%d %s", status, outcome)
		}
	})
}

// TestLargestPayload: what GitHub may just send is taken, and several at once do not take memory without end.
func TestLargestPayload(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	payload := []byte(pushed[:len(pushed)-1] + `,"pad":"` + strings.Repeat("x", 25<<20-len(pushed)-12) + `"}`)
	if status, outcome := w.deliver("push", "large", payload, nil); status != 202 || outcome != "queued" {
		t.Errorf("%d %s", status, outcome)
	}
	if jobs, err := w.store.Take(t.Context(), "look", 1, w.Now(), time.Minute); err != nil || len(jobs) != 1 || len(jobs[0].Body) > 4096 {
		t.Errorf("kept of it: %d jobs, %v", len(jobs), err)
	}
	// Three that never end: two fit, the third is told to come again.
	open := func() net.Conn {
		c, err := net.Dial("tcp", strings.TrimPrefix(w.web.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: d\r\nX-Hub-Signature-256: sha256=00\r\nContent-Length: %d\r\n\r\n{", 25<<20)
		return c
	}
	for range 2 {
		c := open()
		defer func() { _ = c.Close() }()
	}
	for range 200 { // until both are being read
		c := open()
		_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		line, err := bufio.NewReader(c).ReadString('\n')
		_ = c.Close()
		if err == nil {
			if !strings.Contains(line, "503") {
				t.Errorf("the third is answered %q", line)
			}
			return
		}
	}
	t.Error("any number of large requests is read at once")
}

// TestSlowClients: somebody who sends a byte now and then is not waited for, and others are served meanwhile.
func TestSlowClients(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	server := w.server.HTTP(w.server.Handler())
	if server.ReadHeaderTimeout <= 0 || server.ReadHeaderTimeout > 10*time.Second || server.ReadTimeout <= 0 || server.ReadTimeout > time.Minute || server.WriteTimeout <= 0 || server.IdleTimeout <= 0 || server.MaxHeaderBytes > 64<<10 {
		t.Fatalf("the limits are %v %v %v %v %d", server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout, server.IdleTimeout, server.MaxHeaderBytes)
	}
	server.ReadHeaderTimeout, server.ReadTimeout = 200*time.Millisecond, 400*time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	for name, head := range map[string]string{
		"headers that never end": "POST /webhook HTTP/1.1\r\nHost: x\r\nX-A: ",
		"a body that never ends": "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: d\r\nX-Hub-Signature-256: sha256=00\r\nContent-Length: 100\r\n\r\n{",
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, head); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		text, err := io.ReadAll(c) // ends when the server closes
		_ = c.Close()
		if err != nil || strings.HasPrefix(string(text), "HTTP/1.1 2") {
			t.Errorf("%s: %v, %q", name, err, text)
		}
	}
}

// TestDatabaseAway: what cannot be kept is not taken: GitHub is told so, and shows the delivery as failed.
func TestDatabaseAway(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	look := func(path string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.web.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, _ := w.do(r)
		return status
	}
	if look("/healthz") != 200 || look("/readyz") != 200 {
		t.Errorf("alive %d, ready %d", look("/healthz"), look("/readyz"))
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	if status, outcome := w.deliver("push", "lost", []byte(pushed), nil); status != 503 || outcome != "not kept" {
		t.Errorf("%d %s", status, outcome)
	}
	if look("/healthz") != 200 || look("/readyz") != 503 {
		t.Errorf("alive %d, ready %d", look("/healthz"), look("/readyz"))
	}
	w.web.Close()
	w.start(nil)
	if status, outcome := w.deliver("push", "lost", []byte(pushed), nil); status != 202 || outcome != "queued" {
		t.Errorf("delivered again: %d %s", status, outcome)
	}
	w.server.SetReady(false)
	if look("/readyz") != 503 {
		t.Error("a server that is being stopped says that it is ready")
	}
}

// TestMetrics: counted by words of ours; nothing that people or strangers write becomes a label.
func TestMetrics(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, func(s *bot.Settings) { s.Metrics = "canary-metrics-token" })
	w.deliver("push", "1", []byte(pushed), nil)
	w.deliver("evil_label", "2", []byte(pushed), nil)
	w.deliver("evil_label", "3", []byte(pushed), map[string]string{"X-Hub-Signature-256": "sha256=00"})
	get := func(token string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.web.URL+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		return w.do(r)
	}
	if status, _ := get("guess"); status != 401 {
		t.Errorf("without the token: %d", status)
	}
	status, text := get("canary-metrics-token")
	for _, want := range []string{`mooring_webhooks_total{event="push",outcome="queued"} 1`, `mooring_webhooks_total{event="other",outcome="not of interest"} 1`, `mooring_webhooks_total{event="",outcome="wrong signature"} 1`, `mooring_queue_jobs{state="ready"} 1`} {
		if status != 200 || !strings.Contains(text, want) {
			t.Errorf("%d: there is no %s", status, want)
		}
	}
	if strings.Contains(text, "evil") {
		t.Error("a stranger's word is a label")
	}
}
