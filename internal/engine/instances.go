package engine

import (
	"context"
	"errors"
	"iter"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/planfile"
)

// Instances streams the live values of every instance of the stack, managed and data, as the refresh left them. A plan file that only the
// engine can open has none to stream. They hold secrets.
func (s *Saved) Instances(ctx context.Context) iter.Seq2[planfile.LiveInstance, error] {
	return func(yield func(planfile.LiveInstance, error) bool) {
		schemas, err := s.schemas(ctx)
		if err != nil {
			yield(planfile.LiveInstance{}, err)
			return
		}
		for i, err := range planfile.Live(s.File, schemas) {
			if errors.Is(err, planfile.ErrEncrypted) || errors.Is(err, planfile.ErrRemote) {
				return
			}
			if !yield(i, err) {
				return
			}
		}
	}
}

// Schema answers what the providers of the stack say of a resource or data source type; nil where nothing is known.
func (s *Saved) Schema(ctx context.Context) (func(data bool, typ string) *drift.Block, error) {
	schemas, err := s.schemas(ctx)
	if err != nil {
		return nil, err
	}
	return func(data bool, typ string) *drift.Block {
		for _, p := range schemas.Providers() {
			block := schemas.Resource(p, typ)
			if data {
				block = schemas.Data(p, typ)
			}
			if block != nil {
				return block
			}
		}
		return nil
	}, nil
}

// Providers lists the providers that init chose, by source with host, with their versions.
func (s *Saved) Providers() map[string]string { return s.providers() }
