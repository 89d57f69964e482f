package chatops

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/mooringdev/mooring/internal/didyoumean"
)

const (
	maxCommands = 10
	maxTargets  = 50
	maxReason   = 500 // runes
	maxSpan     = 10 * 365 * 24 * time.Hour
)

// A Problem is a line that is not understood.
type Problem struct {
	Line int    // of the comment, 1-based
	Text string // one sentence; what it quotes of the comment is foreign text
	// Usage is the form of the verb that was meant; "" when that is not known.
	Usage string
}

// Parse reads the commands of a comment, in order. A comment that is not addressed to Mooring has neither commands nor problems. When there is
// a problem, nothing of the comment may be carried out. now is what durations count from.
func Parse(body string, now time.Time) (commands []Command, problems []Problem) {
	for _, l := range commandLines(body) {
		c, err := parseCommand(l.text, now)
		if err != nil {
			p := Problem{Line: l.number, Text: err.Error()}
			if spec, ok := Lookup(string(c.Verb)); ok {
				p.Usage = spec.Usage()
			}
			problems = append(problems, p)
			continue
		}
		c.Line = l.number
		commands = append(commands, c)
	}
	if len(commands) > maxCommands {
		problems = append(problems, Problem{Line: commands[maxCommands].Line, Text: fmt.Sprintf("a comment may hold %d commands, and this one holds %d", maxCommands, len(commands))})
	}
	return commands, problems
}

// Addressed tells whether a comment is for Mooring.
func Addressed(body string) bool { return len(commandLines(body)) > 0 }

type commandLine struct {
	number int
	text   string // after the prefix
}

// commandLines finds the lines that are commands: none unless the first line that is not blank is one.
func commandLines(body string) []commandLine {
	body = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(body, "\ufeff"))
	var found []commandLine
	fence := ""     // that is open
	hidden := false // within an HTML comment
	number := 0
	for line := range strings.SplitSeq(body, "\n") {
		number++
		text := strings.TrimRightFunc(line, unicode.IsSpace)
		switch {
		case hidden:
			hidden = !strings.Contains(text, "-->")
			continue
		case fence != "":
			if closes(text, fence) {
				fence = ""
			}
			continue
		case text == "":
			continue
		}
		rest, ok := cutPrefix(text)
		if ok {
			found = append(found, commandLine{number, rest})
		} else {
			fence = opens(text)
		}
		if len(found) == 0 {
			return nil
		}
		if at := strings.LastIndex(text, "<!--"); at >= 0 && fence == "" && !strings.Contains(text[at:], "-->") {
			hidden = true
		}
	}
	return found
}

// cutPrefix takes the prefix off a line, and backticks around the line.
func cutPrefix(line string) (rest string, ok bool) {
	line, ok = unindent(line)
	if !ok {
		return "", false
	}
	if ticks := len(line) - len(strings.TrimLeft(line, "`")); ticks > 0 {
		fence := line[:ticks]
		if len(line) < 2*ticks || !strings.HasSuffix(line, fence) {
			return "", false
		}
		line = strings.TrimSpace(line[ticks : len(line)-ticks])
		if strings.Contains(line, fence) {
			return "", false
		}
	}
	if len(line) < len(Prefix) || !strings.EqualFold(line[:len(Prefix)], Prefix) {
		return "", false
	}
	rest = line[len(Prefix):]
	if rest != "" && !unicode.IsSpace([]rune(rest)[0]) {
		return "", false
	}
	return rest, true
}

// unindent takes blanks off a line; it fails where they make the line code.
func unindent(line string) (string, bool) {
	text := strings.TrimLeft(line, " ")
	return text, len(line)-len(text) < 4 && !strings.HasPrefix(text, "\t")
}

// opens is the fence that a line opens, "" for none.
func opens(line string) string {
	line, ok := unindent(line)
	if !ok {
		return ""
	}
	for _, c := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, c)
		if n := len(line) - len(rest); n >= 3 && !(c == "`" && strings.Contains(rest, c)) {
			return line[:n]
		}
	}
	return ""
}

// closes tells whether a line closes the fence.
func closes(line, fence string) bool {
	line, ok := unindent(line)
	return ok && len(line) >= len(fence) && strings.Trim(line, fence[:1]) == ""
}

// parseCommand reads what follows the prefix. With an error, the command has the verb that was recognised.
func parseCommand(line string, now time.Time) (Command, error) {
	p := parser{rest: strings.TrimSpace(line), now: now}
	if strings.Contains(line, "<!--") {
		return p.Command, fmt.Errorf("a command cannot hold an HTML comment: readers would not see it")
	}
	if p.rest == "" {
		return Command{Verb: Help}, nil
	}
	word, rest := cutWord(p.rest)
	spec, ok := Lookup(word)
	if !ok {
		names := make([]string, 0, len(Verbs))
		for _, s := range Verbs {
			names = append(names, string(s.Verb))
		}
		return p.Command, fmt.Errorf("%s is not a command. %s", strconv.Quote(clip(word)), didyoumean.Sentence(clip(word), names))
	}
	p.rest, p.spec, p.Verb = rest, spec, spec.Verb
	if err := p.parts(); err != nil {
		return p.Command, err
	}
	return p.Command, p.complete()
}

// cutWord takes the first word off, whatever it holds.
func cutWord(s string) (word, rest string) {
	if at := strings.IndexFunc(s, unicode.IsSpace); at >= 0 {
		return s[:at], s[at:]
	}
	return s, ""
}

type parser struct {
	Command
	spec Spec
	rest string
	now  time.Time
	seen map[string]bool
}

// parts reads what follows the verb.
func (p *parser) parts() error {
	p.seen = map[string]bool{}
	for {
		// Reasons are kept as they were written; the quotes of an address may have been turned by a phone.
		p.rest = strings.TrimSpace(p.rest)
		if word, rest := cutWord(p.rest); strings.EqualFold(strings.TrimSuffix(word, ":"), "because") {
			return p.because(rest)
		}
		end := len(p.rest)
		if at := reasonBegins.FindStringIndex(p.rest); at != nil {
			end = at[0]
		}
		quoted := p.rest != "" && strings.ContainsAny(p.rest[:1], "`\"'")
		word, rest, err := next(typed.Replace(p.rest[:end]) + p.rest[end:])
		if err != nil {
			return err
		}
		if word == "" {
			return nil
		}
		p.rest = rest
		if err := p.part(strings.TrimSuffix(word, ","), quoted); err != nil {
			return err
		}
	}
}

var reasonBegins = regexp.MustCompile(`(?i)\sbecause\b`)

func (p *parser) part(word string, quoted bool) error {
	switch lower := strings.ToLower(word); {
	case quoted:
		return p.target(word)
	case lower == "while":
		unchanged, rest, err := next(p.rest)
		if err != nil || !strings.EqualFold(unchanged, "unchanged") {
			return fmt.Errorf("after while comes unchanged")
		}
		p.rest, p.WhileUnchanged = rest, true
		return p.clause("while unchanged", p.spec.While)
	case lower == "for":
		length, rest, err := next(p.rest)
		if err != nil {
			return err
		}
		p.rest = rest
		return p.span(length)
	case lower == "until":
		day, rest, err := next(p.rest)
		if err != nil {
			return err
		}
		p.rest = rest
		return p.date(day)
	case lower == "stack" && p.spec.Scope == ScopeStack:
		p.Stack = true
		return nil
	case p.spec.Bare && startsWithDigit(word):
		return p.span(word)
	case !strings.Contains(word, "."):
		return p.unknown(word)
	}
	return p.target(word)
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// clause notes a clause that was read.
func (p *parser) clause(name string, may Presence) error {
	if may == Never {
		return fmt.Errorf("%s takes no %q", p.spec.Verb, name)
	}
	if p.seen[name] {
		return fmt.Errorf("%q is said twice", name)
	}
	p.seen[name] = true
	return nil
}

const endClause = "for ... or until ..."

var spanForm = regexp.MustCompile(`^([0-9]{1,6})([a-z]*)$`)

// span reads a duration, whose unit may be the next word.
func (p *parser) span(word string) error {
	if err := p.clause(endClause, p.spec.End); err != nil {
		return err
	}
	m := spanForm.FindStringSubmatch(strings.ToLower(word))
	bad := fmt.Errorf("%s is not a duration: write 12h, 30d or 2w", strconv.Quote(clip(word)))
	if m == nil {
		return bad
	}
	name := m[2]
	if name == "" {
		following, rest, err := next(p.rest)
		if err != nil {
			return bad
		}
		name, p.rest = strings.ToLower(following), rest
	}
	unit := units[strings.TrimSuffix(name, "s")]
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || unit == 0 || n == 0 {
		return bad
	}
	if n > int64(maxSpan/unit) {
		return fmt.Errorf("%s is longer than ten years: leave the end out to have none", strconv.Quote(clip(word)))
	}
	p.Until = p.now.Add(time.Duration(n) * unit).UTC().Truncate(time.Second)
	return nil
}

const day = 24 * time.Hour

var units = map[string]time.Duration{"h": time.Hour, "hour": time.Hour, "d": day, "day": day, "w": 7 * day, "week": 7 * day}

// date reads the day on which something ends, at 00:00 UTC.
func (p *parser) date(word string) error {
	if err := p.clause(endClause, p.spec.End); err != nil {
		return err
	}
	at, err := time.Parse(time.DateOnly, word)
	switch {
	case err != nil:
		return fmt.Errorf("%s is not a date: write it as 2027-01-31", strconv.Quote(clip(word)))
	case !at.After(p.now):
		return fmt.Errorf("%s is over already", at.Format(time.DateOnly))
	case at.Sub(p.now) > maxSpan:
		return fmt.Errorf("%s is more than ten years away: leave the end out to have none", at.Format(time.DateOnly))
	}
	p.Until = at
	return nil
}

func (p *parser) target(word string) error {
	if p.spec.Targets == Never {
		return fmt.Errorf("%s takes no address", p.spec.Verb)
	}
	t, err := ParseTarget(word)
	switch {
	case err != nil:
		return err
	case t.Path != "" && p.spec.Scope == ScopeResource:
		return fmt.Errorf("%s is about whole resources: write %s", p.spec.Verb, clip(t.Address))
	case slices.Contains(p.Targets, t):
		return nil
	case p.spec.One && len(p.Targets) == 1:
		return fmt.Errorf("%s takes one address", p.spec.Verb)
	case len(p.Targets) == maxTargets:
		return fmt.Errorf("a command may name %d addresses", maxTargets)
	}
	p.Targets = append(p.Targets, t)
	return nil
}

func (p *parser) unknown(word string) error {
	known := []string{}
	if p.spec.Scope == ScopeStack {
		known = append(known, "stack")
	}
	for _, k := range []struct {
		may  Presence
		word []string
	}{{p.spec.While, []string{"while"}}, {p.spec.End, []string{"for", "until"}}, {p.spec.Because, []string{"because"}}} {
		if k.may != Never {
			known = append(known, k.word...)
		}
	}
	if near := didyoumean.Nearest(clip(word), known); near != "" {
		return fmt.Errorf("%s is not understood. Did you mean %q?", strconv.Quote(clip(word)), near)
	}
	if p.spec.Targets == Never {
		return fmt.Errorf("%s is too much: %s stands alone", strconv.Quote(clip(word)), p.spec.Verb)
	}
	return fmt.Errorf("%s is not understood: it is no address, which has a type and a name as in aws_instance.web", strconv.Quote(clip(word)))
}

// because takes the rest of the line as the reason.
func (p *parser) because(rest string) error {
	if err := p.clause("because", p.spec.Because); err != nil {
		return err
	}
	reason := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(rest, ""))
	reason = strings.Join(strings.Fields(reason), " ")
	for _, q := range []string{`"`, "'"} {
		if inner, ok := strings.CutPrefix(reason, q); ok && len(inner) > 1 && strings.Count(reason, q) == 2 && strings.HasSuffix(inner, q) {
			reason = strings.TrimSpace(strings.TrimSuffix(inner, q))
		}
	}
	switch {
	case !strings.ContainsFunc(reason, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return fmt.Errorf("after because comes the reason, in your own words: people read it where the finding would have been")
	case len([]rune(reason)) > maxReason:
		return fmt.Errorf("the reason is longer than %d characters", maxReason)
	case strings.HasPrefix(reason, "<") && strings.HasSuffix(reason, ">"):
		return fmt.Errorf("%s stands for a reason: write yours", strconv.Quote(clip(reason)))
	}
	p.Reason = reason
	return nil
}

// complete makes sure that nothing is missing.
func (p *parser) complete() error {
	switch {
	case p.Stack && len(p.Targets) > 0:
		return fmt.Errorf("the whole stack and single addresses are named: choose one")
	case p.spec.Targets == Required && len(p.Targets) == 0 && !p.Stack:
		return fmt.Errorf("%s needs to know what: an address, or the word stack for all of it", p.spec.Verb)
	case p.spec.End == Required && p.Until.IsZero():
		return fmt.Errorf("%s needs an end: a duration such as 7d, or until and a date", p.spec.Verb)
	case p.spec.Because == Required && p.Reason == "":
		return fmt.Errorf("%s needs a reason: add because and why", p.spec.Verb)
	}
	return nil
}
