package kubelab

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/engine/kubetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A lab is a repository whose code has been applied to a cluster.
type lab struct {
	cluster *kubetest.Cluster
	root    string   // of the repository
	env     []string // with the right to read, which is all that a scan may need
}

// TestLab is the whole story. Its parts build on each other.
func TestLab(t *testing.T) {
	l := start(t)
	if found := l.scan(t); len(found) > 0 {
		t.Fatalf("what was just applied is not clean:\n%s", table(found))
	}
	live(t, l.cluster)

	t.Run("with the audit log", func(t *testing.T) {
		golden(t, "with-log", table(l.scan(t, "--events", l.cluster.AuditLog)))
	})
	l.write(t, ".mooring.hcl", `audit "kubernetes" "lab" {}`)
	t.Run("without it", func(t *testing.T) {
		found := l.scan(t)
		for _, f := range found {
			for _, a := range f.Attribution {
				if a.Actor != nil {
					t.Errorf("%s names %s: nothing says who it was", f.Address, a.Actor.Name)
				}
			}
		}
		golden(t, "without-log", table(found))
	})
	t.Run("with both", func(t *testing.T) {
		golden(t, "with-both", table(l.scan(t, "--events", l.cluster.AuditLog)))
	})
	t.Run("adoption", func(t *testing.T) { l.adopt(t) })
}

// adopt adopts what can be, and has the engine judge it: a full plan, by a user who may change everything, wants nothing of what was adopted.
func (l *lab) adopt(t *testing.T) {
	var ready []string
	left := map[string]string{}
	for _, f := range l.scan(t) {
		if f.Adoption.Status == "ready" {
			ready = append(ready, f.Address)
		} else {
			left[f.Address] = f.Adoption.Reason
		}
	}
	if _, code := l.mooring(t, append([]string{"adopt", "--write", "--quiet", "--engine", enginetest.Tofu(t)}, ready...)...); code != cli.ExitClean {
		t.Errorf("adopt ended with %d", code)
	}
	golden(t, "adopted", l.run(t, "git", "diff", "--no-color", "--unified=1", "--", "shop"))
	for _, address := range l.planned(t) {
		if left[address] == "" {
			t.Errorf("the plan still wants to change %s", address)
		}
		delete(left, address)
	}
	for address, why := range left {
		t.Errorf("%s was left (%s), and the plan wants nothing of it", address, why)
	}
}

// planned lists the addresses that the engine would change.
func (l *lab) planned(t *testing.T) []string {
	t.Helper()
	out := l.runAs(t, ci, enginetest.Tofu(t), "-chdir=shop", "plan", "-input=false", "-lock=false", "-json")
	var addresses []string
	for line := range strings.Lines(out) {
		var message struct {
			Type   string
			Change struct{ Resource struct{ Addr string } }
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if message.Type == "planned_change" {
			addresses = append(addresses, message.Change.Resource.Addr)
		}
	}
	return addresses
}

func start(t *testing.T) *lab {
	t.Helper()
	l := &lab{root: t.TempDir()}
	l.cluster = kubetest.Start(t, alice, bob, ci, scanner)
	l.cluster.ServiceAccount(t, "argocd", "argocd-application-controller")
	l.cluster.ServiceAccount(t, "kube-system", "horizontal-pod-autoscaler")
	l.cluster.ServiceAccount(t, "portal", "cluster-proxy")
	for _, user := range []string{alice, bob, ci, argo, hpa, portal} {
		l.cluster.Grant(t, user, "cluster-admin")
	}
	// All that a scan needs: to read the kinds that the code manages.
	l.cluster.Do(t, kubetest.Request{As: kubetest.Admin, Method: http.MethodPost, Path: "/apis/rbac.authorization.k8s.io/v1/clusterroles", Body: `{"metadata":{"name":"drift-reader"},"rules":[
		{"apiGroups":[""],"resources":["namespaces","configmaps","secrets","services"],"verbs":["get"]},
		{"apiGroups":["apps"],"resources":["deployments"],"verbs":["get"]},
		{"apiGroups":["rbac.authorization.k8s.io"],"resources":["rolebindings"],"verbs":["get"]}]}`})
	l.cluster.Grant(t, scanner, "drift-reader")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	l.env = append(enginetest.Mirror(t, "kubernetes"), enginetest.Cache(t),
		"PATH="+os.Getenv("PATH"), "HOME="+t.TempDir(), "MOORING_CACHE_DIR="+filepath.Join(cache, "mooring"),
		"KUBE_HOST="+l.cluster.URL, "KUBE_CLUSTER_CA_CERT_DATA="+string(l.cluster.CA), "KUBE_LOAD_CONFIG_FILE=false",
		"KUBE_TOKEN="+l.cluster.Token(t, scanner), "KUBECONFIG="+l.cluster.Kubeconfig(t, scanner),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=Test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=Test", "GIT_COMMITTER_EMAIL=test@example.com")
	if err := os.CopyFS(filepath.Join(l.root, "shop"), os.DirFS("testdata/shop")); err != nil {
		t.Fatal(err)
	}
	l.run(t, "git", "init", "-q", "-b", "main")
	l.run(t, "git", "add", ".")
	l.run(t, "git", "commit", "-q", "-m", "the shop")
	tofu := enginetest.Tofu(t)
	l.run(t, tofu, "-chdir=shop", "init", "-input=false", "-no-color")
	l.runAs(t, ci, tofu, "-chdir=shop", "apply", "-input=false", "-auto-approve", "-no-color")
	return l
}

// runAs runs a program that reaches the cluster as user.
func (l *lab) runAs(t *testing.T, user, program string, args ...string) string {
	t.Helper()
	as := *l
	as.env = append(l.env[:len(l.env):len(l.env)], "KUBE_TOKEN="+l.cluster.Token(t, user))
	return as.run(t, program, args...)
}

func (l *lab) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(l.root, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs a program in the repository.
func (l *lab) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Env = l.root, l.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return string(out)
}

// mooring runs a command line as a person would.
func (l *lab) mooring(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	var out, messages bytes.Buffer
	app := &cli.App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &messages, Env: l.env, Dir: l.root, Now: time.Now}
	code = app.Run(context.Background(), args)
	if code == cli.ExitFailed {
		t.Fatalf("mooring %s:\n%s\n%s", strings.Join(args, " "), messages.String(), out.String())
	}
	if strings.Contains(out.String()+messages.String(), "canary") {
		t.Errorf("mooring %s prints the secret", strings.Join(args, " "))
	}
	return out.String(), code
}

// A finding is the part of the published JSON that the lab looks at.
type finding struct {
	Address, Kind string
	Changes       []struct{ Path, Kind string }
	Attribution   []struct {
		Paths, Elements          []string
		Verdict, Reason, Via, At string
		Actor                    *struct{ Name, Type string }
		Events                   []struct{ Source, Operation string }
	}
	Adoption struct{ Status, Reason string }
}

func (l *lab) scan(t *testing.T, args ...string) []finding {
	t.Helper()
	out, _ := l.mooring(t, append([]string{"scan", "--format", "json", "--quiet", "--engine", enginetest.Tofu(t)}, args...)...)
	var doc struct {
		Warnings []string
		Stacks   []struct {
			Status      string
			Diagnostics json.RawMessage
			Findings    []finding
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Stacks) != 1 || len(doc.Warnings) > 0 {
		t.Fatalf("unexpected stacks or warnings:\n%s", out)
	}
	// The first refresh turns nulls into empty values: told as noise, and of no interest here.
	return slices.DeleteFunc(doc.Stacks[0].Findings, func(f finding) bool { return f.Kind == "noise" })
}

// table writes findings as lines that a person can check against the acts.
func table(list []finding) string {
	var lines []string
	for _, f := range list {
		for _, a := range f.Attribution {
			who := "-"
			if a.Actor != nil {
				who = a.Actor.Type + " " + a.Actor.Name
			}
			paths := strings.Join(a.Paths, " ")
			if len(a.Paths) == 0 {
				paths = "(the object)"
			}
			var events []string
			for _, e := range a.Events {
				events = append(events, e.Source+": "+e.Operation)
			}
			lines = append(lines, fmt.Sprintf("%s %s\n  %s\n  %s\n  who %s, via %s, dated %v\n  %s\n  adoption %s",
				f.Address, f.Kind, strings.TrimSpace(paths+" "+strings.Join(a.Elements, " ")), strings.TrimSpace(a.Verdict+" "+a.Reason), who, dash(a.Via), a.At != "", dash(strings.Join(events, ", ")),
				strings.TrimSpace(f.Adoption.Status+" "+f.Adoption.Reason)))
		}
		if len(f.Attribution) == 0 {
			lines = append(lines, fmt.Sprintf("%s %s\n  %v", f.Address, f.Kind, f.Changes))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
