package policy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// policyWidening ranks what access policies in JSON grant now and did not before. It looks at every touched attribute that holds such a
// document, whatever the resource type: statements as AWS writes them, bindings as Google does.
func policyWidening(before, live map[string]drift.Value, touched []string) Severity {
	var worst Severity
	for _, name := range touched {
		was, is := grantsOf(before[name]), grantsOf(live[name])
		for _, g := range is {
			if slices.ContainsFunc(was, func(o grant) bool { return o.key == g.key }) {
				continue
			}
			if slices.Index(Levels, g.level) > slices.Index(Levels, worst.Level) {
				worst = Severity{Level: g.level, Why: g.why}
			}
		}
		for _, c := range []struct{ kind, why string }{{"deny", "removes a deny from the policy"}, {"condition", "removes a condition from the policy"}} {
			if count(is, c.kind) < count(was, c.kind) && count(is, "document") > 0 && !worst.AtLeast("high") {
				worst = Severity{Level: "high", Why: c.why}
			}
		}
	}
	return worst
}

// A grant is something that a policy document says. Without a level it is only counted.
type grant struct{ key, level, why string }

func count(grants []grant, kind string) int {
	n := 0
	for _, g := range grants {
		if g.key == kind {
			n++
		}
	}
	return n
}

// grantsOf lists what the policy documents in a value say, at any depth of it.
func grantsOf(v drift.Value) []grant {
	var grants []grant
	switch x := v.(type) {
	case []drift.Value:
		for _, item := range x {
			grants = append(grants, grantsOf(item)...)
		}
	case map[string]drift.Value:
		for _, key := range keys(x) {
			grants = append(grants, grantsOf(x[key])...)
		}
	case string:
		if !strings.HasPrefix(strings.TrimSpace(x), "{") {
			return nil
		}
		var document map[string]any
		if json.Unmarshal([]byte(x), &document) != nil {
			return nil
		}
		return append(awsGrants(document), googleGrants(document)...)
	}
	return grants
}

// awsGrants reads a policy of statements with effect, principal, action and resource.
func awsGrants(document map[string]any) []grant {
	statements, ok := document["Statement"]
	if !ok {
		return nil
	}
	grants := []grant{{key: "document"}}
	for _, s := range asList(statements) {
		statement, ok := s.(map[string]any)
		if !ok {
			continue
		}
		if !strings.EqualFold(fmt.Sprint(statement["Effect"]), "Allow") {
			grants = append(grants, grant{key: "deny"})
			continue
		}
		conditions, _ := statement["Condition"].(map[string]any)
		if len(conditions) > 0 {
			grants = append(grants, grant{key: "condition"})
		}
		grants = append(grants, allowGrants(statement, len(conditions) > 0)...)
	}
	return grants
}

func allowGrants(statement map[string]any, conditional bool) []grant {
	var grants []grant
	if everybody(statement["Principal"]) {
		if conditional {
			grants = append(grants, grant{"principal * if", "medium", "lets anybody in who meets a condition"})
		} else {
			grants = append(grants, grant{"principal *", "critical", "lets anybody in"})
		}
	}
	resources := asTexts(statement["Resource"])
	everywhere := slices.Contains(resources, "*") || statement["Resource"] == nil
	for _, a := range asTexts(statement["Action"]) {
		service, verb, _ := strings.Cut(a, ":")
		if !serviceName.MatchString(service) {
			service = "a service" // the text is whoever's wrote the policy
		}
		switch {
		case a == "*" || a == "*:*":
			grants = append(grants, grant{"action *", "critical", "grants every action"})
		case verb == "*" && everywhere && slices.Contains([]string{"iam", "sts", "organizations", "kms"}, strings.ToLower(service)):
			grants = append(grants, grant{"action " + a, "critical", "grants every action of " + service})
		case verb == "*":
			grants = append(grants, grant{"action " + a, "high", "grants every action of " + service})
		case everywhere && strings.EqualFold(a, "iam:PassRole"):
			grants = append(grants, grant{"action " + strings.ToLower(a), "high", "grants passing every role"})
		}
	}
	if statement["NotAction"] != nil {
		grants = append(grants, grant{"not action", "high", "grants every action but a few"})
	}
	if slices.Contains(resources, "*") && statement["Principal"] == nil {
		grants = append(grants, grant{"resource * for " + strings.Join(asTexts(statement["Action"]), " "), "medium", "grants access to every resource"})
	}
	return grants
}

var serviceName = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)

// everybody tells whether a principal is anyone at all.
func everybody(principal any) bool {
	if object, ok := principal.(map[string]any); ok {
		for _, v := range object {
			if slices.Contains(asTexts(v), "*") {
				return true
			}
		}
		return false
	}
	return slices.Contains(asTexts(principal), "*")
}

// googleGrants reads a policy of bindings.
func googleGrants(document map[string]any) []grant {
	bindings, ok := document["bindings"]
	if !ok {
		return nil
	}
	grants := []grant{{key: "document"}}
	for _, b := range asList(bindings) {
		binding, ok := b.(map[string]any)
		if !ok {
			continue
		}
		if binding["condition"] != nil {
			grants = append(grants, grant{key: "condition"})
		}
		for _, member := range asTexts(binding["members"]) {
			role := fmt.Sprint(binding["role"])
			switch {
			case member == "allUsers" || member == "allAuthenticatedUsers":
				grants = append(grants, grant{role + " " + member, "critical", "grants access to everybody"})
			case role == "roles/owner" || role == "roles/editor":
				grants = append(grants, grant{role + " " + member, "critical", "grants administrator access"})
			}
		}
	}
	return grants
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

func asTexts(v any) []string {
	var texts []string
	for _, item := range asList(v) {
		if s, ok := item.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}
