package attribution

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mooringdev/mooring/internal/report"
)

// Options say what to measure.
type Options struct {
	Seed  int64
	Count int    // objects of each resource type
	Data  string // directory of the public audit records; "": the cut that the repository holds
	Temp  string // where findings and logs go; made and removed by the caller
	// Explain runs `mooring explain --findings F --events G --format json` and gives what it prints.
	Explain func(ctx context.Context, findings string, events []string) ([]byte, error)
}

// A Result is what one run measured.
type Result struct {
	Seed      int64
	Objects   int // that were made, each with one story
	Simulated *Score
	Real      *Score
	Baselines []Baseline // on the simulated cases
}

// Run makes the cases of a seed, has them explained, and counts.
func Run(ctx context.Context, o Options) (*Result, error) {
	out := &Result{Seed: o.Seed}
	w, err := newWorld(o.Seed)
	if err != nil {
		return nil, err
	}
	if err := w.add(o.Count); err != nil {
		return nil, err
	}
	out.Objects = len(w.cases)
	results, wants := w.findings()
	dir := filepath.Join(o.Temp, fmt.Sprint("simulated-", o.Seed))
	logs := filepath.Join(dir, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return nil, err
	}
	if err := w.write(logs); err != nil {
		return nil, err
	}
	answer, err := o.ask(ctx, filepath.Join(dir, "findings.json"), results, filepath.Join(logs, "*"))
	if err != nil {
		return nil, err
	}
	out.Baselines = measure(ctx, results, filepath.Join(logs, "*"), wants)
	out.Simulated = newScore()
	if err := out.Simulated.score(answer, wants); err != nil {
		return nil, err
	}
	out.Real, err = o.real(ctx)
	return out, err
}

// ask writes the findings and has them explained.
func (o Options) ask(ctx context.Context, name string, r *report.Results, events string) ([]byte, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := report.WriteJSON(f, r); err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return o.Explain(ctx, name, []string{events})
}

// WrongNames counts the claims that name somebody who did not do it. It must be 0.
func (r *Result) WrongNames() int { return len(r.Simulated.WrongNames) + len(r.Real.WrongNames) }
