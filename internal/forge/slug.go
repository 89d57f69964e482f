package forge

import (
	"cmp"
	"slices"
	"strings"
)

// BranchPrefix begins the name of every adoption branch.
const BranchPrefix = "mooring/adopt/"

// Slugs names stacks in file and branch names: the id with / and @ as -, and with whatever a branch or file name cannot hold as - too.
// Where slugs would be equal (letter case aside), an id that is its own slug keeps it, else the first in order does; the others get a
// suffix from a hash of the id.
func Slugs(ids []string) map[string]string {
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, func(a, b string) int {
		return cmp.Or(cmp.Compare(changed(a), changed(b)), cmp.Compare(a, b))
	})
	slugs := make(map[string]string, len(ids))
	taken := make(map[string]bool, len(ids))
	for _, id := range slices.Compact(sorted) {
		s := slug(id)
		if taken[strings.ToLower(s)] {
			s += "-" + shortHash(id)[:6]
		}
		taken[strings.ToLower(s)] = true
		slugs[id] = s
	}
	return slugs
}

// Slug is the slug of an id that stands alone.
func Slug(id string) string { return Slugs([]string{id})[id] }

func changed(id string) int {
	if slug(id) == id {
		return 0
	}
	return 1
}

func slug(id string) string {
	if id == "" || id == "." {
		return "root"
	}
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.', r > 0x7f && r != 0xfffd:
			return r
		}
		return '-'
	}, id)
	for strings.Contains(s, "..") {
		s = strings.ReplaceAll(s, "..", ".-")
	}
	if strings.HasPrefix(s, ".") {
		s = "-" + s[1:]
	}
	if strings.HasSuffix(s, ".") || strings.HasSuffix(strings.ToLower(s), ".lock") {
		s += "-"
	}
	const limit = 120 // file systems take 255 bytes, and a suffix follows
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "-" + shortHash(id)[:6]
	}
	return s
}
