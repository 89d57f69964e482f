package report

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// How many moments a diagram shows, since more cannot be read side by side, and how many changes of one moment.
const (
	maxPeriods = 10
	maxEvents  = 3
	boxWidth   = 21 // characters in a line of a box, which is only ever broken at spaces
)

// mermaidTimeline draws what several people and services did one after the other, as the row of a fold: none when it was one, which the
// table tells as well. The diagram is in the timeline language of Mermaid (https://mermaid.js.org/syntax/timeline.html), which GitHub draws.
func mermaidTimeline(findings []*Finding) []string {
	deeds := deedsIn(findings)
	slices.SortStableFunc(deeds, func(a, b deed) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.who, b.who), strings.Compare(a.what, b.what))
	})
	who := map[string]bool{}
	for _, d := range deeds {
		who[d.who] = true
	}
	if len(who) < 2 {
		return nil
	}
	lines := []string{"```mermaid", "timeline"}
	last, periods, events := "", 0, 0
	for i, d := range deeds {
		period := plainMermaid(d.at.Format("2 Jan 2006 15.04 UTC"), 0) + " : " + plainMermaid(d.who, 40)
		if d.how != "" {
			period += ", " + plainMermaid(d.how, 20)
		}
		if period != last {
			if periods == maxPeriods {
				lines = append(lines, "    later : "+plural(len(deeds)-i, "more change", "more changes"))
				break
			}
			lines = append(lines, "    "+period)
			last, periods, events = period, periods+1, 0
		}
		events++
		switch {
		case events <= maxEvents:
			lines[len(lines)-1] += " : " + plainMermaid(d.what, 80)
		case events == maxEvents+1:
			lines[len(lines)-1] += " : and more"
		}
	}
	return []string{strings.Join(append(lines, "```"), "\n")}
}

// plainMermaid is text without any character that means something to Mermaid or Markdown, of at most n characters; 0 for all.
func plainMermaid(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" ._-/@,+*=()[]'", r):
			return r
		case r == '"':
			return '\''
		}
		return ' '
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return "?"
	}
	if n > 0 {
		text = short(text, n)
	}
	var words []string
	for word := range strings.FieldsSeq(text) {
		words = append(words, boxed([]rune(word))...)
	}
	return strings.Join(words, " ")
}

// boxed breaks a word that is too long for a box where an address or a name can be broken.
func boxed(word []rune) []string {
	var out []string
	for len(word) > boxWidth {
		at := boxWidth
		for i := boxWidth - 1; i > boxWidth/3; i-- {
			if strings.ContainsRune("._-/@]", word[i]) {
				at = i + 1
				break
			}
		}
		out, word = append(out, string(word[:at])), word[at:]
	}
	return append(out, string(word))
}
