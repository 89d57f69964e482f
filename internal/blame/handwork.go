package blame

import (
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// Managed is one resource that some stack manages.
type Managed struct {
	Stack, Address, Type string
	IDs                  []string
	Account, Region      string
}

// handwork collects what people made beside the stacks.
type handwork struct{}

func newHandwork([]Managed) *handwork { return &handwork{} }

func (h *handwork) see(*audit.Event, time.Time) {}
