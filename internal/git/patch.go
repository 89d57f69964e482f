package git

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// A FileDiff is a file before and after. nil Before is a new file, nil After a deleted one; empty is not nil.
type FileDiff struct {
	Path          string // slash path from the repository's root
	Before, After []byte
}

// Patch writes the differences as one patch that git apply takes, in the order given. Files that are equal are left out.
func Patch(files []FileDiff) []byte {
	var out bytes.Buffer
	for _, f := range files {
		if bytes.Equal(f.Before, f.After) && (f.Before == nil) == (f.After == nil) {
			continue
		}
		from, to := quotePath("a/"+f.Path), quotePath("b/"+f.Path)
		fmt.Fprintf(&out, "diff --git %s %s\n", from, to)
		if f.Before == nil {
			out.WriteString("new file mode 100644\n")
			from = "/dev/null"
		}
		if f.After == nil {
			out.WriteString("deleted file mode 100644\n")
			to = "/dev/null"
		}
		edits := udiff.Lines(string(f.Before), string(f.After))
		// The error is for edits that do not fit their text; these were just computed from it.
		unified, err := udiff.ToUnified(from, to, string(f.Before), edits, udiff.DefaultContextLines)
		if err != nil {
			panic("udiff does not accept its own edits: " + err.Error())
		}
		out.WriteString(renumber(unified))
	}
	return out.Bytes()
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

// quotePath quotes a path as git does when it holds a character that would end it early.
func quotePath(path string) string {
	if strings.ContainsAny(path, "\"\\\t\n\r") {
		return strconv.Quote(path)
	}
	return path
}
