// Package patch writes the difference of two texts as a unified diff whose hunks stand where they say. Everything that shows or writes an edit uses
// it: start at [Unified]. It is pure.
package patch

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Unified is the unified diff of two texts with three lines around each change, under the names given; "" when they are equal.
func Unified(from, to, before, after string) string {
	edits := udiff.Lines(before, after)
	// The error is for edits that do not fit their text; these were just computed from it.
	unified, err := udiff.ToUnified(from, to, before, edits, udiff.DefaultContextLines)
	if err != nil {
		panic("udiff does not accept its own edits: " + err.Error())
	}
	return renumber(unified)
}

// hunkHeader is where a hunk stands: line and length before, line and length after.
var hunkHeader = regexp.MustCompile(`^@@ -(\d+)((?:,\d+)?) \+\d+((?:,\d+)?) @@\n$`)

// renumber puts the line numbers of the edited file right, which the library counts wrong after a hunk of several edits.
func renumber(unified string) string {
	var out strings.Builder
	shift := 0
	for line := range strings.Lines(unified) {
		m := hunkHeader.FindStringSubmatch(line)
		if m == nil {
			out.WriteString(line)
			continue
		}
		start, err := strconv.Atoi(m[1])
		if err != nil || start == 0 || m[3] == ",0" {
			out.WriteString(line) // a new or an emptied file has one hunk
			continue
		}
		fmt.Fprintf(&out, "@@ -%d%s +%d%s @@\n", start, m[2], start+shift, m[3])
		shift += length(m[3]) - length(m[2])
	}
	return out.String()
}

// length reads the ",n" of a hunk's header; nothing is one line.
func length(text string) int {
	if n, err := strconv.Atoi(strings.TrimPrefix(text, ",")); err == nil {
		return n
	}
	return 1
}
