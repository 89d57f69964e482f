package kubetest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// A Request is one call of somebody.
type Request struct {
	As          string // a user that [Start] was given, or a service account that [Cluster.ServiceAccount] made
	Impersonate string // the user to act as, like kubectl's --as
	Agent       string // user agent; "" for kubectl's
	Method      string
	Path        string // with query, below the server's URL
	Type        string // content type; "" for application/json
	Body        string
}

// Content types of patches.
const (
	MergePatch     = "application/merge-patch+json"
	JSONPatch      = "application/json-patch+json"
	StrategicPatch = "application/strategic-merge-patch+json"
	ApplyPatch     = "application/apply-patch+yaml"
)

// Kubectl is the user agent that kubectl sends.
const Kubectl = "kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9"

// A Refusal is an answer of the server that is no success.
type Refusal struct {
	Code int
	Text string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d: %s", r.Code, r.Text) }

// Do makes a call that must succeed and returns the object that the server answered with.
func (c *Cluster) Do(t testing.TB, r Request) map[string]any {
	t.Helper()
	text, err := c.call(r)
	if err != nil {
		t.Fatalf("%s %s as %s: %v", r.Method, r.Path, r.As, err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("%s %s as %s: %v in %.200s", r.Method, r.Path, r.As, err, text)
	}
	return object
}

// Refused makes a call that must be answered with the given code.
func (c *Cluster) Refused(t testing.TB, code int, r Request) {
	t.Helper()
	_, err := c.call(r)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Fatalf("%s %s as %s: %v, want a refusal with %d", r.Method, r.Path, r.As, err, code)
	}
}

// Grant binds a user or service account to a cluster role.
func (c *Cluster) Grant(t testing.TB, user, role string) {
	t.Helper()
	subject := fmt.Sprintf(`{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":%q}`, user)
	if account, ok := strings.CutPrefix(user, "system:serviceaccount:"); ok {
		namespace, name, _ := strings.Cut(account, ":")
		subject = fmt.Sprintf(`{"kind":"ServiceAccount","namespace":%q,"name":%q}`, namespace, name)
	}
	c.Do(t, Request{As: Admin, Method: http.MethodPost, Path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", Body: fmt.Sprintf(
		`{"metadata":{"generateName":"grant-"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":%q},"subjects":[%s]}`, role, subject)})
}

// ServiceAccount makes a service account and its namespace and returns its user name, which may then make calls.
func (c *Cluster) ServiceAccount(t testing.TB, namespace, name string) string {
	t.Helper()
	c.Namespace(t, namespace)
	accounts := "/api/v1/namespaces/" + namespace + "/serviceaccounts"
	c.Do(t, Request{As: Admin, Method: http.MethodPost, Path: accounts, Body: fmt.Sprintf(`{"metadata":{"name":%q}}`, name)})
	answer := c.Do(t, Request{As: Admin, Method: http.MethodPost, Path: accounts + "/" + name + "/token",
		Body: `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":3600}}`})
	status, _ := answer["status"].(map[string]any)
	token, _ := status["token"].(string)
	if token == "" {
		t.Fatalf("no token for %s/%s in the server's answer", namespace, name)
	}
	user := "system:serviceaccount:" + namespace + ":" + name
	c.tokens[user] = token
	return user
}

// Namespace makes a namespace unless it is there.
func (c *Cluster) Namespace(t testing.TB, name string) {
	t.Helper()
	_, err := c.call(Request{As: Admin, Method: http.MethodPost, Path: "/api/v1/namespaces", Body: fmt.Sprintf(`{"metadata":{"name":%q}}`, name)})
	var refusal *Refusal
	if err != nil && (!errors.As(err, &refusal) || refusal.Code != http.StatusConflict) {
		t.Fatalf("make namespace %s: %v", name, err)
	}
}

// Token is the bearer token of a user or service account.
func (c *Cluster) Token(t testing.TB, user string) string {
	t.Helper()
	token, ok := c.tokens[user]
	if !ok {
		t.Fatalf("the cluster knows no user %q", user)
	}
	return token
}

// Kubeconfig writes a configuration file for a user into a directory of the test and returns its path.
func (c *Cluster) Kubeconfig(t testing.TB, user string) string {
	t.Helper()
	path := t.TempDir() + "/kubeconfig"
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: lab
clusters:
- {name: lab, cluster: {server: %q, certificate-authority: %q}}
users:
- {name: lab, user: {token: %q}}
contexts:
- {name: lab, context: {cluster: lab, user: lab}}
`, c.URL, c.CAFile, c.Token(t, user))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newClient(pool *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}
}

func (c *Cluster) call(r Request) ([]byte, error) {
	token, ok := c.tokens[r.As]
	if !ok {
		return nil, fmt.Errorf("the cluster knows no user %q", r.As)
	}
	req, err := http.NewRequestWithContext(context.Background(), r.Method, c.URL+r.Path, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", first(r.Type, "application/json"))
	req.Header.Set("User-Agent", first(r.Agent, Kubectl))
	if r.Impersonate != "" {
		req.Header.Set("Impersonate-User", r.Impersonate)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, &Refusal{Code: resp.StatusCode, Text: string(bytes.TrimSpace(text))}
	}
	return text, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
