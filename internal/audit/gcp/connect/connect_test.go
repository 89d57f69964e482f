package connect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/gcp/connect"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// google answers for the token service, IAM credentials and Cloud Logging, whatever host is asked, and keeps what was asked.
type google struct {
	server *httptest.Server
	asked  []string
	signIn func(http.ResponseWriter) // answers for the token service instead
}

func (g *google) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	g.asked = append(g.asked, r.Host+r.URL.Path+" as "+who)
	w.Header().Set("Content-Type", "application/json")
	form, _ := url.ParseQuery(string(body))
	switch {
	case strings.HasSuffix(r.URL.Path, "/token") && g.signIn != nil:
		g.signIn(w)
	case strings.HasSuffix(r.URL.Path, "/token") && form.Get("subject_token") == "from-the-job":
		fmt.Fprint(w, `{"access_token":"federated","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}`)
	case strings.HasSuffix(r.URL.Path, "/serviceAccounts/audit@acme.iam.gserviceaccount.com:generateAccessToken") && who == "federated":
		fmt.Fprint(w, `{"accessToken":"impersonated","expireTime":"2099-01-01T00:00:00Z"}`)
	case strings.HasSuffix(r.URL.Path, "/v2/entries:list") && slices.Contains([]string{"federated", "impersonated", "from-the-environment"}, who):
		fmt.Fprintf(w, `{"entries":[{"insertId":%q,"timestamp":"2026-11-21T08:00:00Z","protoPayload":{"methodName":"storage.buckets.update"}}]}`, who)
	case strings.HasSuffix(r.URL.Path, "/v2/entries:list") && who == "redirected":
		http.Redirect(w, r, "https://elsewhere.example/", http.StatusTemporaryRedirect)
	default:
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":{"code":401,"message":"no","status":"UNAUTHENTICATED"}}`)
	}
}

// RoundTrip is the network: every host is the one server.
func (g *google) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Host
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = "http", strings.TrimPrefix(g.server.URL, "http://"), host
	return http.DefaultTransport.RoundTrip(r)
}

// federation writes the credential file that google-github-actions/auth would leave.
func federation(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	token, file := filepath.Join(dir, "token"), filepath.Join(dir, "credentials.json")
	text := fmt.Sprintf(`{"type":"external_account","audience":"//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github",
		"subject_token_type":"urn:ietf:params:oauth:token-type:jwt","token_url":"https://sts.googleapis.com/v1/token","credential_source":{"file":%q}}`, token)
	for name, content := range map[string]string{token: "from-the-job", file: text} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func read(t *testing.T, g *google, env map[string]string, impersonate string) (ids []string, problems []*audit.SourceError) {
	t.Helper()
	g.server = httptest.NewServer(g)
	defer g.server.Close()
	o := connect.Options{
		Getenv: func(key string) string { return env[key] }, Now: func() time.Time { return now }, Impersonate: impersonate, Transport: g,
		Backoff: pace.Backoff{Attempts: 3, Sleep: func(context.Context, time.Duration) error { return nil }},
	}
	for e, err := range connect.Entries(context.Background(), o, []string{"projects/acme"}, false).Query(context.Background(), audit.Query{From: now.Add(-time.Hour), To: now}) {
		var problem *audit.SourceError
		if errors.As(err, &problem) {
			problems = append(problems, problem)
		} else {
			ids = append(ids, e.ID)
		}
	}
	return ids, problems
}

func TestCredentials(t *testing.T) {
	file := federation(t)
	tests := []struct {
		name, impersonate, want string
		env                     map[string]string
	}{
		{"workload identity of a job", "", "federated", map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": file}},
		{"impersonated on top", "audit@acme.iam.gserviceaccount.com", "impersonated", map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": file}},
		{"a token that somebody else renews", "", "from-the-environment", map[string]string{"GOOGLE_OAUTH_ACCESS_TOKEN": "from-the-environment"}},
		{"another server", "", "federated", map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": file, "GOOGLE_LOGGING_CUSTOM_ENDPOINT": "https://logging.example/v2/"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := &google{}
			ids, problems := read(t, g, test.env, test.impersonate)
			if !slices.Equal(ids, []string{test.want}) || len(problems) != 0 {
				t.Errorf("got %v, %v after %q", ids, problems, g.asked)
			}
			host := "logging.googleapis.com"
			if test.env["GOOGLE_LOGGING_CUSTOM_ENDPOINT"] != "" {
				host = "logging.example"
			}
			if want := host + "/v2/entries:list as " + test.want; !slices.Contains(g.asked, want) {
				t.Errorf("asked %q, want %q", g.asked, want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	file := federation(t)
	federated := map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": file}
	answer := func(code int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	tests := []struct {
		name    string
		env     map[string]string
		signIn  func(http.ResponseWriter)
		code    audit.ProblemCode
		text    string
		signIns int
	}{
		{"the job's token has expired", federated, answer(400, `{"error":"invalid_grant","error_description":"ID Token issued is stale"}`), audit.ProblemNoPermission, "sign in", 1},
		{"the token service has ended", federated, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, audit.ProblemFailed, "EOF", 3},
		{"an expired token", map[string]string{"GOOGLE_OAUTH_ACCESS_TOKEN": "old"}, nil, audit.ProblemNoPermission, "expired", 0},
		{"no such file", map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": filepath.Join(t.TempDir(), "none.json")}, nil, audit.ProblemFailed, "GOOGLE_APPLICATION_CREDENTIALS", 0},
		{"not a credential", map[string]string{"GOOGLE_CREDENTIALS": `{"private":"secret"}`}, nil, audit.ProblemFailed, "it has no type", 0},
		{"a token stays on its server", map[string]string{"GOOGLE_OAUTH_ACCESS_TOKEN": "redirected"}, nil, audit.ProblemFailed, "307", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := &google{signIn: test.signIn}
			ids, problems := read(t, g, test.env, "")
			if len(ids) != 0 || len(problems) != 1 || problems[0].Code != test.code || !strings.Contains(problems[0].Error(), test.text) || strings.Contains(problems[0].Error(), "secret") {
				t.Fatalf("got %v, %v, want %s with %q", ids, problems, test.code, test.text)
			}
			signIns := 0
			for _, a := range g.asked {
				if strings.Contains(a, "elsewhere") {
					t.Errorf("asked %q", a)
				}
				if strings.Contains(a, "/token") {
					signIns++
				}
			}
			if signIns != test.signIns {
				t.Errorf("signed in %d times, want %d: %q", signIns, test.signIns, g.asked)
			}
		})
	}
}
