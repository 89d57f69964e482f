package git

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/patch"
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
		out.WriteString(patch.Unified(from, to, string(f.Before), string(f.After)))
	}
	return out.Bytes()
}

// quotePath quotes a path as git does when it holds a character that would end it early.
func quotePath(path string) string {
	if strings.ContainsAny(path, "\"\\\t\n\r") {
		return strconv.Quote(path)
	}
	return path
}
