package policy

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/drift"
)

var now = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) // a Saturday

func rule(t *testing.T, name, action, when string) Rule {
	t.Helper()
	expr, diags := hclsyntax.ParseExpression([]byte(when), "rules.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	r := Rule{Name: name, When: expr, Action: action, Reason: "because", Range: hcl.Range{Filename: "rules.hcl", Start: hcl.Pos{Line: 1}}}
	if diags := r.Check(); diags.HasErrors() {
		t.Fatalf("rule %q: %v", when, diags)
	}
	return r
}

// web is a service whose count an autoscaler moved and whose image a person changed.
func web() Subject {
	return Subject{
		Finding: drift.Finding{
			ID: "f_1", Address: `module.api["eu"].aws_ecs_service.this`, Type: "aws_ecs_service", Provider: "registry.opentofu.org/hashicorp/aws", Kind: drift.KindDrift,
			Action: "update", Account: "111122223333", Region: "eu-west-1", IDs: []string{"arn:x"},
			Attributes: map[string]drift.Value{"tags": map[string]drift.Value{"team": "web"}, "secret": "hunter2", "desired_count": json.Number("6")}, SensitivePaths: []string{"secret"},
			Changes: []drift.Change{
				{Path: "desired_count", Kind: drift.KindDrift, Base: json.Number("2"), Code: json.Number("2"), Live: json.Number("6")},
				{Path: "image", Kind: drift.KindDrift, Base: "a", Code: "a", Live: "b"},
			},
		},
		Stack: Stack{ID: "infra/prod@eu", Path: "infra/prod", Workspace: "eu", Owners: []string{"@acme/platform"}},
		Actors: []Actor{
			{Name: "application-autoscaling", Type: "service", Verdict: "automation", Via: "service", Paths: []string{"desired_count"}, At: now.Add(-time.Hour), Operations: []string{"UpdateService"}},
			{Name: "alice", Type: "human", Verdict: "confirmed", Via: "console", Paths: []string{"image"}, At: now.Add(-2 * time.Hour), Operations: []string{"UpdateService"}},
		},
	}
}

func TestEvaluate(t *testing.T) {
	for when, want := range map[string]string{
		`true`:  "desired_count image",
		`false`: "",
		`resource.type == "aws_ecs_service" && change.path == "desired_count"`: "desired_count",
		`glob(resource.type, "aws_ecs_*") && change.live == "b"`:               "image",
		`change.live > change.code`:                                            "desired_count",
		`change.live > 5`:                                                      "desired_count",
		`actor.type == "human" && event.via == "console"`:                      "image",
		`actor.verdict == "automation"`:                                        "desired_count",
		`contains(event.operations, "UpdateService")`:                          "desired_count image",
		`now.unix - event.unix < 5400`:                                         "desired_count",
		`contains(["Saturday", "Sunday"], now.weekday) && now.hour < 10`:       "desired_count image",
		`now.date < "2026"`:                                                    "", // texts have no order: reported at load, no match here
		`stack.workspace == "eu" && contains(stack.owners, "@acme/platform")`:  "desired_count image",
		`startswith(resource.module, "module.api")`:                            "desired_count image",
		`resource.tags["team"] == "web"`:                                       "desired_count image",
		`lookup(resource.tags, "env", "") == ""`:                               "desired_count image",
		`resource.attributes.desired_count == 6`:                               "desired_count image",
		`can(resource.attributes.secret)`:                                      "", // sensitive values are out of reach
		`try(resource.attributes.nothing, 1) == 1`:                             "desired_count image",
		`resource.attributes.nothing == 1`:                                     "", // cannot be evaluated: does not hold
	} {
		t.Run(when, func(t *testing.T) {
			expr, diags := hclsyntax.ParseExpression([]byte(when), "rules.hcl", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			var held []string
			for _, m := range Evaluate(web(), Rule{Name: "r", When: expr, Action: ActionIssue}, now) {
				if m.Holds {
					held = append(held, m.Path)
				}
			}
			if got := strings.Join(held, " "); got != want {
				t.Errorf("holds for %q, want %q", got, want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for when, want := range map[string]string{
		`resouce.type == "x"`:                   `Did you mean "resource"?`,
		`resource.tpye == "x"`:                  `Did you mean "type"?`,
		`change.valeu == 1`:                     `Known here: attribute, base, code`,
		`env.HOME == "x"`:                       `Known here: actor, change`,
		`resource.type`:                         "neither true nor false",
		`resource.ids`:                          "neither true nor false",
		`now.date < "2027-01-01"`:               "number",
		`starts(resource.type, "x")`:            "starts",
		`startswith(resource.type)`:             "Not enough function arguments",
		`change.live == 1 ? 1 : 2`:              "neither true nor false",
		`change.live > 3 && change.path == "x"`: "ok",
	} {
		t.Run(when, func(t *testing.T) {
			expr, diags := hclsyntax.ParseExpression([]byte(when), "rules.hcl", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			diags = Rule{Name: "r", When: expr}.Check()
			switch {
			case want == "ok":
				if diags.HasErrors() {
					t.Errorf("refused: %v", diags)
				}
			case !diags.HasErrors():
				t.Error("accepted")
			default:
				if text := diags[0].Summary + " " + diags[0].Detail; !strings.Contains(text, want) {
					t.Errorf("says %q, want %q in it", text, want)
				}
				if diags[0].Subject == nil || diags[0].Subject.Filename != "rules.hcl" {
					t.Error("does not say where")
				}
			}
		})
	}
}

func TestDecide(t *testing.T) {
	scaling := rule(t, "scaling", ActionIgnore, `change.path == "desired_count"`)
	all := rule(t, "all", ActionEscalate, `true`)
	old := rule(t, "old", ActionIgnore, `true`)
	old.Until = now
	byHand := rule(t, "by-hand", ActionIssue, `actor.type == "human"`)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	bob := func(d Decision) Decision { d.By, d.Reason = "bob", "known"; return d }

	for name, c := range map[string]struct {
		rules     []Rule
		decisions []Decision
		want      *Decision
	}{
		"nobody said anything": {},
		"one path ignored by a rule": {
			rules: []Rule{scaling},
			want:  &Decision{Action: ActionIgnore, By: "rule scaling", Reason: "because", Paths: []string{"desired_count"}},
		},
		"the first rule in the file wins, path by path": {
			rules: []Rule{scaling, all},
			want: &Decision{Action: ActionEscalate, By: "rule all", Reason: "because", Paths: []string{"image"}, Others: []Decision{
				{Action: ActionIgnore, By: "rule scaling", Reason: "because", Paths: []string{"desired_count"}},
			}},
		},
		"a rule for everything has no paths": {
			rules: []Rule{all, scaling},
			want:  &Decision{Action: ActionEscalate, By: "rule all", Reason: "because"},
		},
		"an expired rule does nothing": {rules: []Rule{old}},
		"a rule about the actor decides that actor's paths": {
			rules: []Rule{byHand},
			want:  &Decision{Action: ActionIssue, By: "rule by-hand", Reason: "because", Paths: []string{"image"}},
		},
		"a person before a rule": {
			rules:     []Rule{all},
			decisions: []Decision{bob(Decision{Action: ActionIgnore, At: ago(time.Hour)})},
			want:      &Decision{Action: ActionIgnore, By: "bob", Reason: "known", At: ago(time.Hour)},
		},
		"the newest of two people's decisions": {
			decisions: []Decision{bob(Decision{Action: ActionIgnore, At: ago(3 * time.Hour)}), bob(Decision{Action: ActionAdopt, At: ago(time.Hour)})},
			want:      &Decision{Action: ActionAdopt, By: "bob", Reason: "known", At: ago(time.Hour)},
		},
		"an expired decision does nothing": {
			decisions: []Decision{bob(Decision{Action: ActionSnooze, At: ago(48 * time.Hour), Until: ago(time.Second)})},
		},
		"ignored whatever the value": {
			decisions: []Decision{bob(Decision{Action: ActionIgnore, At: ago(time.Minute), Paths: []string{"desired_count"}, Seen: map[string]string{"desired_count": Fingerprint(json.Number("4"))}})},
			want:      &Decision{Action: ActionIgnore, By: "bob", Reason: "known", At: ago(time.Minute), Paths: []string{"desired_count"}, Seen: map[string]string{"desired_count": Fingerprint(json.Number("4"))}},
		},
		"ignored while unchanged, and it changed": {
			decisions: []Decision{bob(Decision{Action: ActionIgnore, At: ago(time.Minute), WhileUnchanged: true, Paths: []string{"desired_count"}, Seen: map[string]string{"desired_count": Fingerprint(json.Number("4"))}})},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Decide(web(), c.rules, c.decisions, now)); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIgnoredSpeaksUp guards that an ignored path is heard again when its value moves to a dangerous one, and only then.
func TestIgnoredSpeaksUp(t *testing.T) {
	subject := func(live string, at time.Time) Subject {
		return Subject{
			Finding: drift.Finding{Type: "aws_s3_bucket_acl", Kind: drift.KindDrift, Changes: []drift.Change{{Path: "acl", Kind: drift.KindDrift, Base: "private", Code: "private", Live: live}}},
			Actors:  []Actor{{Name: "alice", Verdict: "confirmed", Paths: []string{"acl"}, At: at}},
		}
	}
	asked := now.Add(-24 * time.Hour)
	ignore := Decision{Action: ActionIgnore, By: "bob", At: asked}
	seenPublic := ignore
	seenPublic.Seen = map[string]string{"acl": Fingerprint("public-read")}
	for name, c := range map[string]struct {
		subject  Subject
		decision Decision
		silent   bool
	}{
		"a harmless value, changed later":                    {subject("log-delivery-write", now), ignore, true},
		"a dangerous value, changed later":                   {subject("public-read", now), ignore, false},
		"a dangerous value that was there when it was asked": {subject("public-read", asked.Add(-time.Hour)), ignore, true},
		"the same dangerous value, seen":                     {subject("public-read", now), seenPublic, true},
		"another dangerous value than was seen":              {subject("public-read-write", now), seenPublic, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := Decide(c.subject, nil, []Decision{c.decision}, now)
			if d.Silences("acl") != c.silent {
				t.Errorf("silences = %v, want %v", d.Silences("acl"), c.silent)
			}
		})
	}
}

// TestIgnoreNeedsEveryActor guards that one person's change is not hidden behind another's.
func TestIgnoreNeedsEveryActor(t *testing.T) {
	s := web()
	s.Actors = append(s.Actors, Actor{Name: "mallory", Type: "human", Verdict: "confirmed", Paths: []string{"desired_count"}})
	if d := Decide(s, []Rule{rule(t, "r", ActionIgnore, `actor.type == "service"`)}, nil, now); d != nil {
		t.Errorf("ignored although a person is among the actors: %+v", d)
	}
	if d := Decide(s, []Rule{rule(t, "r", ActionEscalate, `actor.name == "mallory"`)}, nil, now); d == nil || !cmp.Equal(d.Paths, []string{"desired_count"}) {
		t.Errorf("not escalated for one of several actors: %+v", d)
	}
}

func TestWholeFinding(t *testing.T) {
	gone := Subject{Finding: drift.Finding{Type: "aws_instance", Kind: drift.KindDeleted}}
	if d := Decide(gone, []Rule{rule(t, "r", ActionEscalate, `finding.kind == "deleted" && change.path == ""`)}, nil, now); d == nil || d.Action != ActionEscalate {
		t.Errorf("a finding without changes is not decided: %+v", d)
	}
}
