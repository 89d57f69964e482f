package blame

import (
	"regexp"
	"strings"
)

// fold is the form in which ids are compared in the index. AWS names have case; a second look at the exact text is taken where two names of one
// service can differ by case alone, which no cloud allows for the resources that are found by name.
func fold(s string) string {
	return strings.ToLower(strings.TrimSuffix(s, "."))
}

type arn struct{ service, region, account, resource, name string }

// parseARN takes arn:partition:service:region:account:resource apart. name is the last part of the resource, without a Lambda qualifier.
func parseARN(s string) (arn, bool) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return arn{}, false
	}
	a := arn{service: parts[2], region: parts[3], account: parts[4], resource: parts[5]}
	rest := a.resource
	switch a.service {
	case "lambda":
		if kind, after, ok := strings.Cut(rest, ":"); ok && kind == "function" {
			rest, _, _ = strings.Cut(after, ":")
		}
	case "logs":
		rest = strings.TrimSuffix(strings.TrimPrefix(rest, "log-group:"), ":*")
		a.name = rest
		return a, true
	case "ssm":
		if after, ok := strings.CutPrefix(rest, "parameter"); ok {
			a.name = strings.TrimPrefix(after, "/")
			return a, true
		}
	case "secretsmanager":
		rest = strings.TrimPrefix(rest, "secret:")
		if m := secretSuffix.FindStringIndex(rest); m != nil {
			rest = rest[:m[0]]
		}
		a.name = rest
		return a, true
	}
	a.name = lastName(rest)
	return a, true
}

var secretSuffix = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)

// lastName is what follows the last slash or colon.
func lastName(s string) string {
	if i := strings.LastIndexAny(s, "/:"); i >= 0 && i < len(s)-1 {
		return s[i+1:]
	}
	return s
}

// linkPath cuts a Google self link to its resource path.
func linkPath(s string) string {
	if i := strings.Index(s, "/projects/"); i >= 0 {
		return s[i+1:]
	}
	return s
}

// generated matches ids that a cloud made up: i-0abc123, sgr-0123, Z0123ABC, AROA..., UUIDs, long hex and numbers.
var generated = regexp.MustCompile(`(?i)^([a-z]{1,12}(-[a-z]{1,12})?-[0-9a-f]{8}|[a-z]{1,12}(-[a-z]{1,12})?-[0-9a-f]{17}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|A[A-Z]{3}[A-Z0-9]{16,17}|[EZ][A-Z0-9]{12,20}|[0-9]{15,21})$`)

// uniqueID tells whether an id alone proves identity.
func uniqueID(id string) bool {
	return generated.MatchString(id) || strings.HasPrefix(id, "https://") || strings.HasPrefix(id, "projects/") ||
		strings.HasPrefix(fold(id), "/subscriptions/") || awsID.MatchString(id)
}

// awsID matches ids of EC2 and its kin however long: test and private clouds shorten them.
var awsID = regexp.MustCompile(`^(i|vol|snap|ami|eni|sg|sgr|subnet|vpc|rtb|rtbassoc|igw|eigw|nat|acl|aclassoc|eipalloc|eipassoc|vpce|vpce-svc|pcx|tgw|tgw-rtb|tgw-attach|dopt|lt|fl|vgw|cgw|vpn|key|pl|cr|lgw|fs|fsmt|fsap|r|rslvr-[a-z]+|ws)-[0-9a-f]{3,}$`)

// splitComposite takes apart an id that a provider put together of parts that identity knows to be n; 0 means any number, but then not at
// underscores, which names contain.
func splitComposite(id string, n int) []string {
	marks := []string{"|", ",", ":", "/", "_"}
	if n == 0 {
		marks = marks[:4]
		if strings.HasPrefix(id, "/") {
			return nil // a name of the kind /app/db
		}
	}
	for _, sep := range marks {
		if parts := strings.Split(strings.Trim(id, sep), sep); len(parts) > 1 && (n == 0 || len(parts) == n) {
			for _, p := range parts {
				if p == "" {
					return nil
				}
			}
			return parts
		}
	}
	return nil
}
