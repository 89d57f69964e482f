package audit

import (
	"fmt"
	"time"
)

// skew is how far the clocks of a log and of this machine may be apart.
const skew = 5 * time.Minute

// Within is the part of the query's window that a log can answer which keeps records for retention. to is zero when the window reaches to the
// present: then it is left open, for clocks differ. cut is a *SourceError when the window begins before the log does, and otherwise nil.
func (q Query) Within(retention time.Duration, now time.Time) (from, to time.Time, cut error) {
	from, to = q.From, q.To
	if to.After(now.Add(-skew)) {
		to = time.Time{}
	}
	oldest := now.Add(-retention)
	if from.IsZero() {
		return oldest, to, nil
	}
	if from.Before(oldest) {
		return oldest, to, &SourceError{Code: ProblemRetention, Err: fmt.Errorf("records older than %s are not kept; export the log to keep them for longer", oldest.Format(time.DateOnly))}
	}
	return from, to, nil
}
