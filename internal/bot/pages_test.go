package bot_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/githubtest"
)

const (
	clientSecret = "canary-client-secret"
	sessionKey   = "canary-session-key-0123456789abcdef"
	userToken    = "ghu_canaryusertoken"
)

// A gate is the part of GitHub where people sign in, as far as the server asks it.
type gate struct {
	web       *httptest.Server
	mu        sync.Mutex
	challenge string // of the sign-in that began
	verified  bool   // the verifier fitted
	revoked   bool
	readable  []int64
}

func newGate(t *testing.T) *gate {
	g := &gate{readable: []int64{1, 2, 3}}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("POST /login/oauth/access_token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		g.mu.Lock()
		defer g.mu.Unlock()
		sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
		g.verified = base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
		if r.Form.Get("code") != "good" || r.Form.Get("client_secret") != clientSecret || !g.verified {
			answer(w, map[string]string{"error": "bad_verification_code", "error_description": "leak " + r.Form.Get("code")})
			return
		}
		answer(w, map[string]string{"access_token": userToken, "token_type": "bearer"})
	})
	authorised := func(h func() any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+userToken {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			answer(w, h())
		}
	}
	mux.HandleFunc("GET /api/v3/user", authorised(func() any { return map[string]any{"login": "will", "id": 103} }))
	mux.HandleFunc("GET /api/v3/user/installations", authorised(func() any {
		return map[string]any{"total_count": 1, "installations": []any{map[string]any{"id": 501}}}
	}))
	mux.HandleFunc("GET /api/v3/user/installations/501/repositories", authorised(func() any {
		g.mu.Lock()
		defer g.mu.Unlock()
		var all []any
		for _, id := range g.readable {
			all = append(all, map[string]any{"id": id})
		}
		return map[string]any{"total_count": len(all), "repositories": all}
	}))
	mux.HandleFunc("DELETE /api/v3/applications/client/token", func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		g.mu.Lock()
		g.revoked = strings.Contains(string(text), userToken)
		g.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	})
	g.web = httptest.NewServer(mux)
	t.Cleanup(g.web.Close)
	return g
}

// visitor is a browser that does not follow redirects.
type visitor struct {
	t      *testing.T
	client *http.Client
	at     string
}

func (v *visitor) get(path string) (status int, location, text string) {
	v.t.Helper()
	response, err := v.client.Get(v.at + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if csp := response.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		v.t.Errorf("%s has the policy %q", path, csp)
	}
	return response.StatusCode, response.Header.Get("Location"), string(body)
}

func newVisitor(t *testing.T, at string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, at}
}

// signIn goes to GitHub and comes back.
func (v *visitor) signIn(g *gate) (status int, text string) {
	v.t.Helper()
	_, location, _ := v.get("/login")
	u, err := url.Parse(location)
	if err != nil {
		v.t.Fatal(err)
	}
	g.mu.Lock()
	g.challenge = u.Query().Get("code_challenge")
	g.mu.Unlock()
	if u.Query().Get("code_challenge_method") != "S256" || u.Query().Get("state") == "" {
		v.t.Errorf("sent to %s", location)
	}
	status, _, text = v.get("/login/callback?code=good&state=" + url.QueryEscape(u.Query().Get("state")))
	return status, text
}

// gallery is a world with repositories in every state.
func gallery(t *testing.T, g *gate) *world {
	w := newWorld(t, githubtest.Options{}, func(s *bot.Settings) {
		s.URL, s.Web, s.API = "http://127.0.0.1", g.web.URL, g.web.URL+"/api/v3"
		s.OAuth = bot.OAuth{ID: "client", Secret: clientSecret, Session: []byte(sessionKey)}
	})
	at := w.Now().Add(-3 * time.Hour).Format(time.RFC3339)
	old := w.Now().Add(-90 * time.Hour).Format(time.RFC3339)
	for id, r := range map[int64]struct{ name, state string }{
		1: {"acme/infrastructure-live-with-a-rather-long-name", fmt.Sprintf(`{"Scanned":%q,"Stacks":[
			{"ID":"infra/prod/eu-west-1/network","Status":"drifted","Since":%q,"At":%q,"Items":["aws_security_group.lb[\"public\"].ingress","module.web.aws_instance.this[\"blue\"].instance_type","module.very_long_module_name.module.another_one.aws_iam_role_policy_attachment.something_long.policy_arn"]},
			{"ID":"infra/prod/data","Status":"failed","At":%q},{"ID":"infra/dev","Status":"clean","At":%q},{"ID":"infra/staging","Status":"pending","At":%q}]}`, at, old, at, at, at, at)},
		2: {"acme/clean", fmt.Sprintf(`{"Scanned":%q,"Stacks":[{"ID":"a","Status":"clean","At":%q},{"ID":"b","Status":"clean","At":%q}]}`, old, old, old)},
		3: {"acme/new", `{}`},
		4: {"acme/secret-project", fmt.Sprintf(`{"Scanned":%q,"Stacks":[{"ID":"<script>alert(1)</script>","Status":"drifted","At":%q,"Items":["x"]}]}`, at, at)},
	} {
		if err := w.store.SetRepository(t.Context(), store.Repository{ID: id, Name: r.name, Installation: 501, Branch: "main"}, w.Now()); err != nil {
			t.Fatal(err)
		}
		if err := w.store.SetState(t.Context(), id, []byte(r.state), w.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// TestOverview: people see what GitHub lets them read, after GitHub said who they are, and nothing else.
func TestOverview(t *testing.T) {
	g := newGate(t)
	w := gallery(t, g)
	v := newVisitor(t, w.web.URL)
	for _, path := range []string{"/", "/repository/acme/clean"} {
		if status, location, text := v.get(path); status != 302 || location != "/login" || strings.Contains(text, "acme") {
			t.Errorf("a stranger's %s: %d %s %s", path, status, location, text)
		}
	}
	if status, text := v.signIn(g); status != 303 {
		t.Fatalf("signing in: %d %s", status, text)
	}
	if !g.verified || !g.revoked {
		t.Errorf("the verifier fitted: %v; the token was given back: %v", g.verified, g.revoked)
	}
	status, _, text := v.get("/")
	for _, want := range []string{"acme/infrastructure-live-with-a-rather-long-name", "1 drifted", "3 differences", "1 could not be planned", "acme/clean", "the schedule may have stopped", "not scanned yet", "width=device-width"} {
		if status != 200 || !strings.Contains(text, want) {
			t.Errorf("%d: the overview does not say %q", status, want)
		}
	}
	if strings.Contains(text, "secret-project") {
		t.Error("the overview shows a repository that may not be read")
	}
	if status, _, text := v.get("/repository/acme/infrastructure-live-with-a-rather-long-name"); status != 200 || !strings.Contains(text, "infra/prod/eu-west-1/network") || !strings.Contains(text, "aws_security_group") {
		t.Errorf("a repository: %d %s", status, text)
	}
	there, _, first := v.get("/repository/acme/secret-project")
	none, _, second := v.get("/repository/acme/there-is-none")
	if there != 404 || none != 404 || first != second {
		t.Errorf("one that may not be read can be told from one that is not there: %d %d", there, none)
	}
	// Everything ends: a session by itself, and by signing out.
	w.Advance(16 * time.Minute)
	if status, location, _ := v.get("/"); status != 302 || location != "/login" {
		t.Errorf("a session of 16 minutes: %d %s", status, location)
	}
	g.mu.Lock()
	g.readable = []int64{4}
	g.mu.Unlock()
	if status, _ := v.signIn(g); status != 303 {
		t.Fatalf("signing in again: %d", status)
	}
	if _, _, text := v.get("/repository/acme/secret-project"); strings.Contains(text, "<script>") || !strings.Contains(text, "&lt;script&gt;") {
		t.Errorf("a stack's name is alive:\n%s", text)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.web.URL+"/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://evil.example.com")
	response, err := v.client.Do(r)
	if err != nil || response.StatusCode != 403 {
		t.Errorf("another page signs people out: %v %v", response, err)
	}
	_ = response.Body.Close()
	r.Header.Del("Origin")
	if response, err = v.client.Do(r); err != nil || response.StatusCode != 200 {
		t.Errorf("signing out: %v %v", response, err)
	}
	_ = response.Body.Close()
	if status, _, _ := v.get("/"); status != 302 {
		t.Errorf("signed out, and still in: %d", status)
	}
}

// TestSignInRefused: a sign-in that was not begun in this browser, or not now, is none; cookies that were made up are none.
func TestSignInRefused(t *testing.T) {
	g := newGate(t)
	w := gallery(t, g)
	begin := func(v *visitor) url.Values {
		_, location, _ := v.get("/login")
		u, err := url.Parse(location)
		if err != nil {
			t.Fatal(err)
		}
		g.mu.Lock()
		g.challenge = u.Query().Get("code_challenge")
		g.mu.Unlock()
		return u.Query()
	}
	a, b := newVisitor(t, w.web.URL), newVisitor(t, w.web.URL)
	state := begin(a).Get("state")
	begin(b)
	for name, path := range map[string]string{"another browser's state": "/login/callback?code=good&state=" + state, "no state": "/login/callback?code=good", "no cookie": "/login/callback?code=good&state=x"} {
		v := b
		if name == "no cookie" {
			v = newVisitor(t, w.web.URL)
		}
		if status, _, _ := v.get(path); status != 400 {
			t.Errorf("%s: %d", name, status)
		}
	}
	state = begin(a).Get("state")
	if status, _, text := a.get("/login/callback?code=stolen&state=" + state); status != 502 || strings.Contains(text, "stolen") {
		t.Errorf("a code that GitHub does not know: %d %s", status, text)
	}
	state = begin(a).Get("state")
	if status, _, _ := a.get("/login/callback?error=access_denied&state=" + state); status != 403 {
		t.Errorf("refused at GitHub: %d", status)
	}
	state = begin(a).Get("state")
	w.Advance(11 * time.Minute)
	if status, _, _ := a.get("/login/callback?code=good&state=" + state); status != 400 {
		t.Errorf("a sign-in that took eleven minutes: %d", status)
	}
	for _, cookie := range []string{"x", "x.y", "AAAA.AAAA", ""} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.web.URL+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "mooring-session", Value: cookie})
		if status, _ := w.do(r); status != 302 {
			t.Errorf("the cookie %q: %d", cookie, status)
		}
	}
	if text := w.log.String(); strings.Contains(text, "stolen") || strings.Contains(text, clientSecret) {
		t.Errorf("the log holds a code or a secret:\n%s", text)
	}
}

// TestSetup: the manifest flow writes keys that only their owner can read, for the browser that was sent, once.
func TestSetup(t *testing.T) {
	hub := http.NewServeMux()
	hub.HandleFunc("POST /api/v3/app-manifests/{code}/conversions", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("code") != "good" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"id":7777,"slug":"mooring","client_id":"client","client_secret":%q,"webhook_secret":"canary-hook-secret-0123","pem":"-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----\n"}`, clientSecret)
	})
	github := httptest.NewServer(hub)
	defer github.Close()
	dir := filepath.Join(t.TempDir(), "app")
	setup := &bot.Setup{Dir: dir, URL: "https://drift.example.com/", Name: "mooring-acme", Organisation: "acme", API: github.URL + "/api/v3", Web: github.URL}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() { ended <- setup.Run(ctx, l, func(a string) { address <- a }) }()
	at := <-address
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	get := func(address string) (int, string) {
		response, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	here, state := "http://"+u.Host, u.Query().Get("state")
	if status, _ := get(here + "/"); status != 403 {
		t.Errorf("somebody else's look: %d", status)
	}
	if status, _ := get(here + "/registered?code=good&state=guess"); status != 403 {
		t.Errorf("somebody else's code: %d", status)
	}
	if status, text := get(at); status != 200 || !strings.Contains(text, "/organizations/acme/settings/apps/new?state="+state) || !strings.Contains(text, "drift.example.com/webhook") || strings.Contains(text, "com//") {
		t.Errorf("the form: %d %s", status, text)
	}
	if status, text := get(here + "/registered?code=good&state=" + state); status != 200 || strings.Contains(text, "canary") {
		t.Errorf("registered: %d %s", status, text)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"app.pem", "webhook-secret", "client-secret", "session-key", "bot.hcl"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	s, err := bot.ReadSettings(filepath.Join(dir, "bot.hcl"))
	if err != nil || s.AppID != 7777 || s.URL != "https://drift.example.com" || s.OAuth.Secret != clientSecret || len(s.Secrets) != 1 || !filepath.IsAbs(strings.TrimPrefix(s.Database, "sqlite:")) {
		t.Errorf("the settings are %+v, %v", s, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "bot.hcl"))
	if err != nil || strings.Contains(string(text), "canary") {
		t.Errorf("the settings hold a secret: %v\n%s", err, text)
	}
	if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := setup.Run(ctx, l, func(string) {}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second time: %v", err)
	}
}
