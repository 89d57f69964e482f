package forge

// Limits bound what one run may open. Zero means none; a negative number means no limit.
type Limits struct {
	MaxOpenIssues int
	MaxOpenPulls  int
	PullsPerHour  int
	// Quiet makes a first run open only the dashboard, with a box to tick for the rest.
	Quiet bool
}

// DefaultLimits are those of the configuration when it says nothing.
func DefaultLimits() Limits {
	return Limits{MaxOpenIssues: 20, MaxOpenPulls: 10, PullsPerHour: 2, Quiet: true}
}

// NoLimits opens everything at once, as plain files want it.
func NoLimits() Limits { return Limits{MaxOpenIssues: -1, MaxOpenPulls: -1, PullsPerHour: -1} }

func over(count, limit int) bool { return limit >= 0 && count >= limit }
