// Package didyoumean finds the name that was meant by one that does not exist. Start at [Sentence].
package didyoumean

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Sentence says which of the names was probably meant, and when none is near, what names there are.
func Sentence(got string, names []string) string {
	if near := Nearest(got, names); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	return "Known here: " + strings.Join(names, ", ") + "."
}

// Nearest is the name most like got: few letters differ or changed places, one holds the other, or they share most of their words.
// It is "" when none is near. Letter case does not count; of two equally near names the first wins.
func Nearest(got string, names []string) string {
	got = strings.ToLower(got)
	best, bestScore := "", 0.0
	for _, name := range names {
		if score := likeness(got, strings.ToLower(name)); score > bestScore {
			best, bestScore = name, score
		}
	}
	if bestScore < 0.6 {
		return ""
	}
	return best
}

// likeness is 1 for equal names and 0 for names that have nothing to do with each other.
func likeness(got, name string) float64 {
	if got == name {
		return 1
	}
	score := min(0.99, max(levenshtein.Match(got, name, nil), sharedWords(got, name))) // stacks and stack share their word
	if len(name) > 2 && len(got) > 2 && (strings.Contains(got, name) || strings.Contains(name, got)) {
		score = max(score, 0.7)
	}
	if len(got) == len(name) && len(got) > 2 && sorted(got) == sorted(name) { // letters that changed places count twice as edits
		score = max(score, 0.8)
	}
	return score
}

func sorted(s string) string {
	letters := []byte(s)
	slices.Sort(letters)
	return string(letters)
}

// sharedWords is the share of words that two names have in common, a plural s aside.
func sharedWords(a, b string) float64 {
	as, bs := words(a), words(b)
	common := 0
	for _, w := range as {
		if slices.Contains(bs, w) {
			common++
		}
	}
	if most := max(len(as), len(bs)); most > 0 {
		return float64(common) / float64(most)
	}
	return 0
}

func words(s string) []string {
	list := strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '.' })
	for i, w := range list {
		list[i] = strings.TrimSuffix(w, "s")
	}
	return list
}
