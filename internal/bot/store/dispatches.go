package store

import (
	"context"
	"database/sql"
	"time"
)

// A Dispatch is a run of a workflow that was asked for.
type Dispatch struct {
	Key        string // by which the run can be told
	Repository string // owner/name
	Number     int    // of the issue where it was asked for; 0 when by no comment
	Comment    int64  // by which it was asked for; 0 when by none
	Done       bool   // GitHub took it
	At         time.Time
}

// Intend notes that a run is about to be asked for. When it was noted before, that is returned instead, with old set: then GitHub may have been
// asked already.
func (s *Store) Intend(ctx context.Context, d Dispatch) (was Dispatch, old bool, err error) {
	err = s.do(ctx, func(t *tx) error {
		fresh, err := t.changed(`INSERT INTO dispatches (key, repository, number, comment, state, at) VALUES (?, ?, ?, ?, 'intended', ?) ON CONFLICT (key) DO NOTHING`,
			d.Key, d.Repository, d.Number, d.Comment, millis(d.At))
		if err != nil {
			return err
		}
		was, old = d, !fresh
		if fresh {
			return nil
		}
		was, err = scanDispatch(t.row("SELECT key, repository, number, comment, state, at FROM dispatches WHERE key = ?", d.Key))
		return err
	})
	return was, old, err
}

func scanDispatch(r interface{ Scan(...any) error }) (Dispatch, error) {
	var d Dispatch
	var state string
	var at int64
	err := r.Scan(&d.Key, &d.Repository, &d.Number, &d.Comment, &state, &at)
	d.Done, d.At = state == ended, moment(at)
	return d, err
}

// Dispatched notes that GitHub took it; Asking, that it is about to be asked again; Withdraw, that it was refused.
func (s *Store) Dispatched(ctx context.Context, key string) error {
	return s.do(ctx, func(t *tx) error { return t.exec("UPDATE dispatches SET state = 'done' WHERE key = ?", key) })
}

// Asking notes that GitHub is about to be asked again.
func (s *Store) Asking(ctx context.Context, key string, at time.Time) error {
	return s.do(ctx, func(t *tx) error { return t.exec("UPDATE dispatches SET at = ? WHERE key = ?", millis(at), key) })
}

// Withdraw forgets a dispatch that GitHub refused.
func (s *Store) Withdraw(ctx context.Context, key string) error {
	return s.do(ctx, func(t *tx) error { return t.exec("DELETE FROM dispatches WHERE key = ?", key) })
}

// Dispatch finds a dispatch; ok is false when there is none.
func (s *Store) Dispatch(ctx context.Context, key string) (d Dispatch, ok bool, err error) {
	err = s.query(ctx, "SELECT key, repository, number, comment, state, at FROM dispatches WHERE key = ?", []any{key}, func(r *sql.Rows) error {
		var err error
		d, err = scanDispatch(r)
		ok = true
		return err
	})
	return d, ok, err
}
