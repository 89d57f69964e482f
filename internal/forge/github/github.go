// Package github makes a GitHub repository say what a scan found, through GitHub's API.
//
// Start at [New] and [Client.Sync]; what is done and when is decided by [forge.Plan]. read.go reads what exists, write.go performs actions,
// branch.go makes commits through the Git Data API, throttle.go paces requests and waits where GitHub says so, refusal.go turns GitHub's
// refusals into sentences that name the permission or setting.
//
// What it promises:
//
//   - Requests that write go one at a time, at least Interval apart, at most 80 a minute and 500 an hour, and Retry-After is obeyed. When
//     waiting would take too long the run stops cleanly, and the next one goes on.
//   - A write whose answer was lost is looked up before it is repeated, so nothing is opened or said twice.
//   - Branches move by compare-and-swap: a push that lands between reading and writing wins.
//   - The search API is not used (it lags), and neither titles nor labels identify anything.
//   - The token appears in no error and is sent to no other host.
//
// It works against GitHub Enterprise and test servers through BaseURL.
package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
)

// Options say which repository, as whom, and how patiently.
type Options struct {
	Token      string // sent as a bearer token; "" when Transport authenticates
	BaseURL    string // of the REST API, as in GITHUB_API_URL; "" for github.com
	GraphQLURL string // as in GITHUB_GRAPHQL_URL; "" derives it from BaseURL
	Repository string // owner/name
	Transport  http.RoundTripper
	UserAgent  string

	Now   func() time.Time                                 // required
	Sleep func(ctx context.Context, d time.Duration) error // nil waits for real
	// Interval is the pause between requests that write; 0 is one second, a negative one is none.
	Interval time.Duration
	// MaxWait is how long a run waits for GitHub's limits in all; 0 is fifteen minutes.
	MaxWait time.Duration
	// Commit is what the publications were made from. It must be on the default branch; "" is not looked at.
	Commit string
	// CacheDir keeps the answers to lists for later runs, which then need not count against GitHub's hourly limit; "" keeps none.
	CacheDir string
	// Timeout of one request; 0 is thirty seconds.
	Timeout time.Duration
	// Publishers are further accounts whose issues, pull requests and comments are as good as ours when they are looked at: a workflow publishes
	// as github-actions[bot] what an App answers for. They are never edited.
	Publishers []string
}

// Client publishes to one repository. It is a [forge.Forge].
type Client struct {
	api         *gh.Client
	throttle    *throttle
	graphql     string
	owner, name string
	now         func() time.Time
	publishers  []string
	commit      string

	// Learned by Read.
	me            forge.Account
	nodeID        string
	defaultBranch string
	labels        map[string]bool // that are known to exist
}

// New makes a client. It sends nothing.
func New(o Options) (*Client, error) {
	owner, name, ok := strings.Cut(o.Repository, "/")
	if !ok || owner == "" || name == "" || strings.ContainsAny(name, "/?#") {
		return nil, fmt.Errorf("repository %q is not of the form owner/name\nhint: set GITHUB_REPOSITORY", o.Repository)
	}
	if o.Now == nil {
		return nil, errors.New("github: a clock is required")
	}
	if o.Token == "" && o.Transport == nil {
		return nil, errors.New("publishing to GitHub needs a token\nhint: set GITHUB_TOKEN, in a workflow from ${{ github.token }}")
	}
	base, err := baseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{owner: owner, name: name, now: o.Now, labels: map[string]bool{}, graphql: o.GraphQLURL, publishers: o.Publishers, commit: o.Commit}
	if c.graphql == "" {
		c.graphql = graphQLURL(base)
	}
	c.throttle = newThrottle(o, base)
	c.api = gh.NewClient(&http.Client{Transport: c.throttle})
	c.api.BaseURL = base
	if o.UserAgent != "" {
		c.api.UserAgent = o.UserAgent
	}
	return c, nil
}

func baseURL(s string) (*url.URL, error) {
	if s == "" {
		s = "https://api.github.com"
	}
	u, err := url.Parse(strings.TrimSuffix(s, "/") + "/")
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is not the address of a GitHub API\nhint: GITHUB_API_URL looks like https://api.github.com", s)
	}
	return u, nil
}

// graphQLURL is where GitHub has GraphQL beside its REST API.
func graphQLURL(base *url.URL) string {
	u := *base
	if path, ok := strings.CutSuffix(u.Path, "/v3/"); ok {
		u.Path = path + "/graphql"
	} else {
		u.Path += "graphql"
	}
	return u.String()
}

// Sync makes the repository say what is wanted; see [forge.Sync].
func (c *Client) Sync(ctx context.Context, want []forge.Publication, limits forge.Limits, dryRun bool) (forge.Report, error) {
	return forge.Sync(ctx, c, want, limits, dryRun)
}

// query asks GraphQL for something.
func (c *Client) query(ctx context.Context, query string, variables, data any) error {
	request, err := c.api.NewRequest(http.MethodPost, c.graphql, map[string]any{"query": query, "variables": variables})
	if err != nil {
		return fmt.Errorf("github: %w", err)
	}
	answer := struct {
		Data   any            `json:"data"`
		Errors []graphQLError `json:"errors"`
	}{Data: data}
	if _, err := c.api.Do(ctx, request, &answer); err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return &answer.Errors[0]
	}
	return nil
}

// A graphQLError is a refusal that came with status 200.
type graphQLError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

func (e *graphQLError) Error() string { return "GitHub says: " + e.Message }
