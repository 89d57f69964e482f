package scan

import "time"

// Progress is told what a scan is doing. Its methods are called by several goroutines.
type Progress interface {
	Start(total int)                             // how many stacks will be planned
	Phase(id, phase string)                      // a stack entered a phase: "init and plan", "reading the plan", ...
	Done(id, outcome string, took time.Duration) // a stack is finished
	Note(text string)                            // something worth a line
	Close()                                      // nothing follows
}

// NoProgress says nothing.
type NoProgress struct{}

// Start does nothing.
func (NoProgress) Start(int) {}

// Phase does nothing.
func (NoProgress) Phase(string, string) {}

// Done does nothing.
func (NoProgress) Done(string, string, time.Duration) {}

// Note does nothing.
func (NoProgress) Note(string) {}

// Close does nothing.
func (NoProgress) Close() {}
