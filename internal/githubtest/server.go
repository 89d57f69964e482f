package githubtest

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// Options describe the world that a test begins with. The zero value is a repository acme/infra with one commit, everything allowed.
type Options struct {
	Repository    string            // owner/name; acme/infra when ""
	DefaultBranch string            // main when ""
	Files         map[string]string // of the first commit
	Empty         bool              // no commit at all
	IssuesOff     bool
	Archived      bool
	// NoActionsPulls is the setting that keeps workflows from opening pull requests.
	NoActionsPulls bool
	// IgnoreCreator makes lists show everybody's issues whatever creator asks for: it is not certain that every GitHub Enterprise honours it for apps.
	IgnoreCreator bool
	// GitDir is where the bare repository is made, for tests that clone or push with git; "" keeps it in memory. One that exists is taken as it is.
	GitDir string
	// Unchecked leaves out the check against GitHub's description, for measurements whose messages another test checks.
	Unchecked bool
	PageSize  int // largest page; 100 when 0
	RateLimit int // requests an hour for one token; 5000 when 0
	Start     time.Time
}

// Server is a GitHub. Its methods may be called while requests are served.
type Server struct {
	URL        string // suits GITHUB_API_URL
	GraphQLURL string // suits GITHUB_GRAPHQL_URL

	t      testing.TB
	opts   Options
	owner  string
	name   string
	routes []*route

	mu       sync.Mutex
	now      time.Time
	nextID   int64
	users    map[string]*User
	tokens   map[string]*Token
	labels   map[string]*label
	issues   []*Issue
	repo     *gogit.Repository
	requests []Request
	used     map[string]int // requests of a token in this window
	window   time.Time
	inject   func(Request) Fault
	events   []Dispatch
	protect  []string // branches that nobody may update begin with one of these
	signed   []string // branches whose commits must be signed begin with one of these
	runs     []*Run
	checks   []*Check
	analyses []*Analysis
	teams    map[string]map[string]string // state of a membership, by organisation/team and login
	appKey   *rsa.PrivateKey
	// uninstalled is when the App was removed.
	uninstalled bool
	verified    map[plumbing.Hash]bool // commits that GitHub signed

	hooks        *hooks
	lastDelivery int
}

// A Token is a credential: who it is and what it may.
type Token struct {
	User        *User
	Permissions map[string]string // contents, issues, pull_requests, ...: read or write; nil follows the role of the user
	App         bool              // of an installation: GET /user is refused
	expires     time.Time         // zero for never
	jwt         bool              // the App itself, not an installation
	issued      time.Time         // of a jwt
}

// A Request is one that was served.
type Request struct {
	N        int // 1 for the first
	Method   string
	Path     string
	Status   int
	Mutation bool // it may write: any method but GET, except a GraphQL query
	Read     bool // neither a mutation nor an upload of git objects
}

// New starts a GitHub that lives as long as the test.
func New(t testing.TB, opts Options) *Server {
	t.Helper()
	if opts.Repository == "" {
		opts.Repository = "acme/infra"
	}
	if opts.DefaultBranch == "" {
		opts.DefaultBranch = "main"
	}
	if opts.PageSize == 0 {
		opts.PageSize = 100
	}
	if opts.RateLimit == 0 {
		opts.RateLimit = 5000
	}
	if opts.Start.IsZero() {
		opts.Start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	}
	s := &Server{t: t, opts: opts, now: opts.Start, window: opts.Start, nextID: 1000, used: map[string]int{}, labels: map[string]*label{}, verified: map[plumbing.Hash]bool{}}
	s.owner, s.name, _ = strings.Cut(opts.Repository, "/")
	s.addPeople()
	s.initGit()
	s.addRoutes()
	web := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(web.Close)
	// A path prefix, as on GitHub Enterprise, so that a client with an absolute path fails loudly.
	s.URL, s.GraphQLURL = web.URL+"/api/v3", web.URL+"/api/graphql"
	return s
}

// Now is the server's time.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Advance lets time pass.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// Requests lists what was served since the last [Server.Forget].
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Mutations counts the requests that may write.
func (s *Server) Mutations() int {
	n := 0
	for _, r := range s.Requests() {
		if r.Mutation {
			n++
		}
	}
	return n
}

// Forget empties the list of requests and starts their numbers again.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	request := Request{N: len(s.requests) + 1, Method: r.Method, Path: strings.TrimPrefix(r.URL.EscapedPath(), "/api/v3"), Mutation: r.Method != http.MethodGet}
	graphql := r.URL.Path == "/api/graphql"
	if graphql {
		request.Mutation = bytes.Contains(body, []byte("mutation"))
	}
	fault := s.faultOf(request)
	if fault.before(w) {
		request.Status = fault.Status
		s.requests = append(s.requests, request)
		return
	}
	header := http.Header{"Date": {s.now.UTC().Format(http.TimeFormat)}}
	status, answerBody := s.answer(r, request, body, graphql, header)
	if r.Method == http.MethodGet && status == http.StatusOK {
		tag := fmt.Sprintf(`W/"%x"`, sha256.Sum256(append([]byte(header.Get("Link")), answerBody...)))
		header.Set("Etag", tag)
		if r.Header.Get("If-None-Match") == tag {
			s.used[bearer(r)]-- // such an answer does not count
			status, answerBody = http.StatusNotModified, nil
			header.Del("Link")
		}
	}
	request.Status = status
	s.requests = append(s.requests, request)
	if fault.after(w, answerBody) {
		return
	}
	for k, v := range header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if status == http.StatusNoContent || status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	w.WriteHeader(status)
	// A client that went away is not this server's fault.
	_, _ = w.Write(answerBody)
}

// answer serves one request and checks both sides of it.
func (s *Server) answer(r *http.Request, request Request, body []byte, graphql bool, header http.Header) (int, []byte) {
	token := s.tokens[bearer(r)]
	if strings.Count(bearer(r), ".") == 2 {
		var a *answer
		if token, a = s.provesApp(bearer(r)); a != nil {
			return encode(s.t, a)
		}
	}
	if token == nil || !token.expires.IsZero() && !s.now.Before(token.expires) {
		return encode(s.t, fail(http.StatusUnauthorized, "Bad credentials"))
	}
	if a := s.count(bearer(r), header); a != nil {
		return encode(s.t, a)
	}
	c := &call{token: token, query: r.URL.Query(), body: body, header: header}
	if graphql {
		return encode(s.t, s.graphql(c))
	}
	path, err := url.PathUnescape(request.Path)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/api/v3/") {
		s.t.Errorf("githubtest: request for %s is outside %s", r.URL.Path, s.URL)
		return encode(s.t, notFound())
	}
	for _, route := range s.routes {
		params, matches := route.match(path)
		if !matches || route.method != r.Method {
			continue
		}
		c.params = params
		if err := s.checkRequest(route, r, params, body); err != nil {
			s.t.Errorf("githubtest: %s %s is not a request that GitHub describes: %v", r.Method, request.Path, err)
		}
		a := s.gate(c, route)
		if a == nil {
			a = route.handle(c)
		}
		if s.opts.Unchecked {
			return encode(s.t, a)
		}
		if a.body != nil {
			a.body = route.check.complete(a.status, a.body)
		}
		status, out := encode(s.t, a)
		h := header.Clone()
		h.Set("Content-Type", "application/json")
		if err := route.check.response(r, params, status, h, out); err != nil {
			s.t.Errorf("githubtest: the answer %d to %s %s is not what GitHub describes: %v", status, r.Method, request.Path, err)
		}
		return status, out
	}
	s.t.Errorf("githubtest: no such operation: %s %s", r.Method, request.Path)
	return encode(s.t, notFound())
}

func (s *Server) checkRequest(route *route, r *http.Request, params map[string]string, body []byte) error {
	if s.opts.Unchecked {
		return nil
	}
	return route.check.request(r, params, body)
}

func bearer(r *http.Request) string {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return token
}
