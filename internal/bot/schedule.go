package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/bot/store"
)

const (
	// beat is how often the scheduler looks whether something is due.
	beat = 5 * time.Second
	// leadership is how long the replica that schedules may be silent before another does.
	leadership = 30 * time.Second
	// memory is how long finished jobs are remembered: as long as GitHub lets people redeliver, and then some.
	memory = 30 * 24 * time.Hour
	// maxStacks is how many globs a run is given; beyond, it scans everything.
	maxStacks = 100
)

// schedule does what only one replica may: whoever holds the lease.
func (s *Server) schedule(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var hour int64 = -1
	for {
		leads, err := s.store.Lead(ctx, "scheduler", s.owner, s.Now(), leadership)
		if err != nil && ctx.Err() == nil {
			s.log.Error("the scheduler's lease could not be read", "error", err)
		}
		if leads {
			hour = s.due(ctx, hour)
		}
		select {
		case <-ctx.Done():
			yielding, cancel := context.WithTimeout(context.WithoutCancel(ctx), accepting)
			if err := s.store.Yield(yielding, "scheduler", s.owner); err != nil {
				s.log.Warn("the scheduler's lease was not given up", "error", err)
			}
			cancel()
			return
		case <-tick.C:
		}
	}
}

// due makes jobs of what is due. It returns the hour for which the hourly ones were made.
func (s *Server) due(ctx context.Context, done int64) int64 {
	now := s.Now()
	n, err := s.store.Enqueue(ctx, now, func(repository string, due []store.Wanted) store.Job { return scanJob(repository, due, now) })
	if err != nil {
		s.log.Error("scans could not be queued", "error", err)
	}
	if n > 0 {
		s.wake()
	}
	hour := now.Unix() / 3600
	if hour == done {
		return done
	}
	if err := s.store.Forget(ctx, now.Add(-memory)); err != nil {
		s.log.Error("old jobs could not be dropped", "error", err)
		return done
	}
	// What webhooks tell is looked at once an hour, too: one may never have come.
	if _, err := s.store.Put(ctx, store.Job{Key: fmt.Sprintf("sync:%d", hour), Lane: "sync", Kind: kindSync}, now, now); err != nil {
		s.log.Error("the hourly look could not be queued", "error", err)
		return done
	}
	s.wake()
	return hour
}

// A scanOrder is the body of a job that starts a scan.
type scanOrder struct {
	Repository string
	Stacks     []string // globs
	Events     int
}

func scanJob(repository string, due []store.Wanted, now time.Time) store.Job {
	o := scanOrder{Repository: repository}
	for _, w := range due {
		o.Stacks = append(o.Stacks, w.Stack)
		o.Events += w.Events
	}
	body, err := json.Marshal(o)
	if err != nil {
		panic("an order is plain data: " + err.Error())
	}
	return store.Job{Key: fmt.Sprintf("scan:%s:%d", repository, now.UnixMilli()), Lane: "scan:" + repository, Kind: kindScan, Body: body}
}

// startScan has the workflow scan what events point at.
func (s *Server) startScan(ctx context.Context, j store.Job) (string, error) {
	var o scanOrder
	if err := json.Unmarshal(j.Body, &o); err != nil {
		return "", fmt.Errorf("the job is not readable: %w", err)
	}
	r, ok, err := s.store.RepositoryNamed(ctx, o.Repository)
	if err != nil {
		return "", err
	}
	if !ok {
		return "the App is not installed there", nil
	}
	client, err := s.apps.client(r.Installation, r.ID, r.Name)
	if err != nil {
		return "", err
	}
	stacks := strings.Join(o.Stacks, ",")
	if len(o.Stacks) > maxStacks {
		stacks = ""
	}
	sum := sha256.Sum256([]byte(j.Key))
	d := store.Dispatch{Key: fmt.Sprintf("%d-scan-%s", r.ID, hex.EncodeToString(sum[:6])), Repository: r.Name, At: s.Now()}
	if err := s.dispatch(ctx, client, d, map[string]string{"comment": "", "stacks": stacks}); err != nil {
		return s.gracefully(r.Installation, err)
	}
	return fmt.Sprintf("a scan of %s was started for %d events", strings.Join(o.Stacks, ", "), o.Events), nil
}
