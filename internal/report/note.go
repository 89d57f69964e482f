package report

import (
	"cmp"
	"slices"
	"strings"
)

// An Item is one difference that asks for attention: what a later run compares with to see what is new.
type Item struct {
	Address string `json:"address"`
	Path    string `json:"path,omitempty"` // "" for the resource as a whole
}

// Items lists the differences of a stack that ask for attention, in a fixed order.
func Items(s StackResult) []Item {
	var out []Item
	for _, f := range wanting(&s, attentionNow) {
		changes := shown(f)
		if len(changes) == 0 {
			out = append(out, Item{Address: f.Address})
		}
		for _, c := range changes {
			out = append(out, Item{f.Address, c.Path})
		}
	}
	slices.SortFunc(out, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Path, b.Path)) })
	return slices.Compact(out)
}

// maxNoted is how many differences a comment lists.
const maxNoted = 10

// Note is the comment to leave on a stack's issue when its state changed since before: what is new, with who made it, and what is gone.
// It is "" when nothing is new or gone; values that merely moved on are no news.
func Note(before []Item, s StackResult) string {
	s = RedactStack(s)
	after := Items(s)
	var fresh, gone []phrase
	for _, i := range after {
		if !slices.Contains(before, i) {
			fresh = append(fresh, freshItem(&s, i))
		}
	}
	for _, i := range before {
		if !slices.Contains(after, i) {
			gone = append(gone, code(itemAddress(i)))
		}
	}
	var out []string
	if len(fresh) > 0 {
		lines := []string{"New since the last scan:", ""}
		for n, p := range fresh {
			if n == maxNoted {
				lines = append(lines, "- and "+plural(len(fresh)-n, "more", "more"))
				break
			}
			lines = append(lines, "- "+p.markdown())
		}
		out = append(out, strings.Join(lines, "\n"))
	}
	if len(gone) > 0 {
		list0 := gone
		if len(gone) > maxNoted {
			list0 = append(gone[:maxNoted:maxNoted], words("and "+plural(len(gone)-maxNoted, "more", "more")))
		}
		text := join(words("No longer different: "), list(", ", list0...), words(".")).markdown()
		if by := PutBackNote(s); by != "" {
			text += " " + by
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n\n")
}

func itemAddress(i Item) string {
	if i.Path == "" {
		return i.Address
	}
	return attributeAddress(i.Address, i.Path)
}

func freshItem(s *StackResult, i Item) phrase {
	for n := range s.Findings {
		f := &s.Findings[n]
		if f.Address != i.Address {
			continue
		}
		p := code(itemAddress(i))
		if f.Severity.Why != "" {
			p = join(p, words(" "), danger(f.Severity.Why))
		}
		if i.Path == "" {
			p = join(p, words(" "), fatePhrase(f))
		}
		why := explanations(f, i.Path)
		if len(why) == 0 {
			return join(p, words(": "), reasonPhrase(""))
		}
		return join(p, words(": "), tells.brief(why[0]), words(" · "+verdictWord(why[0].Verdict)))
	}
	return code(itemAddress(i))
}

// ResolvedNote is what to say when a stack needs no attention any more.
func ResolvedNote(s StackResult) string {
	s = RedactStack(s)
	if n := len(wanting(&s, attentionWaiting)); n > 0 {
		return join(words("Nothing in "), code(s.Stack.ID), words(" is changed outside its code any more. "+plural(n, "resource waits", "resources wait")+" for the code to be applied.")).markdown()
	}
	if n := len(wanting(&s, attentionDecided)); n > 0 {
		return join(code(s.Stack.ID), words(" matches its code, but for "+plural(n, "resource", "resources")+" that somebody decided to leave.")).markdown()
	}
	return join(code(s.Stack.ID), words(" matches its code again.")).markdown()
}
