package attribution

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/file"
	"github.com/mooringdev/mooring/internal/report"
)

// A baseline is a rule that others use, written again from its description. It is given the events that name a resource, newest first, and
// names one actor for everything that changed on it; "" is nobody.
type baseline struct {
	name string
	rule func(f *report.Finding, events []mention) string
}

// mention is an event that names a resource, as a lookup by the resource's name gives it.
type mention struct {
	user, operation string
	service         bool // a service of the cloud made the call
	read, failed    bool
	at              time.Time
}

var baselines = []baseline{
	{"latest write that names it", latestWrite},
	{"cloud-concierge's rule", conciergeRule},
	{"drifty's rule", driftyRule},
}

// latestWrite names the actor of the latest write that names the resource.
func latestWrite(_ *report.Finding, events []mention) string {
	for _, e := range events {
		if !e.read && !e.failed {
			return e.user
		}
	}
	return ""
}

// conciergeRule: of the first fifty events, the first whose name holds a word for a modification. Errors are not looked at.
func conciergeRule(_ *report.Finding, events []mention) string {
	for _, e := range events[:min(50, len(events))] {
		name := strings.ToLower(e.operation)
		for _, word := range []string{"update", "replace", "modify", "createtags"} {
			if strings.Contains(name, word) {
				return e.user
			}
		}
	}
	return ""
}

// driftyPrefixes are the operation names that the rule lists, by type; its table has seventeen types.
var driftyPrefixes = map[string][]string{
	"aws_instance": {"RunInstances", "ModifyInstance", "TerminateInstances"}, "aws_security_group": {"AuthorizeSecurityGroup", "RevokeSecurityGroup", "ModifySecurityGroup"},
	"aws_s3_bucket": {"PutBucket", "DeleteBucket", "CreateBucket"}, "aws_iam_role": {"UpdateRole", "AttachRole", "DetachRole", "PutRole", "UpdateAssumeRole"},
	"aws_iam_policy": {"CreatePolicy", "SetDefaultPolicy"}, "aws_iam_user": {"UpdateUser", "CreateUser", "TagUser"}, "aws_lambda_function": {"UpdateFunction", "CreateFunction"},
	"aws_db_instance": {"ModifyDBInstance"}, "aws_rds_cluster": {"ModifyDBCluster"}, "aws_dynamodb_table": {"UpdateTable"}, "aws_vpc": {"ModifyVpc"}, "aws_subnet": {"ModifySubnet"},
	"aws_lb": {"ModifyLoadBalancer", "SetSecurityGroups"}, "aws_sqs_queue": {"SetQueue"}, "aws_sns_topic": {"SetTopic"}, "aws_kms_key": {"PutKey", "EnableKey", "DisableKey"},
	"aws_ecs_service": {"UpdateService"},
}

// driftyRule gives points: 100 when the actor is no service, 50 for an operation that the type lists, 20 for being in the list. The newest of the
// best wins.
func driftyRule(f *report.Finding, events []mention) string {
	best, user := 0, ""
	for _, e := range events[:min(50, len(events))] {
		points := 20
		if !e.service {
			points += 100
		}
		if slices.ContainsFunc(driftyPrefixes[f.Type], func(p string) bool { return strings.HasPrefix(e.operation, p) }) {
			points += 50
		}
		if points > best {
			best, user = points, e.user
		}
	}
	return user
}

// A Baseline is what one rule scored on the same findings and logs.
type Baseline struct {
	Name       string
	Named      int    // changes for which it names somebody
	WrongNames int    // and that one did not do it
	Found      *Share // changes that people made: all of them named
}

// measure applies the baselines to findings.
func measure(ctx context.Context, r *report.Results, logs string, wants []Want) []Baseline {
	findings := map[string]*report.Finding{}
	byName := map[string][]*report.Finding{}
	for i := range r.Stacks {
		for j := range r.Stacks[i].Findings {
			f := &r.Stacks[i].Findings[j]
			findings[f.ID] = f
			for _, name := range lookupNames(f) {
				byName[name] = append(byName[name], f)
			}
		}
	}
	events := map[*report.Finding][]mention{}
	audit.Collect(ctx, []audit.Source{file.New([]string{logs}, file.Disk{})}, audit.Query{}, func(e audit.Event) {
		names := map[string]bool{}
		for _, v := range []any{e.Request, e.Response, e.Resources} {
			mentioned(v, names)
		}
		seen := map[*report.Finding]bool{}
		for name := range names {
			for _, f := range byName[name] {
				if !seen[f] {
					seen[f] = true
					events[f] = append(events[f], mention{e.Actor.Name, e.Operation, e.Actor.Type == audit.ActorService, e.Activity == audit.ActivityRead, e.Status == audit.StatusFailure, e.Time})
				}
			}
		}
	})
	for _, list := range events {
		slices.SortStableFunc(list, func(a, b mention) int {
			return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.user, b.user), cmp.Compare(a.operation, b.operation))
		})
	}
	var out []Baseline
	for _, b := range baselines {
		score := Baseline{Name: b.name, Found: &Share{}}
		for _, w := range wants {
			if w.Loose {
				continue
			}
			f := findings[w.Finding]
			name := nick(b.rule(f, events[f]))
			person := contains(staff, name) || contains(others, name) || name != "" && len(w.People) > 0
			if person {
				score.Named++
				if !contains(w.People, name) {
					score.WrongNames++
				}
			}
			if w.Sort == Person && !w.Optional {
				score.Found.add(len(w.People) == 1 && w.People[0] == name)
			}
		}
		out = append(out, score)
	}
	return out
}

// lookupNames are what a lookup would ask for: the id in state and the name.
func lookupNames(f *report.Finding) []string {
	out := slices.Clone(f.IDs)
	for _, attribute := range []string{"name", "bucket", "identifier", "function_name"} {
		if s, ok := f.Attributes[attribute].(string); ok && s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mentioned collects the texts of a record.
func mentioned(v any, out map[string]bool) {
	switch x := v.(type) {
	case string:
		out[x] = true
	case json.Number:
		out[x.String()] = true
	case []any:
		for _, e := range x {
			mentioned(e, out)
		}
	case map[string]any:
		for _, e := range x {
			mentioned(e, out)
		}
	case []audit.Resource:
		for _, r := range x {
			out[r.ID], out[r.Name] = true, true
			out[r.ID[strings.LastIndexByte(r.ID, '/')+1:]] = true
		}
	}
}
