package scan

import (
	"context"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

// Memory is what earlier scans left behind. Package ledger keeps it.
type Memory interface {
	// LastClean is when a scan last saw the stack without a difference, and the commit that was scanned; zero when none did.
	LastClean(stack string) (time.Time, string)
	// LastGood is when a scan could last judge the stack, and what it found is of no matter; zero when none could.
	LastGood(stack string) (time.Time, string)
	// Since is when the present difference of the stack was first seen; zero when it is new.
	Since(stack string) time.Time
	// Decisions are what people said about a finding, or about its whole stack, and still holds.
	Decisions(stack, finding string) []policy.Decision
	// Findings are the findings of a stack that are remembered, those that went among them.
	Findings(stack string) []ledger.Known
	// Applies are the known applies of a stack.
	Applies(stack string) []report.Apply
}

func (s *scan) lastClean(id string) time.Time {
	if s.Memory == nil {
		return time.Time{}
	}
	at, _ := s.Memory.LastClean(id)
	return at
}

func (s *scan) decisions(stack, finding string) []policy.Decision {
	if s.Memory == nil {
		return nil
	}
	return s.Memory.Decisions(stack, finding)
}

func (s *scan) applies(id string) []report.Apply {
	if s.Memory == nil {
		return nil
	}
	return s.Memory.Applies(id)
}

// codeChanged tells code that was never applied from drift that somebody absorbed by refreshing: when reality and state agree, the code
// differs, and no file of the stack changed since a scan saw it clean, then it was not the code that moved.
func (s *scan) codeChanged(ctx context.Context, j *job) func(address, path string) drift.SinceApply {
	if s.Memory == nil || s.Repo == nil || j.tree == nil {
		return nil
	}
	_, commit := s.Memory.LastClean(j.stack.ID)
	if commit == "" {
		return nil
	}
	changed, err := s.Repo.ChangedSince(ctx, commit, s.commit, filesOf(j.tree)...)
	if err != nil {
		return nil // history does not reach that far: nothing is known
	}
	answer := drift.Unchanged
	if len(changed) > 0 {
		answer = drift.Changed
	}
	return func(string, string) drift.SinceApply { return answer }
}

// filesOf are the files of a configuration, those of its modules among them.
func filesOf(t *module.Tree) []string {
	var files []string
	for _, m := range t.Modules() {
		files = append(files, m.Files...)
	}
	return files
}
