package config

import (
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/didyoumean"
)

// kinds are the checks that a kind tag names. They say what is wrong with one value, or "".
var kinds = map[string]func(string) string{
	"version": func(s string) string {
		if _, err := version.NewSemver(s); err != nil {
			return fmt.Sprintf("%q is not an exact version such as 1.12.6.", s)
		}
		return ""
	},
	"glob": func(s string) string {
		if s == "" || !doublestar.ValidatePattern(s) {
			return fmt.Sprintf("%q is not a glob. Write, for example, infra/** or **/examples/**.", s)
		}
		if path.IsAbs(s) || strings.HasPrefix(s, "./") {
			return fmt.Sprintf("%q must be relative to the repository's root and not begin with ./", s)
		}
		return ""
	},
	"path": func(s string) string {
		if s == "" || path.IsAbs(s) {
			return fmt.Sprintf("%q must be a path relative to the stack.", s)
		}
		return ""
	},
	"duration": func(s string) string {
		if _, err := ParseDuration(s); err != nil {
			return err.Error() + "."
		}
		return ""
	},
	"date": func(s string) string {
		if _, err := parseDate(s); err != nil {
			return fmt.Sprintf("%q is not a date such as 2027-01-31.", s)
		}
		return ""
	},
	"owner": func(s string) string {
		if !owner.MatchString(s) {
			return fmt.Sprintf("%q is not an owner: write @login, @organisation/team or an e-mail address.", s)
		}
		return ""
	},
	"env": func(s string) string {
		if !envName.MatchString(s) {
			return fmt.Sprintf("%q is not the name of an environment variable.", s)
		}
		return ""
	},
	"role":      matches(regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`), "the ARN of a role, such as arn:aws:iam::111122223333:role/audit-read"),
	"guid":      matches(regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`), "an id such as 00000000-1111-2222-3333-444455556666"),
	"login":     matches(regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*$`), "the name of an organisation, without @ and without a URL"),
	"project":   matches(regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`), "the id of a project, such as acme-prod"),
	"dataset":   matches(regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]\.[A-Za-z0-9_]{1,200}$`), "a dataset with its project, such as acme-logs.audit"),
	"table":     matches(regexp.MustCompile(`^[A-Za-z0-9_]{1,200}\.[A-Za-z0-9_]{1,200}$`), "a table with its database, such as security.cloudtrail"),
	"s3":        matches(regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]+(/.*)?$`), "a place in S3, such as s3://acme-athena/mooring/"),
	"accountid": matches(regexp.MustCompile(`^[0-9]{12}$`), "the id of an AWS account: twelve digits"),
	"number":    matches(regexp.MustCompile(`^[0-9]{1,20}$`), "the number of a folder or organisation, such as 123456789012"),
	"view":      matches(regexp.MustCompile(`^(projects|folders|organizations)/[a-z0-9:.-]+/locations/[a-z0-9-]+/buckets/[A-Za-z0-9_.-]+/views/[A-Za-z0-9_.-]+$`), "a view of a log bucket, such as projects/acme-logs/locations/global/buckets/org/views/_AllLogs"),
	"account":   matches(regexp.MustCompile(`^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$`), "the address of a service account, such as audit@acme-prod.iam.gserviceaccount.com"),
	"count": func(s string) string {
		if n, err := strconv.Atoi(s); err != nil || n < 0 {
			return fmt.Sprintf("%s is not a count: write 0 or more.", s)
		}
		return ""
	},
	"label": func(s string) string {
		if strings.TrimSpace(s) == "" || len([]rune(s)) > 50 || strings.ContainsAny(s, ",\n") {
			return fmt.Sprintf("%q is not a label: 1 to 50 characters, no comma.", s)
		}
		return ""
	},
	"branch": func(s string) string {
		if !branch.MatchString(s) || strings.Contains(s, "..") || strings.Contains(s, "//") || strings.HasSuffix(s, ".lock") || strings.HasSuffix(s, "/") {
			return fmt.Sprintf("%q is not the name of a branch.", s)
		}
		return ""
	},
}

func matches(want *regexp.Regexp, what string) func(string) string {
	return func(s string) string {
		if want.MatchString(s) {
			return ""
		}
		return fmt.Sprintf("%q is not %s.", s, what)
	}
}

var (
	owner   = regexp.MustCompile(`^(@[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9_.-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+)$`)
	envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	branch  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./-]*$`)
)

// checkValues applies the oneof and kind tags of the struct behind block to what body sets.
func checkValues(body *hclsyntax.Body, block any) hcl.Diagnostics {
	var diags hcl.Diagnostics
	v := reflect.ValueOf(block).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _ := hclName(field)
		if isBlock(field) {
			diags = append(diags, checkBlocks(body, name, v.Field(i))...)
			continue
		}
		attr, set := body.Attributes[name]
		if !set || !isAttribute(field) {
			continue
		}
		for _, text := range texts(v.Field(i)) {
			if problem := checkText(field, text); problem != "" {
				diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("Unusable value of %q", name), Detail: problem, Subject: attr.Expr.Range().Ptr()})
			}
		}
	}
	return diags
}

// checkBlocks pairs the blocks called name with what they were decoded to, which gohcl keeps in the same order.
func checkBlocks(body *hclsyntax.Body, name string, decoded reflect.Value) hcl.Diagnostics {
	var diags hcl.Diagnostics
	n := 0
	for _, b := range body.Blocks {
		if b.Type != name {
			continue
		}
		inner := decoded
		if decoded.Kind() == reflect.Slice {
			inner = decoded.Index(n)
		}
		n++
		if inner.Kind() == reflect.Pointer && !inner.IsNil() {
			diags = append(diags, checkValues(b.Body, inner.Interface())...)
		}
	}
	return diags
}

func checkText(field reflect.StructField, text string) string {
	if values := strings.Fields(field.Tag.Get("oneof")); len(values) > 0 && !slices.Contains(values, text) {
		if near := didyoumean.Nearest(text, values); near != "" {
			return fmt.Sprintf("%q is not one of %s. Did you mean %q?", text, strings.Join(values, ", "), near)
		}
		return fmt.Sprintf("%q is not one of %s.", text, strings.Join(values, ", "))
	}
	if kind := field.Tag.Get("kind"); kind != "" {
		return kinds[kind](text)
	}
	return ""
}

// texts are the values of a field that can be checked: itself, its elements, or its keys.
func texts(v reflect.Value) []string {
	switch x := v.Interface().(type) {
	case string:
		return []string{x}
	case int:
		return []string{strconv.Itoa(x)}
	case []string:
		return x
	case map[string]string:
		var keys []string
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		return keys
	}
	return nil
}

// ParseDuration reads a Go duration with two more units, for people: d is 24 hours and w is 7 days. It must be positive or zero.
func ParseDuration(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not a duration such as 90m, 24h, 30d or 2w", s)
	total, rest := time.Duration(0), s
	for rest != "" {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, bad
		}
		rest = rest[len(m[0]):]
		number, unit := m[1], m[2]
		if days := map[string]int64{"d": 1, "w": 7}[unit]; days > 0 {
			n, err := strconv.ParseInt(number, 10, 64)
			if err != nil || n > 36500 {
				return 0, bad
			}
			total += time.Duration(n*days) * 24 * time.Hour
			continue
		}
		d, err := time.ParseDuration(number + unit)
		if err != nil {
			return 0, bad
		}
		total += d
	}
	if s == "" || total < 0 {
		return 0, bad
	}
	return total, nil
}

var durationPart = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)`)

func parseDate(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err
}
