package githubtest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"

	"github.com/mooringdev/mooring/internal/githubtest"
)

// packed is how code scanning wants its results.
func packed(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// TestAppRefuses: what GitHub refuses to an App, to a workflow's token and to checks and code scanning.
func TestAppRefuses(t *testing.T) {
	unknown := strings.Repeat("a", 40)
	app := func(s *githubtest.Server) string { return s.Token(githubtest.App) }
	for name, c := range map[string]struct {
		token   func(*githubtest.Server) string
		request [3]string
		status  int
		says    string
	}{
		"member":                        {app, [3]string{"GET", "/orgs/acme/teams/platform/memberships/mia", ""}, 200, `"state":"active"`},
		"invited":                       {app, [3]string{"GET", "/orgs/acme/teams/platform/memberships/will", ""}, 200, `"state":"pending"`},
		"no member":                     {app, [3]string{"GET", "/orgs/acme/teams/platform/memberships/tom", ""}, 404, "Not Found"},
		"no team":                       {app, [3]string{"GET", "/orgs/acme/teams/none/memberships/mia", ""}, 404, "Not Found"},
		"a workflow asks about teams":   {func(s *githubtest.Server) string { return s.Token(githubtest.Actions) }, [3]string{"GET", "/orgs/acme/teams/platform/memberships/mia", ""}, 403, "not accessible"},
		"an installation asks as App":   {app, [3]string{"GET", "/app", ""}, 401, "JSON web token"},
		"check of no commit":            {app, [3]string{"POST", repo + "/check-runs", `{"name":"n","head_sha":"` + unknown + `"}`}, 422, "No commit found"},
		"check by a person":             {func(s *githubtest.Server) string { return s.Token(githubtest.Owner) }, [3]string{"POST", repo + "/check-runs", `{"name":"n","head_sha":"TIP"}`}, 403, "GitHub App"},
		"somebody else's check":         {func(s *githubtest.Server) string { return s.Token(githubtest.Actions) }, [3]string{"PATCH", repo + "/check-runs/CHECK", `{"name":"m"}`}, 403, "can only be modified"},
		"own check":                     {app, [3]string{"PATCH", repo + "/check-runs/CHECK", `{"status":"completed","conclusion":"success"}`}, 200, `"conclusion":"success"`},
		"checks of a commit":            {app, [3]string{"GET", repo + "/commits/TIP/check-runs?check_name=drift", ""}, 200, `"total_count":1`},
		"no check":                      {app, [3]string{"GET", repo + "/check-runs/1", ""}, 404, "Not Found"},
		"results that are not packed":   {app, [3]string{"POST", repo + "/code-scanning/sarifs", `{"commit_sha":"TIP","ref":"refs/heads/main","sarif":"e30="}`}, 400, "gzip"},
		"results of no commit":          {app, [3]string{"POST", repo + "/code-scanning/sarifs", `{"commit_sha":"` + unknown + `","ref":"refs/heads/main","sarif":"` + packed(t, "{}") + `"}`}, 404, "Not Found"},
		"unknown workflow":              {app, [3]string{"POST", repo + "/actions/workflows/other.yml/dispatches", `{"ref":"main"}`}, 404, "Not Found"},
		"workflow on no branch":         {app, [3]string{"POST", repo + "/actions/workflows/drift.yml/dispatches", `{"ref":"none"}`}, 422, "No ref found"},
		"workflow with details":         {app, [3]string{"POST", repo + "/actions/workflows/drift.yml/dispatches", `{"ref":"main","return_run_details":true}`}, 200, "workflow_run_id"},
		"repository dispatch":           {app, [3]string{"POST", repo + "/dispatches", `{"event_type":"drift","client_payload":{"stack":"a"}}`}, 204, ""},
		"no run":                        {app, [3]string{"GET", repo + "/actions/runs/1", ""}, 404, "Not Found"},
		"runs":                          {app, [3]string{"GET", repo + "/actions/runs?event=workflow_dispatch", ""}, 200, `"total_count":0`},
		"permission for checks missing": {func(s *githubtest.Server) string { return s.NewToken(githubtest.App) }, [3]string{"POST", repo + "/check-runs", `{"name":"n","head_sha":"TIP"}`}, 403, "not accessible"},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.New(t, githubtest.Options{Files: map[string]string{".github/workflows/drift.yml": "on: workflow_dispatch\n"}})
			s.Team("platform", githubtest.Maintain)
			s.Invite("platform", githubtest.Writer)
			call(t, s, s.Token(githubtest.App), "POST", repo+"/check-runs", `{"name":"drift","head_sha":"`+s.Tip("main")+`"}`)
			fill := strings.NewReplacer("TIP", s.Tip("main"), "CHECK", fmt.Sprint(s.Checks()[0].ID))
			status, answer, _ := call(t, s, c.token(s), c.request[0], fill.Replace(c.request[1]), fill.Replace(c.request[2]))
			if status != c.status || c.says != "" && !strings.Contains(quote(answer), c.says) {
				t.Errorf("answered %d %v, want %d with %q", status, answer, c.status, c.says)
			}
		})
	}
}

// TestSARIF: an upload is taken, and judged afterwards.
func TestSARIF(t *testing.T) {
	run := `{"tool":{"driver":{"name":"mooring"}},"automationDetails":{"id":"drift/a"},"results":[{"message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.tf"}}}]}]}`
	for name, c := range map[string]struct{ sarif, says string }{
		"good":         {`{"version":"2.1.0","runs":[` + run + `]}`, `"complete"`},
		"two the same": {`{"version":"2.1.0","runs":[` + run + `,` + run + `]}`, "category"},
		"version":      {`{"version":"2.0.0","runs":[` + run + `]}`, "not supported"},
		"no location":  {`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"m"}},"results":[{"message":{"text":"m"}}]}]}`, "no location"},
		"no tool":      {`{"version":"2.1.0","runs":[{"results":[]}]}`, "name its tool"},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.New(t, githubtest.Options{})
			status, answer, _ := call(t, s, s.Token(githubtest.App), "POST", repo+"/code-scanning/sarifs", `{"commit_sha":"`+s.Tip("main")+`","ref":"refs/heads/main","sarif":"`+packed(t, c.sarif)+`"}`)
			if status != http.StatusAccepted {
				t.Fatalf("%d %v", status, answer)
			}
			_, judged, _ := call(t, s, s.Token(githubtest.App), "GET", repo+"/code-scanning/sarifs/"+answer.(map[string]any)["id"].(string), "")
			if !strings.Contains(quote(judged), c.says) {
				t.Errorf("judged %v, want %q", judged, c.says)
			}
		})
	}
}

// TestAppTokens: the client that Apps use gets a token of the installation, which ends with its hour and with the installation.
func TestAppTokens(t *testing.T) {
	s := githubtest.New(t, githubtest.Options{})
	client := func(key []byte) *http.Client {
		transport, err := ghinstallation.New(&http.Transport{DisableKeepAlives: true}, githubtest.AppID, githubtest.InstallationID, key)
		if err != nil {
			t.Fatal(err)
		}
		transport.BaseURL = s.URL
		return &http.Client{Transport: transport}
	}
	key := s.AppKey()
	get := func(c *http.Client) (int, error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+repo, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := c.Do(request)
		if err != nil {
			return 0, err
		}
		return response.StatusCode, response.Body.Close()
	}
	c := client(key)
	if status, err := get(c); status != http.StatusOK || err != nil {
		t.Fatalf("with a token: %d %v", status, err)
	}
	s.Advance(time.Hour)
	if status, err := get(c); status != http.StatusUnauthorized || err != nil {
		t.Errorf("an hour later: %d %v", status, err)
	}
	s.Uninstall(githubtest.Owner)
	if status, err := get(client(key)); err == nil {
		t.Errorf("removed: %d", status)
	}
	s.Install(githubtest.Owner)
	if status, err := get(client(key)); status != http.StatusOK || err != nil {
		t.Errorf("installed again: %d %v", status, err)
	}
	other := githubtest.New(t, githubtest.Options{}).AppKey()
	if status, err := get(client(other)); err == nil {
		t.Errorf("with another key: %d", status)
	}
}
