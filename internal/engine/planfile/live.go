package planfile

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/mooringdev/mooring/internal/drift"
)

// A LiveInstance is one object of the refreshed state: what a resource or data source is now.
type LiveInstance struct {
	Address    string
	Mode       string // managed or data
	Type       string
	Provider   string // source with host
	Attributes map[string]drift.Value
	Sensitive  []string // paths that the state or the schema marks sensitive; a prefix covers what is below
}

// Live streams the refreshed state of a saved plan, in the state's own order, without deposed objects. The sequence ends with an error
// when the file cannot be read; an encrypted plan has no state that could be. Values of dynamic type need schemas to come without the
// type that the state keeps beside them.
func Live(file string, schemas *Schemas) iter.Seq2[LiveInstance, error] {
	return func(yield func(LiveInstance, error) bool) {
		stopped := false
		err := live(file, schemas, func(i LiveInstance) bool {
			stopped = !yield(i, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(LiveInstance{}, fmt.Errorf("plan file %s: %w", file, err))
		}
	}
}

func live(file string, schemas *Schemas, yield func(LiveInstance) bool) (err error) {
	a, err := openArchive(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r, err := a.open(EntryLive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for i, err := range readState(r) {
		if err != nil {
			return err
		}
		if i.deposed != "" {
			continue
		}
		out, err := liveInstance(i, schemas)
		if err != nil {
			return err
		}
		if !yield(out) {
			return nil
		}
	}
	return nil
}

func liveInstance(i *stateInstance, schemas *Schemas) (LiveInstance, error) {
	block, typ := schemas.lookup(i.provider, i.typ, i.mode)
	out := LiveInstance{Address: i.address, Mode: i.mode, Type: i.typ, Provider: i.provider}
	var err error
	if out.Attributes, err = i.object(typ); err != nil {
		return out, err
	}
	paths, err := i.sensitivePaths()
	if err != nil {
		return out, err
	}
	m := &marks{typ: typ}
	m.addSteps(paths)
	m.addSchema(block, out.Attributes)
	out.Sensitive = m.sorted()
	return out, nil
}

// addStates adds what the two states of a plan file say and the engine's JSON does not: the data sources that differ, and what is held.
func addStates(ctx context.Context, a *archive, p *drift.Plan) (err error) {
	j := newJoin(ctx, a, nil)
	if err := j.eachInstance(EntryBase, j.fingerprint); err != nil {
		return err
	}
	err = j.eachInstance(EntryLive, func(i *stateInstance) error {
		if i.mode != "data" {
			return nil
		}
		return j.live(i)
	})
	if err != nil {
		return err
	}
	p.Data, p.Held = j.plan.Data, j.plan.Held
	p.Lineage, err = a.lineage()
	return err
}
