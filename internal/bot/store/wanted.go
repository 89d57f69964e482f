package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// A Wanted is a scan that events ask for.
type Wanted struct {
	Repository string // owner/name
	Stack      string // glob of stack ids
	Events     int    // that asked for it
}

// Want notes that a stack is to be scanned once no event has come for a pause, and a wait after the first one at the latest.
func (s *Store) Want(ctx context.Context, repository string, stacks []string, now time.Time, pause, wait time.Duration) error {
	return s.do(ctx, func(t *tx) error {
		for _, stack := range stacks {
			var first int64
			switch err := t.row("SELECT first_at FROM wanted WHERE repository = ? AND stack = ?", repository, stack).Scan(&first); {
			case errors.Is(err, sql.ErrNoRows):
				first = millis(now)
			case err != nil:
				return err
			}
			due := min(millis(now.Add(pause)), first+wait.Milliseconds())
			if err := t.exec(`INSERT INTO wanted (repository, stack, first_at, due_at, events) VALUES (?, ?, ?, ?, 1)
				ON CONFLICT (repository, stack) DO UPDATE SET due_at = excluded.due_at, events = wanted.events + 1`, repository, stack, first, due); err != nil {
				return err
			}
		}
		return nil
	})
}

// Enqueue turns what is due into jobs, in the transaction that forgets that it was wanted. All that one repository wants is one job.
func (s *Store) Enqueue(ctx context.Context, now time.Time, job func(repository string, due []Wanted) Job) (n int, err error) {
	err = s.do(ctx, func(t *tx) error {
		n = 0
		due, err := dueNow(t, now)
		if err != nil {
			return err
		}
		for len(due) > 0 {
			end := 1
			for end < len(due) && due[end].Repository == due[0].Repository {
				end++
			}
			j := job(due[0].Repository, due[:end])
			if err := t.exec(`INSERT INTO jobs (key, lane, kind, body, state, attempts, run_at, lease, owner, created_at, ended_at, outcome)
				VALUES (?, ?, ?, ?, 'ready', 0, ?, 0, '', ?, 0, '') ON CONFLICT (key) DO NOTHING`, j.Key, j.Lane, j.Kind, j.Body, millis(now), millis(now)); err != nil {
				return err
			}
			for _, w := range due[:end] {
				if err := t.exec("DELETE FROM wanted WHERE repository = ? AND stack = ?", w.Repository, w.Stack); err != nil {
					return err
				}
			}
			due = due[end:]
			n++
		}
		return nil
	})
	return n, err
}

func dueNow(t *tx, now time.Time) (due []Wanted, err error) {
	rows, err := t.rows("SELECT repository, stack, events FROM wanted WHERE due_at <= ? ORDER BY repository, stack", millis(now))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var w Wanted
		if err := rows.Scan(&w.Repository, &w.Stack, &w.Events); err != nil {
			return nil, err
		}
		due = append(due, w)
	}
	return due, rows.Err()
}

// Lead tells whether owner is the one that a name stands for until a time: it was before, or nobody else is now.
func (s *Store) Lead(ctx context.Context, name, owner string, now time.Time, lease time.Duration) (leads bool, err error) {
	err = s.do(ctx, func(t *tx) error {
		var err error
		leads, err = t.changed(`INSERT INTO leases (name, owner, until) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE leases.owner = excluded.owner OR leases.until < ?`,
			name, owner, millis(now.Add(lease)), millis(now))
		return err
	})
	return leads, err
}

// Yield gives a lead up.
func (s *Store) Yield(ctx context.Context, name, owner string) error {
	return s.do(ctx, func(t *tx) error { return t.exec("DELETE FROM leases WHERE name = ? AND owner = ?", name, owner) })
}
