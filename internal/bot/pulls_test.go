package bot_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
)

// checks are the conclusions of mooring/drift by commit.
func (w *world) checks() map[string]string {
	out := map[string]string{}
	for _, k := range w.Checks() {
		if k.Name == "mooring/drift" {
			if _, twice := out[k.SHA]; twice {
				w.t.Errorf("a commit has two check runs")
			}
			out[k.SHA] = k.Conclusion
		}
	}
	return out
}

const prod = "module \"web\" {\n  source = \"../../modules/web\"\n}\n"

// pull opens a pull request of somebody's that changes a file.
func (w *world) pull(branch, path, content string) string {
	w.t.Helper()
	sha := w.Push(githubtest.Writer, branch, path, content)
	body := fmt.Sprintf(`{"title":"Change %s","head":%q,"base":"main"}`, path, branch)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.URL+"/repos/acme/infra/pulls", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.Token(githubtest.Writer))
	r.Header.Set("Content-Type", "application/json")
	if status, text := w.do(r); status != http.StatusCreated {
		w.t.Fatalf("a pull request could not be opened: %d %s", status, text)
	}
	return sha
}

// TestChecks: a pull request says whether it touches drift, when it is opened and when the ledger changes.
func TestChecks(t *testing.T) {
	for _, c := range []struct{ name, config, conclusion string }{
		{"neutral", "", "neutral"},
		{"failing", "publish {\n  check = \"failure\"\n}\n", "failure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, githubtest.Options{Files: map[string]string{
				".mooring.hcl": c.config, "infra/prod/main.tf": prod, "infra/dev/main.tf": "# dev\n", "modules/web/main.tf": "# web\n", "modules/db/main.tf": "# db\n", "README.md": "x\n",
			}}, nil)
			w.listen()
			w.drifts("infra/prod")
			w.settle()
			for _, p := range []struct{ branch, path, want string }{
				{"stack", "infra/prod/main.tf", c.conclusion},
				{"module", "modules/web/main.tf", c.conclusion},
				{"new-file", "infra/prod/extra.tf", c.conclusion},
				{"other-stack", "infra/dev/main.tf", "success"},
				{"other-module", "modules/db/main.tf", "success"},
				{"docs", "README.md", "success"},
			} {
				sha := w.pull(p.branch, p.path, prod+"# "+p.branch+"\n")
				w.settle()
				if got := w.checks()[sha]; got != p.want {
					t.Errorf("%s: the check says %q, want %q\n%s", p.branch, got, p.want, w.log)
				}
			}
			for _, k := range w.Checks() {
				if k.Conclusion == c.conclusion && (!strings.Contains(k.Title, "infra/prod") || !strings.Contains(k.Summary, "aws_instance.web.instance_type")) {
					t.Errorf("the check says %q: %s", k.Title, k.Summary)
				}
			}
			// Reconciled: the ledger says so, and so do all open pull requests.
			w.Advance(10 * time.Minute)
			w.remember(ledger.Entry{At: w.Now(), Kind: ledger.KindResolved, Stack: "infra/prod", Finding: "f_infra/prod", Address: "aws_instance.web"},
				ledger.Entry{At: w.Now(), Kind: ledger.KindScan, Scan: &ledger.Scan{Commit: "d", Clean: []string{"infra/prod"}}})
			w.settle()
			for sha, conclusion := range w.checks() {
				if conclusion != "success" {
					t.Errorf("%s still says %s", sha, conclusion)
				}
			}
			// Nothing new: nothing is written.
			w.Forget()
			w.Advance(10 * time.Minute)
			w.remember(ledger.Entry{At: w.Now(), Kind: ledger.KindScan, Scan: &ledger.Scan{Commit: "e", Clean: []string{"infra/prod"}}})
			w.settle()
			for _, r := range w.Requests() {
				if r.Mutation && strings.Contains(r.Path, "check-runs") {
					t.Errorf("nothing changed, and %s %s was sent", r.Method, r.Path)
				}
			}
		})
	}
}

// TestChecksUnknown: what cannot be known is neutral and says why; off is off.
func TestChecksUnknown(t *testing.T) {
	t.Run("a ledger that was changed by hand", func(t *testing.T) {
		w := newWorld(t, githubtest.Options{Files: map[string]string{"infra/prod/main.tf": prod}}, nil)
		w.listen()
		w.drifts("infra/prod")
		w.Push(githubtest.Owner, "mooring/ledger", "ledger-000000.jsonl", "{}\n")
		w.settle()
		sha := w.pull("stack", "infra/prod/main.tf", "# x\n")
		w.settle()
		if got := w.checks()[sha]; got != "neutral" {
			t.Errorf("the check says %q", got)
		}
	})
	t.Run("off", func(t *testing.T) {
		w := newWorld(t, githubtest.Options{Files: map[string]string{".mooring.hcl": "publish {\n  check = \"none\"\n}\n", "infra/prod/main.tf": prod}}, nil)
		w.listen()
		w.drifts("infra/prod")
		w.pull("stack", "infra/prod/main.tf", "# x\n")
		w.settle()
		if n := len(w.Checks()); n != 0 {
			t.Errorf("%d check runs", n)
		}
	})
}

// TestInstallations: the list of repositories follows the App.
func TestInstallations(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	w.listen()
	w.Install(githubtest.Owner)
	w.settle()
	all, err := w.store.Repositories(t.Context())
	if err != nil || len(all) != 1 || all[0].Name != "acme/infra" || all[0].Installation != githubtest.InstallationID || all[0].State == nil {
		t.Fatalf("installed: %+v, %v", all, err)
	}
	w.Uninstall(githubtest.Owner)
	w.settle()
	if all, err = w.store.Repositories(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("removed: %+v, %v", all, err)
	}
	// A webhook that never came is made good by the hourly look.
	w.Unhook()
	w.Install(githubtest.Owner)
	w.server.Due(t.Context())
	w.settle()
	if all, err = w.store.Repositories(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("an hour later: %+v, %v", all, err)
	}
}

// TestSignedLedger: the server reads a ledger whose additions are signed, and adds nothing: signing is the workflow's.
func TestSignedLedger(t *testing.T) {
	w := newWorld(t, githubtest.Options{Files: map[string]string{"infra/prod/main.tf": prod}}, nil)
	w.listen()
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)), "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ledger.NewSigner(pem.EncodeToMemory(block))
	if err != nil {
		t.Fatal(err)
	}
	book := ledger.Ledger{Store: w.as(githubtest.Actions).Ledger(""), Signer: signer}
	if err := book.Append(t.Context(),
		ledger.Entry{At: w.Now(), Kind: ledger.KindFirstSeen, Stack: "infra/prod", Finding: "f_1", Address: "aws_instance.web", Difference: &ledger.Difference{Kind: "drift", Paths: []string{"instance_type"}}},
		ledger.Entry{At: w.Now(), Kind: ledger.KindScan, Scan: &ledger.Scan{Drifted: []string{"infra/prod"}}}); err != nil {
		t.Fatal(err)
	}
	written := w.Tip(ledger.DefaultBranch)
	w.settle()
	sha := w.pull("stack", "infra/prod/main.tf", prod+"# more\n")
	w.settle()
	if got := w.checks()[sha]; got != "neutral" {
		t.Errorf("the check says %q\n%s", got, w.log)
	}
	if w.Tip(ledger.DefaultBranch) != written {
		t.Error("the server wrote to the ledger")
	}
}
