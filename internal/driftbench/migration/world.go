package migration

import (
	"fmt"
	"math/rand"
	"slices"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// An object is one resource of the world. serial is what the truth is known by.
type object struct {
	serial   int
	id       string // what the cloud calls it: not always unique
	address  string
	provider string
	drifted  bool
	decided  bool
}

// A root is one stack.
type root struct {
	id      string
	lineage string
	failed  bool
	objects []*object
}

// A world is a repository and what it manages.
type world struct {
	r      *rand.Rand
	roots  []*root
	serial int
	entry  []ledger.Entry
	at     time.Time
	known  map[int]string // the finding of an object at the first scan
}

const provider = "registry.terraform.io/example/cloud"

func newWorld(r *rand.Rand) *world {
	w := &world{r: r, at: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), known: map[int]string{}}
	for n := range 3 + r.Intn(4) {
		s := &root{id: fmt.Sprintf("infra/s%d", n), lineage: fmt.Sprintf("state-%d", n)}
		for range 3 + r.Intn(6) {
			w.add(s)
		}
		if r.Intn(2) == 0 { // an object that every account has one of that name of
			s.objects[len(s.objects)-1].id = "default"
		}
		w.roots = append(w.roots, s)
	}
	for _, s := range w.roots {
		s.objects[0].drifted, s.objects[0].decided = true, r.Intn(2) == 0
		for _, o := range s.objects[1:] {
			o.drifted = r.Intn(3) == 0
		}
	}
	return w
}

func (w *world) add(s *root) *object {
	w.serial++
	o := &object{serial: w.serial, id: fmt.Sprintf("i-%04d", w.serial), address: fmt.Sprintf("cloud_server.n%d", len(s.objects)), provider: provider}
	s.objects = append(s.objects, o)
	return o
}

func (o *object) resource() string {
	return drift.ResourceID(o.provider, "cloud_server", func(name string) string {
		if name == "id" {
			return o.id
		}
		return ""
	})
}

// scan is what a scan of the world finds, and the object of each finding by stack and address.
func (w *world) scan() (*report.Results, map[string]*object) {
	w.at = w.at.AddDate(0, 0, 1)
	r := &report.Results{ScannedAt: w.at, Commit: "c"}
	truth := map[string]*object{}
	for _, s := range w.roots {
		out := report.StackResult{Stack: stack.Stack{ID: s.id, Path: s.id}, Status: report.StatusClean, State: s.lineage}
		if s.failed {
			out.Status = report.StatusFailed
			r.Stacks = append(r.Stacks, out)
			continue
		}
		for _, o := range s.objects {
			out.Held = append(out.Held, o.resource())
			if !o.drifted {
				continue
			}
			out.Status = report.StatusDrifted
			out.Findings = append(out.Findings, report.Finding{Finding: drift.Finding{
				ID: drift.FindingID(s.id, o.address, ""), Address: o.address, Type: "cloud_server", Provider: o.provider, Kind: drift.KindDrift, Resource: o.resource(),
				Changes: []drift.Change{{Path: "size", Kind: drift.KindDrift}},
			}})
			truth[s.id+" "+o.address] = o
		}
		slices.Sort(out.Held)
		out.Held = slices.Compact(out.Held)
		r.Stacks = append(r.Stacks, out)
	}
	return r, truth
}

// publish records a scan as publishing does.
func (w *world) publish(r *report.Results) {
	past := ledger.Fold(w.entry, w.at)
	moves := ledger.FindMoves(past, r, nil)
	moves.Apply(r)
	w.entry = append(w.entry, moves.Entries...)
	w.entry = append(w.entry, ledger.Record(past.With(moves.Entries), r)...)
}

// begin scans the world as it is, and lets people decide.
func (w *world) begin() {
	r, truth := w.scan()
	w.publish(r)
	for _, s := range r.Stacks {
		for _, f := range s.Findings {
			o := truth[s.Stack.ID+" "+f.Address]
			w.known[o.serial] = f.ID
			if o.decided {
				w.entry = append(w.entry, ledger.Entry{At: w.at, Kind: ledger.KindDecision, Stack: s.Stack.ID, Finding: f.ID, Address: f.Address, Decision: &ledger.Decision{Action: policy.ActionIgnore, By: "ann"}})
			}
		}
	}
}
