package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func open(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// each runs a test on both databases.
func each(t *testing.T, run func(t *testing.T, s *store.Store)) {
	t.Run("sqlite", func(t *testing.T) { run(t, open(t, "sqlite:"+filepath.Join(t.TempDir(), "bot.db"))) })
	t.Run("postgres", func(t *testing.T) { run(t, open(t, enginetest.Postgres(t))) })
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keys(jobs []store.Job) string {
	var out []string
	for _, j := range jobs {
		out = append(out, j.Key)
	}
	return strings.Join(out, " ")
}

func TestJobs(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		put := func(key, lane string, at time.Time) bool {
			t.Helper()
			return must[bool](t)(s.Put(ctx, store.Job{Key: key, Lane: lane, Kind: "k", Body: []byte("{}")}, now, at))
		}
		take := func(owner string, at time.Time) []store.Job {
			t.Helper()
			return must[[]store.Job](t)(s.Take(ctx, owner, 10, at, time.Minute))
		}
		if !put("a1", "a", now) || !put("a2", "a", now) || !put("b1", "b", now) || !put("c", "", now) || !put("d", "", now) || !put("later", "l", now.Add(time.Hour)) {
			t.Fatal("a new key is not fresh")
		}
		if put("a1", "a", now) {
			t.Error("a key entered twice")
		}
		first := take("w1", now)
		if got := keys(first); got != "a1 b1 c d" {
			t.Fatalf("taken: %s; want one of each lane, and all without", got)
		}
		if got := keys(take("w2", now)); got != "" {
			t.Errorf("somebody else took %s", got)
		}
		check(t, s.Finish(ctx, first[0].ID, "w1", "fine", now))
		if got := keys(take("w2", now)); got != "a2" {
			t.Errorf("when a1 ended, %q was next, want a2", got)
		}
		check(t, s.Retry(ctx, first[1].ID, "w1", "away", now.Add(time.Minute)))
		if got := keys(take("w2", now)); got != "" {
			t.Errorf("what waits for another attempt was taken: %s", got)
		}
		again := take("w2", now.Add(90*time.Second))
		if got := keys(again); got != "a2 c d b1" {
			t.Fatalf("after the leases ended: %s", got)
		}
		if again[3].Attempts != 2 || again[3].Outcome != "away" {
			t.Errorf("the second attempt is %+v", again[3])
		}
		// The first worker comes back too late: what it says does not count.
		check(t, s.Finish(ctx, first[2].ID, "w1", "mine", now))
		if must[bool](t)(s.Renew(ctx, first[3].ID, "w1", now)) {
			t.Error("a lost lease was renewed")
		}
		if _, outcome, err := s.Known(ctx, "c"); err != nil || outcome != "" {
			t.Errorf("c ended with %q, %v by a worker that lost it", outcome, err)
		}
		check(t, s.Bury(ctx, again[1].ID, "w2", "never", now))
		if dead := must[[]store.Job](t)(s.Dead(ctx, 10)); keys(dead) != "c" || dead[0].Outcome != "never" || string(dead[0].Body) != "{}" {
			t.Errorf("buried: %+v", dead)
		}
		if !must[bool](t)(s.Revive(ctx, "c", now)) || must[bool](t)(s.Revive(ctx, "c", now)) {
			t.Error("a buried job is revived once")
		}
		if got := keys(take("w3", now.Add(91*time.Second))); got != "c" {
			t.Errorf("revived: %s", got)
		}
		check(t, s.Forget(ctx, now.Add(time.Hour)))
		if known, _, err := s.Known(ctx, "a1"); err != nil || known {
			t.Errorf("what was done long ago is still known: %v", err)
		}
		if counts := must[map[string]int](t)(s.Counts(ctx)); counts["ready"] != 1 || counts["running"] != 4 || counts["dead"] != 0 {
			t.Errorf("counts: %v", counts)
		}
	})
}

// TestManyAtOnce: every job goes to one worker, whatever comes together.
func TestManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		const n = 300
		var group sync.WaitGroup
		for i := range n {
			group.Go(func() {
				for range 2 {
					if _, err := s.Put(t.Context(), store.Job{Key: fmt.Sprint(i), Lane: fmt.Sprint(i % 40), Kind: "k"}, now, now); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var mu sync.Mutex
		seen := map[string]int{}
		busy := map[string]bool{}
		for w := range 6 {
			group.Go(func() {
				owner := fmt.Sprint("w", w)
				for {
					jobs, err := s.Take(t.Context(), owner, 5, now, time.Hour)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, j := range jobs {
						seen[j.Key]++
						if busy[j.Lane] {
							t.Errorf("two jobs of lane %s at once", j.Lane)
						}
						busy[j.Lane] = true
					}
					done := len(seen) == n
					mu.Unlock()
					for _, j := range jobs {
						mu.Lock()
						busy[j.Lane] = false
						mu.Unlock()
						if err := s.Finish(t.Context(), j.ID, owner, "ok", now); err != nil {
							t.Error(err)
						}
					}
					if done {
						return
					}
				}
			})
		}
		group.Wait()
		for key, times := range seen {
			if times != 1 {
				t.Errorf("job %s was taken %d times", key, times)
			}
		}
	})
}

func TestDispatches(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		d := store.Dispatch{Key: "c1", Repository: "acme/infra", Number: 7, Comment: 99, At: now}
		if _, old, err := s.Intend(ctx, d); old || err != nil {
			t.Fatal(old, err)
		}
		d.At = now.Add(time.Hour)
		was, old, err := s.Intend(ctx, d)
		if !old || err != nil || !was.At.Equal(now) || was.Done || was.Number != 7 {
			t.Errorf("noted before: %+v %v %v", was, old, err)
		}
		check(t, s.Asking(ctx, "c1", now.Add(time.Minute)))
		check(t, s.Dispatched(ctx, "c1"))
		if got, ok, err := s.Dispatch(ctx, "c1"); !ok || err != nil || !got.Done || got.Comment != 99 || !got.At.Equal(now.Add(time.Minute)) {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		check(t, s.Withdraw(ctx, "c1"))
		if _, ok, err := s.Dispatch(ctx, "c1"); ok || err != nil {
			t.Error(ok, err)
		}
	})
}

func TestRepositories(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for i, name := range []string{"acme/b", "acme/a", "other/c"} {
			check(t, s.SetRepository(ctx, store.Repository{ID: int64(i + 1), Name: name, Installation: int64(10 + i/2), Branch: "main"}, now))
		}
		check(t, s.SetState(ctx, 1, []byte(`{"x":1}`), now))
		check(t, s.SetRepository(ctx, store.Repository{ID: 1, Name: "acme/renamed", Installation: 10}, now))
		r, ok, err := s.RepositoryNamed(ctx, "Acme/Renamed")
		if err != nil || !ok || r.Branch != "main" || string(r.State) != `{"x":1}` || !r.StateAt.Equal(now) {
			t.Errorf("%+v %v %v", r, ok, err)
		}
		check(t, s.DropInstallation(ctx, 10, map[int64]bool{2: true}))
		all := must[[]store.Repository](t)(s.Repositories(ctx))
		if len(all) != 2 || all[0].Name != "acme/a" || all[1].Name != "other/c" || all[0].State != nil {
			t.Errorf("%+v", all)
		}
		check(t, s.DropRepository(ctx, 2))
		if _, ok, err := s.Repository(ctx, 2); ok || err != nil {
			t.Error(ok, err)
		}
	})
}

// TestWanted: many events become one scan, after a pause, and not later than a wait after the first.
func TestWanted(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var got []string
		enqueue := func(at time.Time) {
			t.Helper()
			_, err := s.Enqueue(ctx, at, func(repository string, due []store.Wanted) store.Job {
				text := repository
				for _, w := range due {
					text += fmt.Sprintf(" %s*%d", w.Stack, w.Events)
				}
				got = append(got, text)
				return store.Job{Key: text, Lane: repository, Kind: "scan", Body: []byte(text)}
			})
			check(t, err)
		}
		for i := range 20 {
			check(t, s.Want(ctx, "acme/a", []string{"prod"}, now.Add(time.Duration(i)*10*time.Second), 30*time.Second, 2*time.Minute))
		}
		check(t, s.Want(ctx, "acme/a", []string{"dev"}, now, 30*time.Second, 2*time.Minute))
		check(t, s.Want(ctx, "acme/b", []string{"prod"}, now, 30*time.Second, 2*time.Minute))
		enqueue(now.Add(29 * time.Second))
		if len(got) != 0 {
			t.Fatalf("too early: %v", got)
		}
		enqueue(now.Add(2 * time.Minute))
		enqueue(now.Add(time.Hour))
		if fmt.Sprint(got) != "[acme/a dev*1 prod*20 acme/b prod*1]" {
			t.Errorf("scans: %v", got)
		}
		if n := must[map[string]int](t)(s.Counts(ctx))["ready"]; n != 2 {
			t.Errorf("%d jobs", n)
		}
	})
}

func TestLead(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		lead := func(owner string, at time.Time) bool {
			return must[bool](t)(s.Lead(ctx, "scheduler", owner, at, time.Minute))
		}
		if !lead("a", now) || lead("b", now) || !lead("a", now.Add(30*time.Second)) || lead("b", now.Add(80*time.Second)) {
			t.Error("two lead, or none")
		}
		if !lead("b", now.Add(91*time.Second)) || lead("a", now.Add(92*time.Second)) {
			t.Error("a lead that was not renewed is not taken over")
		}
		check(t, s.Yield(ctx, "scheduler", "b"))
		if !lead("a", now.Add(93*time.Second)) {
			t.Error("a lead that was given up is not taken over")
		}
	})
}

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		check(t, s.SetSession(ctx, store.Session{ID: "h", Login: "will", Readable: []int64{1, 5}, Expires: now.Add(time.Minute)}))
		if v, ok, err := s.Session(ctx, "h", now); err != nil || !ok || v.Login != "will" || len(v.Readable) != 2 {
			t.Error(v, ok, err)
		}
		if _, ok, _ := s.Session(ctx, "h", now.Add(time.Minute)); ok {
			t.Error("an expired session is found")
		}
		check(t, s.DropSession(ctx, "h"))
	})
}

// TestOneOwner: a SQLite file belongs to one process, a closed database says so, and a file that is none is refused.
func TestOneOwner(t *testing.T) {
	address := "sqlite:" + filepath.Join(t.TempDir(), "bot.db")
	s := open(t, address)
	if _, err := store.Open(t.Context(), address); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second owner: %v", err)
	}
	check(t, s.Ping(t.Context()))
	check(t, s.Close())
	if _, err := s.Put(context.Background(), store.Job{Key: "x"}, now, now); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("put into a closed database: %v", err)
	}
	if _, err := store.Open(t.Context(), "mysql://x"); err == nil {
		t.Error("an unknown database was opened")
	}
	again := open(t, address)
	check(t, again.Ping(t.Context()))
}

// TestFull: a database that has no room refuses, says so, and works on when there is room again.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.db")
	s := open(t, "sqlite:"+path)
	check(t, s.Limit(t.Context(), 40))
	var failed error
	n := 0
	for ; n < 1000 && failed == nil; n++ {
		_, failed = s.Put(t.Context(), store.Job{Key: fmt.Sprint(n), Kind: "k", Body: make([]byte, 4000)}, now, now)
	}
	if !errors.Is(failed, store.ErrUnavailable) || !strings.Contains(failed.Error(), "full") {
		t.Fatalf("after %d jobs: %v", n, failed)
	}
	check(t, s.Limit(t.Context(), 1000000))
	if fresh, err := s.Put(t.Context(), store.Job{Key: fmt.Sprint(n - 1), Kind: "k", Body: make([]byte, 4000)}, now, now); err != nil || !fresh {
		t.Errorf("with room again: %v %v", fresh, err)
	}
}
