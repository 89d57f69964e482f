package attribution

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

//go:embed real.json
var realFile []byte

// A reading says what one operation of a log changes, put down by hand from the API's documentation and the records. Texts hold places of the record
// in braces: {a.b} (of the request for CloudTrail, of protoPayload for Google, of the record for others), {json:a} the JSON text of a place, {last:a}
// its last step, {body:a} of Azure's request body. A text that is one place keeps the type; one that begins with = is JSON.
type reading struct {
	Log        string            `json:"log"`
	Op         string            `json:"op"`
	Type       string            `json:"type"`
	IDs        []string          `json:"ids"`
	Attributes map[string]string `json:"attributes"`
	Changes    map[string]string `json:"changes"` // path -> live value
	Kind       string            `json:"kind"`    // deleted, unmanaged (made); "" changed
}

// A realCase is a real record with the finding it explains.
type realCase struct {
	reading
	id      string // of the record, in the log that is written
	finding drift.Finding
	names   []string // what the record calls its actor
	atom    string   // the part of its ids that others are renamed to resemble
	record  map[string]any
}

const realAccount, realRegion = account, "eu-west-1"

// real runs the cases of real records.
func (o Options) real(ctx context.Context) (*Score, error) {
	events, err := o.realEvents()
	if err != nil {
		return nil, err
	}
	var table []reading
	if err := json.Unmarshal(realFile, &table); err != nil {
		return nil, fmt.Errorf("real.json: %w", err)
	}
	r := rand.New(rand.NewPCG(uint64(o.Seed), 0x7265616c))
	used := map[*rawEvent]bool{}
	var cases []*realCase
	for n, row := range table {
		if c := pickReal(row, events, used, n); c != nil {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("no real records fit: look at %s", o.Data)
	}
	dir := filepath.Join(o.Temp, fmt.Sprint("real-", o.Seed))
	logs := filepath.Join(dir, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return nil, err
	}
	if err := writeReal(r, logs, cases, events, used); err != nil {
		return nil, err
	}
	st := report.StackResult{Stack: stack.Stack{ID: "infra/real", Path: "infra/real", Workspace: "default"}, Status: report.StatusDrifted}
	for _, c := range cases {
		st.Findings = append(st.Findings, report.Finding{Finding: c.finding})
	}
	answer, err := o.ask(ctx, filepath.Join(dir, "findings.json"), &report.Results{ScannedAt: scannedAt, Tool: report.Tool{Name: "mooring"}, Stacks: []report.StackResult{st}}, filepath.Join(logs, "*"))
	if err != nil {
		return nil, err
	}
	return scoreReal(answer, cases)
}

// scoreReal: an answer is right when its proof is the record that the case was made of and its name is that record's actor.
func scoreReal(answer []byte, cases []*realCase) (*Score, error) {
	var doc document
	if err := json.Unmarshal(answer, &doc); err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	entries := map[string][]entry{}
	for _, st := range doc.Stacks {
		for _, f := range st.Findings {
			entries[f.ID] = f.Attribution
		}
	}
	s := newScore()
	for _, c := range cases {
		met := false
		for i := range entries[c.finding.ID] {
			e := &entries[c.finding.ID][i]
			proof := slices.ContainsFunc(e.Events, func(ev struct{ ID, Operation string }) bool { return strings.Contains(ev.ID, c.id) })
			says := e.Actor != nil && e.Actor.Name != ""
			name := says && c.calls(e.Actor.Name)
			right := proof && name
			if says && !name {
				s.WrongNames = append(s.WrongNames, fmt.Sprintf("%s of %s: %s names %s, not %s", c.Op, c.Type, e.Verdict, e.Actor.Name, strings.Join(c.names, " or ")))
			}
			if says {
				s.Named++
			}
			s.Claims++
			in(s.Given, e.Verdict).add(right)
			met = met || right
		}
		s.Found.add(met)
		in(s.Families, c.Type).add(met)
		in(s.Formats, c.Log).add(met)
		if !met {
			s.Failures = append(s.Failures, fmt.Sprintf("not met: %s of %s (%s): got %s", c.Op, c.Type, c.finding.ID, describeAll(entries[c.finding.ID])))
		}
	}
	return s, nil
}

// calls tells whether a name is one that the record gives its actor; a role and its session may be joined.
func (c *realCase) calls(name string) bool {
	if contains(c.names, name) {
		return true
	}
	for _, part := range strings.Split(name, "/") {
		if !contains(c.names, part) {
			return false
		}
	}
	return true
}

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
			for _, part := range strings.Split(s, "/") {
				out = append(out, part)
			}
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

// pickReal makes a case of the first record that a row of the table fits wholly.
func pickReal(row reading, events []*rawEvent, used map[*rawEvent]bool, n int) *realCase {
	for _, e := range events {
		if e.log != row.Log || e.operation() != row.Op || e.failed() || used[e] || len(e.actors()) == 0 {
			continue
		}
		if c := row.of(e, n); c != nil {
			used[e] = true
			return c
		}
	}
	return nil
}

func (row reading) of(e *rawEvent, n int) *realCase {
	first, _ := e.fill(row.IDs[0]).(string)
	expr, _, _ := strings.Cut(strings.TrimPrefix(row.IDs[0][strings.IndexByte(row.IDs[0], '{'):], "{"), "}")
	name, _ := e.value(expr).(string)
	atom := name[strings.LastIndexAny(name, "/:")+1:]
	if first == "" || len(atom) < 4 || atom == "..." || strings.Trim(atom, "*") == "" {
		return nil
	}
	c := &realCase{reading: row, id: fmt.Sprintf("00000000-0000-4000-8000-%012x", n), atom: atom + fmt.Sprintf("%03x", n)}
	renamed := &rawEvent{e.log, settled(e, atom, c.atom)}
	identify(renamed, c.id, scannedAt.AddDate(0, 0, -2).Add(time.Duration(n)*time.Minute))
	c.record, c.names = renamed.record, renamed.actors()
	c.finding = drift.Finding{
		ID: fmt.Sprintf("f_%016x", n), Address: row.Type + ".case" + strconv.Itoa(n), Type: row.Type, Kind: drift.KindDrift, Action: "update",
		Window: drift.Window{From: cleanAt, To: scannedAt}, Attributes: map[string]drift.Value{},
	}
	if row.Log == "cloudtrail" {
		c.finding.Account, c.finding.Region = realAccount, realRegion
	}
	if row.Kind != "" {
		c.finding.Kind = drift.Kind(row.Kind)
	}
	for _, pattern := range row.IDs {
		id, ok := renamed.fill(pattern).(string)
		if !ok {
			return nil
		}
		c.finding.IDs = append(c.finding.IDs, id)
	}
	for name, pattern := range row.Attributes {
		if c.finding.Attributes[name] = renamed.fill(pattern); c.finding.Attributes[name] == nil {
			return nil
		}
	}
	paths := make([]string, 0, len(row.Changes))
	for path := range row.Changes {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		live := renamed.fill(row.Changes[path])
		if live == nil || live == "" {
			return nil
		}
		c.finding.Changes = append(c.finding.Changes, drift.Change{Path: path, Kind: drift.KindDrift, Rule: "row 2", Base: other(live), Code: other(live), Live: live})
	}
	return c
}

// other is what an attribute may have been before.
func other(live any) any {
	switch x := live.(type) {
	case bool:
		return !x
	case []any:
		return []any{}
	case string:
		if x == "true" || x == "false" {
			return map[string]string{"true": "false", "false": "true"}[x]
		}
		return nil
	}
	return nil
}

// settled is a record moved into the account and region of the benchmark, with one of its names replaced.
func settled(e *rawEvent, old, with string) map[string]any {
	record, _ := replaced(e.record, old, with).(map[string]any)
	if e.log != "cloudtrail" {
		return record
	}
	region, _ := record["awsRegion"].(string)
	for _, number := range []any{record["recipientAccountId"], place(record, "userIdentity.accountId")} {
		if n, _ := number.(string); accountNumber.MatchString(n) {
			record, _ = reworded(record, n, realAccount).(map[string]any)
		}
	}
	if regionName.MatchString(region) {
		record, _ = reworded(record, region, realRegion).(map[string]any)
	}
	record["recipientAccountId"], record["awsRegion"] = realAccount, realRegion
	return record
}

var (
	accountNumber = regexp.MustCompile(`^\d{12}$`)
	regionName    = regexp.MustCompile(`^[a-z]{2,6}-[a-z]+-\d[a-z]?$`)
)

// reworded replaces whole words: an account's number may be part of an id.
func reworded(v any, old, with string) any {
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(old) + `\b`)
	var walk func(any) any
	walk = func(v any) any {
		switch x := v.(type) {
		case string:
			return word.ReplaceAllString(x, with)
		case map[string]any:
			out := make(map[string]any, len(x))
			for k, e := range x {
				out[k] = walk(e)
			}
			return out
		case []any:
			out := make([]any, len(x))
			for i, e := range x {
				out[i] = walk(e)
			}
			return out
		}
		return v
	}
	return walk(v)
}

// identify gives a record an id and a time.
func identify(e *rawEvent, id string, at time.Time) {
	stamp := at.UTC().Format(time.RFC3339)
	fields := map[string]map[string]any{
		"cloudtrail": {"eventID": id, "requestID": id, "sharedEventID": nil, "eventTime": stamp},
		"gcp":        {"insertId": id, "timestamp": stamp, "operation": nil},
		"azure":      {"eventDataId": id, "correlationId": id, "operationId": id, "eventTimestamp": stamp, "time": stamp, "id": id},
		"kubernetes": {"auditID": id, "requestReceivedTimestamp": stamp, "stageTimestamp": stamp, "stage": "ResponseComplete"},
		"github":     {"_document_id": id, "created_at": json.Number(strconv.FormatInt(at.UnixMilli(), 10)), "@timestamp": nil, "at_sign_timestamp": nil},
	}
	for k, v := range fields[e.log] {
		if e.record[k] = v; v == nil {
			delete(e.record, k)
		}
	}
}

// writeReal writes one log a kind: the records of the cases, their look-alikes, and all other records renamed to resemble them.
func writeReal(r *rand.Rand, dir string, cases []*realCase, events []*rawEvent, used map[*rawEvent]bool) error {
	lines := map[string][]map[string]any{}
	n := 0
	put := func(e *rawEvent, at time.Time) {
		n++
		identify(e, fmt.Sprintf("ffffffff-0000-4000-8000-%012x", n), at)
		lines[e.log] = append(lines[e.log], e.record)
	}
	byOp := map[string][]*realCase{}
	for _, c := range cases {
		lines[c.Log] = append(lines[c.Log], c.record)
		byOp[c.Log+c.Op] = append(byOp[c.Log+c.Op], c)
		for _, twin := range c.twins() {
			put(twin, scannedAt.AddDate(0, 0, -2).Add(time.Duration(r.IntN(7200)-3600)*time.Second))
		}
	}
	for _, e := range events {
		if used[e] {
			continue
		}
		moved := &rawEvent{e.log, settled(e, "\x00", "")}
		for _, c := range byOp[e.log+e.operation()] { // the same call about an object whose name begins alike
			if original, ok := e.fill(c.IDs[0]).(string); ok && original != "" {
				moved = &rawEvent{e.log, settled(e, original[strings.LastIndexAny(original, "/:")+1:], longer(c.atom))}
			}
		}
		put(moved, cleanAt.Add(time.Duration(r.Int64N(int64(scannedAt.Sub(cleanAt))))))
	}
	for log, list := range lines {
		r := rand.New(rand.NewPCG(uint64(len(list)), uint64(len(log))))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		var b bytes.Buffer
		for _, record := range list {
			line, err := json.Marshal(record)
			if err != nil {
				return err
			}
			b.Write(line)
			b.WriteByte('\n')
		}
		if err := os.WriteFile(filepath.Join(dir, log+".jsonl"), b.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// twins are look-alikes of a case's record, all by somebody else: refused, about a neighbour, in another account.
func (c *realCase) twins() []*rawEvent {
	copyOf := func(old, with string) *rawEvent {
		record, _ := replaced(c.record, old, with).(map[string]any)
		e := &rawEvent{c.Log, record}
		switch c.Log {
		case "cloudtrail":
			record["userIdentity"] = map[string]any{"type": "IAMUser", "userName": "mallory", "arn": "arn:aws:iam::" + fmt.Sprint(record["recipientAccountId"]) + ":user/mallory", "accountId": record["recipientAccountId"]}
		case "gcp":
			payload, _ := record["protoPayload"].(map[string]any)
			payload["authenticationInfo"] = map[string]any{"principalEmail": "mallory@example.com"}
		case "azure":
			record["caller"] = "mallory@example.com"
			delete(record, "claims")
			delete(record, "identity")
		case "kubernetes":
			record["user"] = map[string]any{"username": "mallory@example.com"}
			delete(record, "impersonatedUser")
		case "github":
			record["actor"] = "mallory"
		}
		return e
	}
	out := []*rawEvent{copyOf(c.atom, longer(c.atom))}
	refused := copyOf("\x00", "")
	switch c.Log {
	case "cloudtrail":
		refused.record["errorCode"] = "AccessDenied"
		out = append(out, refused, copyOf(realAccount, otherAccount))
	case "gcp":
		payload, _ := refused.record["protoPayload"].(map[string]any)
		payload["status"] = map[string]any{"code": json.Number("7")}
		out = append(out, refused)
	case "azure":
		refused.record["status"], refused.record["resultType"] = map[string]any{"value": "Failed"}, "Failure"
		out = append(out, refused)
	case "kubernetes":
		refused.record["responseStatus"] = map[string]any{"code": json.Number("403")}
		out = append(out, refused)
	}
	return out
}
