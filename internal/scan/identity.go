package scan

import (
	"cmp"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// keepIdentity gives a finding the id that its resource had before it was moved, as far as the moved blocks of the code go back: what people
// decided about it, what was published and what the ledger holds is about the resource, not about its address. An address that the code uses
// for another resource now is left to that.
func keepIdentity(t *module.Tree, stack string, f *drift.Finding) {
	address := cmp.Or(f.Previous, f.Address)
	if t == nil || f.ID != drift.FindingID(stack, address, "") { // a deposed object is found by its key
		return
	}
	for _, was := range t.Formerly(address) {
		if free(t, was) {
			f.ID = drift.FindingID(stack, was, "")
		}
	}
}

// free tells whether the code has no instance at an address any more: no block, or one whose instances have keys where the address has none.
func free(t *module.Tree, address string) bool {
	r := t.Resource(address)
	if r == nil {
		return true
	}
	a, err := module.ParseAddress(address)
	if err != nil {
		return false
	}
	return (a.Key == nil) != (r.Count == nil && r.ForEach == nil)
}
