package attribution

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/planfile"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
	"github.com/mooringdev/mooring/internal/stack"
)

// When things happen: the stacks are applied at started, are known to be clean at cleanAt, and are scanned at scannedAt.
var (
	started   = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	cleanAt   = started.Add(2 * time.Hour)
	scannedAt = started.AddDate(0, 0, 10)
)

const (
	account      = "111122223333"
	otherAccount = "999900001111"
	otherProject = "acme-sandbox"
	otherSub     = "0f0e0d0c-1111-4222-8333-444455556666"
	darkRegion   = "ap-southeast-2" // no log covers it
)

// A logged record is a record, the case it belongs to, and what becomes of it on its way into a log.
type logged struct {
	trail.Record
	of    *instance
	agent string // user agent in place of its own
	cut   bool   // the request was too large and left out
	keyed string // credential in place of its own
}

// An instance is one object with a scenario.
type instance struct {
	typ, name, hex string
	scenario       string
	specimen       specimen
	object         simcloud.Object
	history        *history
	window         drift.Window
	reason         string // of the finding
	deleted        *author
	wants          func(w *Want) // what the scenario says about the truth besides authors
	mute           bool          // a record does not say what was written
	shown          bool          // an operation's name says what it wrote though its values are hidden
	undecidable    bool          // the log cannot tell this story from another
	format         string
	finding        string
}

// A world is one simulated organisation: its cloud, what happened in it, and what the logs hold of it.
type world struct {
	r       *rand.Rand
	cloud   *simcloud.Cloud
	schemas *planfile.Schemas
	source  map[string]string // resource type -> provider address
	cases   []*instance
	records []logged
	applies map[string][]report.Apply // by provider
	noise   []trail.Record
	cutIn   map[string]bool // services of which the log holds a call without its request
}

// service is the part of a resource type that says whose calls change it, roughly.
func service(typ string) string {
	known := map[string]string{}
	for family, types := range map[string]string{
		"ec2": "aws_instance aws_security_group aws_vpc aws_vpc_security_group_ingress_rule aws_subnet aws_route aws_ebs_volume aws_vpc_endpoint aws_launch_template",
		"rds": "aws_db_instance aws_db_parameter_group aws_rds_cluster", "elb": "aws_lb aws_lb_target_group aws_lb_listener", "autoscaling": "aws_autoscaling_group aws_appautoscaling_target",
	} {
		for _, t := range strings.Fields(types) {
			known[t] = family
		}
	}
	if family := known[typ]; family != "" {
		return family
	}
	parts := strings.SplitN(typ, "_", 3)
	return strings.Join(parts[:2], "_")
}

func newWorld(seed int64) (*world, error) {
	w := &world{r: rand.New(rand.NewPCG(uint64(seed), 0x61747472)), cutIn: map[string]bool{}, source: map[string]string{}, applies: map[string][]report.Apply{}}
	var all []*schema.Provider
	doc := map[string]any{}
	for _, load := range []func() (*schema.Provider, error){schemas.AWS, schemas.Google, schemas.AzureRM, schemas.Kubernetes, schemas.GitHub} {
		p, err := load()
		if err != nil {
			return nil, err
		}
		all = append(all, p)
		address := "registry.opentofu.org/" + p.Source
		types := map[string]any{}
		for name, o := range p.Resources {
			w.source[name] = address
			types[name] = map[string]any{"version": o.Version, "block": o.Block}
		}
		doc[address] = map[string]any{"resource_schemas": types}
	}
	b, err := json.Marshal(map[string]any{"format_version": "1.0", "provider_schemas": doc})
	if err != nil {
		return nil, err
	}
	if w.schemas, err = planfile.ParseSchemas(bytes.NewReader(b)); err != nil {
		return nil, err
	}
	w.cloud, err = simcloud.New(simcloud.Options{Seed: seed, Account: account, Start: started}, all...)
	for _, provider := range []string{"aws", "gcp", "azure", "kubernetes", "github"} {
		w.applies[provider] = []report.Apply{{From: started, To: started.Add(30 * time.Minute), Run: "apply-1", Principal: pipelinePrincipal(provider, "apply-1")}}
	}
	return w, err
}

// pipelinePrincipal is how the log of a provider writes the pipeline that applies; "" where that cannot be known beforehand.
func pipelinePrincipal(provider, run string) string {
	switch provider {
	case "aws":
		return "arn:aws:sts::" + account + ":assumed-role/deploy/" + run
	case "gcp":
		return "deploy@acme-prod.iam.gserviceaccount.com"
	case "kubernetes":
		return "system:serviceaccount:ci:deploy"
	}
	return ""
}

// add makes objects, count of each type, and plays a scenario on each.
func (w *world) add(count int) error {
	all, err := specimens()
	if err != nil {
		return err
	}
	types := make([]string, 0, len(all))
	for typ := range all {
		types = append(types, typ)
	}
	slices.Sort(types)
	n := 0
	for _, typ := range types {
		for range count {
			n++
			c := &instance{typ: typ, name: fmt.Sprintf("%s%d", word(typ), 100+n), hex: fmt.Sprintf("%03x", n), specimen: all[typ]}
			if err := w.play(c); err != nil {
				return fmt.Errorf("%s in scenario %s: %w", typ, c.scenario, err)
			}
			w.cases = append(w.cases, c)
		}
	}
	for _, c := range w.cases {
		w.distract(c)
	}
	targets := []trail.Target{}
	for _, c := range w.cases {
		if trail.ProviderOf(c.typ) == "aws" {
			targets = append(targets, trail.Target{Type: c.typ, ID: c.object.ID})
		}
	}
	w.noise = trail.Noise{Seed: w.r.Int64(), Account: account, Region: "eu-west-1", From: cleanAt, To: scannedAt, N: 20 * len(w.cases), Targets: targets}.Records()
	for i := range w.noise {
		w.noise[i].Seal(int64(i), i)
	}
	return nil
}

// word is a short name for objects of a type: letters only, so that every cloud takes it.
func word(typ string) string {
	parts := strings.Split(typ, "_")
	last := parts[len(parts)-1]
	return last[:min(len(last), 6)]
}

// make creates the object as the pipeline's first apply did.
func (w *world) make(c *instance, region string) error {
	attributes, _ := named(c.specimen.Attributes, c.name, c.hex).(map[string]any)
	o, err := w.cloud.Create(simcloud.By{Actor: trail.Pipeline("deploy", "apply-1"), Via: audit.ViaTerraform, At: started.Add(time.Minute), Region: region}, c.typ, attributes)
	if err != nil {
		return err
	}
	if o.ID == "" {
		return fmt.Errorf("object %s has no id", c.name)
	}
	c.object, c.history = o, newHistory(o.Attributes())
	c.window = drift.Window{From: cleanAt, To: scannedAt}
	w.take(c, w.lastDeed())
	return nil
}

func (w *world) lastDeed() simcloud.Deed {
	deeds := w.cloud.Deeds()
	return deeds[len(deeds)-1]
}

// take moves the records of a deed into the world's own list.
func (w *world) take(c *instance, d simcloud.Deed) []*logged {
	all := w.cloud.Records()
	first := len(w.records)
	for _, id := range d.Records {
		for _, r := range all {
			if r.ID == id {
				w.records = append(w.records, logged{Record: r, of: c})
				break
			}
		}
	}
	out := make([]*logged, 0, len(w.records)-first)
	for i := first; i < len(w.records); i++ {
		out = append(out, &w.records[i])
	}
	return out
}

// someTime is a moment well inside the window.
func (w *world) someTime() time.Time {
	from, to := cleanAt.Add(24*time.Hour), scannedAt.Add(-24*time.Hour)
	return from.Add(time.Duration(w.r.Int64N(int64(to.Sub(from))))).Truncate(time.Second)
}

// findings are what a scan of this world's stacks finds, and the truth about it.
func (w *world) findings() (*report.Results, []Want) {
	r := &report.Results{ScannedAt: scannedAt, Tool: report.Tool{Name: "mooring"}}
	var wants []Want
	for _, provider := range []string{"aws", "gcp", "azure", "kubernetes", "github"} {
		id := "infra/" + provider
		st := report.StackResult{Stack: stack.Stack{ID: id, Path: id, Workspace: "default"}, Status: report.StatusDrifted, Applies: w.applies[provider]}
		for _, c := range w.cases {
			if trail.ProviderOf(c.typ) != provider {
				continue
			}
			for _, f := range w.finding(c, id) {
				st.Findings = append(st.Findings, report.Finding{Finding: f})
				wants = append(wants, c.truth(f)...)
			}
		}
		r.Stacks = append(r.Stacks, st)
	}
	// Where a call of the service was cut off, it may have been that one.
	for i := range wants {
		if contains(wants[i].Reasons, "no_match") && w.cutIn[service(wants[i].Family)] {
			wants[i].Reasons = append(wants[i].Reasons, "redacted")
		}
	}
	return r, wants
}

// finding classifies the difference between the object as it was made and as it is.
func (w *world) finding(c *instance, id string) []drift.Finding {
	base := values(c.object.Attributes())
	i := drift.Instance{
		Address: c.typ + "." + c.name, Type: c.typ, Provider: w.source[c.typ], Base: base, Code: base,
		Schema: w.schemas.Resource(w.source[c.typ], c.typ),
	}
	for name, a := range i.Schema.Attributes {
		if a.Sensitive {
			i.Sensitive = append(i.Sensitive, name)
		}
	}
	slices.Sort(i.Sensitive)
	if c.deleted == nil {
		now, err := w.cloud.Object(c.typ, c.object.ID)
		if err != nil {
			return nil
		}
		i.Live, i.Action = values(now.Attributes()), drift.ActionUpdate
	} else {
		i.Action = drift.ActionCreate
	}
	out := drift.Classify(&drift.Plan{Engine: "tofu", Version: "1.12.6", Instances: []drift.Instance{i}}, nil, drift.Options{Stack: id, Window: c.window})
	for j := range out {
		if out[j].Account == "" && trail.ProviderOf(c.typ) == "aws" {
			out[j].Account = c.object.Account
		}
		if out[j].Region == "" && trail.ProviderOf(c.typ) == "aws" {
			out[j].Region = c.object.Region
		}
		if c.reason != "" {
			out[j].Reason = c.reason
		}
		c.finding = out[j].ID
	}
	return out
}

// values turns plain Go into the values of the model.
func values(m map[string]any) map[string]drift.Value {
	b, err := json.Marshal(m)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	out := map[string]drift.Value{}
	if d.Decode(&out) != nil {
		return nil
	}
	return out
}

// truth is what is right to say about a finding, change by change.
func (c *instance) truth(f drift.Finding) []Want {
	base := Want{Finding: f.ID, Family: c.typ, Format: c.format, Scenario: c.scenario, Undecidable: c.undecidable}
	var out []Want
	finish := func(w Want, by []author) {
		w.judge(by)
		if c.mute {
			w.Hidden, w.Optional = true, true
		}
		if c.wants != nil && !w.Loose {
			c.wants(&w)
		}
		out = append(out, w)
	}
	if f.Kind == drift.KindDeleted {
		if c.deleted != nil {
			finish(base, []author{*c.deleted})
		}
		return out
	}
	for _, change := range f.Changes {
		if change.Kind == drift.KindNoise {
			continue
		}
		w := base
		w.Path = change.Path
		w.Hidden = change.Sensitive
		w.Loose = !c.edited(change.Path)
		finish(w, c.history.authors(change.Path))
	}
	return out
}

// edited tells whether a path is one that people change, and not one that follows by itself.
func (c *instance) edited(path string) bool {
	h := head(plainPath(path))
	for p := range c.specimen.Changes {
		if head(p) == h {
			return true
		}
	}
	return false
}

// judge makes the truth of the authors of what differs.
func (w *Want) judge(by []author) {
	w.Sort = Nobody
	sorts := map[Sort]bool{}
	for _, a := range by {
		if a.hidden {
			w.Hidden = true
		}
		if a.lost {
			sorts[Nobody] = true
			continue
		}
		sorts[a.sort] = true
		if a.sort == Person {
			w.People = append(w.People, a.name)
		}
		w.People = append(w.People, a.tied...)
	}
	for _, s := range []Sort{Nobody, Own, Machine, Person, Tie} {
		if sorts[s] {
			w.Sort = s
		}
	}
	if w.Sort == Nobody && len(w.Reasons) == 0 {
		w.Reasons = []string{"no_match", "possible"}
	}
	if len(sorts) > 1 { // partly known: a name is right only if it is one of these, and none need be given
		w.Optional = true
	}
}
