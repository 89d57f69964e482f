package live_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/kube/live"
)

// server is an API server with a few objects: discovery of two groups, one of which can be out of order, and faults by path.
type server struct {
	mu     sync.Mutex
	asked  []string
	faults map[string][]fault // by path: what to answer first, instead
}

type fault func(http.ResponseWriter)

func refuse(code int, reason string) fault {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		if code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":%q,"code":%d}`, reason, code)
	}
}

func half(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"na`)
}

const fields = `"managedFields":[
	{"manager":"HashiCorp","operation":"Update","apiVersion":"v1","time":"2026-11-20T08:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:size":{}}}},
	{"manager":"kubectl-edit","operation":"Update","apiVersion":"v1","time":"2026-11-20T09:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:mode":{}}}}]`

var answers = map[string]string{
	"/api":                `{"kind":"APIVersions","versions":["v1"]}`,
	"/apis":               `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}},{"name":"batch","versions":[{"groupVersion":"batch/v1beta1","version":"v1beta1"},{"groupVersion":"batch/v1","version":"v1"}],"preferredVersion":{"groupVersion":"batch/v1","version":"v1"}}]}`,
	"/apis/batch/v1":      `{"kind":"APIResourceList","groupVersion":"batch/v1","resources":[{"name":"jobs","namespaced":true,"kind":"Job","verbs":["get"]}]}`,
	"/apis/batch/v1beta1": `{"kind":"APIResourceList","groupVersion":"batch/v1beta1","resources":[{"name":"jobs","namespaced":true,"kind":"Job","verbs":["get"]},{"name":"cronjobs","namespaced":true,"kind":"CronJob","verbs":["get"]}]}`,
	"/api/v1":             `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"configmaps","namespaced":true,"kind":"ConfigMap","verbs":["get","list"]},{"name":"secrets","namespaced":true,"kind":"Secret","verbs":["get","list"]},{"name":"namespaces","namespaced":false,"kind":"Namespace","verbs":["get","list"]},{"name":"namespaces/status","namespaced":false,"kind":"Namespace","verbs":["get"]}]}`,
	"/apis/apps/v1":       `{"kind":"APIResourceList","groupVersion":"apps/v1","resources":[{"name":"deployments","namespaced":true,"kind":"Deployment","verbs":["get","list"]}]}`,
	"/api/v1/namespaces/shop/configmaps/settings":   `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"settings","namespace":"shop","uid":"u-1",` + fields + `},"data":{"mode":"blue","size":"3"}}`,
	"/api/v1/namespaces/shop/secrets/token":         `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"token","namespace":"shop","uid":"u-2",` + fields + `},"data":{"mode":"aHVzaA==","size":"MQ=="}}`,
	"/api/v1/namespaces/shop":                       `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"shop","uid":"u-3",` + fields + `}}`,
	"/apis/apps/v1/namespaces/shop/deployments/api": `{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"api","namespace":"shop","uid":"u-4","managedFields":"what"}}`,
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	if f := s.faults[r.URL.Path]; len(f) > 0 {
		s.faults[r.URL.Path] = f[1:]
		f[0](w)
		return
	}
	if r.Header.Get("Authorization") != "Bearer reader" {
		refuse(http.StatusUnauthorized, "Unauthorized")(w)
		return
	}
	answer, ok := answers[r.URL.Path]
	if !ok {
		refuse(http.StatusNotFound, "NotFound")(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, answer)
}

// kubeconfig names the server under the context "prod", and a server that does not exist as the current one.
func kubeconfig(t *testing.T, server, token string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: other,
		clusters: [{name: a, cluster: {server: %q, insecure-skip-tls-verify: true}}, {name: b, cluster: {server: "http://127.0.0.1:1"}}],
		users: [{name: u, user: {token: %q}}],
		contexts: [{name: prod, context: {cluster: a, user: u}}, {name: other, context: {cluster: b, user: u}}]}`, server, token)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func read(t *testing.T, o live.Options, about []audit.Resource) (events []audit.Event, problems []*audit.SourceError) {
	t.Helper()
	for e, err := range live.New(o).Query(context.Background(), audit.Query{Resources: about}) {
		var problem *audit.SourceError
		switch {
		case errors.As(err, &problem):
			problems = append(problems, problem)
		case err != nil:
			t.Fatal(err)
		default:
			events = append(events, e)
		}
	}
	return events, problems
}

var (
	settings  = audit.Resource{Type: "kubernetes_config_map", ID: "shop/settings"}
	secret    = audit.Resource{Type: "kubernetes_secret_v1", ID: "shop/token"}
	namespace = audit.Resource{Type: "kubernetes_namespace", ID: "shop"}
	gone      = audit.Resource{Type: "kubernetes_config_map", ID: "shop/gone"}
	instance  = audit.Resource{Type: "aws_instance", ID: "i-0abc"}
)

const settingsPath = "/api/v1/namespaces/shop/configmaps/settings"

func TestOnlyWhatIsAskedAbout(t *testing.T) {
	s := &server{}
	ts := httptest.NewTLSServer(s)
	defer ts.Close()
	o := live.Options{Kubeconfig: kubeconfig(t, ts.URL, "reader"), Context: "prod"}
	events, problems := read(t, o, []audit.Resource{settings, settings, secret, namespace, gone, instance, {Type: "kubernetes_unheard_of", ID: "shop/x"}})
	if len(problems) != 0 || len(events) == 0 {
		t.Fatalf("got %d events, %v", len(events), problems)
	}
	named := map[string]bool{}
	for _, e := range events {
		if !e.Witness || e.Actor.Name != "" || e.Source != "kube-fields" || len(e.Resources) == 0 {
			t.Errorf("got %+v: an object says how and when, never who", e)
			continue
		}
		named[e.Resources[0].Name] = true
		if text := fmt.Sprint(e.Request, e.Response, e.Changes); strings.Contains(text, "aHVzaA==") || strings.Contains(text, "MQ==") {
			t.Errorf("the value of a secret is kept: %s", text)
		}
	}
	if !named["settings"] || !named["token"] || !named["shop"] {
		t.Errorf("got events about %v", named)
	}
	var gets []string
	for _, a := range s.asked {
		if strings.Contains(a, "/namespaces/") {
			gets = append(gets, a)
		}
	}
	want := []string{"GET " + settingsPath, "GET /api/v1/namespaces/shop/secrets/token", "GET /api/v1/namespaces/shop", "GET /api/v1/namespaces/shop/configmaps/gone"}
	if !slices.Equal(gets, want) {
		t.Errorf("asked %q, want %q", gets, want)
	}
}

// TestTheVersionThatTheServerPrefers guards that a kind of several versions is asked for once, in the preferred one, and that one which only an
// older version has is found there.
func TestTheVersionThatTheServerPrefers(t *testing.T) {
	s := &server{}
	ts := httptest.NewTLSServer(s)
	defer ts.Close()
	_, problems := read(t, live.Options{Kubeconfig: kubeconfig(t, ts.URL, "reader"), Context: "prod"}, []audit.Resource{
		{Type: "kubernetes_job_v1", ID: "shop/once"}, {Type: "kubernetes_cron_job_v1", ID: "shop/nightly"},
	})
	var gets []string
	for _, a := range s.asked {
		if strings.Contains(a, "/namespaces/") {
			gets = append(gets, a)
		}
	}
	want := []string{"GET /apis/batch/v1/namespaces/shop/jobs/once", "GET /apis/batch/v1beta1/namespaces/shop/cronjobs/nightly"}
	if !slices.Equal(gets, want) || len(problems) != 0 {
		t.Errorf("asked %q, want %q; %v", gets, want, problems)
	}
}

func TestNothingToAskAbout(t *testing.T) {
	if events, problems := read(t, live.Options{Kubeconfig: "there is no such file"}, []audit.Resource{instance}); len(events)+len(problems) != 0 {
		t.Errorf("got %v, %v; no cluster is needed", events, problems)
	}
}

func TestTheEnvironmentNamesTheCluster(t *testing.T) {
	s := &server{}
	ts := httptest.NewTLSServer(s)
	defer ts.Close()
	file := kubeconfig(t, ts.URL, "reader")
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, filepath.Join(home, ".kube", "config")); err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string][]string{"KUBECONFIG": {"KUBECONFIG=/nowhere", "KUBECONFIG=" + file}, "home": {"HOME=" + home}} {
		if events, problems := read(t, live.Options{Env: env, Context: "prod"}, []audit.Resource{settings}); len(events) == 0 || len(problems) != 0 {
			t.Errorf("%s: got %d events, %v", name, len(events), problems)
		}
	}
}

func TestFaults(t *testing.T) {
	forbidden, down := refuse(http.StatusForbidden, "Forbidden"), refuse(http.StatusServiceUnavailable, "ServiceUnavailable")
	tests := []struct {
		name    string
		token   string
		context string
		faults  map[string][]fault
		about   []string // names that events are about
		code    audit.ProblemCode
		text    string
	}{
		{"throttled", "reader", "prod", map[string][]fault{settingsPath: {refuse(http.StatusTooManyRequests, "TooManyRequests")}}, []string{"settings", "token"}, "", ""},
		{"one object is not ours to see", "reader", "prod", map[string][]fault{settingsPath: {forbidden}}, []string{"token"}, audit.ProblemNoPermission, "get configmaps shop/settings"},
		{"expired", "old", "prod", nil, nil, audit.ProblemNoPermission, "kubernetes"},
		{"half an object", "reader", "prod", map[string][]fault{settingsPath: {half}}, []string{"token"}, audit.ProblemFailed, "get configmaps shop/settings"},
		{"a group is out of order", "reader", "prod", map[string][]fault{"/apis/apps/v1": {down, down, down}}, []string{"settings", "token"}, audit.ProblemFailed, "apps/v1"},
		{"no such context", "reader", "nobody", nil, nil, audit.ProblemFailed, "nobody"},
		{"nobody answers", "reader", "other", nil, nil, audit.ProblemFailed, "refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ts := httptest.NewTLSServer(&server{faults: test.faults})
			defer ts.Close()
			events, problems := read(t, live.Options{Kubeconfig: kubeconfig(t, ts.URL, test.token), Context: test.context}, []audit.Resource{settings, secret})
			var about []string
			for _, e := range events {
				about = append(about, e.Resources[0].Name)
			}
			if about = slices.Compact(about); !slices.Equal(about, test.about) {
				t.Errorf("got events about %v, want %v", about, test.about)
			}
			if test.code == "" {
				if len(problems) > 0 {
					t.Errorf("got %v", problems)
				}
				return
			}
			if len(problems) == 0 || problems[0].Code != test.code || !strings.Contains(problems[0].Error(), test.text) {
				t.Errorf("got %v, want %s with %q", problems, test.code, test.text)
			}
		})
	}
}

func TestAnObjectThatMakesNoSense(t *testing.T) {
	ts := httptest.NewTLSServer(&server{})
	defer ts.Close()
	o := live.Options{Kubeconfig: kubeconfig(t, ts.URL, "reader"), Context: "prod"}
	events, _ := read(t, o, []audit.Resource{{Type: "kubernetes_deployment", ID: "shop/api"}, settings})
	for _, e := range events {
		if e.Resources[0].Name != "settings" {
			t.Errorf("got %+v", e)
		}
	}
	if len(events) == 0 {
		t.Error("the object after it was not read")
	}
}
