package planfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/mooringdev/mooring/internal/drift"
)

// ParseForeign reads the output of `show -json` that somebody hands over, with the version of the engine that made it. Unlike the output that
// is asked for here, it may be anything: what holds no plan is an error that wraps [ErrNotPlan].
func ParseForeign(r io.Reader, schemas *Schemas) (p *drift.Plan, version string, err error) {
	s := newShown(r, schemas)
	if err := s.read(); err != nil {
		if errors.Is(err, ErrUnsupported) && !s.planned {
			return nil, "", damaged("its JSON is no plan")
		}
		return nil, "", fmt.Errorf("plan JSON: %w", err)
	}
	if !s.planned {
		if s.state {
			return nil, "", damaged("it is a state, and a state says nothing of the code")
		}
		return nil, "", damaged("its JSON is no plan")
	}
	sortPlan(s.plan)
	return s.plan, s.version, nil
}

// MakerVersion is the version of the engine that saved a plan.
func MakerVersion(file string) (string, error) {
	raw, err := Entry(file, EntryPlan)
	if err != nil {
		return "", err
	}
	msg, err := parsePlan(raw)
	if err != nil {
		return "", fmt.Errorf("plan file %s: %w", file, err)
	}
	return msg.engine, nil
}
