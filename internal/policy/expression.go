package policy

import (
	"github.com/hashicorp/hcl/v2"
)

// Check reports what is wrong with the rule's expression: unknown names, and types that cannot be.
func (r Rule) Check() hcl.Diagnostics {
	return nil
}
