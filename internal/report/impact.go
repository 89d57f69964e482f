package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// An Impact is what raised versions touch.
type Impact struct {
	Base, Head string // commits
	Bumps      []Bump
	Planned    *Results // of the stacks that use them: what the raised versions bring; nil when nothing was planned
	Whole      []string // stacks that could not be planned with the versions as they were: all that is planned is there
}

// A Bump is one version that a file names otherwise, and the stacks that read the file.
type Bump struct {
	Upgrade
	File   string
	Stacks []string
}

// RedactImpact is [Redact] for an impact.
func RedactImpact(r *Impact) *Impact {
	out := &Impact{Base: clean(r.Base), Head: clean(r.Head)}
	for _, b := range r.Bumps {
		out.Bumps = append(out.Bumps, Bump{redactUpgrade(b.Upgrade), clean(b.File), each(b.Stacks, clean)})
	}
	if r.Planned != nil {
		out.Planned = Redact(r.Planned)
	}
	out.Whole = each(r.Whole, clean)
	return out
}

// WriteImpactMarkdown writes an impact as the note of a pull request.
func WriteImpactMarkdown(w io.Writer, r *Impact) error {
	r = RedactImpact(r)
	var b strings.Builder
	if len(r.Bumps) == 0 {
		b.WriteString("No provider or module changes its version.\n")
	}
	for _, bump := range r.Bumps {
		fmt.Fprintf(&b, "- %s, %s: used by %s\n", join(words(bump.Kind+" "), code(bump.Name), words(" "), code(bump.From), words(" to "), code(bump.To)).markdown(),
			code(bump.File).markdown(), users(bump.Stacks).markdown())
	}
	if r.Planned != nil {
		b.WriteString("\n| stack | what the raised versions bring |\n|---|---|\n")
		for i := range r.Planned.Stacks {
			s := &r.Planned.Stacks[i]
			b.WriteString("| " + code(s.Stack.ID).cell() + " | " + r.plannedPhrase(s).cell() + " |\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteImpactText writes an impact for a terminal.
func WriteImpactText(w io.Writer, r *Impact, o TextOptions) error {
	r = RedactImpact(r)
	t := newTextWriter(w, o)
	if len(r.Bumps) == 0 {
		t.line("No provider or module changes its version.")
	}
	for _, bump := range r.Bumps {
		t.wrapped(0, "", join(words(bump.Kind+" "), code(bump.Name), words(" "), code(bump.From), words(" to "), code(bump.To), words(" in "), code(bump.File)).text())
		t.wrapped(2, "used by ", users(bump.Stacks).text())
	}
	if r.Planned != nil {
		t.line()
		for i := range r.Planned.Stacks {
			s := &r.Planned.Stacks[i]
			t.wrapped(0, "", visible(s.Stack.ID, codeLimit)+": "+r.plannedPhrase(s).text())
		}
	}
	return t.err
}

// users lists stacks.
func users(ids []string) phrase {
	if len(ids) == 0 {
		return words("no stack")
	}
	var parts []phrase
	for _, s := range ids[:min(20, len(ids))] {
		parts = append(parts, code(s))
	}
	p := list(", ", parts...)
	if rest := len(ids) - len(parts); rest > 0 {
		p = join(p, words(" and "+thousands(rest)+" more"))
	}
	return p
}

// plannedPhrase says what the raised versions bring in a stack.
func (r *Impact) plannedPhrase(s *StackResult) phrase {
	if s.Status == StatusFailed || s.Status == StatusSkipped {
		return join(words("not planned: "), quoted(summary(s)))
	}
	var would []phrase
	for i := range s.Findings {
		f := &s.Findings[i]
		if f.Kind != drift.KindPending && !slices.ContainsFunc(f.Changes, inUpgrade) {
			continue
		}
		p := join(words(f.Action+" "), code(f.Address))
		var paths []phrase
		for _, c := range f.Changes[:min(5, len(f.Changes))] {
			paths = append(paths, code(c.Path))
		}
		if len(paths) > 0 {
			p = join(p, words(" ("), list(", ", paths...), words(")"))
		}
		would = append(would, p)
	}
	p := words("nothing")
	if len(would) > 0 {
		p = list(", ", would[:min(10, len(would))]...)
		if rest := len(would) - min(10, len(would)); rest > 0 {
			p = join(p, words(" and "+thousands(rest)+" more"))
		}
	}
	if slices.Contains(r.Whole, s.Stack.ID) {
		p = join(p, words("; this is all that is planned: with the versions as they were it could not be planned"))
	}
	return p
}

// WriteImpactJSON writes an impact as JSON.
func WriteImpactJSON(w io.Writer, r *Impact) error {
	r = RedactImpact(r)
	type bump struct {
		Kind   string   `json:"kind"`
		Name   string   `json:"name"`
		From   string   `json:"from"`
		To     string   `json:"to"`
		File   string   `json:"file"`
		Stacks []string `json:"stacks"`
	}
	doc := struct {
		Version int          `json:"version"`
		Base    string       `json:"base"`
		Head    string       `json:"head"`
		Bumps   []bump       `json:"bumps"`
		Planned *jsonResults `json:"planned,omitempty"`
		Whole   []string     `json:"whole,omitempty"`
	}{Whole: r.Whole, Version: 1, Base: r.Base, Head: r.Head, Bumps: []bump{}}
	for _, b := range r.Bumps {
		doc.Bumps = append(doc.Bumps, bump{b.Kind, b.Name, b.From, b.To, b.File, list0(b.Stacks)})
	}
	if r.Planned != nil {
		form := formOf(r.Planned)
		doc.Planned = &form
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(doc)
}
