package lookup_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/lookup"
)

// written is a log of one event an hour for a day.
func written() map[string][]event {
	var list []event
	for h := range 24 {
		list = append(list, at(fmt.Sprintf("e%02d", h), time.Duration(h)*time.Hour))
	}
	return map[string][]event{"eu-west-1": list}
}

var oneDay = audit.Query{From: now.Add(-23 * time.Hour), To: now}

func writesAsked(s *server) int { return s.count("eu-west-1 ReadOnly=false") }

// TestOnlyWhatIsNewIsAsked guards that settled hours are asked once: 12 pages of two events the first time, then those of the last hours.
func TestOnlyWhatIsNewIsAsked(t *testing.T) {
	o := lookup.Options{Cache: t.TempDir()}
	first := &server{events: written()}
	all, failed := query(t, first, o, oneDay)
	if len(all) != 24 || len(failed) != 0 || writesAsked(first) != 12 {
		t.Fatalf("got %d events of %d pages, %v", len(all), writesAsked(first), failed)
	}
	second := &server{events: written()}
	again, failed := query(t, second, o, oneDay)
	if strings.Join(again, " ") != strings.Join(all, " ") || len(failed) != 0 {
		t.Errorf("got %v, %v; want the same", again, failed)
	}
	if writesAsked(second) != 2 || len(second.asked) != 5 { // in each of two regions also for sessions, and in us-east-1 for writes
		t.Errorf("asked %q", second.asked)
	}
	later := &server{events: written()}
	o.Now = func() time.Time { return now.Add(3 * time.Hour) }
	if ids, _ := query(t, later, o, audit.Query{From: oneDay.From, To: now.Add(3 * time.Hour)}); len(ids) != 24 || writesAsked(later) != 2 {
		t.Errorf("three hours later: got %d events of %d pages; the hours that settled meanwhile are to be asked, and no others", len(ids), writesAsked(later))
	}
}

// TestKeptHoursAreOfOneAccount guards that nothing is kept where it is not known who answered, and that no name leads out of the folder.
func TestKeptHoursAreOfOneAccount(t *testing.T) {
	dir := t.TempDir()
	for _, o := range []lookup.Options{{Cache: dir, Account: "444455556666"}, {Cache: dir, Account: ".."}, {Cache: dir, Account: "a/b"}} {
		for range 2 {
			s := &server{events: written()}
			ids, _ := query(t, s, o, oneDay)
			if len(ids) != 24 {
				t.Errorf("got %d events", len(ids))
			}
		}
	}
	s := &server{events: written()}
	if _, _ = query(t, s, lookup.Options{Cache: dir}, oneDay); writesAsked(s) != 12 {
		t.Errorf("another account's hours were used: %d pages", writesAsked(s))
	}
	var folders []string
	for _, f := range must(os.ReadDir(dir)) {
		folders = append(folders, f.Name())
	}
	if strings.Join(folders, " ") != account+" 444455556666" {
		t.Errorf("kept in %v", folders)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestDamagedHoursAreAskedAgain damages one kept hour in every way that a disk or a half written copy does.
func TestDamagedHoursAreAskedAgain(t *testing.T) {
	packed := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_ = must(z.Write([]byte(text)))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	const head = `{"Version":1,"Account":"111122223333","Region":"eu-west-1","Question":"ReadOnly","Hour":%q,"Records":%d}` + "\n"
	tests := map[string]func(was []byte) []byte{
		"empty":        func([]byte) []byte { return nil },
		"cut":          func(was []byte) []byte { return was[:len(was)-9] },
		"a bit turned": func(was []byte) []byte { was[len(was)/2] ^= 4; return was },
		"no gzip":      func([]byte) []byte { return []byte("hello") },
		"no header":    func([]byte) []byte { return packed("[]") },
		"another hour": func([]byte) []byte { return packed(fmt.Sprintf(head, "2026-11-21T04:00:00Z", 0)) },
		"another version": func([]byte) []byte {
			return packed(strings.Replace(fmt.Sprintf(head, "2026-11-21T05:00:00Z", 0), `"Version":1`, `"Version":2`, 1))
		},
		"records missing": func([]byte) []byte { return packed(fmt.Sprintf(head, "2026-11-21T05:00:00Z", 2) + `"{}"`) },
		"records cut":     func([]byte) []byte { return packed(fmt.Sprintf(head, "2026-11-21T05:00:00Z", 1) + `"{}`) },
	}
	o := lookup.Options{Cache: t.TempDir()}
	all, _ := query(t, &server{events: written()}, o, oneDay)
	file := filepath.Join(o.Cache, account, "eu-west-1", "ReadOnly", "2026112105.gz")
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, damage(must(os.ReadFile(file))), 0o600); err != nil {
				t.Fatal(err)
			}
			s := &server{events: written()}
			ids, failed := query(t, s, o, oneDay)
			if strings.Join(ids, " ") != strings.Join(all, " ") || len(failed) != 0 || writesAsked(s) != 3 {
				t.Errorf("got %d events of %d pages, %v; want all, with one more page than usual", len(ids), writesAsked(s), failed)
			}
		})
	}
	if info := must(os.Stat(file)); info.Mode().Perm() != 0o600 {
		t.Errorf("records can be read by others: %v", info.Mode())
	}
}

// TestAnInterruptedSweepIsNotLost guards that the next scan goes on where one ended that had no more time.
func TestAnInterruptedSweepIsNotLost(t *testing.T) {
	o := lookup.Options{Cache: t.TempDir(), MaxPages: 6}
	seen := map[string]bool{}
	for n := range 3 {
		s := &server{events: written()}
		ids, failed := query(t, s, o, oneDay)
		for _, id := range ids {
			seen[id] = true
		}
		if done := n == 2; done != (len(failed) == 0) {
			t.Errorf("scan %d: %d events, %v", n, len(ids), failed)
		}
	}
	if len(seen) != 24 {
		t.Errorf("saw %d events", len(seen))
	}
}

// TestOldHoursAreForgotten guards that what is kept does not grow for ever.
func TestOldHoursAreForgotten(t *testing.T) {
	o := lookup.Options{Cache: t.TempDir()}
	_, _ = query(t, &server{events: written()}, o, oneDay)
	dir := filepath.Join(o.Cache, account, "eu-west-1", "ReadOnly")
	before := len(must(os.ReadDir(dir)))
	o.Now = func() time.Time { return now.AddDate(0, 0, 91) }
	_, _ = query(t, &server{}, o, audit.Query{From: o.Now().Add(-5 * time.Hour), To: o.Now()})
	if after := len(must(os.ReadDir(dir))); before != 21 || after != 3 {
		t.Errorf("%d hours were kept, then %d", before, after)
	}
}
