package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/blame/models"
)

// score tells how well a node names the cell's attribute: what the family says first, then the words.
func (o *observation) score(c *cell, n node) float64 {
	ruled := false
	for _, rule := range o.subject.family.Keys {
		if !matchesAny([]string{rule.Operation}, o.base) {
			continue
		}
		below, ok := rule.below(n.path)
		if !ok {
			continue
		}
		if strings.HasSuffix(rule.From, "*") {
			if len(below) == 0 {
				continue
			}
			to := attributePath(strings.TrimSuffix(rule.To, "."))
			if score := keyScore(c.segs, slices.Concat(to, below), o.operation, o.subject.kind); score > keyNone {
				return score
			}
			continue
		}
		ruled = true
		if rule.To == plainPath(c.segs) || rule.To == plainPath(trimMapKey(c.segs)) && c.segs[len(c.segs)-1].mapKey {
			return keyStrong
		}
	}
	if ruled {
		return keyNone // the family says what this place is, and it is not this attribute
	}
	if c.segs[len(c.segs)-1].mapKey && (len(n.path) == 0 || n.path[len(n.path)-1].text != c.segs[len(c.segs)-1].text) {
		return keyNone
	}
	score := keyScore(c.segs, n.path, o.operation, o.subject.kind)
	if score == keyWeak && o.betterPlace(c) {
		return keyNone
	}
	return score
}

// below tells whether a rule speaks of a place, and what of the path is left under it.
func (r *keyRule) below(path []segment) ([]segment, bool) {
	from, all := strings.CutSuffix(r.From, "*")
	from = strings.TrimSuffix(from, ".")
	var steps []string
	if from != "" {
		steps = strings.Split(from, ".")
	}
	// Names of attribute lists hold dots themselves: idle_timeout.timeout_seconds is one step.
	if len(path) > 0 && !all && from != "" && newSegment(r.From).flat == path[len(path)-1].flat && strings.Contains(path[len(path)-1].text, ".") {
		return nil, true
	}
	if len(path) < len(steps) || (!all && len(path) != len(steps)) {
		return nil, false
	}
	for i, step := range steps {
		if path[i].flat != newSegment(step).flat {
			return nil, false
		}
	}
	return path[len(steps):], true
}

func trimMapKey(segs []segment) []segment {
	if n := len(segs); n > 0 && segs[n-1].mapKey {
		return segs[:n-1]
	}
	return segs
}

func (o *observation) polarity(c *cell, n node) polarity {
	for _, rule := range o.subject.family.Keys {
		if rule.Mode == "" || !matchesAny([]string{rule.Operation}, o.base) {
			continue
		}
		if _, ok := rule.below(n.path); !ok {
			continue
		}
		switch rule.Mode {
		case "add":
			return polarityAdd
		case "remove":
			return polarityRemove
		}
		return polaritySet
	}
	return n.polarity
}

// part is what of a place's value is about the attribute.
func (o *observation) part(c *cell, n node) any {
	for _, rule := range o.subject.family.Keys {
		if rule.Cut == "" || rule.To != plainPath(c.segs) || !matchesAny([]string{rule.Operation}, o.base) {
			continue
		}
		if _, ok := rule.below(n.path); !ok {
			continue
		}
		if s, ok := scalarText(n.value); ok {
			return s[strings.LastIndex(s, rule.Cut)+1:]
		}
	}
	return n.value
}

// couldWrite tells whether the operation has a parameter for the attribute. Operations that the table does not know could.
func (o *observation) couldWrite(c *cell) bool {
	members, known := models.Members(serviceName(o.event), o.base)
	if !known || o.event.Provider != "aws" {
		return o.event.Truncated
	}
	return slices.ContainsFunc(members, func(name string) bool {
		return keyScore(c.segs[:1], []segment{newSegment(name)}, o.operation, o.subject.kind) > keyNone || len(c.segs) > 1 && keyScore(c.segs, []segment{newSegment(name)}, o.operation, o.subject.kind) > keyNone
	})
}

// betterPlace tells whether the operation has another parameter that names the attribute outright: then a place that only resembles it is not it.
func (o *observation) betterPlace(c *cell) bool {
	if o.event.Provider != "aws" || len(c.segs) != 1 {
		return false
	}
	members, _ := models.Members(serviceName(o.event), o.base)
	return slices.ContainsFunc(members, func(name string) bool {
		return keyScore(c.segs, []segment{newSegment(name)}, nil, o.subject.kind) >= keyStrong
	})
}
