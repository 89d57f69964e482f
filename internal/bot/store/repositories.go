package store

import (
	"context"
	"database/sql"
	"time"
)

// A Repository is one that the App was installed on.
type Repository struct {
	ID           int64
	Name         string // owner/name
	Installation int64
	Branch       string // default
	State        []byte // what was last seen there, as JSON of the caller's; nil when nothing was
	StateAt      time.Time
}

// SetRepository notes a repository, or its new name, installation or branch.
func (s *Store) SetRepository(ctx context.Context, r Repository, now time.Time) error {
	return s.do(ctx, func(t *tx) error {
		return t.exec(`INSERT INTO repositories (id, name, installation, branch, state, state_at, seen_at) VALUES (?, ?, ?, ?, ?, 0, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, installation = excluded.installation, seen_at = excluded.seen_at,
			branch = CASE WHEN excluded.branch = '' THEN repositories.branch ELSE excluded.branch END`, r.ID, r.Name, r.Installation, r.Branch, []byte{}, millis(now))
	})
}

// SetState notes what was seen in a repository.
func (s *Store) SetState(ctx context.Context, id int64, state []byte, at time.Time) error {
	return s.do(ctx, func(t *tx) error {
		return t.exec("UPDATE repositories SET state = ?, state_at = ? WHERE id = ?", state, millis(at), id)
	})
}

// DropRepository forgets a repository.
func (s *Store) DropRepository(ctx context.Context, id int64) error {
	return s.do(ctx, func(t *tx) error { return t.exec("DELETE FROM repositories WHERE id = ?", id) })
}

// DropInstallation forgets the repositories of an installation but those to keep.
func (s *Store) DropInstallation(ctx context.Context, installation int64, keep map[int64]bool) error {
	have, err := s.Repositories(ctx)
	if err != nil {
		return err
	}
	return s.do(ctx, func(t *tx) error {
		for _, r := range have {
			if r.Installation != installation || keep[r.ID] {
				continue
			}
			if err := t.exec("DELETE FROM repositories WHERE id = ? AND installation = ?", r.ID, installation); err != nil {
				return err
			}
		}
		return nil
	})
}

const repositoryColumns = "SELECT id, name, installation, branch, state, state_at FROM repositories"

// Repositories lists all, by name.
func (s *Store) Repositories(ctx context.Context) ([]Repository, error) {
	return s.repositories(ctx, repositoryColumns+" ORDER BY name")
}

// Repository finds one by id.
func (s *Store) Repository(ctx context.Context, id int64) (Repository, bool, error) {
	return one(s.repositories(ctx, repositoryColumns+" WHERE id = ?", id))
}

// RepositoryNamed finds one by owner/name.
func (s *Store) RepositoryNamed(ctx context.Context, name string) (Repository, bool, error) {
	return one(s.repositories(ctx, repositoryColumns+" WHERE LOWER(name) = LOWER(?)", name))
}

func one(found []Repository, err error) (Repository, bool, error) {
	if err != nil || len(found) == 0 {
		return Repository{}, false, err
	}
	return found[0], true, nil
}

func (s *Store) repositories(ctx context.Context, query string, args ...any) ([]Repository, error) {
	var all []Repository
	err := s.query(ctx, query, args, func(rows *sql.Rows) error {
		var r Repository
		var at int64
		err := rows.Scan(&r.ID, &r.Name, &r.Installation, &r.Branch, &r.State, &at)
		if len(r.State) == 0 {
			r.State = nil
		}
		r.StateAt = moment(at)
		all = append(all, r)
		return err
	})
	return all, err
}
