package bot

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Settings say how to serve. [ReadSettings] reads them from a file.
type Settings struct {
	Listen   string // address
	URL      string // of this server, as people and GitHub reach it
	Database string // see store.Open
	API      string // of GitHub's REST API; "" for github.com
	GraphQL  string // of GitHub's GraphQL API; "" derives it
	Web      string // of GitHub; "" for https://github.com
	AppID    int64
	Key      []byte   // the App's private key, PEM
	Secrets  []string // of webhooks; any of them signs
	Workflow string   // file name of the workflow that does the work
	Metrics  string   // token for /metrics; "" leaves it open

	OAuth   OAuth
	Sources []Source
	Routes  []Route

	Pause, Wait time.Duration     // a scan that events ask for begins after Pause without an event, Wait after the first at the latest
	Settle      time.Duration     // GitHub may take that long to list a run that it started
	Transport   http.RoundTripper // for tests; nil is the machine's
}

// OAuth is how people sign in to see the overview. Without an id there is no overview.
type OAuth struct {
	ID, Secret string
	Session    []byte // key that signs cookies
}

// A Source is one that may push audit events.
type Source struct {
	Kind     string   // eventbridge, event_grid or pubsub
	Name     string   // last part of its address: /events/KIND/NAME
	Keys     []string // eventbridge and event_grid: any of them
	Audience string   // pubsub: of the token
	Account  string   // pubsub: the service account that signs
	KeysURL  string   // pubsub: where Google's keys are; for tests
}

// A Route says which stacks an audit event is about.
type Route struct {
	Name       string
	Repository string   // owner/name
	Stacks     []string // globs of stack ids
	Accounts   []string // empty: any; an AWS account, an Azure subscription, a Google project
	Regions    []string // empty: any
	Services   []string // empty: any
}

type settingsFile struct {
	Listen   string         `hcl:"listen,optional"`
	URL      string         `hcl:"url"`
	Database string         `hcl:"database"`
	Workflow string         `hcl:"workflow,optional"`
	Metrics  string         `hcl:"metrics_token_file,optional"`
	App      appBlock       `hcl:"app,block"`
	GitHub   *githubBlock   `hcl:"github,block"`
	SignIn   *signInBlock   `hcl:"sign_in,block"`
	Sources  []*sourceBlock `hcl:"events,block"`
	Routes   []*routeBlock  `hcl:"route,block"`
	Pause    string         `hcl:"pause,optional"`
	Wait     string         `hcl:"wait,optional"`
	Settle   string         `hcl:"settle,optional"`
}

type appBlock struct {
	ID      int64    `hcl:"id"`
	Key     string   `hcl:"private_key_file"`
	Secrets []string `hcl:"webhook_secret_files"`
}

type githubBlock struct {
	API     string `hcl:"api_url,optional"`
	GraphQL string `hcl:"graphql_url,optional"`
	Web     string `hcl:"web_url,optional"`
}

type signInBlock struct {
	ID      string `hcl:"client_id"`
	Secret  string `hcl:"client_secret_file"`
	Session string `hcl:"session_key_file"`
}

type sourceBlock struct {
	Kind     string   `hcl:"kind,label"`
	Name     string   `hcl:"name,label"`
	Keys     []string `hcl:"key_files,optional"`
	Audience string   `hcl:"audience,optional"`
	Account  string   `hcl:"service_account,optional"`
}

type routeBlock struct {
	Name       string   `hcl:"name,label"`
	Repository string   `hcl:"repository"`
	Stacks     []string `hcl:"stacks"`
	Accounts   []string `hcl:"accounts,optional"`
	Regions    []string `hcl:"regions,optional"`
	Services   []string `hcl:"services,optional"`
}

// ReadSettings reads a file in HCL. Files that it names hold the secrets; they are relative to it.
func ReadSettings(path string) (Settings, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return Settings{}, fmt.Errorf("settings: %w", err)
	}
	file, diags := hclsyntax.ParseConfig(src, filepath.Base(path), hcl.InitialPos)
	var f settingsFile
	if !diags.HasErrors() {
		diags = append(diags, gohcl.DecodeBody(file.Body, nil, &f)...)
	}
	if diags.HasErrors() {
		return Settings{}, fmt.Errorf("settings: %w", diags)
	}
	r := &secretReader{dir: filepath.Dir(path)}
	s := Settings{Listen: f.Listen, URL: strings.TrimSuffix(f.URL, "/"), Database: f.Database, Workflow: f.Workflow, AppID: f.App.ID, Key: []byte(r.read(f.App.Key, 0))}
	if path, ok := strings.CutPrefix(s.Database, "sqlite:"); ok && !filepath.IsAbs(path) {
		s.Database = "sqlite:" + filepath.Join(r.dir, path)
	}
	for _, name := range f.App.Secrets {
		s.Secrets = append(s.Secrets, r.read(name, 16))
	}
	if f.Metrics != "" {
		s.Metrics = r.read(f.Metrics, 16)
	}
	if g := f.GitHub; g != nil {
		s.API, s.GraphQL, s.Web = g.API, g.GraphQL, strings.TrimSuffix(g.Web, "/")
	}
	if g := f.SignIn; g != nil {
		s.OAuth = OAuth{ID: g.ID, Secret: r.read(g.Secret, 1), Session: []byte(r.read(g.Session, 32))}
	}
	for _, b := range f.Sources {
		v := Source{Kind: b.Kind, Name: b.Name, Audience: b.Audience, Account: b.Account}
		for _, name := range b.Keys {
			v.Keys = append(v.Keys, r.read(name, 16))
		}
		s.Sources = append(s.Sources, v)
	}
	for _, b := range f.Routes {
		s.Routes = append(s.Routes, Route(*b))
	}
	if s.Pause, err = duration("pause", f.Pause); err != nil {
		return Settings{}, err
	}
	if s.Wait, err = duration("wait", f.Wait); err != nil {
		return Settings{}, err
	}
	if s.Settle, err = duration("settle", f.Settle); err != nil {
		return Settings{}, err
	}
	if r.err != nil {
		return Settings{}, fmt.Errorf("settings: %w", r.err)
	}
	return s, s.check()
}

func duration(name, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("settings: %s = %q is not a duration such as \"90s\"", name, text)
	}
	return d, nil
}

// A secretReader reads files that hold a secret, and keeps the first error.
type secretReader struct {
	dir string
	err error
}

func (r *secretReader) read(name string, least int) string {
	if !filepath.IsAbs(name) {
		name = filepath.Join(r.dir, name)
	}
	text, err := os.ReadFile(name)
	secret := strings.TrimSpace(string(text))
	switch {
	case r.err != nil:
	case err != nil:
		r.err = err
	case len(secret) < max(least, 1):
		r.err = fmt.Errorf("%s holds fewer than %d characters, which is no secret: make one with openssl rand -hex 32", name, max(least, 1))
	}
	return secret
}

// fill sets defaults.
func (s *Settings) fill() {
	if s.Listen == "" {
		s.Listen = ":8080"
	}
	if s.Web == "" {
		s.Web = "https://github.com"
	}
	if s.API == "" {
		s.API = "https://api.github.com"
	}
	if s.Workflow == "" {
		s.Workflow = "drift.yml"
	}
	if s.Pause == 0 {
		s.Pause = time.Minute
	}
	if s.Settle == 0 {
		s.Settle = 20 * time.Second
	}
	if s.Wait == 0 {
		s.Wait = 10 * time.Minute
	}
}

func (s *Settings) check() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("settings: url = %q is not the address of a server, such as https://drift.example.com", s.URL)
	case s.AppID == 0:
		return errors.New("settings: the App has no id: mooring serve --setup makes one")
	case len(s.Secrets) == 0:
		return errors.New("settings: there is no webhook secret, so no webhook could be believed")
	case s.OAuth.ID != "" && len(s.OAuth.Session) < 32:
		return errors.New("settings: the session key has fewer than 32 characters")
	}
	seen := map[string]bool{}
	for _, v := range s.Sources {
		address := v.Kind + "/" + v.Name
		switch {
		case v.Name == "" || strings.Trim(v.Name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
			return fmt.Errorf("settings: events %q %q: a name is of a-z, 0-9, - and _", v.Kind, v.Name)
		case seen[address]:
			return fmt.Errorf("settings: events %q %q is there twice", v.Kind, v.Name)
		case v.Kind == "pubsub" && (v.Audience == "" || v.Account == ""):
			return fmt.Errorf("settings: events %q %q needs audience and service_account: they are what its token is checked against", v.Kind, v.Name)
		case (v.Kind == "eventbridge" || v.Kind == "event_grid") && len(v.Keys) == 0:
			return fmt.Errorf("settings: events %q %q needs key_files", v.Kind, v.Name)
		case v.Kind != "pubsub" && v.Kind != "eventbridge" && v.Kind != "event_grid":
			return fmt.Errorf("settings: events %q: want eventbridge, event_grid or pubsub", v.Kind)
		}
		seen[address] = true
	}
	for _, r := range s.Routes {
		if strings.Count(r.Repository, "/") != 1 || len(r.Stacks) == 0 {
			return fmt.Errorf("settings: route %q needs repository = \"owner/name\" and stacks", r.Name)
		}
		for _, glob := range r.Stacks {
			if !doublestar.ValidatePattern(glob) || strings.ContainsAny(glob, "\n,") {
				return fmt.Errorf("settings: route %q: %q is not a glob of stack ids", r.Name, glob)
			}
		}
	}
	return nil
}
