package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/version"
)

// apps makes clients of repositories from the App's key. A client's token is good for one repository and for what the server does there.
type apps struct {
	Settings
	now       func() time.Time
	transport *http.Transport
	next      http.RoundTripper
	app       *ghinstallation.AppsTransport
	api       *gh.Client // as the App

	mu    sync.Mutex
	hands map[string]*hand // by installation and repository
}

// A hand acts for one installation.
type hand struct{ *ghinstallation.Transport }

// RoundTrip implements [http.RoundTripper]. That no token is to be had of an installation is an error of its own.
func (h *hand) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := h.Transport.RoundTrip(r)
	var refused *ghinstallation.HTTPError
	if errors.As(err, &refused) && refused.Response != nil {
		switch refused.Response.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity:
			return nil, fmt.Errorf("%w: GitHub answered %d when it was asked for a token", github.ErrGone, refused.Response.StatusCode)
		}
	}
	return response, err
}

func newApps(s Settings, now func() time.Time) (*apps, error) {
	a := &apps{Settings: s, now: now, hands: map[string]*hand{}, next: s.Transport}
	if a.next == nil {
		a.transport = http.DefaultTransport.(*http.Transport).Clone()
		a.transport.ResponseHeaderTimeout = 20 * time.Second
		a.next = a.transport
	}
	var err error
	if a.app, err = ghinstallation.NewAppsTransport(a.next, s.AppID, s.Key); err != nil {
		return nil, fmt.Errorf("the App's private key is not readable: %w", err)
	}
	a.app.BaseURL = strings.TrimSuffix(s.API, "/")
	a.api = gh.NewClient(&http.Client{Transport: a.app, Timeout: 30 * time.Second})
	if a.api.BaseURL, err = a.api.BaseURL.Parse(strings.TrimSuffix(s.API, "/") + "/"); err != nil {
		return nil, fmt.Errorf("settings: api_url: %w", err)
	}
	return a, nil
}

func (a *apps) close() {
	if a.transport != nil {
		a.transport.CloseIdleConnections()
	}
}

// workflowAccount publishes what workflows do with their own token.
const workflowAccount = "github-actions[bot]"

// client is one repository's. It is used for one job.
func (a *apps) client(installation int64, id int64, name string) (*github.Client, error) {
	return github.New(github.Options{
		Repository: name, BaseURL: a.API, GraphQLURL: a.GraphQL, Transport: a.hand(installation, id), UserAgent: "mooring/" + version.Version,
		Now: a.now, Interval: -1, MaxWait: 20 * time.Second, Timeout: 20 * time.Second, Publishers: []string{workflowAccount},
	})
}

func (a *apps) hand(installation, id int64) *hand {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := fmt.Sprintf("%d/%d", installation, id)
	t := a.hands[key]
	if t == nil {
		t = &hand{ghinstallation.NewFromAppsTransport(a.app, installation)}
		if id != 0 {
			t.InstallationTokenOptions = &gh.InstallationTokenOptions{RepositoryIDs: []int64{id}}
		}
		a.hands[key] = t
	}
	return t
}

// forget drops the tokens of an installation.
func (a *apps) forget(installation int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key := range a.hands {
		if strings.HasPrefix(key, fmt.Sprintf("%d/", installation)) {
			delete(a.hands, key)
		}
	}
}

// gone tells whether an error says that there is no such installation, or that it may not do anything any more.
func gone(err error) bool { return errors.Is(err, github.ErrGone) }

// repositories lists what an installation may see. The error wraps github.ErrGone when there is no such installation.
func (a *apps) repositories(ctx context.Context, installation int64) ([]*gh.Repository, error) {
	all, err := a.list(ctx, installation)
	var refused *gh.ErrorResponse
	if errors.As(err, &refused) && refused.Response.StatusCode == http.StatusUnauthorized {
		// The token was revoked before its time. Whether the App is still there shows when it asks for another.
		a.forget(installation)
		all, err = a.list(ctx, installation)
	}
	if err != nil {
		return nil, fmt.Errorf("list the repositories of installation %d: %w", installation, err)
	}
	return all, nil
}

func (a *apps) list(ctx context.Context, installation int64) ([]*gh.Repository, error) {
	api := gh.NewClient(&http.Client{Transport: a.hand(installation, 0), Timeout: 30 * time.Second})
	api.BaseURL = a.api.BaseURL
	o := &gh.ListOptions{PerPage: 100}
	var all []*gh.Repository
	for {
		page, response, err := api.Apps.ListRepos(ctx, o)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Repositories...)
		if response.NextPage == 0 {
			return all, nil
		}
		o.Page = response.NextPage
	}
}

// installations lists where the App is installed.
func (a *apps) installations(ctx context.Context) ([]int64, error) {
	o := &gh.ListOptions{PerPage: 100}
	var all []int64
	for {
		page, response, err := a.api.Apps.ListInstallations(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("list the installations of the App: %w", err)
		}
		for _, i := range page {
			if i.SuspendedAt == nil {
				all = append(all, i.GetID())
			}
		}
		if response.NextPage == 0 {
			return all, nil
		}
		o.Page = response.NextPage
	}
}
