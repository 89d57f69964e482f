package ledger_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/ledger"
)

// Replace makes memory a [ledger.Replacer].
func (m *memory) Replace(_ context.Context, after int, lines []byte) error {
	if bytes.Count(m.lines, []byte("\n")) != after {
		return ledger.ErrMoved
	}
	m.lines = bytes.Clone(lines)
	return nil
}

// someEntry draws an entry of any kind about one of a few stacks and findings.
func someEntry(t *rapid.T, at time.Time) ledger.Entry {
	stack := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "stack")
	e := ledger.Entry{At: at, Stack: stack, Finding: "f_" + stack + rapid.SampledFrom([]string{"1", "2"}).Draw(t, "finding"), Address: "x_y.z"}
	path := rapid.SampledFrom([]string{"p", "q"}).Draw(t, "path")
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		e = ledger.Entry{At: at, Kind: ledger.KindScan, Scan: &ledger.Scan{Commit: "c", Clean: []string{stack}}}
	case 1:
		e = ledger.Entry{At: at, Kind: ledger.KindScan, Scan: &ledger.Scan{Commit: "d", Drifted: []string{stack}}}
	case 2:
		e.Kind, e.Difference = ledger.KindFirstSeen, &ledger.Difference{Kind: "drift", Paths: []string{path}, Waiting: rapid.Bool().Draw(t, "waiting")}
	case 3:
		e.Kind = ledger.KindResolved
	case 4:
		e.Kind, e.Attribution = ledger.KindAttribution, &ledger.Attribution{Verdict: "confirmed", Actor: "ada", At: at}
	case 5:
		action := rapid.SampledFrom([]string{"ignore", "unignore", "snooze"}).Draw(t, "action")
		e.Kind, e.Decision = ledger.KindDecision, &ledger.Decision{Action: action, By: "ada", Paths: []string{path}, Key: fmt.Sprint(at.Unix())}
		if rapid.Bool().Draw(t, "whole stack") {
			e.Finding, e.Address, e.Decision.Paths = "", "", nil
		}
	case 6:
		e.Kind, e.Apply = ledger.KindApply, &ledger.Apply{From: at, To: at, Run: "1"}
	case 7:
		e.Kind, e.Publication = ledger.KindPublication, &ledger.Publication{Key: path}
	}
	return e
}

// answers is everything that a ledger is asked.
func answers(entries []ledger.Entry, now time.Time) string {
	h := ledger.Fold(entries, now)
	var b strings.Builder
	for _, s := range []string{"a", "b"} {
		clean, commit := h.LastClean(s)
		good, _ := h.LastGood(s)
		times, mean := h.Reconciled(s)
		fmt.Fprintln(&b, s, clean, commit, good, h.Since(s), h.Applies(s), h.StackDecisions(s), h.Findings(s), h.Items(s), times, mean)
		for _, f := range []string{"f_" + s + "1", "f_" + s + "2"} {
			since, seen := h.FirstSeen(f)
			fmt.Fprintln(&b, f, since, seen, h.Decisions(s, f))
		}
	}
	fmt.Fprintln(&b, h.Open(), h.Published("p"), h.Published("q"), h.Scanned(t0.Add(time.Hour)))
	for _, d := range ledger.Decisions(entries) {
		fmt.Fprintln(&b, d.Stack, d.Finding, d.Decision.Key, d.At)
	}
	return b.String()
}

// Law: whenever and however often a ledger is compacted, every question has the same answer, the chain holds, and others may add to it.
func TestCompactingChangesNoAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		plain, folded := ledger.Ledger{Store: &memory{}}, ledger.Ledger{Store: &memory{}}
		n := rapid.IntRange(1, 25).Draw(t, "entries")
		for i := range n {
			e := someEntry(t, t0.Add(time.Duration(i)*time.Hour))
			for _, l := range []*ledger.Ledger{&plain, &folded} {
				if err := l.Append(ctx, e); err != nil {
					t.Fatal(err)
				}
			}
			if rapid.IntRange(0, 4).Draw(t, "compact") == 0 {
				if _, err := folded.Compact(ctx, t0.Add(time.Duration(rapid.IntRange(0, i+1).Draw(t, "cut"))*time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
		}
		want, err := plain.Entries(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, err := folded.Entries(ctx)
		if err != nil {
			t.Fatal(err)
		}
		now := t0.Add(1000 * time.Hour)
		if diff := cmp.Diff(answers(want, now), answers(got, now)); diff != "" {
			t.Errorf("compacting changed an answer:\n%s", diff)
		}
	})
}

// TestCompactInEveryStore: what a checkpoint replaced is gone, a broken off compaction leaves a whole ledger, and a writer that saw the old
// lines learns of it.
func TestCompactInEveryStore(t *testing.T) {
	for name, open := range stores(t) {
		t.Run(name, func(t *testing.T) {
			l := ledger.Ledger{Store: open()}
			for n := range 5 {
				e := seen(n)
				e.At = t0.Add(time.Duration(n) * time.Hour)
				if err := l.Append(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			n, err := l.Compact(t.Context(), t0.Add(3*time.Hour))
			if err != nil || n != 3 {
				t.Fatalf("folded %d, %v", n, err)
			}
			if err := l.Append(t.Context(), seen(5)); err != nil {
				t.Fatal(err)
			}
			again := ledger.Ledger{Store: open()}
			entries, err := again.Entries(t.Context())
			if err != nil || len(entries) != 4 || entries[0].Checkpoint == nil || entries[0].Checkpoint.Entries != 3 || entries[0].Seq != 4 || entries[3].Finding != "f_5" {
				t.Fatalf("%d entries, %v", len(entries), err)
			}
			if n, err := again.Compact(t.Context(), t0); n != 0 || err != nil {
				t.Errorf("nothing to fold, and yet %d, %v", n, err)
			}
			if err := open().Append(t.Context(), 5, []byte("late\n")); err == nil {
				t.Error("a writer that saw the old lines wrote behind them")
			}
		})
	}
}

// A directory in which the process was killed between writing the checkpoint and deleting what it replaces reads as compacted.
func TestDirCompactionBrokenOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := ledger.Ledger{Store: ledger.Dir{Path: path}}
	for n := range 3 {
		if err := l.Append(t.Context(), seen(n)); err != nil {
			t.Fatal(err)
		}
	}
	kept := filepath.Join(path, "00000000", "000000000000.jsonl")
	old, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Compact(t.Context(), t0.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, old, 0o644); err != nil {
		t.Fatal(err)
	}
	if entries, err := l.Entries(t.Context()); err != nil || len(entries) != 1 || entries[0].Kind != ledger.KindCheckpoint {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// A checkpoint that was tampered with, or put where none belongs, breaks the chain.
func TestForgedCheckpoint(t *testing.T) {
	m := &memory{}
	l := ledger.Ledger{Store: m}
	if err := l.Append(t.Context(), seen(0), seen(1), seen(2)); err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(m.lines)
	if _, err := l.Compact(t.Context(), t0.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for name, lines := range map[string][]byte{
		"a finding less":  bytes.Replace(m.lines, []byte(`"f_1"`), []byte(`"f_9"`), 1),
		"in the middle":   append(bytes.Clone(whole), m.lines...),
		"another number":  bytes.Replace(m.lines, []byte(`"seq":4`), []byte(`"seq":5`), 1),
		"no checkpoint":   bytes.SplitAfterN(whole, []byte("\n"), 2)[1],
		"kind, not inner": bytes.Replace(bytes.SplitAfterN(whole, []byte("\n"), 2)[1], []byte(`"first_seen"`), []byte(`"checkpoint"`), 1),
	} {
		if entries, err := ledger.Parse(lines); err == nil {
			t.Errorf("%s: %d entries, and the chain holds", name, len(entries))
		}
	}
}

// seedKey is the key with which ssh-keygen made testdata/ssh-keygen.sig over the letters signedHash, for the namespace mooring-ledger.
func seedKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

const signedHash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

func opensshKey(t *testing.T, key any) []byte {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "ledger")
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

func publicLine(t *testing.T, key any) []byte {
	t.Helper()
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte("mooring@example.com "), ssh.MarshalAuthorizedKey(public)...)
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSignaturesOfStockTools: what we sign is byte for byte what ssh-keygen writes, and what ssh-keygen and gpg wrote verifies.
func TestSignaturesOfStockTools(t *testing.T) {
	signer, err := ledger.NewSigner(opensshKey(t, seedKey()))
	if err != nil {
		t.Fatal(err)
	}
	s, err := signer.Sign(signedHash)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(read(t, "ssh-keygen.sig"), s.Text); diff != "" {
		t.Errorf("not what ssh-keygen writes:\n%s", diff)
	}
	trusted, err := ledger.ParseTrusted(append(publicLine(t, seedKey().Public()), read(t, "gpg.pub")...))
	if err != nil {
		t.Fatal(err)
	}
	for format, text := range map[string]string{"ssh": read(t, "ssh-keygen.sig"), "gpg": read(t, "gpg.sig")} {
		if err := trusted.Check(ledger.Signature{Format: format, Over: signedHash, Text: text}); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		if err := trusted.Check(ledger.Signature{Format: format, Over: strings.Repeat("0", 64), Text: text}); err == nil {
			t.Errorf("%s: the signature is taken for another hash", format)
		}
	}
}

// gpgKey makes a private key and its public half, armoured.
func gpgKey(t *testing.T) (private, public []byte) {
	t.Helper()
	entity, err := openpgp.NewEntity("Mooring", "", "l@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func(kind string, f func(w *bytes.Buffer) error) []byte {
		var raw, out bytes.Buffer
		if err := f(&raw); err != nil {
			t.Fatal(err)
		}
		w, err := armor.Encode(&out, kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(raw.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return append(out.Bytes(), '\n')
	}
	return write("PGP PRIVATE KEY BLOCK", func(w *bytes.Buffer) error { return entity.SerializePrivate(w, nil) }),
		write("PGP PUBLIC KEY BLOCK", func(w *bytes.Buffer) error { return entity.Serialize(w) })
}

// TestSignedLedger: with every kind of key, what is added is signed, also after compacting; another key, or a changed signature, is refused.
func TestSignedLedger(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, public := gpgKey(t)
	_, strange := gpgKey(t)
	for name, c := range map[string]struct{ key, trusted, others []byte }{
		"ed25519": {opensshKey(t, seedKey()), publicLine(t, seedKey().Public()), publicLine(t, rsaKey.Public())},
		"rsa":     {pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}), publicLine(t, rsaKey.Public()), strange},
		"gpg":     {private, public, strange},
	} {
		t.Run(name, func(t *testing.T) {
			signer, err := ledger.NewSigner(c.key)
			if err != nil {
				t.Fatal(err)
			}
			l := ledger.Ledger{Store: &memory{}, Signer: signer}
			for n := range 3 {
				if err := l.Append(t.Context(), seen(2*n), seen(2*n+1)); err != nil {
					t.Fatal(err)
				}
			}
			check := func(keys []byte, want ledger.Signed, ok bool) {
				t.Helper()
				trusted, err := ledger.ParseTrusted(keys)
				if err != nil {
					t.Fatal(err)
				}
				entries, err := l.Entries(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if got, err := ledger.CheckSignatures(entries, trusted); (err == nil) != ok || ok && got != want {
					t.Errorf("%+v, %v", got, err)
				}
			}
			check(c.trusted, ledger.Signed{Signatures: 3}, true)
			check(c.others, ledger.Signed{}, false)
			if _, err := l.Compact(t.Context(), t0.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			check(c.trusted, ledger.Signed{Signatures: 1}, true)
			l.Signer = nil
			if err := l.Append(t.Context(), seen(9)); err != nil {
				t.Fatal(err)
			}
			check(c.trusted, ledger.Signed{Signatures: 1, Unsigned: 1}, true)
		})
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(seedKey(), "", []byte("secret words"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ key, says string }{
		"none":       {"", "neither"},
		"passphrase": {string(pem.EncodeToMemory(locked)), "passphrase"},
		"broken pgp": {"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nx\n", "not one armoured"},
	} {
		if _, err := ledger.NewSigner([]byte(c.key)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "# nothing\n", "ssh-ed25519 nonsense\n"} {
		if _, err := ledger.ParseTrusted([]byte(text)); err == nil {
			t.Errorf("%q holds trusted keys", text)
		}
	}
}
