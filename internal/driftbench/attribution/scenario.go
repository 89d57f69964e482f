package attribution

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/report"
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

func onePerson(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	_, _, ok = w.by(c, e, w.someTime())
	return ok, nil
}

func twoAttributes(w *world, c *instance) (bool, error) {
	a, ok := w.anEdit(c)
	b, also := w.anEdit(c, a.path)
	if !ok || !also {
		return false, nil
	}
	first := w.someTime()
	name, _, ok := w.by(c, a, first)
	if !ok {
		return false, nil
	}
	w.by(c, b, first.Add(time.Hour), name)
	return true, nil
}

// oneSet: two people add to one set, or set two keys of one map.
func oneSet(w *world, c *instance) (bool, error) {
	byHead := map[string][]edit{}
	for _, p := range c.specimen.paths() {
		if !strings.HasSuffix(p, "[]") && !strings.Contains(p, ".") {
			continue
		}
		for i := range c.specimen.Changes[p] {
			if i > 0 && !strings.HasSuffix(p, "[]") {
				break
			}
			byHead[head(p)] = append(byHead[head(p)], edit{p, named(c.specimen.Changes[p][i], c.name, c.hex)})
		}
	}
	for _, h := range slices.Sorted(keysOf(byHead)) {
		list := byHead[h]
		if len(list) < 2 {
			continue
		}
		first := w.someTime()
		name, _, ok := w.by(c, list[0], first)
		if !ok {
			return false, nil
		}
		w.by(c, list[1], first.Add(30*time.Minute), name)
		return true, nil
	}
	return false, nil
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// undo is the edit that brings an attribute back to what the code says.
func (w *world) undo(c *instance, e edit) edit {
	path := strings.TrimSuffix(e.path, "[]")
	return edit{path, edit{path: path}.old(c.object.Attributes())}
}

func revertedAgain(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	first := w.someTime()
	name, _, ok := w.by(c, e, first)
	if !ok {
		return false, nil
	}
	back, _, ok := w.by(c, w.undo(c, e), first.Add(time.Hour), name)
	if !ok {
		return true, nil // it cannot be undone in this cloud: then the first one did it
	}
	w.by(c, e, first.Add(2*time.Hour), name, back)
	return true, nil
}

func writtenOver(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	e2, ok := c.specimen.pick(w.r, e.path, c.name, c.hex, e.value, edit{path: e.path}.old(c.object.Attributes()))
	if !ok || strings.HasSuffix(e.path, "[]") {
		return false, nil
	}
	first := w.someTime()
	name, _, ok := w.by(c, e, first)
	if !ok {
		return false, nil
	}
	w.by(c, e2, first.Add(time.Hour), name)
	return true, nil
}

// beforeWindow: somebody made the same change long ago, an apply took it back, and somebody else made it now.
func beforeWindow(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	name, _, ok := w.by(c, e, started.Add(40*time.Minute))
	if !ok {
		return false, nil
	}
	pipeline := trail.Pipeline("deploy", "apply-1")
	if _, ok = w.do(c, doing{w.undo(c, e), pipeline, audit.ViaTerraform, started.Add(time.Hour), author{sort: Own, name: "deploy"}}); ok {
		w.by(c, e, w.someTime(), name)
		return true, nil
	}
	c.window.From = started.Add(30 * time.Minute)
	return true, nil
}

func otherStack(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	_, ok = w.do(c, doing{e, trail.Pipeline("network-deploy", fmt.Sprint("run-", w.r.IntN(9000))), audit.ViaTerraform, w.someTime(), author{sort: Machine, name: "network-deploy"}})
	return ok, nil
}

func terraformByHand(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	name := anyOf(w.r, staff)
	_, ok = w.do(c, doing{e, w.human(c, name), audit.ViaTerraform, w.someTime(), author{sort: Person, name: name}})
	return ok, nil
}

// ownApply: an apply of another branch wrote it.
func ownApply(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	at, run := w.someTime(), fmt.Sprint("apply-", 100+w.r.IntN(900))
	provider := trail.ProviderOf(c.typ)
	if _, ok := w.do(c, doing{e, trail.Pipeline("deploy", run), audit.ViaTerraform, at, author{sort: Own, name: "deploy"}}); !ok {
		return false, nil
	}
	w.applies[provider] = append(w.applies[provider], report.Apply{From: at.Add(-time.Minute), To: at.Add(time.Minute), Run: run, Principal: pipelinePrincipal(provider, run)})
	if pipelinePrincipal(provider, run) == "" { // the log cannot tell one pipeline from another
		c.wants = func(w *Want) { w.Sort, w.Optional = Machine, true }
	}
	return true, nil
}

func serviceActs(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	host := "autoscaling.amazonaws.com"
	if trail.ProviderOf(c.typ) == "gcp" {
		host = "compute-system.googleapis.com"
	}
	_, ok = w.do(c, doing{e, trail.Service(host, "AWSServiceRoleForAutoScaling", "AutoScaling"), audit.ViaService, w.someTime(), author{sort: Machine, name: host}})
	return ok, nil
}

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

func spoofedAgent(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	_, records, ok := w.by(c, e, w.someTime())
	agent := []string{
		"APN/1.0 HashiCorp/1.0 Terraform/1.12.6 (+https://www.terraform.io) terraform-provider-aws/6.47.0", "autoscaling.amazonaws.com", "AWS Internal",
		"config.amazonaws.com", "<script>alert(1)</script> @everyone", "cloudformation.amazonaws.com",
	}[w.r.IntN(6)]
	for _, r := range records {
		r.agent = agent
	}
	return ok, nil
}

// spoofedRun: somebody changes things while the stack is being applied, and says that they are that apply.
func spoofedRun(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	provider := trail.ProviderOf(c.typ)
	at, run := w.someTime(), fmt.Sprint("apply-", 100+w.r.IntN(900))
	if !ok || pipelinePrincipal(provider, run) == "" {
		return false, nil
	}
	_, records, ok := w.by(c, e, at)
	for _, r := range records {
		r.agent = "APN/1.0 HashiCorp/1.0 Terraform/1.12.6 mooring/" + run
	}
	w.applies[provider] = append(w.applies[provider], report.Apply{From: at.Add(-time.Minute), To: at.Add(time.Minute), Run: run, Principal: pipelinePrincipal(provider, run)})
	return ok, nil
}

// sameSecond: two people write the same in one second.
func sameSecond(w *world, c *instance) (bool, error) {
	e, ok := w.anEdit(c)
	if !ok || trail.ProviderOf(c.typ) == "azure" && len(e.path) == 0 {
		return false, nil
	}
	one := anyOf(w.r, staff)
	two := anyOf(w.r, staff, one)
	records, ok := w.do(c, doing{e, w.human(c, one), w.way(), w.someTime(), author{sort: Tie, name: "tie", tied: []string{one, two}}})
	for _, r := range slices.Clone(records) {
		twin := *r
		twin.Actor = w.human(c, two)
		twin.Seal(2, len(w.records))
		w.records = append(w.records, twin)
	}
	return ok, nil
}

func (w *world) remove(c *instance, by author) ([]*logged, error) {
	d, err := w.cloud.Delete(simcloud.By{Actor: w.human(c, by.name), Via: w.way(), At: w.someTime(), Region: c.object.Region}, c.typ, c.object.ID)
	if err != nil {
		return nil, err
	}
	c.deleted = &by
	return w.take(c, d), nil
}

func deleted(w *world, c *instance) (bool, error) {
	_, err := w.remove(c, author{sort: Person, name: anyOf(w.r, staff)})
	return true, err
}

func deletedGap(w *world, c *instance) (bool, error) {
	records, err := w.remove(c, author{sort: Nobody, name: anyOf(w.r, staff), lost: true})
	w.records = w.records[:len(w.records)-len(records)]
	return true, err
}

// borrowedRole: somebody comes in by SAML and works in a shared role whose session says nothing: only the call that opened it does.
func borrowedRole(w *world, c *instance) (bool, error) {
	if trail.ProviderOf(c.typ) != "aws" || c.format == "ocsf" {
		return false, nil
	}
	e, ok := w.anEdit(c)
	if !ok {
		return false, nil
	}
	name := anyOf(w.r, staff)
	at := w.someTime()
	actor := trail.Actor{Name: name, Type: audit.ActorHuman, Role: "operations", Session: fmt.Sprint("session-", w.r.IntN(900)), IP: "203.0.113.9"}
	key := fmt.Sprintf("ASIA%016X", w.r.Uint64())
	records, ok := w.do(c, doing{e, actor, w.way(), at, author{sort: Person, name: name}})
	if !ok {
		return false, nil
	}
	for _, r := range records {
		r.keyed = key
	}
	opening := trail.Record{
		Call: trail.Call{Service: "sts.amazonaws.com", Operation: "AssumeRoleWithSAML", Request: map[string]any{"roleArn": "arn:aws:iam::" + account + ":role/operations", "roleSessionName": actor.Session},
			Response: map[string]any{"credentials": map[string]any{"accessKeyId": key}}},
		Provider: "aws", Account: account, Region: "us-east-1", Actor: trail.User(name+"@example.com", "203.0.113.9"), Via: audit.ViaSDK, Time: at.Add(-5 * time.Minute),
	}
	opening.Seal(3, len(w.records))
	w.records = append(w.records, logged{Record: opening, of: c})
	return true, nil
}
