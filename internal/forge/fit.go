package forge

import (
	"fmt"
	"strings"
)

// Fit shortens Markdown to at most limit bytes without breaking its structure: the longest folded sections are emptied first, then lines are
// left out from the end. It says how much is missing; fences and folds that were open at the cut are closed.
func Fit(body string, limit int) string {
	body = strings.ToValidUTF8(body, "\uFFFD")
	for len(body) > limit {
		shorter, ok := emptyLongestFold(body)
		if !ok {
			return cutLines(body, limit)
		}
		body = shorter
	}
	return body
}

const (
	foldOpen  = "<details>"
	foldClose = "</details>"
)

// emptyLongestFold empties the longest top-level <details> section, its summary aside.
func emptyLongestFold(body string) (string, bool) {
	lines := strings.SplitAfter(body, "\n")
	var s structure
	var best struct{ first, last, size int }
	start, size := -1, 0
	for i, line := range lines {
		depth := s.folds
		s.line(line)
		switch {
		case depth == 0 && s.folds > 0:
			start, size = i, 0
		case depth > 0 && s.folds == 0 && start >= 0:
			if size > best.size {
				best.first, best.last, best.size = start+1, i, size
			}
			start = -1
		default:
			size += len(line)
		}
	}
	replacement := fmt.Sprintf("\n%d lines are left out here; the results of the run have them.\n", best.last-best.first)
	if best.size <= len(replacement) {
		return body, false
	}
	return strings.Join(lines[:best.first], "") + replacement + strings.Join(lines[best.last:], ""), true
}

// cutLines keeps as many whole lines as fit.
func cutLines(body string, limit int) string {
	lines := strings.SplitAfter(body, "\n")
	const reserve = 200 // for the closing of what is open and the sentence about it
	var s structure
	kept, size := 0, 0
	for _, line := range lines {
		next := s
		next.line(line)
		if size+len(line)+reserve+len(next.closing()) > limit {
			break
		}
		s = next
		size += len(line)
		kept++
	}
	out := strings.Join(lines[:kept], "") + s.closing() + fmt.Sprintf("\n%d more lines are left out here; the results of the run have them.", len(lines)-kept)
	if len(out) > limit {
		return ""
	}
	return out
}

// structure tracks what is open at a line of Markdown.
type structure struct {
	fence string // the run of backticks or tildes that opened a code block
	folds int
}

func (s *structure) line(line string) {
	text := strings.TrimLeft(line, " ")
	mark := ""
	for _, c := range []string{"`", "~"} {
		if n := len(text) - len(strings.TrimLeft(text, c)); n >= 3 {
			mark = text[:n]
		}
	}
	if s.fence != "" {
		if mark != "" && mark[0] == s.fence[0] && len(mark) >= len(s.fence) && strings.TrimSpace(text[len(mark):]) == "" {
			s.fence = ""
		}
		return
	}
	if mark != "" && (mark[0] == '~' || !strings.Contains(text[len(mark):], "`")) {
		s.fence = mark
		return
	}
	s.folds = max(0, s.folds+strings.Count(line, foldOpen)-strings.Count(line, foldClose))
}

// closing is what must follow so that nothing stays open.
func (s structure) closing() string {
	out := ""
	if s.fence != "" {
		out = s.fence + "\n"
	}
	return out + strings.Repeat(foldClose+"\n", s.folds)
}
