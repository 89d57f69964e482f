package module

import (
	"github.com/mooringdev/mooring/internal/drift"
)

// SplitPath takes a change path apart: names and map keys as strings, positions as ints. A text that is no path is one name.
func SplitPath(text string) []any {
	if text == "" {
		return nil
	}
	p, err := drift.ParsePath(text)
	if err != nil {
		return []any{text}
	}
	out := make([]any, len(p))
	for i, step := range p {
		switch step.Kind {
		case drift.StepIndex:
			out[i] = step.Index
		default:
			out[i] = step.Name
		}
	}
	return out
}
