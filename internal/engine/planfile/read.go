package planfile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
)

// Input names a saved plan and the means to read it.
type Input struct {
	File    string   // the plan file
	Engine  string   // "tofu" or "terraform": the engine that wrote it
	Version string   // of the engine
	Schemas *Schemas // provider schemas; what needs one that is missing is read through Show
	// Show runs `show -json` on the file and returns its output. It is called only when the file cannot be read directly.
	// Close must report when the engine did not succeed. Nil: then such a file is an error.
	Show func(ctx context.Context) (io.ReadCloser, error)
}

// Read returns what the plan says of the stack. Plan.Incomplete says why a plan must not be classified; that is not an error.
// Instances are sorted by address and deposed key.
//
// The error wraps [ErrNotPlan] for a damaged file, and one of the other reasons of this package when the engine would have to be asked
// and Show is nil.
func Read(ctx context.Context, in Input) (*drift.Plan, error) {
	p, err := readDirect(ctx, in)
	if err != nil && needsEngine(err) && in.Show != nil {
		p, err = readShown(ctx, in)
	}
	if err != nil {
		return nil, fmt.Errorf("plan file %s: %w", in.File, err)
	}
	p.Engine, p.Version = in.Engine, in.Version
	return p, nil
}

func needsEngine(err error) bool {
	return errors.Is(err, ErrUnsupported) || errors.Is(err, ErrEncrypted) || errors.Is(err, ErrRemote)
}

func readDirect(ctx context.Context, in Input) (p *drift.Plan, err error) {
	if !layoutKnown(in.Engine, in.Version) {
		return nil, unsupported("%s %s", in.Engine, in.Version)
	}
	a, err := openArchive(in.File)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	raw, err := a.read(EntryPlan)
	if err != nil {
		return nil, err
	}
	msg, err := parsePlan(raw)
	switch {
	case err != nil:
		return nil, err
	case !layoutKnown(in.Engine, msg.engine):
		return nil, unsupported("a plan of %s %q", in.Engine, msg.engine)
	}
	j := newJoin(ctx, a, in.Schemas)
	if err := j.run(msg); err != nil {
		return nil, err
	}
	sortPlan(j.plan)
	return j.plan, nil
}

// Limited is [drift.Plan.Incomplete] of a plan that is whole but for the resources it was limited to.
const Limited = "it is limited to some resources (-target, -exclude or -replace)"

// incomplete says why the plan must not be classified.
func (p *planMessage) incomplete() string {
	switch {
	case p.errored:
		return "the plan ended with an error"
	case p.mode == 1:
		return "it is a plan to destroy"
	case p.mode == 2:
		return "it is a refresh-only plan, which says nothing of the code"
	case p.targets > 0:
		return Limited
	}
	return ""
}

func sortPlan(p *drift.Plan) {
	slices.SortFunc(p.Instances, func(a, b drift.Instance) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Deposed, b.Deposed))
	})
	slices.SortFunc(p.Data, func(a, b drift.DataChange) int { return cmp.Compare(a.Address, b.Address) })
	slices.SortFunc(p.Outputs, func(a, b drift.OutputChange) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Checks, func(a, b drift.Check) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Status, b.Status))
	})
}
