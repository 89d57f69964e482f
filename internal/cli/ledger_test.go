package cli_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/ledger"
)

// TestLedger: the ledger of a repository is listed, checked, exported, summed up and compacted, and signed when there is a key for it.
func TestLedger(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	s := &site{dir: t.TempDir(), now: now, env: append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull)}
	if out, err := exec.Command("git", "init", "-q", s.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	repo, err := git.Open(t.Context(), s.dir, s.env)
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "trusted"), append([]byte("mooring "), ssh.MarshalAuthorizedKey(public)...), 0o644); err != nil {
		t.Fatal(err)
	}
	signed := []string{"MOORING_LEDGER_KEY=" + string(pem.EncodeToMemory(block))}
	run := func(env []string, want int, says string, args ...string) {
		t.Helper()
		code, out := s.run(t, env, append([]string{"ledger"}, args...)...)
		if code != want || !strings.Contains(out, says) {
			t.Errorf("ledger %s ended with %d, want %d and %q:\n%s", strings.Join(args, " "), code, want, says, out)
		}
		if strings.Contains(out, "PRIVATE KEY") || strings.Contains(out, "nonsense") {
			t.Errorf("ledger %s prints the key:\n%s", strings.Join(args, " "), out)
		}
	}
	run(nil, cli.ExitClean, "the ledger is empty", "verify")

	finding := ledger.Entry{Stack: "infra/web", Finding: "f_1", Address: "aws_x.y"}
	at := func(h int, e ledger.Entry) ledger.Entry { e.At = now.Add(time.Duration(h-30) * time.Hour); return e }
	first, gone := finding, finding
	first.Kind, first.Difference = ledger.KindFirstSeen, &ledger.Difference{Kind: "drift", Paths: []string{"size"}}
	gone.Kind = ledger.KindResolved
	book := ledger.Ledger{Store: &ledger.Branch{Repo: repo, Author: git.Person{Name: "m", Email: "m@example.com"}, Now: func() time.Time { return now }}}
	if err := book.Append(t.Context(), at(0, first), at(0, ledger.Entry{Kind: ledger.KindScan, Scan: &ledger.Scan{Drifted: []string{"infra/web"}}}),
		at(6, gone), at(6, ledger.Entry{Kind: ledger.KindScan, Scan: &ledger.Scan{Clean: []string{"infra/web"}}})); err != nil {
		t.Fatal(err)
	}
	run(nil, cli.ExitClean, "first_seen infra/web aws_x.y drift size", "log")
	run(nil, cli.ExitClean, "the chain holds: 4 long", "verify")
	run(nil, cli.ExitFailed, "the ledger is not signed", "verify", "--trusted", "trusted")
	run(nil, cli.ExitClean, `"kind":"resolved"`, "export")
	run(nil, cli.ExitClean, `"class_uid":2004`, "export", "--format", "ocsf")
	run(nil, cli.ExitFailed, "want json or ocsf", "export", "--format", "xml")
	stats := "infra/web  1d 0h ago       -              0     1           6h 0m"
	run(nil, cli.ExitClean, stats, "stats")
	run(nil, cli.ExitClean, `"mean_seconds_to_reconcile": 21600`, "stats", "--format", "json")

	run(nil, cli.ExitFailed, "not a duration", "compact", "--older-than", "soon")
	run([]string{"MOORING_LEDGER_KEY=nonsense"}, cli.ExitFailed, "MOORING_LEDGER_KEY: the key that signs the ledger is neither", "compact", "--older-than", "0s")
	run(nil, cli.ExitClean, "the chain holds: 4 long", "verify") // a key that cannot be used writes nothing
	run(signed, cli.ExitClean, "2 entries became a checkpoint", "compact", "--older-than", "25h")
	run(nil, cli.ExitClean, "begins with a checkpoint for 2 entries from 2026-11-20", "verify", "--trusted", "trusted")
	run(nil, cli.ExitClean, "1 signature by trusted keys, the last over all entries", "verify", "--trusted", "trusted")
	run(nil, cli.ExitClean, stats, "stats")
	run(nil, cli.ExitClean, "nothing to fold", "compact")
	if err := book.Append(t.Context(), at(30, first)); err != nil {
		t.Fatal(err)
	}
	run(nil, cli.ExitFailed, "the last 1 entries of the ledger are not signed", "verify", "--trusted", "trusted")
	run(nil, cli.ExitFailed, "no such file", "verify", "--trusted", "nowhere")
}
