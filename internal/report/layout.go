package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

type styles struct{ plain, good, warn, bad, strong, faint lipgloss.Style }

func newStyles(coloured bool) styles {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	if coloured {
		r.SetColorProfile(termenv.ANSI)
	}
	s := r.NewStyle()
	return styles{
		plain: s, good: s.Foreground(lipgloss.ANSIColor(2)), warn: s.Foreground(lipgloss.ANSIColor(3)), bad: s.Foreground(lipgloss.ANSIColor(1)).Bold(coloured),
		strong: s.Bold(coloured), faint: s.Faint(coloured),
	}
}

type textWriter struct {
	w     io.Writer
	err   error
	width int
	style styles
	tell  teller
}

func (t *textWriter) line(parts ...string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.w, strings.TrimRight(strings.Join(parts, ""), " ")+"\n")
	}
}

// row writes a left part and a remark in the second column, or below when there is no room.
func (t *textWriter) row(indent int, left string, column int, style lipgloss.Style, right string) {
	pad := strings.Repeat(" ", indent)
	if right == "" {
		t.line(pad, left)
		return
	}
	if gap := column - indent - ansi.StringWidth(left); gap >= 2 && ansi.StringWidth(right) <= t.width-column {
		t.line(pad, left, strings.Repeat(" ", gap), style.Render(right))
		return
	}
	t.line(pad, left)
	t.wrappedStyle(indent+4, "", right, style)
}

// wrapped writes text that may be longer than a line; the lines after the first are indented under it.
func (t *textWriter) wrapped(indent int, lead, text string) {
	t.wrappedStyle(indent, lead, text, t.style.plain)
}

func (t *textWriter) wrappedStyle(indent int, lead, text string, style lipgloss.Style) {
	pad := strings.Repeat(" ", indent)
	hang := strings.Repeat(" ", ansi.StringWidth(lead))
	room := max(20, t.width-indent-ansi.StringWidth(lead))
	for i, l := range strings.Split(ansi.Wrap(text, room, "/.,"), "\n") {
		if i == 0 {
			t.line(pad, lead, style.Render(l))
		} else {
			t.line(pad, hang, style.Render(l))
		}
	}
}

func seconds(d time.Duration) string {
	if d >= 2*time.Minute {
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// fit cuts or pads text to a width; cut only cuts.
func fit(s string, width int) string {
	s = cut(visible(s, 0), width)
	return s + strings.Repeat(" ", max(0, width-ansi.StringWidth(s)))
}

func cut(s string, width int) string { return ansi.Truncate(s, max(width, 1), "…") }

// shellWord quotes a word for a shell when it needs it.
func shellWord(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./@:=+,", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(visible(s, 0), "'", `'\''`) + "'"
}

func markStyle(s styles, mark byte) lipgloss.Style {
	switch mark {
	case '+':
		return s.good
	case '-':
		return s.bad
	}
	return s.warn
}
