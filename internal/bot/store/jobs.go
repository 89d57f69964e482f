package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// The states of a job.
const (
	ready   = "ready"
	running = "running"
	ended   = "done"
	dead    = "dead"
)

// A Job is a piece of work.
type Job struct {
	ID       int64
	Key      string // once in the queue
	Lane     string // jobs of one lane go one at a time; "" is none
	Kind     string
	Body     []byte
	Attempts int // begun so far, this one included
	Created  time.Time
	Outcome  string // of the last attempt
}

// Put adds a job, to be begun at a time or later. fresh is false when its key is known already; then nothing is added.
func (s *Store) Put(ctx context.Context, j Job, now, at time.Time) (fresh bool, err error) {
	if j.Body == nil {
		j.Body = []byte{}
	}
	err = s.do(ctx, func(t *tx) error {
		var err error
		fresh, err = t.changed(`INSERT INTO jobs (key, lane, kind, body, state, attempts, run_at, lease, owner, created_at, ended_at, outcome)
			VALUES (?, ?, ?, ?, 'ready', 0, ?, 0, '', ?, 0, '') ON CONFLICT (key) DO NOTHING`, j.Key, j.Lane, j.Kind, j.Body, millis(at), millis(now))
		return err
	})
	return fresh, err
}

// Take hands out up to n jobs that are due, oldest first, for as long as a lease lasts.
func (s *Store) Take(ctx context.Context, owner string, n int, now time.Time, lease time.Duration) ([]Job, error) {
	var jobs []Job
	err := s.do(ctx, func(t *tx) error {
		jobs = jobs[:0] // the transaction may be run again
		if s.postgres {
			if err := t.exec("SELECT pg_advisory_xact_lock(?)", claiming); err != nil {
				return err
			}
		}
		for len(jobs) < n {
			j, err := take(t, owner, millis(now), millis(now.Add(lease)))
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			jobs = append(jobs, j)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

// take hands out one job: the oldest whose worker is gone, else the oldest that is ready and whose lane is free. Each walks an index in order.
func take(t *tx, owner string, now, until int64) (Job, error) {
	const free = ` AND (j.lane = '' OR NOT EXISTS (SELECT 1 FROM jobs k WHERE k.lane = j.lane AND k.state = 'running' AND k.lease >= ? AND k.id <> j.id))
		ORDER BY j.id LIMIT 1`
	var id int64
	err := t.row("SELECT j.id FROM jobs j WHERE j.state = 'running' AND j.lease < ?"+free, now, now).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = t.row("SELECT j.id FROM jobs j WHERE j.state = 'ready' AND j.run_at <= ?"+free, now, now).Scan(&id)
	}
	if err != nil {
		return Job{}, err
	}
	var j Job
	var at int64
	err = t.row("UPDATE jobs SET state = 'running', owner = ?, lease = ?, attempts = attempts + 1 WHERE id = ? RETURNING id, key, lane, kind, body, attempts, created_at, outcome", owner, until, id).
		Scan(&j.ID, &j.Key, &j.Lane, &j.Kind, &j.Body, &j.Attempts, &at, &j.Outcome)
	j.Created = moment(at)
	return j, err
}

// Release makes the jobs of an owner, or of all when owner is "", due again: their worker is known to be gone.
func (s *Store) Release(ctx context.Context, owner string) error {
	return s.do(ctx, func(t *tx) error {
		if owner == "" {
			return t.exec("UPDATE jobs SET state = 'ready', lease = 0, owner = '' WHERE state = 'running'")
		}
		return t.exec("UPDATE jobs SET state = 'ready', lease = 0, owner = '' WHERE state = 'running' AND owner = ?", owner)
	})
}

// Exclusive tells whether no other process can use the database.
func (s *Store) Exclusive() bool { return !s.postgres }

// Renew prolongs the lease of a job. held is false when the job is another's by now.
func (s *Store) Renew(ctx context.Context, id int64, owner string, until time.Time) (held bool, err error) {
	err = s.do(ctx, func(t *tx) error {
		var err error
		held, err = t.changed("UPDATE jobs SET lease = ? WHERE id = ? AND owner = ? AND state = 'running'", millis(until), id, owner)
		return err
	})
	return held, err
}

// Finish ends a job that its owner still holds. Only what became of it is kept.
func (s *Store) Finish(ctx context.Context, id int64, owner, outcome string, now time.Time) error {
	return s.end(ctx, id, owner, ended, outcome, now)
}

// Bury ends a job that cannot be done. It keeps its body, and is listed by [Store.Dead].
func (s *Store) Bury(ctx context.Context, id int64, owner, cause string, now time.Time) error {
	return s.end(ctx, id, owner, dead, cause, now)
}

func (s *Store) end(ctx context.Context, id int64, owner, state, outcome string, now time.Time) error {
	return s.do(ctx, func(t *tx) error {
		if state == ended {
			return t.exec("UPDATE jobs SET state = ?, outcome = ?, ended_at = ?, lease = 0, body = ? WHERE id = ? AND owner = ? AND state = 'running'", state, outcome, millis(now), []byte{}, id, owner)
		}
		return t.exec("UPDATE jobs SET state = ?, outcome = ?, ended_at = ?, lease = 0 WHERE id = ? AND owner = ? AND state = 'running'", state, outcome, millis(now), id, owner)
	})
}

// Retry puts a job back, to be begun again at a time or later.
func (s *Store) Retry(ctx context.Context, id int64, owner, cause string, at time.Time) error {
	return s.do(ctx, func(t *tx) error {
		return t.exec("UPDATE jobs SET state = 'ready', outcome = ?, run_at = ?, lease = 0, owner = '' WHERE id = ? AND owner = ? AND state = 'running'", cause, millis(at), id, owner)
	})
}

// Dead lists jobs that could not be done, newest first, up to n.
func (s *Store) Dead(ctx context.Context, n int) ([]Job, error) {
	var jobs []Job
	err := s.query(ctx, "SELECT id, key, lane, kind, body, attempts, created_at, outcome FROM jobs WHERE state = 'dead' ORDER BY ended_at DESC, id DESC LIMIT ?", []any{n}, func(r *sql.Rows) error {
		var j Job
		var at int64
		err := r.Scan(&j.ID, &j.Key, &j.Lane, &j.Kind, &j.Body, &j.Attempts, &at, &j.Outcome)
		j.Created = moment(at)
		jobs = append(jobs, j)
		return err
	})
	return jobs, err
}

// Revive makes a job that could not be done due again. ok is false when there is no such one.
func (s *Store) Revive(ctx context.Context, key string, now time.Time) (ok bool, err error) {
	err = s.do(ctx, func(t *tx) error {
		var err error
		ok, err = t.changed("UPDATE jobs SET state = 'ready', attempts = 0, run_at = ?, ended_at = 0 WHERE key = ? AND state = 'dead'", millis(now), key)
		return err
	})
	return ok, err
}

// Counts are the numbers of jobs by state: ready, running, done, dead.
func (s *Store) Counts(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{ready: 0, running: 0, ended: 0, dead: 0}
	err := s.query(ctx, "SELECT state, COUNT(*) FROM jobs GROUP BY state", nil, func(r *sql.Rows) error {
		var state string
		var n int
		err := r.Scan(&state, &n)
		counts[state] = n
		return err
	})
	return counts, err
}

// Known tells whether a key was ever put, and what became of it; "" while it is not done.
func (s *Store) Known(ctx context.Context, key string) (known bool, outcome string, err error) {
	err = s.query(ctx, "SELECT state, outcome FROM jobs WHERE key = ?", []any{key}, func(r *sql.Rows) error {
		var state, text string
		if err := r.Scan(&state, &text); err != nil {
			return err
		}
		known = true
		if state == ended || state == dead {
			outcome = text
		}
		return nil
	})
	return known, outcome, err
}

// Forget drops what was finished before a time.
func (s *Store) Forget(ctx context.Context, before time.Time) error {
	return s.do(ctx, func(t *tx) error {
		if err := t.exec("DELETE FROM jobs WHERE state = 'done' AND ended_at < ?", millis(before)); err != nil {
			return err
		}
		if err := t.exec("DELETE FROM dispatches WHERE state = 'done' AND at < ?", millis(before)); err != nil {
			return err
		}
		return t.exec("DELETE FROM sessions WHERE expires_at < ?", millis(before))
	})
}
