package bot

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// A Setup registers an App of one's own: a page sends the browser to GitHub with all settings filled in, and GitHub sends it back with a code that
// is good for the App's keys, once.
type Setup struct {
	Dir          string // where settings and keys are written
	URL          string // of the server that is to be
	Name         string // of the App
	Organisation string // "" for one's own account
	API, Web     string // of GitHub; "" for github.com
	Transport    http.RoundTripper

	state string
	done  chan error
}

// setupFiles are what Setup writes, beside [SettingsFile].
const (
	keyFile      = "app.pem"
	hookFile     = "webhook-secret"
	clientFile   = "client-secret"
	sessionFile  = "session-key"
	SettingsFile = "bot.hcl"
)

// permissions of the App, and why it has them: docs/bot.md has the same table.
var permissions = map[string]string{
	"actions":       "write", // start the workflow, find its runs
	"checks":        "write", // mooring/drift
	"contents":      "read",  // configuration, ledger, what a pull request touches
	"issues":        "write", // answers and reactions
	"pull_requests": "write", // the same on pull requests
	"members":       "read",  // teams that may revert
	"metadata":      "read",
}

// manifest is the App as GitHub's form takes it.
func (s *Setup) manifest(back string) ([]byte, error) {
	events := []string{"issue_comment", "issues", "pull_request", "push", "check_run", "check_suite", "workflow_run", "repository"}
	return json.Marshal(map[string]any{
		"name": s.Name, "url": s.URL, "public": false, "redirect_url": back, "callback_urls": []string{s.URL + "/login/callback"},
		"hook_attributes": map[string]any{"url": s.URL + "/webhook", "active": true}, "default_permissions": permissions, "default_events": events,
	})
}

var setupPage = template.Must(template.New("setup").Parse(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Set up Mooring</title></head>
<body><h1>Set up Mooring</h1><p>GitHub will show the App <b>{{.Name}}</b> with what it may do, and send you back here.</p>
<form action="{{.Action}}" method="post"><input type="hidden" name="manifest" value="{{.Manifest}}"><button>Register the App</button></form></body></html>`))

// Run serves the page on a loopback listener until the App is registered. open is told the page's address.
func (s *Setup) Run(ctx context.Context, l net.Listener, open func(address string)) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return errors.Join(errors.New("setting up listens on this machine only"), l.Close())
	}
	if _, err := os.Stat(filepath.Join(s.Dir, SettingsFile)); err == nil {
		return errors.Join(fmt.Errorf("%s is there already: setting up does not overwrite it", filepath.Join(s.Dir, SettingsFile)), l.Close())
	}
	var err error
	if s.state, err = random(); err != nil {
		return errors.Join(err, l.Close())
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	if s.API == "" {
		s.API = "https://api.github.com"
	}
	if s.Web == "" {
		s.Web = "https://github.com"
	}
	s.done = make(chan error, 1)
	here := "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.form(w, r, here) })
	mux.HandleFunc("GET /registered", s.registered)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	open(here + "/?state=" + s.state)
	select {
	case err = <-s.done:
	case err = <-failed:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(goodbye))
}

// known tells whether a request is of the browser that was sent here. Other pages, and other programs on this machine, do not know the state.
func (s *Setup) known(r *http.Request) bool {
	return hmac.Equal([]byte(r.URL.Query().Get("state")), []byte(s.state))
}

func (s *Setup) form(w http.ResponseWriter, r *http.Request, here string) {
	if !s.known(r) {
		say(w, http.StatusForbidden, "open the address that was printed")
		return
	}
	manifest, err := s.manifest(here + "/registered")
	if err != nil {
		say(w, http.StatusInternalServerError, "the App could not be described")
		return
	}
	action := s.Web + "/settings/apps/new?state=" + s.state
	if s.Organisation != "" {
		action = s.Web + "/organizations/" + url.PathEscape(s.Organisation) + "/settings/apps/new?state=" + s.state
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_ = setupPage.Execute(w, map[string]string{"Name": s.Name, "Action": action, "Manifest": string(manifest)}) // who asked may be gone
}

func (s *Setup) registered(w http.ResponseWriter, r *http.Request) {
	if !s.known(r) {
		say(w, http.StatusForbidden, "this was not begun here")
		return
	}
	code := r.URL.Query().Get("code")
	if code == "" || strings.Trim(code, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "" || len(code) > 200 {
		say(w, http.StatusBadRequest, "GitHub sent no code")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	if err := s.complete(ctx, code); err != nil {
		say(w, http.StatusBadGateway, "GitHub did not hand out the keys, or they could not be written. The terminal says more.")
		s.finish(err)
		return
	}
	say(w, http.StatusOK, "The App is registered. Install it on your repositories, and start mooring serve.")
	s.finish(nil)
}

func (s *Setup) finish(err error) {
	select {
	case s.done <- err:
	default:
	}
}

// complete trades the code for the keys and writes them, each into a file that only its owner can read.
func (s *Setup) complete(ctx context.Context, code string) error {
	client := gh.NewClient(&http.Client{Transport: s.Transport, Timeout: 30 * time.Second})
	var err error
	if client.BaseURL, err = url.Parse(strings.TrimSuffix(s.API, "/") + "/"); err != nil {
		return err
	}
	app, _, err := client.Apps.CompleteAppManifest(ctx, code)
	if err != nil {
		var e *gh.ErrorResponse
		if errors.As(err, &e) {
			return fmt.Errorf("GitHub answered %d to the code: register again, a code is good for an hour and once", e.Response.StatusCode)
		}
		return errors.New("GitHub did not answer") // the request's address holds the code
	}
	session, err := random()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{keyFile: app.GetPEM(), hookFile: app.GetWebhookSecret(), clientFile: app.GetClientSecret(), sessionFile: session, SettingsFile: s.settings(app)} {
		if err := writeNew(filepath.Join(s.Dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

func writeNew(path, text string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (s *Setup) settings(app *gh.AppConfig) string {
	f := hclwrite.NewEmptyFile()
	body := f.Body()
	set := func(b *hclwrite.Body, name, value string) { b.SetAttributeValue(name, cty.StringVal(value)) }
	set(body, "url", s.URL)
	set(body, "database", "sqlite:mooring.db")
	if s.API != "https://api.github.com" {
		g := body.AppendNewBlock("github", nil).Body()
		set(g, "api_url", s.API)
		set(g, "web_url", s.Web)
	}
	a := body.AppendNewBlock("app", nil).Body()
	a.SetAttributeValue("id", cty.NumberIntVal(app.GetID()))
	set(a, "private_key_file", keyFile)
	a.SetAttributeValue("webhook_secret_files", cty.ListVal([]cty.Value{cty.StringVal(hookFile)}))
	in := body.AppendNewBlock("sign_in", nil).Body()
	set(in, "client_id", app.GetClientID())
	set(in, "client_secret_file", clientFile)
	set(in, "session_key_file", sessionFile)
	return string(f.Bytes())
}
