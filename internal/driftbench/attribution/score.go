package attribution

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
)

// document is what is read of Mooring's answer: the public form, and nothing more.
type document struct {
	Stacks []struct {
		Findings []struct {
			ID          string
			Address     string
			Attribution []entry
		}
	}
}

type entry struct {
	Paths      []string
	Verdict    string
	Reason     string
	Actor      *struct{ Name, Type string }
	Events     []struct{ ID, Operation string }
	Candidates []struct {
		Actor *struct{ Name string }
	}
}

// A Score counts answers against the truth. A claim is one answer about one change.
type Score struct {
	Claims     int
	Named      int               // claims that name a person
	WrongNames []string          // claims that name somebody who did not do it
	Given      map[string]*Share // by verdict: how many of the claims are right
	Wanted     map[string]*Share // by sort of truth: how many are met
	Abstained  map[string]*Share // by reason that is right: how many name nobody and say why
	Found      *Share            // changes that one or several people made, and the log shows: all of them named
	Families   map[string]*Share // attributable changes, found
	Formats    map[string]*Share
	Scenarios  map[string]*Share
	// Undecidable counts cases of which the log cannot tell what happened, whatever the rule: a record that is lost beside one that shows no values.
	// They are asked and counted here alone; Right is how many of them name nobody.
	Undecidable *Share
	Failures    []string // claims that are wrong or missing, for reading
}

// A Share is how many of how many.
type Share struct{ Right, Of int }

func (s *Share) add(right bool) {
	s.Of++
	if right {
		s.Right++
	}
}

// Rate is 1 when there is nothing to count.
func (s *Share) Rate() float64 {
	if s == nil || s.Of == 0 {
		return 1
	}
	return float64(s.Right) / float64(s.Of)
}

func in(m map[string]*Share, key string) *Share {
	if m[key] == nil {
		m[key] = &Share{}
	}
	return m[key]
}

func newScore() *Score {
	return &Score{Given: map[string]*Share{}, Wanted: map[string]*Share{}, Abstained: map[string]*Share{}, Found: &Share{},
		Families: map[string]*Share{}, Formats: map[string]*Share{}, Scenarios: map[string]*Share{}, Undecidable: &Share{}}
}

// score compares Mooring's answer with the truth.
func (s *Score) score(answer []byte, wants []Want) error {
	var doc document
	if err := json.Unmarshal(answer, &doc); err != nil {
		return fmt.Errorf("the answer is not JSON: %w", err)
	}
	entries := map[string][]entry{}
	for _, st := range doc.Stacks {
		for _, f := range st.Findings {
			entries[f.ID] = f.Attribution
		}
	}
	for _, w := range wants {
		var about []entry
		for _, e := range entries[w.Finding] {
			if w.Path == "" || slices.Contains(e.Paths, w.Path) {
				about = append(about, e)
			}
		}
		if w.Undecidable {
			s.Undecidable.add(!slices.ContainsFunc(about, func(e entry) bool { return e.named() }))
			continue
		}
		s.judge(w, about)
	}
	return nil
}

func (e *entry) named() bool {
	return e.Actor != nil && e.Actor.Name != "" && slices.Contains([]string{"confirmed", "likely"}, e.Verdict)
}

func (s *Score) judge(w Want, about []entry) {
	found := map[string]bool{}
	wrong := false
	for i := range about {
		e := &about[i]
		right := s.right(w, e)
		if e.Actor != nil && (e.named() || e.Actor.Type == string(audit.ActorHuman)) {
			name := nick(e.Actor.Name)
			found[name] = true
			s.Named++
			if !contains(w.People, name) && e.Verdict != "own_apply" {
				wrong = true
				s.WrongNames = append(s.WrongNames, fmt.Sprintf("%s: %s names %s (%s)", w, e.Verdict, e.Actor.Name, events(e)))
			}
		}
		if w.Loose {
			continue
		}
		s.Claims++
		in(s.Given, e.Verdict).add(right)
		if !right {
			s.Failures = append(s.Failures, fmt.Sprintf("wrong %s: %s: %s", e.Verdict, w, describe(e)))
		}
	}
	if w.Loose {
		return
	}
	met := s.met(w, about, found) && !wrong
	key := string(w.Sort)
	if w.Optional {
		key += ", little shown"
	}
	in(s.Wanted, key).add(met)
	in(s.Scenarios, w.Scenario).add(met)
	if w.Sort == Person && !w.Optional {
		s.Found.add(met)
		in(s.Families, w.Family).add(met)
		in(s.Formats, w.Format).add(met)
	}
	if w.Sort == Nobody {
		in(s.Abstained, strings.Join(w.Reasons, "|")).add(met)
	}
	if !met {
		s.Failures = append(s.Failures, fmt.Sprintf("not met: %s: got %s", w, describeAll(about)))
	}
}

// right tells whether a claim is true.
func (s *Score) right(w Want, e *entry) bool {
	name := ""
	if e.Actor != nil {
		name = nick(e.Actor.Name)
	}
	switch e.Verdict {
	case "confirmed", "likely":
		return w.Sort == Person && contains(w.People, name)
	case "automation":
		return w.Sort == Machine || w.Sort == Own && w.Optional
	case "own_apply":
		return w.Sort == Own
	case "ambiguous":
		return w.Sort == Tie || w.Optional && w.Sort == Person && e.hasCandidate(w.People)
	case "possible", "none":
		return w.Sort == Nobody || w.Optional
	}
	return false
}

func (e *entry) hasCandidate(people []string) bool {
	for _, c := range e.Candidates {
		if c.Actor != nil && contains(people, nick(c.Actor.Name)) {
			return true
		}
	}
	return false
}

// met tells whether all that should have been said was said.
func (s *Score) met(w Want, about []entry, found map[string]bool) bool {
	has := func(verdict string) bool {
		return slices.ContainsFunc(about, func(e entry) bool { return e.Verdict == verdict })
	}
	switch w.Sort {
	case Person:
		all := true
		for _, p := range w.People {
			all = all && found[p]
		}
		return all || w.Optional
	case Machine:
		return has("automation") || w.Optional
	case Own:
		return has("own_apply")
	case Tie:
		return has("ambiguous") || w.Optional && len(found) == 0
	}
	// Nobody: some reason that is right, and no name.
	return len(found) == 0 && slices.ContainsFunc(about, func(e entry) bool {
		return e.Verdict == "none" && contains(w.Reasons, e.Reason) || e.Verdict == "possible" && contains(w.Reasons, "possible")
	})
}

func (w Want) String() string {
	return fmt.Sprintf("[%s, %s] %s %s of %s should be %s %s", w.Scenario, w.Format, w.Family, w.Path, w.Finding, w.Sort, strings.Join(append(slices.Clone(w.People), w.Reasons...), "+"))
}

func events(e *entry) string {
	var out []string
	for _, ev := range e.Events {
		out = append(out, ev.Operation)
	}
	return strings.Join(out, ",")
}

func describe(e *entry) string {
	name := ""
	if e.Actor != nil {
		name = " " + e.Actor.Name + "(" + e.Actor.Type + ")"
	}
	return strings.TrimSpace(e.Verdict + " " + e.Reason + name + " " + events(e))
}

func describeAll(list []entry) string {
	var out []string
	for i := range list {
		out = append(out, describe(&list[i]))
	}
	return "[" + strings.Join(out, "; ") + "]"
}
