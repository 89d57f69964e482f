package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/blame"
)

// The timeline is a drawing of 800 units across; lanes beyond maxLanes share the last one.
const (
	timelineWidth = 800
	laneNames     = 230 // room for the names
	laneHeight    = 26
	maxLanes      = 9
)

type (
	// An htmlTimeline shows when who changed what, one lane a person or service.
	htmlTimeline struct {
		Height, Width, Left, Right, Foot int
		From, To, Label                  string
		Lanes                            []htmlLane
	}
	htmlLane struct {
		Name  string
		Y     int
		Text  int // baseline
		Marks []htmlMark
	}
	htmlMark struct {
		X, Y          int
		Class, Anchor string
		Title         string
	}
)

// deed is one attributed change on its way into the drawing.
type deed struct {
	who, what, how string
	title, anchor  string
	class          blame.Verdict
	at             time.Time
}

// timelineOf draws the changes whose time is known; nil when there are fewer than two, which a sentence tells better.
func timelineOf(stacks []StackResult) *htmlTimeline {
	deeds := deedsOf(stacks)
	if len(deeds) < 2 {
		return nil
	}
	from, to := deeds[0].at, deeds[0].at
	count, last := map[string]int{}, map[string]time.Time{}
	for _, d := range deeds {
		if d.at.Before(from) {
			from = d.at
		}
		if d.at.After(to) {
			to = d.at
		}
		count[d.who]++
		if d.at.After(last[d.who]) {
			last[d.who] = d.at
		}
	}
	var names []string
	for name := range count {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(last[b].Compare(last[a]), strings.Compare(a, b)) })
	lane := map[string]int{}
	t := &htmlTimeline{Width: timelineWidth, Left: laneNames, Right: timelineWidth - 20, From: dateAndTime(from), To: dateAndTime(to)}
	for i, name := range names {
		if i >= maxLanes-1 && len(names) > maxLanes {
			lane[name] = maxLanes - 1
			if i == maxLanes-1 {
				t.lane(plural(len(names)-i, "other", "others"))
			}
			continue
		}
		lane[name] = i
		t.lane(name)
	}
	span := max(to.Sub(from), time.Minute)
	for _, d := range deeds {
		l := &t.Lanes[lane[d.who]]
		x := t.Left + 10 + int(float64(t.Right-t.Left-20)*float64(d.at.Sub(from))/float64(span))
		l.Marks = append(l.Marks, htmlMark{X: x, Y: l.Y, Class: string(d.class), Anchor: d.anchor, Title: d.title})
	}
	t.Height = laneHeight*len(t.Lanes) + 30
	t.Foot = t.Height - 8
	t.Label = fmt.Sprintf("Timeline of %s by %s, from %s to %s UTC", plural(len(deeds), "change", "changes"), plural(len(names), "person or service", "people and services"), t.From, t.To)
	return t
}

func (t *htmlTimeline) lane(name string) {
	y := laneHeight*len(t.Lanes) + laneHeight/2
	t.Lanes = append(t.Lanes, htmlLane{Name: short(name, 28), Y: y, Text: y + 5})
}

// short is text of at most n characters.
func short(text string, n int) string {
	r := []rune(visible(text, 0))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n-1]) + "…"
}

func deedsOf(stacks []StackResult) []deed {
	var out []deed
	for i := range stacks {
		for _, d := range deedsIn(wanting(&stacks[i], attentionNow)) {
			d.anchor = fmt.Sprintf("stack-%d", i+1)
			d.title = visible(fmt.Sprintf("%s UTC, %s: %s (%s)", dateAndTime(d.at), d.who, d.what, verdictWord(d.class)), proseLimit)
			out = append(out, d)
		}
	}
	return out
}

// deedsIn are the changes of findings that have both a name and a time.
func deedsIn(findings []*Finding) []deed {
	var out []deed
	for _, f := range findings {
		for _, a := range f.Attribution {
			if !names(a.Verdict) || a.At.IsZero() || a.Actor.Name == "" {
				continue
			}
			what := f.Address
			if len(a.Paths) > 0 {
				what += " " + strings.Join(a.Paths[:min(len(a.Paths), 3)], ", ")
			}
			out = append(out, deed{who: actorPhrase(a.Actor).text(), what: what, how: viaPhrase(a.Via).text(), at: a.At.UTC(), class: a.Verdict})
		}
	}
	return out
}
