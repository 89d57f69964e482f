package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/forge"
)

// breath is the least time between two looks at a queue that had less than was asked for.
const breath = 25 * time.Millisecond

// attempts is how often a job is begun before it is given up.
const attempts = 8

// backoff is the wait after the n-th attempt: 5 s, 10 s, 20 s, ... up to ten minutes.
func backoff(n int) time.Duration { return min(5*time.Second<<min(n-1, 10), 10*time.Minute) }

// errLater asks for another attempt without counting the failure as one.
type errLater struct {
	after time.Duration
	why   string
}

func (e *errLater) Error() string { return e.why }

// work takes jobs until taking ends, and does them until working does.
func (s *Server) work(taking, working context.Context) {
	free := make(chan struct{}, workers)
	var group sync.WaitGroup
	defer group.Wait()
	for range workers {
		free <- struct{}{}
	}
	for {
		select {
		case <-taking.Done():
			return
		case <-free:
		}
		n := 1
		for n < workers {
			select {
			case <-free:
				n++
				continue
			default:
			}
			break
		}
		jobs, err := s.store.Take(taking, s.owner, n, s.Now(), lease)
		if err != nil && taking.Err() == nil {
			s.log.Error("the queue could not be read", "error", err)
		}
		for range n - len(jobs) {
			free <- struct{}{}
		}
		for _, j := range jobs {
			group.Go(func() {
				s.do(working, j)
				free <- struct{}{}
				s.wake() // its lane is free
			})
		}
		if len(jobs) == n {
			continue
		}
		timer := time.NewTimer(idle)
		select {
		case <-taking.Done():
		case <-s.poke:
		case <-timer.C:
		}
		timer.Stop()
		// What comes in a burst is looked for once: looking takes the database from those who write to it.
		select {
		case <-taking.Done():
		case <-time.After(breath):
		}
	}
}

// do makes one attempt at a job and notes what became of it.
func (s *Server) do(ctx context.Context, j store.Job) {
	began := s.Now()
	attempt, cancel := context.WithTimeout(ctx, jobTime)
	defer cancel()
	beat := make(chan struct{})
	go s.keep(attempt, j.ID, cancel, beat)
	outcome, err := s.try(attempt, j)
	cancel()
	<-beat
	now := s.Now()
	log := s.log.With("job", j.Key, "kind", j.Kind, "attempt", j.Attempts, "took", now.Sub(began).Round(time.Millisecond).String())
	// What became of it is noted also when the server is being stopped.
	noting, stop := context.WithTimeout(context.WithoutCancel(ctx), accepting)
	defer stop()
	var later *errLater
	var refused *forge.Refusal
	var noted error
	switch {
	case err == nil:
		log.Info("done", "outcome", outcome)
		s.metrics.ended(j.Kind, "done", now.Sub(j.Created))
		noted = s.store.Finish(noting, j.ID, s.owner, outcome, now)
	case ctx.Err() != nil:
		log.Info("stopped")
		noted = s.store.Retry(noting, j.ID, s.owner, "stopped", now)
	case errors.As(err, &later) && j.Attempts < attempts:
		log.Info("later", "why", later.why)
		noted = s.store.Retry(noting, j.ID, s.owner, later.why, now.Add(later.after))
	case errors.As(err, &refused), j.Attempts >= attempts:
		log.Error("given up", "error", err)
		s.metrics.ended(j.Kind, "dead", now.Sub(j.Created))
		noted = s.store.Bury(noting, j.ID, s.owner, err.Error(), now)
	default:
		log.Warn("failed, and is tried again", "error", err)
		s.metrics.ended(j.Kind, "failed", now.Sub(j.Created))
		noted = s.store.Retry(noting, j.ID, s.owner, err.Error(), now.Add(backoff(j.Attempts)))
	}
	if noted != nil {
		// The lease ends by itself, and the job is handed out again: what it did is found done then.
		log.Error("what became of a job could not be noted", "error", noted)
	}
}

// keep renews the lease of a job while it is worked on, and stops the work when the lease is lost.
func (s *Server) keep(ctx context.Context, id int64, cancel context.CancelFunc, done chan<- struct{}) {
	defer close(done)
	tick := time.NewTicker(lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if held, err := s.store.Renew(ctx, id, s.owner, s.Now().Add(lease)); err == nil && !held {
				cancel()
				return
			}
		}
	}
}

// try does a job. A panic is the fault of one message and must not end the others.
func (s *Server) try(ctx context.Context, j store.Job) (outcome string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	switch j.Kind {
	case kindNotice:
		var n notice
		if err := json.Unmarshal(j.Body, &n); err != nil {
			return "", fmt.Errorf("the job is not readable: %w", err)
		}
		return s.heed(ctx, n)
	case kindScan:
		return s.startScan(ctx, j)
	case kindLook:
		return s.lookAgain(ctx, string(j.Body))
	case kindSync:
		return s.syncAll(ctx)
	}
	return "", fmt.Errorf("nothing is known of jobs of kind %q", j.Kind)
}

// heed does what a webhook asks for.
func (s *Server) heed(ctx context.Context, n notice) (string, error) {
	switch n.Event {
	case "issue_comment", "issues":
		return s.command(ctx, n)
	case "pull_request", "check_run", "check_suite":
		return s.checkOne(ctx, n)
	case "push":
		return s.pushed(ctx, n)
	case "workflow_run":
		return s.ran(ctx, n)
	case "installation", "installation_repositories":
		return s.installed(ctx, n.Installation)
	case "repository":
		return s.moved(ctx, n)
	}
	return "", fmt.Errorf("nothing is known of the event %s", n.Event)
}
