package report

import (
	"strconv"

	"github.com/mooringdev/mooring/internal/drift"
)

// segments cuts a change path into its keys, names and positions alike. A path that cannot be read is one key: it still equals itself.
func segments(path string) []string {
	if path == "" {
		return nil
	}
	p, err := drift.ParsePath(path)
	if err != nil {
		return []string{path}
	}
	out := make([]string, len(p))
	for i, s := range p {
		out[i] = s.Name
		if s.Kind == drift.StepIndex {
			out[i] = strconv.Itoa(s.Index)
		}
	}
	return out
}

// canonicalPath writes a path as findings do: block.0.attr becomes block[0].attr. What cannot be read stays as it is.
func canonicalPath(path string) string {
	p, err := drift.ParsePath(path)
	if err != nil {
		return path
	}
	return p.String()
}

// covers tells whether the path outer is inner or something above it; "" is above everything.
func covers(outer, inner string) bool {
	return outer == "" || outer == inner || drift.PathCovers(outer, inner)
}

// lastName is the name that a value at path goes under: the last key that is no position.
func lastName(path string) string {
	segs := segments(path)
	for n := len(segs) - 1; n >= 0; n-- {
		if _, err := strconv.Atoi(segs[n]); err != nil {
			return segs[n]
		}
	}
	return ""
}
