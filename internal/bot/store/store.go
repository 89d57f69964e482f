// Package store is what the server must not forget: the queue of work, what was dispatched, which repositories there are, and who is signed in.
// It is kept in SQLite, or in PostgreSQL when several replicas share it.
//
// Start at [Open]. store.go opens, migrates and writes; jobs.go is the queue, dispatches.go what was asked of GitHub Actions, repositories.go,
// wanted.go, leases.go and sessions.go the rest.
//
// What it promises:
//
//   - What a method returned nil for is on disk, also when the process is killed the moment after. Writes that come together share one
//     transaction, so many small ones are not slower than the disk allows.
//   - A job is worked on by one worker at a time, one job of a lane at a time. A job whose worker died is handed out again when its lease ends.
//   - A key enters the queue once, for as long as finished jobs are remembered.
//   - No secret is kept here.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrUnavailable is what every method's error wraps when the database cannot be used: locked, full, away.
var ErrUnavailable = errors.New("the database cannot be used")

// A Store is an open database. Its methods may be called by several goroutines.
type Store struct {
	db       *sql.DB
	postgres bool
	lock     *flock.Flock // of a SQLite file: one process owns it

	writes chan *write
	closed chan struct{} // closed when the writer has ended
	stop   context.CancelFunc
	once   sync.Once
}

// Open opens the database at an address, sqlite:PATH or postgres://..., and brings it up to date. A SQLite file that another process has open
// is refused.
func Open(ctx context.Context, address string) (*Store, error) {
	s := &Store{writes: make(chan *write, batch), closed: make(chan struct{})}
	path, sqlite := strings.CutPrefix(address, "sqlite:")
	var err error
	switch {
	case sqlite && path != "":
		err = s.openSQLite(path)
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		s.postgres = true
		s.db, err = sql.Open("pgx", address)
	default:
		return nil, fmt.Errorf("database: want sqlite:PATH or postgres://USER@HOST/NAME")
	}
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", hide(err, address))
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", hide(err, address)), s.db.Close(), s.unlock())
	}
	writing, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.write(writing)
	return s, nil
}

// hide keeps an address with a password out of an error.
func hide(err error, address string) error {
	u, parseErr := url.Parse(address)
	if parseErr != nil || u.User == nil {
		return err
	}
	password, set := u.User.Password()
	if !set || password == "" || !strings.Contains(err.Error(), password) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "(password)"))
}

func (s *Store) openSQLite(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	s.lock = flock.New(path+".lock", flock.SetPermissions(0o600))
	ok, err := s.lock.TryLock()
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s is in use by another process: several replicas need PostgreSQL", path)
	}
	// FULL: a commit is on disk when it returns, also when the machine loses power.
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(2000)", "foreign_keys(1)", "cache_size(-4096)"}, "_txlock": {"immediate"}}
	s.db, err = sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return errors.Join(err, s.unlock())
	}
	s.db.SetMaxOpenConns(4)
	return nil
}

func (s *Store) unlock() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Unlock()
}

// Close waits for writes that began and closes the database.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		s.stop()
		<-s.closed
		err = errors.Join(s.db.Close(), s.unlock())
	})
	return err
}

// Ping tells whether the database can be written to.
func (s *Store) Ping(ctx context.Context) error {
	return s.do(ctx, func(tx *tx) error {
		return tx.exec("INSERT INTO leases (name, owner, until) VALUES ('ping', '', 0) ON CONFLICT (name) DO UPDATE SET until = leases.until + 1")
	})
}

const (
	migrating = 7205759403792 // the advisory lock of whoever changes the schema
	claiming  = 7205759403793 // the advisory lock of whoever takes jobs
)

// migrate runs the migrations that the database has not seen.
func (s *Store) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	dbtx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = dbtx.Rollback() }()
	t := &tx{ctx: ctx, tx: dbtx, postgres: s.postgres}
	if s.postgres {
		if err := t.exec("SELECT pg_advisory_xact_lock(?)", migrating); err != nil {
			return err
		}
	}
	if err := t.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)"); err != nil {
		return err
	}
	var have int
	if err := t.row("SELECT COALESCE(MAX(version), 0) FROM schema_version").Scan(&have); err != nil {
		return err
	}
	if have > len(names) {
		return fmt.Errorf("the database is of version %d, and this program knows versions up to %d: use a newer program", have, len(names))
	}
	types := strings.NewReplacer("{{id}}", "INTEGER PRIMARY KEY AUTOINCREMENT", "{{bytes}}", "BLOB", "{{int}}", "INTEGER")
	if s.postgres {
		types = strings.NewReplacer("{{id}}", "BIGSERIAL PRIMARY KEY", "{{bytes}}", "BYTEA", "{{int}}", "BIGINT")
	}
	for i, name := range names[have:] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		for _, statement := range strings.Split(types.Replace(string(text)), ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if err := t.exec(statement); err != nil {
				return fmt.Errorf("%s: %w", filepath.Base(name), err)
			}
		}
		if err := t.exec("INSERT INTO schema_version (version) VALUES (?)", have+i+1); err != nil {
			return err
		}
	}
	return dbtx.Commit()
}

// A tx is a transaction in which ? stands for an argument, whatever the database.
type tx struct {
	ctx      context.Context
	tx       *sql.Tx
	postgres bool
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.tx.ExecContext(t.ctx, bind(query, t.postgres), args...)
	return err
}

func (t *tx) changed(query string, args ...any) (bool, error) {
	r, err := t.tx.ExecContext(t.ctx, bind(query, t.postgres), args...)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

func (t *tx) row(query string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(t.ctx, bind(query, t.postgres), args...)
}

func (t *tx) rows(query string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(t.ctx, bind(query, t.postgres), args...)
}

// bind writes ? as PostgreSQL wants it.
func bind(query string, postgres bool) string {
	if !postgres {
		return query
	}
	var b strings.Builder
	n := 0
	for _, r := range query {
		if r == '?' {
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// query reads outside of the queue of writes.
func (s *Store) query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) (err error) {
	rows, err := s.db.QueryContext(ctx, bind(query, s.postgres), args...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
