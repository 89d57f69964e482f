package adopt

import (
	"context"
	"iter"

	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A Planner plans edited code against the live values of a scan; engine.Saved is one.
type Planner interface {
	// Replan plans with the given files (slash path from the repository's root to content) in place of those in the tree. way is
	// "offline" or "full".
	Replan(ctx context.Context, files map[string][]byte) (p *drift.Plan, way string, err error)
}

// An Other is another stack that reads a file which an adoption edits. Without a plan or a planner nothing can be proved for it, and the
// edit is refused.
type Other struct {
	Stack   string
	Tree    *module.Tree // its configuration, to tell which edit moves what in it; it may be nil
	Before  *drift.Plan  // of its code as it is
	Planner Planner      // nil: it could not be planned, so nothing can be proved for it
}

// Input is what adopting a stack needs.
type Input struct {
	Stack    string // its id, for messages
	Tree     *module.Tree
	Findings []drift.Finding
	Before   *drift.Plan // the plan that the findings come from
	// Live yields the live values of every instance of the stack, managed and data, by address. It may be nil: then references to
	// instances that are not in Before cannot be evaluated.
	Live iter.Seq2[string, map[string]drift.Value]
	// Schema returns the schema of a resource or data source type; nil, or nil results, where it is not known. Instances of Before
	// bring their own.
	Schema   func(data bool, typ string) *drift.Block
	Planner  Planner  // nil: nothing can be proved, and everything is refused
	Importer Importer // nil: unmanaged objects cannot be imported
	// Others returns the other stacks that read any of the files, with a planner each. It is called only when there is something to
	// check; nil means that there are none.
	Others func(ctx context.Context, files []string) ([]Other, error)
	// Only names the instances to adopt; nil is every finding with drift. Conflicts are adopted, deleted objects dropped from the code and
	// unmanaged ones imported only when named here.
	Only []string
}

// schemaOf is the schema of an instance's type.
func (in *Input) schemaOf(i *drift.Instance) *drift.Block {
	if i.Schema != nil || in.Schema == nil {
		return i.Schema
	}
	return in.Schema(false, i.Type)
}

// objects are the values that references read: what is live, and what the code plans where that is known.
func (in *Input) objects() *solve.Objects {
	o := solve.NewObjects(in.Live, in.Schema)
	for _, i := range in.Before.Instances {
		if i.Deposed != "" {
			continue
		}
		values := map[string]drift.Value{}
		for k, v := range i.Live {
			values[k] = v
		}
		for k, v := range i.Code {
			values[k] = knownOr(v, i.Live[k])
		}
		o.Set(i.Address, values)
	}
	return o
}

// knownOr is v with spare where it is not known yet.
func knownOr(v, spare drift.Value) drift.Value {
	switch x := v.(type) {
	case drift.Unknown:
		return spare
	case map[string]drift.Value:
		other, _ := spare.(map[string]drift.Value)
		out := make(map[string]drift.Value, len(x))
		for k, e := range x {
			out[k] = knownOr(e, other[k])
		}
		return out
	case []drift.Value:
		other, _ := spare.([]drift.Value)
		out := make([]drift.Value, len(x))
		for i, e := range x {
			var o drift.Value
			if i < len(other) && len(other) == len(x) {
				o = other[i]
			}
			out[i] = knownOr(e, o)
		}
		return out
	}
	return v
}
