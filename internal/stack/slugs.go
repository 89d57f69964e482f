package stack

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Slugs gives every id a slug of its own. Ids whose slugs are equal but for letter case (file systems may not tell them apart) get six
// hex digits of their hash, all but the first in order.
func Slugs(ids []string) map[string]string {
	slugs := make(map[string]string, len(ids))
	taken := map[string]bool{}
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	for _, id := range slices.Compact(sorted) {
		slug := Slug(id)
		if taken[strings.ToLower(slug)] {
			sum := sha256.Sum256([]byte(id))
			slug += "-" + hex.EncodeToString(sum[:3])
		}
		taken[strings.ToLower(slug)] = true
		slugs[id] = slug
	}
	return slugs
}
