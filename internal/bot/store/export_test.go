package store

import (
	"context"
	"fmt"
)

// Limit bounds a SQLite file, in pages: what a full disk does.
func (s *Store) Limit(_ context.Context, pages int) error {
	s.db.SetMaxOpenConns(1) // the bound is of the connection
	return s.do(context.Background(), func(t *tx) error {
		var have int
		return t.row(fmt.Sprintf("PRAGMA max_page_count(%d)", pages)).Scan(&have)
	})
}
