package audit

import "context"

// Checker is a source that can tell more of itself than a query does: Check reaches it with a request or two, and says as whom it reads; "" when that
// cannot be known.
type Checker interface {
	Check(ctx context.Context) (as string, err error)
}

// Health is what a look at one source found.
type Health struct {
	As       string // who reads
	Stats    Stats
	Problems []Problem
}

// Check looks whether a source can be reached and read, by reading q of it.
func Check(ctx context.Context, s Source, q Query) Health {
	var h Health
	if c, ok := s.(Checker); ok {
		as, err := c.Check(ctx)
		if err != nil {
			h.Problems = []Problem{{Source: s.Name(), Code: ProblemFailed, Text: err.Error()}}
			return h
		}
		h.As = as
	}
	h.Stats, h.Problems = Collect(ctx, []Source{s}, q, func(Event) {})
	return h
}
