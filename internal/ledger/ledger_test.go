package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/ledger"
)

var t0 = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// memory is a store for tests of the chain alone.
type memory struct{ lines []byte }

func (m *memory) Read(context.Context) ([]byte, error) { return bytes.Clone(m.lines), nil }

func (m *memory) Append(_ context.Context, after int, lines []byte) error {
	if bytes.Count(m.lines, []byte("\n")) != after {
		return ledger.ErrMoved
	}
	m.lines = append(m.lines, lines...)
	return nil
}

func newRepo(t testing.TB) *git.Repo {
	t.Helper()
	root := t.TempDir()
	if _, err := gogit.PlainInit(root, false); err != nil {
		t.Fatal(err)
	}
	r, err := git.Open(t.Context(), root, os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func branchStore(r *git.Repo) *ledger.Branch {
	return &ledger.Branch{Repo: r, Author: git.Person{Name: "Mooring", Email: "m@example.com"}, Now: func() time.Time { return t0 }}
}

func seen(n int) ledger.Entry {
	return ledger.Entry{At: t0, Kind: ledger.KindFirstSeen, Stack: "infra/prod", Finding: fmt.Sprintf("f_%d", n), Difference: &ledger.Difference{Kind: "drift", Paths: []string{"<b>\"x\"</b>"}}}
}

// stores gives each backend a way to open the same place again.
func stores(t *testing.T) map[string]func() ledger.Store {
	dir, repo, mem := filepath.Join(t.TempDir(), "ledger"), newRepo(t), &memory{}
	return map[string]func() ledger.Store{
		"memory": func() ledger.Store { return mem },
		"dir":    func() ledger.Store { return ledger.Dir{Path: dir} },
		"branch": func() ledger.Store { return branchStore(repo) },
	}
}

func TestAppendAndRead(t *testing.T) {
	for name, open := range stores(t) {
		t.Run(name, func(t *testing.T) {
			l := ledger.Ledger{Store: open()}
			if have, err := l.Entries(t.Context()); err != nil || len(have) != 0 {
				t.Fatalf("a new ledger holds %v, %v", have, err)
			}
			for n := range 3 {
				if err := l.Append(t.Context(), seen(2*n), seen(2*n+1)); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Append(t.Context()); err != nil {
				t.Fatal(err)
			}
			have, err := (&ledger.Ledger{Store: open()}).Entries(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for n, e := range have {
				if e.Seq != n+1 || e.Finding != fmt.Sprintf("f_%d", n) || !e.At.Equal(t0) || e.Difference.Paths[0] != "<b>\"x\"</b>" {
					t.Errorf("entry %d is %+v", n+1, e)
				}
			}
			if len(have) != 6 {
				t.Errorf("there are %d entries, want 6", len(have))
			}
		})
	}
}

// Writers at the same time, each with a store of its own as in another process, lose nothing.
func TestConcurrentWriters(t *testing.T) {
	for name, open := range stores(t) {
		if name == "memory" {
			continue // it is no place that two processes share
		}
		t.Run(name, func(t *testing.T) {
			const writers, each = 4, 2
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					l := ledger.Ledger{Store: open()}
					for n := range each {
						if err := l.Append(t.Context(), seen(w*each+n)); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			have, err := (&ledger.Ledger{Store: open()}).Entries(t.Context())
			if err != nil || len(have) != writers*each {
				t.Errorf("%d entries, want %d: %v", len(have), writers*each, err)
			}
		})
	}
}

// Law: no byte of the ledger can change, no line go, come twice or swap, without Entries telling.
func TestTamperingIsSeen(t *testing.T) {
	mem := &memory{}
	l := ledger.Ledger{Store: mem}
	for n := range 5 {
		if err := l.Append(t.Context(), seen(n)); err != nil {
			t.Fatal(err)
		}
	}
	whole := bytes.Clone(mem.lines)
	check := func(t interface{ Fatalf(string, ...any) }, what string, changed []byte) {
		if bytes.Equal(changed, whole) {
			return
		}
		entries, err := ledger.Parse(changed)
		var broken *ledger.BrokenError
		if !errors.As(err, &broken) || len(entries) >= 5 {
			t.Fatalf("%s: %d entries, error %v", what, len(entries), err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(whole)
		at := rapid.IntRange(0, len(changed)-1).Draw(t, "at")
		changed[at] = rapid.Byte().Draw(t, "byte")
		check(t, "a byte changed", changed)
	})
	lines := bytes.SplitAfter(whole, []byte("\n"))[:5]
	for n := range 4 {
		without := bytes.Join(append(append([][]byte{}, lines[:n]...), lines[n+1:]...), nil)
		check(t, "a line is gone", without)
		twice := bytes.Join(append(append([][]byte{}, lines[:n+1]...), lines[n:]...), nil)
		check(t, "a line is there twice", twice)
	}
	check(t, "the last line is cut", whole[:len(whole)-5])
}

func TestNothingIsWrittenBehindABreak(t *testing.T) {
	mem := &memory{lines: []byte("{}\n")}
	l := ledger.Ledger{Store: mem}
	var broken *ledger.BrokenError
	if err := l.Append(t.Context(), seen(1)); !errors.As(err, &broken) || broken.Line != 1 {
		t.Errorf("error is %v", err)
	}
	if string(mem.lines) != "{}\n" {
		t.Errorf("it wrote %q", mem.lines)
	}
}

// What a killed writer of a directory leaves behind is no entry.
func TestDirIgnoresWhatIsHalfWritten(t *testing.T) {
	dir := t.TempDir()
	l := ledger.Ledger{Store: ledger.Dir{Path: dir}}
	if err := l.Append(t.Context(), seen(1)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "00000000", ".new-123"), []byte(`{"v":1,"se`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), seen(2)); err != nil {
		t.Fatal(err)
	}
	if have, err := l.Entries(t.Context()); err != nil || len(have) != 2 {
		t.Errorf("%d entries, %v", len(have), err)
	}
}

func TestBranchTouchesNothingElse(t *testing.T) {
	repo := newRepo(t)
	l := ledger.Ledger{Store: branchStore(repo)}
	for n := range 2 {
		if err := l.Append(t.Context(), seen(n)); err != nil {
			t.Fatal(err)
		}
	}
	if head, err := repo.Head(t.Context()); err != nil || head != "" {
		t.Errorf("HEAD is at %q, %v", head, err)
	}
	entries, err := os.ReadDir(repo.Root())
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != ".git" {
		t.Errorf("the working tree holds %v", entries)
	}
	commits, err := repo.Log(t.Context(), git.LogOptions{From: ledger.DefaultBranch})
	if err != nil || len(commits) != 2 {
		t.Errorf("the branch holds %d commits, want one for each addition: %v", len(commits), err)
	}
}

func TestSegmentsAreNotRewritten(t *testing.T) {
	big := []byte(strings.Repeat("x", 2<<20))
	for _, c := range []struct {
		files [][]byte
		name  string
		want  string
	}{
		{nil, "ledger-000000.jsonl", "new"},
		{[][]byte{[]byte("old")}, "ledger-000000.jsonl", "oldnew"},
		{[][]byte{big}, "ledger-000001.jsonl", "new"},
		{[][]byte{big, []byte("old")}, "ledger-000001.jsonl", "oldnew"},
	} {
		name, content := ledger.Segments(c.files, []byte("new"))
		if diff := cmp.Diff([]string{c.name, c.want}, []string{name, string(content)}); diff != "" {
			t.Errorf("%d files (-want +got):\n%s", len(c.files), diff)
		}
	}
}
