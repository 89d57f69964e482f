package attribution

import (
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// A scenario is a story about one object. It reports false when it does not fit the object.
type scenario struct {
	name   string
	weight int
	play   func(w *world, c *instance) (bool, error)
}

var scenarios = []scenario{
	{"one person", 10, onePerson},
	{"two people, two attributes", 6, twoAttributes},
	{"two people, one set", 6, oneSet},
	{"reverted and made again", 4, revertedAgain},
	{"written over", 4, writtenOver},
	{"before the window", 3, beforeWindow},
	{"another stack's Terraform", 4, otherStack},
	{"Terraform by hand", 3, terraformByHand},
	{"own apply", 4, ownApply},
	{"service", 4, serviceActs},
	{"gap", 5, gap},
	{"gap, others about", 6, gapWithDecoy},
	{"hidden value", 5, hiddenValue},
	{"hidden, two people", 4, hiddenTwice},
	{"truncated", 4, truncated},
	{"delivery lag", 3, deliveryLag},
	{"region not covered", 3, regionNotCovered},
	{"logs begin later", 2, logsBeginLater},
	{"provider upgrade", 2, providerUpgrade},
	{"spoofed agent", 4, spoofedAgent},
	{"spoofed run", 3, spoofedRun},
	{"same second", 3, sameSecond},
	{"deleted", 4, deleted},
	{"deleted, gap", 2, deletedGap},
	{"borrowed role", 3, borrowedRole},
}

// play makes the object of a case and lets a scenario happen to it that fits.
func (w *world) play(c *instance) error {
	c.format = w.format(trail.ProviderOf(c.typ))
	total := 0
	for _, s := range scenarios {
		total += s.weight
	}
	for {
		n, at := w.r.IntN(total), 0
		for n >= scenarios[at].weight {
			n, at = n-scenarios[at].weight, at+1
		}
		c.scenario = scenarios[at].name
		if scenarios[at].name == "region not covered" {
			if trail.ProviderOf(c.typ) != "aws" || global(c.typ) {
				continue
			}
			if err := w.make(c, darkRegion); err != nil {
				return err
			}
		} else if c.object.ID == "" {
			if err := w.make(c, ""); err != nil {
				return err
			}
		}
		if ok, err := scenarios[at].play(w, c); ok || err != nil {
			return err
		}
	}
}

func global(typ string) bool {
	for _, prefix := range []string{"aws_iam_", "aws_route53_", "aws_cloudfront_", "aws_s3_"} {
		if strings.HasPrefix(typ, prefix) {
			return true
		}
	}
	return false
}

// A doing is one change with all that is to be known of it.
type doing struct {
	edit  edit
	actor trail.Actor
	via   audit.Via
	at    time.Time
	by    author
}

// do lets a change happen, notes the truth, and gives the records it left. Nothing happens if nothing would change.
func (w *world) do(c *instance, d doing) ([]*logged, bool) {
	change := func(attributes map[string]any) {
		d.edit.apply(attributes)
		if n, ok := attributes[c.specimen.Counts].(int64); ok && !strings.HasPrefix(d.edit.path, "tags") {
			attributes[c.specimen.Counts] = n + 1
		}
	}
	deed, err := w.cloud.Change(simcloud.By{Actor: d.actor, Via: d.via, At: d.at, Region: c.object.Region, Engine: "1.12.6"}, c.typ, c.object.ID, change)
	if err != nil {
		return nil, false
	}
	c.history.wrote(d.by, deed.After)
	records := w.take(c, deed)
	for _, r := range records {
		c.mute = c.mute || !c.tells(r, d.edit)
	}
	if d.by.lost {
		w.records = w.records[:len(w.records)-len(records)]
		return nil, true
	}
	return records, len(records) > 0
}

// tells reports whether the log holds what a call wrote. Some logs do not say it: those of Google's buckets, and most when a value is taken away.
func (c *instance) tells(r *logged, e edit) bool {
	if c.format == "azure-changes" {
		return len(r.Changes) > 0
	}
	if r.Provider == "gcp" && len(r.Request) == 1 && r.Request["@type"] != nil {
		return false
	}
	return len(r.Request) > 0 && (r.Provider == "aws" || r.Provider == "github" || e.value != nil && e.value != "")
}

func (w *world) human(c *instance, name string) trail.Actor {
	return person(w.r, trail.ProviderOf(c.typ), name)
}

func (w *world) way() audit.Via { return ways[w.r.IntN(len(ways))] }

// anEdit draws a change of the case's specimen.
func (w *world) anEdit(c *instance, not ...string) (edit, bool) {
	paths := c.specimen.paths()
	for _, i := range w.r.Perm(len(paths)) {
		if slices.ContainsFunc(not, func(p string) bool { return head(p) == head(paths[i]) }) {
			continue
		}
		if e, ok := c.specimen.pick(w.r, paths[i], c.name, c.hex, edit{path: paths[i]}.old(c.object.Attributes())); ok {
			return e, true
		}
	}
	return edit{}, false
}

// by lets somebody of the staff make an edit.
func (w *world) by(c *instance, e edit, at time.Time, not ...string) (string, []*logged, bool) {
	name := anyOf(w.r, staff, not...)
	records, ok := w.do(c, doing{e, w.human(c, name), w.way(), at, author{sort: Person, name: name}})
	return name, records, ok
}
