package blame

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// An answer is what is known of one cell.
type answer struct {
	cell     *cell
	verdict  Verdict
	reason   string
	causes   []*touch // of one actor, oldest first; the candidates when ambiguous
	overlaid bool     // explained once, and written over since
}

// explain finds for each cell the writes that left the live value behind, then puts cells with one explanation together.
func (x *Explainer) explain(s *subject) []Attribution {
	timeline := s.timeline()
	for _, t := range timeline {
		t.actor = x.sessions.resolve(t.actor, t.at)
	}
	s.complete(timeline)
	answers := make([]answer, len(s.cells))
	runs := make([]run, len(s.cells))
	causes := map[*touch]bool{}
	calls, witnesses := witnessed(timeline)
	for i := range s.cells {
		runs[i] = lastRun(calls, i)
		if len(runs[i].hits) > 0 {
			causes[runs[i].hits[0]] = true
		}
	}
	for i, c := range s.cells {
		answers[i] = runs[i].answer(causes).weigh(lastRun(witnesses, i))
		answers[i].cell = c
	}
	for i, c := range s.cells {
		if c.instead != nil {
			if new := answers[slices.Index(s.cells, c.instead)]; named(new.verdict) {
				answers[i] = new
				answers[i].cell = c
			}
		}
	}
	if s.unsure(timeline) {
		for i := range answers {
			if answers[i].verdict == Confirmed || answers[i].verdict == Likely {
				answers[i].verdict, answers[i].causes = Possible, answers[i].causes[:1]
			}
		}
	}
	for i := range answers {
		if answers[i].verdict == None {
			answers[i].verdict, answers[i].reason = x.whyNone(s, &answers[i], timeline)
		}
	}
	return x.merge(s, answers, timeline)
}

// unsure tells whether the finding does not know its account and events of several accounts name it only by name.
func (s *subject) unsure(timeline []*touch) bool {
	if s.account != "" {
		return false
	}
	accounts := map[string]bool{}
	for _, t := range timeline {
		if t.ruled == "" && t.proof == provenName && t.account != "" {
			accounts[t.account] = true
		}
	}
	return len(accounts) > 1
}

// A run is the last stretch of writes to a cell that nothing contradicts.
type run struct {
	hits, unknowns, maybes []*touch
	later                  []*touch // unknown writes after the last hit
	misses                 int
	overlaid               bool
}

// lastRun walks one cell's writes. Writes of one second have no order: a contradiction and a hit in one second leave the hit standing, because the
// live value says which of them was last.
func lastRun(timeline []*touch, cell int) run {
	var r run
	var second time.Time
	var current run // the hits and unknowns of this second
	flush := func() {
		r.hits, r.unknowns, r.maybes = append(r.hits, current.hits...), append(r.unknowns, current.unknowns...), append(r.maybes, current.maybes...)
		if len(current.hits) > 0 {
			r.later = nil
		}
		r.later = append(r.later, current.unknowns...)
		current = run{}
	}
	for i := 0; i < len(timeline); {
		second = timeline[i].at.Truncate(time.Second)
		missed := false
		for ; i < len(timeline) && timeline[i].at.Truncate(time.Second).Equal(second); i++ {
			t := timeline[i]
			if t.ruled != "" {
				continue
			}
			switch t.states[cell] {
			case stateHit:
				current.hits = append(current.hits, t)
			case stateUnknown:
				current.unknowns = append(current.unknowns, t)
			case stateMaybe:
				current.maybes = append(current.maybes, t)
			case stateMiss:
				missed = true
			}
		}
		if missed {
			r.overlaid = len(r.hits)+len(r.unknowns) > 0
			r = run{misses: r.misses + 1, overlaid: r.overlaid}
		}
		flush()
	}
	return r
}

// answer decides one cell. causes are the events that first brought some cell of the finding to its live value: where such an event also repeats a
// value that was there already, it does not compete for it.
func (r run) answer(causes map[*touch]bool) answer {
	if len(r.hits) == 0 {
		return r.hiddenAnswer()
	}
	first := r.hits[0]
	rivals := []*touch{first}
	for _, t := range r.hits[1:] {
		passenger := causes[t] && !t.at.Truncate(time.Second).Equal(first.at.Truncate(time.Second))
		if !sameActor(t, first) && !passenger {
			rivals = append(rivals, t)
		}
	}
	for _, t := range r.later {
		if !sameActor(t, first) && !causes[t] {
			rivals = append(rivals, t)
		}
	}
	if len(rivals) > 1 {
		return answer{verdict: Ambiguous, causes: rivals}
	}
	return verdictOf(first, Confirmed)
}

// hiddenAnswer decides a cell of which only hidden writes are known.
func (r run) hiddenAnswer() answer {
	if len(r.unknowns) == 0 {
		if len(r.maybes) > 0 || r.overlaid {
			return answer{verdict: Possible, causes: r.maybes, overlaid: r.overlaid}
		}
		return answer{verdict: None}
	}
	rivals := []*touch{r.unknowns[0]}
	for _, t := range slices.Concat(r.unknowns[1:], r.maybes) {
		if !slices.ContainsFunc(rivals, func(have *touch) bool { return sameActor(have, t) }) {
			rivals = append(rivals, t)
		}
	}
	if len(rivals) > 1 {
		return answer{verdict: Ambiguous, causes: rivals}
	}
	return verdictOf(r.unknowns[len(r.unknowns)-1], Likely)
}

// verdictOf turns a found cause into the verdict that its actor makes of it.
func verdictOf(t *touch, sure Verdict) answer {
	switch {
	case t.own != nil:
		return answer{verdict: OwnApply, causes: []*touch{t}}
	case t.actor.Type == audit.ActorMachine || t.actor.Type == audit.ActorService:
		return answer{verdict: Automation, causes: []*touch{t}}
	case t.actor.Name == "" && t.actor.Principal == "":
		return answer{verdict: Possible, causes: []*touch{t}}
	}
	return answer{verdict: sure, causes: []*touch{t}}
}

func sameActor(a, b *touch) bool {
	if a.own != nil && b.own != nil {
		return true
	}
	return actorKey(a.actor) == actorKey(b.actor) && (a.own == nil) == (b.own == nil)
}

// actorKey names who an actor is, so that two sessions of one person are one.
func actorKey(a audit.Actor) string {
	if a.Type == audit.ActorHuman && a.Name != "" {
		return "human " + strings.ToLower(a.Name)
	}
	return string(a.Type) + " " + a.Name + " " + a.Principal
}

// merge puts cells with one explanation into one attribution.
func (x *Explainer) merge(s *subject, answers []answer, timeline []*touch) []Attribution {
	var out []Attribution
	where := map[string]int{}
	for _, a := range answers {
		key := string(a.verdict) + "\x00" + a.reason
		for _, t := range a.causes {
			key += "\x00" + actorKey(t.actor)
			if a.verdict == Ambiguous || t.witness {
				key += t.ref.ID
			}
		}
		i, ok := where[key]
		if !ok {
			i = len(out)
			where[key] = i
			out = append(out, Attribution{Verdict: a.verdict, Reason: a.reason})
		}
		a.fill(&out[i])
	}
	slices.SortStableFunc(out, func(a, b Attribution) int {
		return cmp.Or(cmp.Compare(rankOf(a.Verdict), rankOf(b.Verdict)), a.At.Compare(b.At), strings.Compare(strings.Join(a.Paths, " "), strings.Join(b.Paths, " ")),
			strings.Compare(actorKey(a.Actor), actorKey(b.Actor)))
	})
	for i := range out {
		out[i].RuledOut = ruledOut(&out[i], s, timeline)
	}
	return out
}

func rankOf(v Verdict) int {
	return slices.Index([]Verdict{Confirmed, Likely, Ambiguous, Possible, Automation, OwnApply, None}, v)
}

func (a answer) fill(out *Attribution) {
	if a.cell.path != "" && !slices.Contains(out.Paths, a.cell.path) {
		out.Paths = append(out.Paths, a.cell.path)
	}
	if a.cell.label != "" && !a.cell.masked {
		out.Elements = append(out.Elements, a.cell.label)
	}
	for _, t := range a.causes {
		if a.verdict == Ambiguous {
			addCandidate(out, t)
			continue
		}
		if !slices.Contains(out.Events, t.ref) {
			out.Events = append(out.Events, t.ref)
		}
		if named(a.verdict) || t.witness {
			if out.Actor == (audit.Actor{}) || t.at.After(out.At) {
				out.Actor, out.Via, out.SourceIP, out.At = t.actor, t.via, t.ip, t.at
			}
		}
		if t.own != nil && a.verdict == OwnApply && t.own.Run != "" {
			out.Actor.Session = t.own.Run
		}
	}
}

// named tells whether a verdict says who.
func named(v Verdict) bool {
	return v == Confirmed || v == Likely || v == Automation || v == OwnApply
}

func addCandidate(out *Attribution, t *touch) {
	for i := range out.Candidates {
		c := &out.Candidates[i]
		if actorKey(c.Actor) == actorKey(t.actor) {
			if !slices.Contains(c.Events, t.ref) {
				c.Events = append(c.Events, t.ref)
			}
			return
		}
	}
	out.Candidates = append(out.Candidates, Candidate{Actor: t.actor, Via: t.via, At: t.at, Events: []EventRef{t.ref}})
}

const maxRuledOut = 20

// ruledOut lists, latest first, the events that name the resource and do not explain this.
func ruledOut(a *Attribution, s *subject, timeline []*touch) []RuledOut {
	var out []RuledOut
	for _, t := range slices.Backward(timeline) {
		if slices.Contains(a.Events, t.ref) || slices.ContainsFunc(a.Candidates, func(c Candidate) bool { return slices.Contains(c.Events, t.ref) }) {
			continue
		}
		why := t.ruled
		if why == "" {
			why = whyNot(a, s, t)
		}
		out = append(out, RuledOut{Event: t.ref, Actor: t.actor, At: t.at, Why: why})
		if len(out) == maxRuledOut {
			break
		}
	}
	return out
}

func whyNot(a *Attribution, s *subject, t *touch) string {
	best := stateNone
	for i, c := range s.cells {
		if c.path == "" || slices.Contains(a.Paths, c.path) {
			best = max(best, t.states[i])
		}
	}
	switch best {
	case stateHit:
		if !a.At.IsZero() && t.at.After(a.At) {
			return "repeats a value that was there already"
		}
		return "later overwritten"
	case stateMiss:
		return WhyOtherValue
	case stateUnknown, stateMaybe:
		return "value hidden"
	}
	return "other attribute"
}
