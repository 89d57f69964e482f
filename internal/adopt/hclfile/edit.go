package hclfile

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// An Edit puts New in place of the bytes from Start to End (exclusive) of a file.
type Edit struct {
	File       string
	Start, End int
	New        string
}

// Apply carries out the edits of one file. Edits may touch but not overlap; insertions at one place keep their order.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	var out bytes.Buffer
	at := 0
	removing := false
	for _, e := range sorted {
		if removing && e.New == "" && e.Start < at { // two removals may share a blank line
			e.Start, e.End = at, max(at, e.End)
		}
		removing = e.New == ""
		if e.Start < at || e.End < e.Start || e.End > len(src) {
			return nil, fmt.Errorf("edit of bytes %d to %d of %s overlaps another, or lies outside the file", e.Start, e.End, e.File)
		}
		out.Write(src[at:e.Start])
		out.WriteString(e.New)
		at = e.End
	}
	out.Write(src[at:])
	return out.Bytes(), nil
}

// ByFile groups edits by the file that they change, dropping repeated ones.
func ByFile(edits []Edit) map[string][]Edit {
	out := map[string][]Edit{}
	for _, e := range edits {
		if e.Start == e.End || !slices.Contains(out[e.File], e) {
			out[e.File] = append(out[e.File], e)
		}
	}
	return out
}
