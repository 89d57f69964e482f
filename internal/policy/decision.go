package policy

import "time"

// A Decision is what a rule or a person said about a finding.
type Decision struct {
	Action string // ignore, snooze, adopt, revert, issue, pull_request, escalate
	By     string // login, or "rule <name>"
	Reason string
	At     time.Time // zero for rules
	Until  time.Time // zero: no end
	Paths  []string  // change paths it covers; empty: all
}

// Severity ranks a finding and says why.
type Severity struct {
	Level string // "", low, medium, high, critical
	Why   string // e.g. "opens port 22 to the internet"
}
