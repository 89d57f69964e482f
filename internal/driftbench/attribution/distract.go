package attribution

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// aliases are the names by which records know an object, longest first.
func (c *instance) aliases() []string {
	attributes := c.object.Attributes()
	list := []string{c.object.ID}
	for _, name := range []string{"arn", "name", "bucket", "identifier", "function_name", "self_link", "route_table_id", "security_group_id", "resource_id", "url", "cluster_name", "unique_id", "repository_id"} {
		if s, ok := attributes[name].(string); ok {
			list = append(list, s)
		}
	}
	list = append(list, c.name)
	list = slices.DeleteFunc(list, func(s string) bool { return len(s) < 3 })
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(list)
}

// distract puts look-alikes beside every record of a case. None of them explains anything.
func (w *world) distract(c *instance) {
	for _, l := range slices.Clone(w.records) {
		if l.of != c || l.Operation == "AssumeRoleWithSAML" {
			continue
		}
		for _, twin := range w.twins(c, l.Record) {
			if twin.Time.After(scannedAt) {
				continue
			}
			twin.Seal(w.r.Int64(), len(w.records))
			w.records = append(w.records, logged{Record: twin, of: c})
		}
	}
}

// verb is the first word of an operation.
var verb = regexp.MustCompile(`^[A-Z][a-z]+`)

func (w *world) twins(c *instance, r trail.Record) []trail.Record {
	var out []trail.Record
	twin := func(chance float64, alter func(*trail.Record) bool) {
		if w.r.Float64() > chance {
			return
		}
		t := r
		t.Actor, t.Via = person(w.r, r.Provider, anyOf(w.r, others)), w.way()
		t.Time = r.Time.Add(time.Duration(w.r.IntN(7200)-3600) * time.Second)
		if alter(&t) {
			out = append(out, t)
		}
	}
	twin(0.6, func(t *trail.Record) bool { // refused; GitHub logs no refusals
		t.Error = "Client.UnauthorizedOperation"
		return r.Provider != "github"
	})
	twin(0.6, func(t *trail.Record) bool { return c.neighbour(t) })
	twin(0.6, func(t *trail.Record) bool { return elsewhere(t) })
	twin(0.4, func(t *trail.Record) bool { // the same name in another region
		if r.Provider != "aws" || global(c.typ) || r.Call.Region != "" {
			return false
		}
		t.Region = "eu-central-1"
		t.Request, _ = replaced(t.Request, r.Region, t.Region).(map[string]any)
		t.Response = replaced(t.Response, r.Region, t.Region)
		t.Resources = nil
		return true
	})
	twin(0.5, func(t *trail.Record) bool { // somebody looks at it
		t.Read = true
		switch r.Provider {
		case "aws":
			t.Operation = verb.ReplaceAllString(r.Operation, "Describe")
		case "gcp":
			i := strings.LastIndexByte(r.Operation, '.')
			t.Operation = r.Operation[:i+1] + "get"
		case "kubernetes":
			t.Operation, t.Request = "get", nil
		default:
			return false
		}
		return true
	})
	return out
}

// neighbour makes a record one of an object whose names begin like this one's.
func (c *instance) neighbour(t *trail.Record) bool {
	switch t.Provider {
	case "azure", "kubernetes", "gcp", "github":
		if t.Target == "" {
			return false
		}
		t.Target += "2"
		if t.Provider == "gcp" || t.Provider == "github" {
			return c.typ != "google_project_iam_member" && c.typ != "github_team"
		}
		return true
	}
	changed := false
	for _, alias := range c.aliases() {
		request := replaced(t.Request, alias, longer(alias))
		if text(request) != text(t.Request) {
			t.Request, _ = request.(map[string]any)
			t.Response = replaced(t.Response, alias, longer(alias))
			changed = true
			break
		}
	}
	for i, res := range slices.Clone(t.Resources) {
		t.Resources = slices.Clone(t.Resources)
		t.Resources[i].ARN = longer(res.ARN)
	}
	return changed
}

// longer is a name that begins like another: i-0abc and i-0abcd.
func longer(s string) string {
	if strings.HasSuffix(s, "/") {
		return s + "x"
	}
	return s + "d"
}

// elsewhere makes a record one of an object with the same name in another account.
func elsewhere(t *trail.Record) bool {
	was := t.Account
	var is string
	switch t.Provider {
	case "aws":
		is = otherAccount
	case "gcp":
		is = otherProject
	case "azure":
		is = otherSub
	default:
		return false
	}
	t.Account = is
	t.Target = strings.ReplaceAll(t.Target, was, is)
	t.Request, _ = replaced(t.Request, was, is).(map[string]any)
	t.Response = replaced(t.Response, was, is)
	resources := slices.Clone(t.Resources)
	for i := range resources {
		resources[i].ARN = strings.ReplaceAll(resources[i].ARN, was, is)
	}
	t.Resources = resources
	// Names that all of a cloud shares cannot exist twice.
	return !strings.HasPrefix(t.Service, "s3.") && !strings.HasPrefix(t.Service, "storage.") && strings.Contains(t.Target, is) || t.Provider == "aws" && !strings.HasPrefix(t.Service, "s3.")
}

// replaced is a copy of a tree with a text replaced in every string that holds it.
func replaced(v any, old, with string) any {
	switch x := v.(type) {
	case string:
		return strings.ReplaceAll(x, old, with)
	case map[string]any:
		if x == nil {
			return x
		}
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = replaced(e, old, with)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = replaced(e, old, with)
		}
		return out
	}
	return v
}
