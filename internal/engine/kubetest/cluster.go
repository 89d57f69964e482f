// Package kubetest gives tests a real Kubernetes API server: etcd and kube-apiserver on loopback, with users, service accounts and an audit log.
//
// Start at [Start]. The API server comes from the engine cache in the user's cache folder, which `make lab-kube` fills, etcd from the system
// (scripts/etcd.sh); a test that finds one missing fails and says so, it never passes by skipping. There are no controllers: what a controller
// would do, a test does with that controller's own token, so it happens when the test wants it.
//
// Promised: nothing outlives the test. Both servers are stopped by their process ids when it ends, and by the system should it be killed.
package kubetest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/engine/cache"
	"github.com/mooringdev/mooring/internal/engine/source"
)

// A Cluster is a running API server.
type Cluster struct {
	URL      string // https://127.0.0.1:PORT
	CA       []byte // PEM
	CAFile   string
	AuditLog string // path of the audit log: one JSON record per line

	dir    string
	tokens map[string]string // by user name
	client *http.Client
}

// Admin is the user that owns everything; the servers themselves are set up with it.
const Admin = "admin"

// policy logs what people need to tell who changed what: bodies of writes, but of secrets only that they were written.
const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  resources: [{group: "", resources: [secrets, serviceaccounts/token]}]
- level: RequestResponse
  verbs: [create, update, patch, delete, deletecollection]
- level: Metadata
`

// patience is for machines that do other things besides.
const patience = 3 * time.Minute

// Start starts a cluster for the test with the given users, who may do nothing yet, and [Admin], who may do everything.
func Start(t testing.TB, users ...string) *Cluster {
	t.Helper()
	program := apiserver(t)
	etcd, err := exec.LookPath("etcd")
	if err != nil {
		t.Fatal("etcd is not on PATH: run scripts/etcd.sh, or install the package etcd-server")
	}
	dir, err := os.MkdirTemp("", "mooring-kube-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	c := &Cluster{dir: dir, AuditLog: filepath.Join(dir, "audit.log"), CAFile: filepath.Join(dir, "certs", "apiserver.crt"), tokens: map[string]string{}}
	c.writeFiles(t, users)

	client, peer, secure := freePort(t), freePort(t), freePort(t)
	c.run(t, "etcd", etcd, "--data-dir", filepath.Join(dir, "etcd"), "--unsafe-no-fsync", "--log-level", "warn",
		"--listen-client-urls", "http://127.0.0.1:"+client, "--advertise-client-urls", "http://127.0.0.1:"+client,
		"--listen-peer-urls", "http://127.0.0.1:"+peer, "--initial-advertise-peer-urls", "http://127.0.0.1:"+peer, "--initial-cluster", "default=http://127.0.0.1:"+peer)
	key := filepath.Join(dir, "sa.key")
	stopped := c.run(t, "kube-apiserver", program, "--etcd-servers=http://127.0.0.1:"+client, "--secure-port="+secure, "--bind-address=127.0.0.1",
		"--cert-dir="+filepath.Join(dir, "certs"), "--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+key,
		"--service-account-signing-key-file="+key, "--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24",
		// Without the controller that makes them, namespaces have no default service account and pods would be refused.
		"--disable-admission-plugins=ServiceAccount", "--token-auth-file="+filepath.Join(dir, "tokens.csv"),
		"--audit-policy-file="+filepath.Join(dir, "policy.yaml"), "--audit-log-path="+c.AuditLog, "--audit-log-mode=blocking")
	c.URL = "https://127.0.0.1:" + secure
	t.Cleanup(func() {
		if c.client != nil {
			c.client.CloseIdleConnections()
		}
	})
	c.awaitReady(t, stopped)
	return c
}

func (c *Cluster) writeFiles(t testing.TB, users []string) {
	t.Helper()
	var tokens strings.Builder
	add := func(user, groups string) {
		token := rand.Text()
		c.tokens[user] = token
		fmt.Fprintf(&tokens, "%s,%s,%s,%q\n", token, user, "uid-"+user, groups)
	}
	add(Admin, "system:masters")
	for _, user := range users {
		add(user, "")
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"tokens.csv":  []byte(tokens.String()),
		"policy.yaml": []byte(policy),
		"sa.key":      pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}),
	} {
		if err := os.WriteFile(filepath.Join(c.dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// run starts a server that ends with the test. The channel is closed when it ends, for whatever reason.
func (c *Cluster) run(t testing.TB, name, program string, args ...string) <-chan struct{} {
	t.Helper()
	log, err := os.Create(filepath.Join(c.dir, name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = c.dir, log, log, endWithParent()
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		// The system ends the server when the thread that started it ends: this one stays as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		_ = log.Close()
	})
	return ended
}

func (c *Cluster) awaitReady(t testing.TB, stopped <-chan struct{}) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if c.ready() {
			return
		}
		select {
		case <-stopped:
			t.Fatalf("kube-apiserver ended:\n%s", c.lastLog())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("kube-apiserver is not ready after %s:\n%s", patience, c.lastLog())
		}
	}
}

// ready asks the server, once it has written the certificate that it makes for itself.
func (c *Cluster) ready() bool {
	if c.client == nil {
		text, err := os.ReadFile(c.CAFile)
		pool := x509.NewCertPool()
		if err != nil || !pool.AppendCertsFromPEM(text) {
			return false
		}
		c.CA, c.client = text, newClient(pool)
	}
	_, err := c.call(Request{As: Admin, Method: http.MethodGet, Path: "/readyz"})
	return err == nil
}

func (c *Cluster) lastLog() string {
	text, _ := os.ReadFile(filepath.Join(c.dir, "kube-apiserver.log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

func apiserver(t testing.TB) string {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	r, ok := source.Lookup("kube-apiserver")
	if !ok {
		t.Fatal("there is no recipe of kube-apiserver")
	}
	path, ok := cache.In(filepath.Join(user, "mooring")).Lookup(r.Name, r.Version, r.Program)
	if !ok {
		t.Fatalf("%s %s is not at %s: run `make lab-kube`", r.Name, r.Version, path)
	}
	return path
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
