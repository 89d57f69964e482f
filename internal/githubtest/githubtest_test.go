package githubtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"

	"github.com/mooringdev/mooring/internal/githubtest"
)

// recorder is a test whose errors are expected.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// call sends a request and returns status, decoded answer and header.
func call(t *testing.T, s *githubtest.Server, token, method, path, body string) (int, any, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &decoded); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
	}
	return response.StatusCode, decoded, response.Header
}

const repo = "/repos/acme/infra"

func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Every refusal that publishing has to live with.
func TestRefuses(t *testing.T) {
	app := func(s *githubtest.Server) string { return s.Token(githubtest.App) }
	long := quote(strings.Repeat("é", 65537))
	for _, c := range []struct {
		name    string
		options githubtest.Options
		token   func(*githubtest.Server) string
		prepare func(*githubtest.Server)
		request [3]string
		status  int
		says    string
	}{
		{"no such token", githubtest.Options{}, func(*githubtest.Server) string { return "x" }, nil, [3]string{"GET", repo, ""}, 401, "Bad credentials"},
		{"other repository", githubtest.Options{}, app, nil, [3]string{"GET", "/repos/acme/other", ""}, 404, "Not Found"},
		{"app asks who it is", githubtest.Options{}, app, nil, [3]string{"GET", "/user", ""}, 403, "not accessible by integration"},
		{"long body", githubtest.Options{}, app, nil, [3]string{"POST", repo + "/issues", `{"title":"t","body":` + long + `}`}, 422, "too long"},
		{"long comment", githubtest.Options{}, app, func(s *githubtest.Server) { s.OpenIssue(githubtest.Writer, "t", "") }, [3]string{"POST", repo + "/issues/1/comments", `{"body":` + long + `}`}, 422, "too long"},
		{"no title", githubtest.Options{}, app, nil, [3]string{"POST", repo + "/issues", `{"title":" "}`}, 422, "missing_field"},
		{"unknown assignee", githubtest.Options{}, app, nil, [3]string{"POST", repo + "/issues", `{"title":"t","assignees":["nobody"]}`}, 422, "assignees"},
		{"issues disabled", githubtest.Options{IssuesOff: true}, app, nil, [3]string{"POST", repo + "/issues", `{"title":"t"}`}, 410, "disabled"},
		{"archived", githubtest.Options{Archived: true}, app, nil, [3]string{"POST", repo + "/issues", `{"title":"t"}`}, 403, "archived"},
		{"locked", githubtest.Options{}, app, func(s *githubtest.Server) { s.OpenIssue(githubtest.Writer, "t", ""); s.Lock(1) }, [3]string{"POST", repo + "/issues/1/comments", `{"body":"x"}`}, 403, "locked"},
		{"somebody else's issue", githubtest.Options{}, func(s *githubtest.Server) string { return s.Token(githubtest.Reader) }, func(s *githubtest.Server) { s.OpenIssue(githubtest.Writer, "t", "") }, [3]string{"PATCH", repo + "/issues/1", `{"body":"x"}`}, 403, "admin rights"},
		{"pull request without branch", githubtest.Options{}, app, nil, [3]string{"POST", repo + "/pulls", `{"title":"t","head":"none","base":"main"}`}, 422, "head"},
		{"pull request without commits", githubtest.Options{}, app, nil, [3]string{"POST", repo + "/pulls", `{"title":"t","head":"main","base":"main"}`}, 422, "No commits between"},
		{"second pull request", githubtest.Options{}, app, func(s *githubtest.Server) {
			s.Push(githubtest.Writer, "b", "f", "x")
			call(t, s, s.Token(githubtest.Writer), "POST", repo+"/pulls", `{"title":"t","head":"b","base":"main"}`)
		}, [3]string{"POST", repo + "/pulls", `{"title":"t","head":"b","base":"main"}`}, 422, "already exists"},
		{"workflow's pull request", githubtest.Options{NoActionsPulls: true}, func(s *githubtest.Server) string { return s.Token(githubtest.Actions) }, func(s *githubtest.Server) { s.Push(githubtest.Writer, "b", "f", "x") }, [3]string{"POST", repo + "/pulls", `{"title":"t","head":"b","base":"main"}`}, 403, "not permitted to create"},
		{"existing ref", githubtest.Options{}, app, nil, [3]string{"POST", repo + "/git/refs", `{"ref":"refs/heads/main","sha":"` + strings.Repeat("a", 40) + `"}`}, 422, "already exists"},
		{"unknown commit", githubtest.Options{}, app, nil, [3]string{"GET", repo + "/git/commits/" + strings.Repeat("a", 40), ""}, 404, "Not Found"},
		{"unknown parent", githubtest.Options{}, app, nil, [3]string{"POST", repo + "/git/commits", `{"message":"m","tree":"` + strings.Repeat("a", 40) + `"}`}, 422, "Tree SHA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := githubtest.New(t, c.options)
			if c.prepare != nil {
				c.prepare(s)
			}
			status, answer, _ := call(t, s, c.token(s), c.request[0], c.request[1], c.request[2])
			if status != c.status || !strings.Contains(quote(answer), c.says) {
				t.Errorf("answered %d %v, want %d with %q", status, answer, c.status, c.says)
			}
		})
	}
}

// Each operation that writes is refused without its permission, and the answer names it.
func TestPermissions(t *testing.T) {
	for _, c := range []struct{ method, path, body, need string }{
		{"POST", repo + "/issues", `{"title":"t"}`, "issues=write"},
		{"POST", repo + "/pulls", `{"title":"t","head":"b","base":"main"}`, "pull_requests=write"},
		{"POST", repo + "/git/blobs", `{"content":"x"}`, "contents=write"},
		{"POST", repo + "/git/trees", `{"tree":[]}`, "contents=write"},
		{"POST", repo + "/git/refs", `{"ref":"refs/heads/x","sha":"` + strings.Repeat("a", 40) + `"}`, "contents=write"},
		{"POST", repo + "/issues/1/labels", `{"labels":["x"]}`, "issues=write"},
		{"POST", repo + "/actions/workflows/drift.yml/dispatches", `{"ref":"main"}`, "actions=write"},
	} {
		s := githubtest.New(t, githubtest.Options{})
		status, _, header := call(t, s, s.NewToken(githubtest.App), c.method, c.path, c.body)
		if status != http.StatusForbidden || !strings.Contains(header.Get("X-Accepted-GitHub-Permissions"), c.need) {
			t.Errorf("%s %s: %d, accepted %q", c.method, c.path, status, header.Get("X-Accepted-GitHub-Permissions"))
		}
	}
}

func TestPagesAndClosers(t *testing.T) {
	s := githubtest.New(t, githubtest.Options{PageSize: 2})
	for range 5 {
		s.OpenIssue(githubtest.Writer, "t", "")
	}
	s.Close(githubtest.Owner, 5, "not_planned")
	_, answer, header := call(t, s, s.Token(githubtest.Reader), "GET", repo+"/issues?state=all&per_page=100", "")
	list := answer.([]any)
	if len(list) != 2 || !strings.Contains(header.Get("Link"), `page=3`) {
		t.Errorf("%d issues, links %q", len(list), header.Get("Link"))
	}
	if _, there := list[0].(map[string]any)["closed_by"]; there {
		t.Error("a list says who closed; GitHub's does not")
	}
	_, one, _ := call(t, s, s.Token(githubtest.Reader), "GET", repo+"/issues/5", "")
	if got := quote(one.(map[string]any)["closed_by"]); !strings.Contains(got, githubtest.Owner) {
		t.Errorf("closed by %s", got)
	}
}

func TestRateLimit(t *testing.T) {
	s := githubtest.New(t, githubtest.Options{RateLimit: 1})
	get := func() int { status, _, _ := call(t, s, s.Token(githubtest.App), "GET", repo, ""); return status }
	if a, b := get(), get(); a != 200 || b != 403 {
		t.Errorf("answered %d, then %d", a, b)
	}
	s.Advance(time.Hour)
	if got := get(); got != 200 {
		t.Errorf("an hour later it answers %d", got)
	}
}

// What GitHub's description does not know fails the test that sends it.
func TestDeviationsFail(t *testing.T) {
	for name, c := range map[string][3]string{
		"operation": {"POST", repo + "/teapot", "{}"},
		"field":     {"POST", repo + "/issues", `{"title":["no"]}`},
		"state":     {"PATCH", repo + "/issues/1", `{"state":"ajar"}`},
	} {
		r := &recorder{TB: t}
		s := githubtest.New(r, githubtest.Options{})
		s.OpenIssue(githubtest.App, "t", "")
		call(t, s, s.Token(githubtest.App), c[0], c[1], c[2])
		if len(r.errors) == 0 {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestUpdateRefsIsCompareAndSwap(t *testing.T) {
	s := githubtest.New(t, githubtest.Options{})
	first := s.Push(githubtest.Writer, "b", "f", "1")
	second := s.Push(githubtest.Writer, "b", "f", "2")
	move := func(before, after string) string {
		body := fmt.Sprintf(`{"query":"mutation($input:UpdateRefsInput!){updateRefs(input:$input){clientMutationId}}","variables":{"input":{"repositoryId":"R_4242","refUpdates":[{"name":"refs/heads/b","beforeOid":%q,"afterOid":%q,"force":true}]}}}`, before, after)
		request, err := http.NewRequestWithContext(t.Context(), "POST", s.GraphQLURL, bytes.NewBufferString(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+s.Token(githubtest.App))
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		raw, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if got := move(first, second); !strings.Contains(got, "STALE_DATA") || s.Tip("b") != second {
		t.Errorf("a stale move: %s, branch at %s", got, s.Tip("b"))
	}
	if got := move(second, first); strings.Contains(got, "errors") || s.Tip("b") != first {
		t.Errorf("a forced move: %s, branch at %s", got, s.Tip("b"))
	}
	if move(first, strings.Repeat("0", 40)); s.Tip("b") != "" {
		t.Error("the branch should be gone")
	}
}

// The repository behind it is one that git can clone.
func TestRealRepository(t *testing.T) {
	dir := t.TempDir()
	s := githubtest.New(t, githubtest.Options{GitDir: dir, Files: map[string]string{"a/b.tf": "x"}})
	clone, err := gogit.PlainClone(t.TempDir(), false, &gogit.CloneOptions{URL: dir, ReferenceName: "refs/heads/main"})
	if err != nil {
		t.Fatal(err)
	}
	head, err := clone.Head()
	if err != nil || head.Hash().String() != s.Tip("main") {
		t.Errorf("cloned %v, %v", head, err)
	}
}

// TestSignsForBotsAlone: commits are signed for a bot that leaves author and committer to GitHub, and for nobody else.
func TestSignsForBotsAlone(t *testing.T) {
	s := githubtest.New(t, githubtest.Options{})
	_, commit, _ := call(t, s, s.Token(githubtest.Owner), http.MethodGet, repo+"/git/commits/"+s.Tip("main"), "")
	tree := commit.(map[string]any)["tree"].(map[string]any)["sha"].(string)
	person := `,"author":{"name":"x","email":"x@example.com"}`
	for name, c := range map[string]struct {
		login, more string
		want        bool
	}{
		"an app":                   {githubtest.App, "", true},
		"a workflow":               {githubtest.Actions, "", true},
		"an app in another's name": {githubtest.App, person, false},
		"a person":                 {githubtest.Writer, "", false},
	} {
		body := fmt.Sprintf(`{"message":%q,"tree":%q,"parents":[%q]%s}`, name, tree, s.Tip("main"), c.more)
		status, made, _ := call(t, s, s.Token(c.login), http.MethodPost, repo+"/git/commits", body)
		if status != http.StatusCreated || made.(map[string]any)["verification"].(map[string]any)["verified"] != c.want {
			t.Errorf("%s: %d, %v", name, status, made)
		}
	}
}
