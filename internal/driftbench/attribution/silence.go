package attribution

import (
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

func (w *world) lose(c *instance, at time.Time) (edit, bool) {
	e, ok := w.anEdit(c)
	if !ok {
		return e, false
	}
	name := anyOf(w.r, staff)
	_, ok = w.do(c, doing{e, w.human(c, name), w.way(), at, author{sort: Nobody, name: name, lost: true}})
	return e, ok
}

func gap(w *world, c *instance) (bool, error) {
	_, ok := w.lose(c, w.someTime())
	return ok, nil
}

// gapWithDecoy: the record is lost, and around it somebody wrote something else to the same attribute, and somebody something to another.
func gapWithDecoy(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok || strings.HasSuffix(e.path, "[]") {
		return false, nil
	}
	at := w.someTime()
	decoy, ok := c.specimen.pick(w.r, e.path, c.name, c.hex, e.value, edit{path: e.path}.old(c.object.Attributes()))
	if !ok {
		return false, nil
	}
	name := anyOf(w.r, staff, "alice")
	if _, ok = w.do(c, doing{decoy, w.human(c, name), w.way(), at, author{sort: Person, name: name}}); !ok {
		return false, nil
	}
	if _, ok = w.do(c, doing{e, w.human(c, "alice"), w.way(), at.Add(time.Hour), author{sort: Nobody, name: "alice", lost: true}}); ok && c.mute {
		// One write is in the log, without its value, and it is the wrong one: the log is the same as if that person had made the change.
		c.undecidable = true
	}
	return ok, nil
}

// hide takes the values out of a request, as logs do, and leaves what names the object. It reports whether that hid anything: some operations say by
// their name alone what they did.
func (c *instance) hide(r *logged) bool {
	was := text(r.Request) + text(r.Changes)
	if r.Provider != "aws" {
		r.Request, r.Changes = nil, nil
		return was != text(r.Request)+text(r.Changes)
	}
	request, _ := c.redacted(r.Request).(map[string]any)
	r.Request, r.Response = request, nil
	return was != text(r.Request)+text(r.Changes)
}

func (c *instance) redacted(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = c.redacted(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = c.redacted(e)
		}
		return out
	case string:
		if slices.ContainsFunc(c.aliases(), func(a string) bool { return strings.Contains(x, a) }) || x == "" {
			return x
		}
		return "HIDDEN_DUE_TO_SECURITY_REASONS"
	case nil:
		return nil
	}
	return "HIDDEN_DUE_TO_SECURITY_REASONS"
}

func hiddenValue(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok || strings.HasSuffix(e.path, "[]") || strings.HasPrefix(e.path, "tags.") || c.typ == "aws_route" || c.typ == "aws_route53_record" {
		return false, nil
	}
	name := anyOf(w.r, staff)
	records, ok := w.do(c, doing{e, w.human(c, name), w.way(), w.someTime(), author{sort: Person, name: name, hidden: true}})
	for _, r := range records {
		c.hide(r)
	}
	c.wants = func(w *Want) { w.Optional = true }
	return ok, nil
}

// hiddenTwice: two people wrote one attribute, and the log shows neither value.
func hiddenTwice(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok || strings.Contains(e.path, "tags.") || c.typ == "aws_route" || c.typ == "aws_route53_record" {
		return false, nil
	}
	e2, ok := c.specimen.pick(w.r, e.path, c.name, c.hex, e.value, edit{path: e.path}.old(c.object.Attributes()))
	if !ok || strings.HasSuffix(e.path, "[]") {
		return false, nil
	}
	at := w.someTime()
	one := anyOf(w.r, staff)
	first, ok := w.do(c, doing{e, w.human(c, one), w.way(), at, author{sort: Person, name: one, hidden: true}})
	if !ok {
		return false, nil
	}
	for _, r := range first {
		if !c.hide(r) {
			c.shown = true // the first of the two wrote something else, and the log says so
		}
	}
	two := anyOf(w.r, staff, one)
	by := author{sort: Tie, name: "tie", hidden: true, tied: []string{one, two}}
	if c.shown {
		by = author{sort: Person, name: two, hidden: true}
	}
	second, ok := w.do(c, doing{e2, w.human(c, two), w.way(), at.Add(time.Hour), by})
	for _, r := range second {
		c.hide(r)
	}
	c.wants = func(w *Want) { w.Optional = true }
	return ok, nil
}

func truncated(w *world, c *instance) (bool, error) {
	if trail.ProviderOf(c.typ) != "aws" {
		return false, nil
	}
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	_, records, ok := w.by(c, e, w.someTime())
	for _, r := range records {
		r.cut = true
		w.cutIn[service(c.typ)] = true
	}
	c.wants = func(w *Want) { w.Optional, w.Hidden = true, true }
	return ok, nil
}

func deliveryLag(w *world, c *instance) (bool, error) {
	if _, ok := w.lose(c, scannedAt.Add(-5*time.Minute)); !ok {
		return false, nil
	}
	c.window.From = scannedAt.Add(-10 * time.Minute)
	c.wants = func(w *Want) { w.Reasons = []string{"delivery_lag"} }
	return true, nil
}

func regionNotCovered(w *world, c *instance) (bool, error) {
	_, ok := w.lose(c, w.someTime())
	c.wants = func(w *Want) { w.Reasons = []string{"region_not_queried"} }
	// Not even the apply's records are in a log.
	w.records = slices.DeleteFunc(w.records, func(r logged) bool { return r.of == c })
	return ok, nil
}

func logsBeginLater(w *world, c *instance) (bool, error) {
	if _, ok := w.lose(c, w.someTime()); !ok {
		return false, nil
	}
	c.window.From, c.window.To = started.AddDate(0, 0, -120), started.AddDate(0, 0, -60)
	c.wants = func(w *Want) { w.Reasons = []string{"outside_retention"} }
	return true, nil
}

func providerUpgrade(w *world, c *instance) (bool, error) {
	if _, ok := w.lose(c, w.someTime()); !ok {
		return false, nil
	}
	c.reason = "version_change"
	c.wants = func(w *Want) { w.Reasons = []string{"provider_change"} }
	return true, nil
}

func deletedGap(w *world, c *instance) (bool, error) {
	records, err := w.remove(c, author{sort: Nobody, name: anyOf(w.r, staff), lost: true})
	w.records = w.records[:len(w.records)-len(records)]
	return true, err
}
