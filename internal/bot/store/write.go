package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// batch is how many writes one transaction takes.
	batch = 256
	// patience is how long a transaction may take in all.
	patience = 15 * time.Second
)

// A write is something to be done in a transaction, and who waits for it.
type write struct {
	run  func(*tx) error
	done chan error
}

// do runs something in a transaction, together with what others want at the same moment. Nil means that it is on disk.
func (s *Store) do(ctx context.Context, run func(*tx) error) error {
	w := &write{run, make(chan error, 1)}
	select {
	case s.writes <- w:
	case <-s.closed:
		return fmt.Errorf("%w: it is closed", ErrUnavailable)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
	select {
	case err := <-w.done:
		return err
	case <-s.closed:
		select {
		case err := <-w.done:
			return err
		default:
			return fmt.Errorf("%w: it is closed", ErrUnavailable)
		}
	}
}

// write is the one goroutine that writes. It ends when stopped, after what was handed in until then.
func (s *Store) write(ctx context.Context) {
	defer close(s.closed)
	for {
		var first *write
		select {
		case first = <-s.writes:
		default:
			select {
			case first = <-s.writes:
			case <-ctx.Done():
				return
			}
		}
		together := []*write{first}
		for len(together) < batch {
			select {
			case w := <-s.writes:
				together = append(together, w)
				continue
			default:
			}
			break
		}
		s.commit(together)
	}
}

// commit runs writes in one transaction. When one of them fails, each is run by itself, so that only the one at fault does.
func (s *Store) commit(together []*write) {
	err := s.transact(together)
	if err != nil && len(together) > 1 {
		for _, w := range together {
			w.done <- s.transact([]*write{w})
		}
		return
	}
	for _, w := range together {
		w.done <- err
	}
}

func (s *Store) transact(together []*write) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	dbtx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	t := &tx{ctx: ctx, tx: dbtx, postgres: s.postgres}
	for _, w := range together {
		if err := w.run(t); err != nil {
			return errors.Join(fmt.Errorf("%w: %w", ErrUnavailable, err), dbtx.Rollback())
		}
	}
	if err := dbtx.Commit(); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrUnavailable, err), dbtx.Rollback())
	}
	return nil
}
