package planfile

import (
	"errors"
	"fmt"
)

// Reasons why a plan file cannot be read. Errors of this package wrap one of them, or an error of the operating system.
var (
	// ErrNotPlan: the file is no saved plan, or is damaged.
	ErrNotPlan = errors.New("not a readable plan file")
	// ErrEncrypted: the file is encrypted; only the engine that wrote it can read it, through [Input.Show].
	ErrEncrypted = errors.New("the plan file is encrypted")
	// ErrRemote: the file only points at a plan kept by a remote service; the engine can read it, through [Input.Show].
	ErrRemote = errors.New("the plan is kept by a remote service")
	// ErrUnsupported: the file is sound, but written in a way that is not known here; the engine can read it, through [Input.Show].
	ErrUnsupported = errors.New("the plan file's layout is not known")
	// ErrNoEntry: the plan file has no such entry.
	ErrNoEntry = errors.New("no such entry in the plan file")
)

// unsupported explains what of a sound file is not known.
func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// damaged explains what is wrong with a file that should be a plan.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotPlan, fmt.Sprintf(format, args...))
}
