package blame

import (
	"slices"
	"time"
)

// Some systems let an object remember how its fields were last written (Kubernetes: managedFields), without saying by whom. Such a witness supports
// what a log says, and is no rival of it: both are about one write.

// witnessed takes the touches apart: calls that a log recorded, and what the object itself remembers.
func witnessed(timeline []*touch) (calls, witnesses []*touch) {
	for _, t := range timeline {
		if t.witness {
			witnesses = append(witnesses, t)
		} else {
			calls = append(calls, t)
		}
	}
	return calls, witnesses
}

// slack is how far the clock of a witness may be from the log's.
const slack = 10 * time.Second

// weigh adds what the object remembers of a cell to what the calls say. A witness dates the writer's last change of the object: the value was there by
// then. A call that comes later only repeated it, whoever wrote it first.
func (a answer) weigh(seen run) answer {
	witnesses := slices.Concat(seen.hits, seen.unknowns)
	if len(witnesses) == 0 {
		return a
	}
	switch a.verdict {
	case None:
		return answer{cell: a.cell, verdict: Possible, causes: witnesses}
	case Possible:
		if len(a.causes) == 0 {
			a.causes = witnesses
		}
	case Confirmed, Likely, Automation, OwnApply:
		for _, w := range witnesses {
			if w.at.Before(a.causes[0].at.Truncate(time.Second).Add(-slack)) {
				return answer{cell: a.cell, verdict: Possible, causes: []*touch{w}}
			}
		}
	}
	return a
}
