package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// A Session is somebody who signed in, and what they may read. It holds no token.
type Session struct {
	ID       string // hash of what the browser holds
	Login    string
	Readable []int64 // ids of repositories
	Expires  time.Time
}

// SetSession keeps a session.
func (s *Store) SetSession(ctx context.Context, v Session) error {
	readable, err := json.Marshal(v.Readable)
	if err != nil {
		return err
	}
	return s.do(ctx, func(t *tx) error {
		return t.exec("INSERT INTO sessions (id, login, readable, expires_at) VALUES (?, ?, ?, ?)", v.ID, v.Login, readable, millis(v.Expires))
	})
}

// Session finds a session that has not expired.
func (s *Store) Session(ctx context.Context, id string, now time.Time) (v Session, ok bool, err error) {
	err = s.query(ctx, "SELECT id, login, readable, expires_at FROM sessions WHERE id = ? AND expires_at > ?", []any{id, millis(now)}, func(r *sql.Rows) error {
		var readable []byte
		var until int64
		if err := r.Scan(&v.ID, &v.Login, &readable, &until); err != nil {
			return err
		}
		v.Expires, ok = moment(until), true
		return json.Unmarshal(readable, &v.Readable)
	})
	return v, ok, err
}

// DropSession ends a session.
func (s *Store) DropSession(ctx context.Context, id string) error {
	return s.do(ctx, func(t *tx) error { return t.exec("DELETE FROM sessions WHERE id = ?", id) })
}
