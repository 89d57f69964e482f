package attribution

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A rawEvent is one record of the collection, out of its envelope.
type rawEvent struct {
	log    string
	record map[string]any
}

func (o Options) realEvents() ([]*rawEvent, error) {
	dir := filepath.Join(o.Data, "audit-events")
	names, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	if o.Data == "" || len(names) == 0 {
		return readReal("cut.jsonl.gz", cut)
	}
	slices.Sort(names)
	var out []*rawEvent
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		list, err := readReal(filepath.Base(name), b)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// cut is the part of the collection that the repository holds: see testdata/NOTICE.md.
//
//go:embed testdata/cut.jsonl.gz
var cut []byte

func readReal(name string, b []byte) ([]*rawEvent, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []*rawEvent
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var m map[string]any
		if decode(lines.Bytes(), &m) != nil {
			continue
		}
		if e := unwrapReal(m); e != nil {
			out = append(out, e)
		}
	}
	return out, lines.Err()
}

// unwrapReal takes a record out of its envelope and says what log it is of; nil for logs that the table does not speak of.
func unwrapReal(m map[string]any) *rawEvent {
	if inner, ok := m["detail"].(map[string]any); ok {
		m = inner
	}
	if s, ok := m["CloudTrailEvent"].(string); ok {
		var inner map[string]any
		if decode([]byte(s), &inner) != nil {
			return nil
		}
		m = inner
	}
	switch {
	case m["eventName"] != nil && m["eventSource"] != nil:
		return &rawEvent{"cloudtrail", m}
	case m["protoPayload"] != nil:
		return &rawEvent{"gcp", m}
	case m["objectRef"] != nil && m["verb"] != nil:
		return &rawEvent{"kubernetes", m}
	case m["operationName"] != nil && m["resourceId"] != nil:
		return &rawEvent{"azure", m}
	case m["action"] != nil && m["actor"] != nil:
		return &rawEvent{"github", m}
	}
	return nil
}

func (e *rawEvent) operation() string {
	switch e.log {
	case "cloudtrail":
		service, _, _ := strings.Cut(fmt.Sprint(e.record["eventSource"]), ".")
		return service + ":" + fmt.Sprint(e.record["eventName"])
	case "gcp":
		return fmt.Sprint(place(e.record, "protoPayload.methodName"))
	case "azure":
		if s, ok := e.record["operationName"].(string); ok {
			return strings.ToLower(s)
		}
		return strings.ToLower(fmt.Sprint(place(e.record, "operationName.value")))
	case "kubernetes":
		return fmt.Sprint(e.record["verb"]) + ":" + fmt.Sprint(place(e.record, "objectRef.resource"))
	}
	return fmt.Sprint(e.record["action"])
}

// failed tells whether the record is of a call without effect.
func (e *rawEvent) failed() bool {
	switch e.log {
	case "cloudtrail":
		return e.record["errorCode"] != nil || e.record["errorMessage"] != nil || e.record["readOnly"] == true
	case "gcp":
		code := place(e.record, "protoPayload.status.code")
		return code != nil && fmt.Sprint(code) != "0"
	case "azure":
		result := strings.ToLower(fmt.Sprint(e.record["resultType"], place(e.record, "status.value")))
		return strings.Contains(result, "fail") || strings.Contains(result, "start") || strings.Contains(result, "accept")
	case "kubernetes":
		code, err := strconv.Atoi(fmt.Sprint(place(e.record, "responseStatus.code")))
		return err == nil && code >= 400
	}
	return false
}

// place reads a dotted path; numbers are positions.
func place(v any, path string) any {
	if path == "" {
		return v
	}
	step, rest, _ := strings.Cut(path, ".")
	switch x := v.(type) {
	case map[string]any:
		return place(x[step], rest)
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i < len(x) {
			return place(x[i], rest)
		}
	}
	return nil
}

func (e *rawEvent) root() any {
	switch e.log {
	case "cloudtrail":
		return e.record["requestParameters"]
	case "gcp":
		return e.record["protoPayload"]
	}
	return e.record
}

// value reads one place of a reading.
func (e *rawEvent) value(expr string) any {
	kind, path, marked := strings.Cut(expr, ":")
	if !marked {
		return place(e.root(), expr)
	}
	v := place(e.root(), path)
	switch kind {
	case "json":
		if v == nil {
			return nil
		}
		return text(v)
	case "last":
		s, _ := v.(string)
		return s[strings.LastIndexAny(s, "/:")+1:]
	case "body":
		properties, _ := e.record["properties"].(map[string]any)
		for _, name := range []string{"requestbody", "requestBody", "responseBody"} {
			body := properties[name]
			if s, ok := body.(string); ok {
				var in any
				if decode([]byte(s), &in) == nil {
					body = in
				}
			}
			if v := place(body, path); v != nil {
				return v
			}
		}
	}
	return nil
}

// fill reads a text of a reading; nil when a place is missing.
func (e *rawEvent) fill(pattern string) any {
	if strings.HasPrefix(pattern, "{") && strings.IndexByte(pattern, '}') == len(pattern)-1 {
		return e.value(pattern[1 : len(pattern)-1])
	}
	literal, isJSON := strings.CutPrefix(pattern, "=")
	var b strings.Builder
	for rest := literal; ; {
		before, after, found := strings.Cut(rest, "{")
		// A brace before a quote is JSON's own.
		if found && (strings.HasPrefix(after, `"`) || after == "") {
			b.WriteString(before + "{")
			rest = after
			continue
		}
		b.WriteString(before)
		if !found {
			break
		}
		expr, tail, _ := strings.Cut(after, "}")
		v := e.value(expr)
		if v == nil {
			return nil
		}
		b.WriteString(fmt.Sprint(v))
		rest = tail
	}
	if !isJSON {
		return b.String()
	}
	var v any
	if decode([]byte(b.String()), &v) != nil {
		return nil
	}
	return v
}

// actors is what a record calls who made the call.
func (e *rawEvent) actors() []string {
	var out []string
	masked := false
	add := func(v any) {
		masked = masked || v == "..."
		if s, ok := v.(string); ok && s != "" {
			out = append(out, s, s[strings.LastIndexAny(s, "/:")+1:])
			out = append(out, strings.Split(s, "/")...)
		}
	}
	paths := map[string][]string{
		"cloudtrail": {"userIdentity.userName", "userIdentity.arn", "userIdentity.principalId", "userIdentity.onBehalfOf.userId", "userIdentity.sessionContext.sourceIdentity",
			"userIdentity.sessionContext.sessionIssuer.userName", "userIdentity.invokedBy"},
		"gcp":        {"protoPayload.authenticationInfo.principalEmail", "protoPayload.authenticationInfo.principalSubject"},
		"azure":      {"caller", "identity", "identity.claims.name", "identity.claims.appid", "claims.name", "claims.appid"},
		"kubernetes": {"user.username", "impersonatedUser.username"},
		"github":     {"actor"},
	}
	for _, p := range paths[e.log] {
		add(place(e.record, p))
	}
	for _, claims := range []any{place(e.record, "claims"), place(e.record, "identity.claims")} {
		if m, ok := claims.(map[string]any); ok {
			for _, v := range m {
				add(v)
			}
		}
	}
	if place(e.record, "userIdentity.type") == "Root" {
		out = append(out, "root")
	}
	if masked {
		return nil
	}
	return out
}
