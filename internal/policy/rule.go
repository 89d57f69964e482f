package policy

import (
	"time"

	"github.com/hashicorp/hcl/v2"
)

// The actions of rules.
const (
	ActionIgnore      = "ignore"
	ActionIssue       = "issue"
	ActionPullRequest = "pull_request"
	ActionEscalate    = "escalate"
)

// A Rule is one rule block of the configuration.
type Rule struct {
	Name   string
	When   hcl.Expression
	Action string
	Reason string
	Until  time.Time // zero: no end
	Range  hcl.Range // of the block's head
}
