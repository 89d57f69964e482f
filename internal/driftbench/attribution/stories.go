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
