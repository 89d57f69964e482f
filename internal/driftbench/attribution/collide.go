package attribution

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

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
