package attribution

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// formats are the logs that a provider's records come in; each case is in one of them.
var formats = map[string][]string{
	"aws":        {"cloudtrail", "cloudtrail-gz", "cloudtrail-lines", "lookup-events", "eventbridge", "ocsf"},
	"gcp":        {"gcp", "gcp-bigquery"},
	"azure":      {"azure", "azure-streamed", "azure-changes"},
	"kubernetes": {"kubernetes"},
	"github":     {"github"},
}

func (w *world) format(provider string) string {
	list := formats[provider]
	return list[w.r.IntN(len(list))]
}

// write puts the logs into a directory: one file a format, out of order, with some records twice.
func (w *world) write(dir string) error {
	for _, provider := range []string{"aws", "gcp", "azure", "kubernetes", "github"} {
		for _, format := range formats[provider] {
			var part []logged
			for _, l := range w.records {
				if l.Provider == provider && l.of.format == format {
					part = append(part, l)
				}
			}
			if format == "cloudtrail" {
				for _, n := range w.noise {
					part = append(part, logged{Record: n})
				}
			}
			if len(part) == 0 {
				continue
			}
			if err := writeLog(w.r, dir, format, part); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeLog(r *rand.Rand, dir, format string, part []logged) error {
	r.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
	for i := range len(part) / 20 {
		part = append(part, part[i])
	}
	altered := map[string]logged{}
	records := make([]trail.Record, len(part))
	for i, l := range part {
		records[i] = l.Record
		altered[l.ID] = l
	}
	b, err := render(format, records, altered)
	if err != nil {
		return fmt.Errorf("%s: %w", format, err)
	}
	name := filepath.Join(dir, format+".json")
	if format == "cloudtrail-gz" {
		var z bytes.Buffer
		zip := gzip.NewWriter(&z)
		if _, err := zip.Write(b); err != nil {
			return err
		}
		if err := zip.Close(); err != nil {
			return err
		}
		b, name = z.Bytes(), name+".gz"
	}
	return os.WriteFile(name, b, 0o600)
}

func render(format string, records []trail.Record, altered map[string]logged) ([]byte, error) {
	switch format {
	case "gcp", "gcp-bigquery":
		b, err := trail.GCP(records)
		if err != nil || format == "gcp" {
			return withAgents(b, altered, err)
		}
		b, err = withAgents(b, altered, err)
		return eachLine(b, err, bigQueryRow)
	case "azure", "azure-streamed":
		b, err := trail.Azure(records)
		if err != nil || format == "azure" {
			return b, err
		}
		return eachLine(b, err, streamed)
	case "azure-changes":
		return trail.AzureChanges(records)
	case "kubernetes":
		b, err := trail.Kubernetes(records)
		return withAgents(b, altered, err)
	case "github":
		return trail.GitHub(records)
	}
	b, err := trail.CloudTrail(records)
	if err != nil {
		return nil, err
	}
	var file struct{ Records []map[string]any }
	if err := decode(b, &file); err != nil {
		return nil, err
	}
	for _, r := range file.Records {
		id, _ := r["eventID"].(string)
		l := altered[id]
		if l.agent != "" {
			r["userAgent"] = l.agent
		}
		if l.cut {
			r["requestParameters"] = map[string]any{"omitted": true, "originalSize": 131072, "reason": "requestParameters too large"}
			r["responseElements"] = nil
		}
		if identity, ok := r["userIdentity"].(map[string]any); ok && l.keyed != "" {
			identity["accessKeyId"] = l.keyed
		}
	}
	if format == "cloudtrail" || format == "cloudtrail-gz" {
		return json.Marshal(file)
	}
	var out bytes.Buffer
	if format == "lookup-events" {
		var events []any
		for _, r := range file.Records {
			inner, err := json.Marshal(r)
			if err != nil {
				return nil, err
			}
			events = append(events, map[string]any{"EventId": r["eventID"], "EventName": r["eventName"], "EventTime": r["eventTime"], "EventSource": r["eventSource"], "CloudTrailEvent": string(inner)})
		}
		return json.Marshal(map[string]any{"Events": events})
	}
	for _, r := range file.Records {
		var line any = r
		switch format {
		case "eventbridge":
			line = map[string]any{"version": "0", "id": r["eventID"], "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "account": r["recipientAccountId"], "time": r["eventTime"], "region": r["awsRegion"], "detail": r}
		case "ocsf":
			line = ocsfRecord(r)
		}
		b, err := json.Marshal(line)
		if err != nil {
			return nil, err
		}
		out.Write(b)
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(v)
}

// eachLine rewrites a file of JSON lines.
func eachLine(b []byte, err error, change func(map[string]any) map[string]any) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, line := range bytes.Split(bytes.TrimSpace(b), []byte("\n")) {
		var m map[string]any
		if err := decode(line, &m); err != nil {
			return nil, err
		}
		text, err := json.Marshal(change(m))
		if err != nil {
			return nil, err
		}
		out.Write(text)
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// withAgents puts spoofed user agents into records of Google and Kubernetes, which say by time and target what they are.
func withAgents(b []byte, altered map[string]logged, err error) ([]byte, error) {
	agents := map[string]string{}
	for _, l := range altered {
		if l.agent != "" {
			agents[l.Target+l.Time.UTC().Format("15:04:05.000000")+l.Actor.Name] = l.agent
			agents[l.ID] = l.agent
		}
	}
	return eachLine(b, err, func(m map[string]any) map[string]any {
		if id, _ := m["auditID"].(string); agents[id] != "" {
			m["userAgent"] = agents[id]
		}
		if payload, ok := m["protoPayload"].(map[string]any); ok {
			target, _ := payload["resourceName"].(string)
			at, _ := m["timestamp"].(string)
			who, _ := payload["authenticationInfo"].(map[string]any)
			name, _ := who["principalEmail"].(string)
			if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
				if agent := agents[target+t.Format("15:04:05.000000")+name]; agent != "" {
					if meta, ok := payload["requestMetadata"].(map[string]any); ok {
						meta["callerSuppliedUserAgent"] = agent
					}
				}
			}
		}
		return m
	})
}

// bigQueryRow is an entry as a log sink writes it into a table: open-ended parts are JSON text.
func bigQueryRow(m map[string]any) map[string]any {
	payload, _ := m["protoPayload"].(map[string]any)
	delete(m, "protoPayload")
	for from, to := range map[string]string{"request": "requestJson", "response": "responseJson", "metadata": "metadataJson"} {
		if v, ok := payload[from]; ok {
			payload[to] = text(v)
			delete(payload, from)
		}
	}
	m["protopayload_auditlog"] = payload
	return m
}

// streamed is an Activity Log record as it comes through an event hub: names in capitals, plain texts where the API has objects.
func streamed(m map[string]any) map[string]any {
	value := func(name string) string {
		o, _ := m[name].(map[string]any)
		s, _ := o["value"].(string)
		return s
	}
	resource, _ := m["resourceId"].(string)
	status := value("status")
	result := map[string]string{"Started": "Start", "Succeeded": "Success", "Failed": "Failure"}[status]
	ip := ""
	if h, ok := m["httpRequest"].(map[string]any); ok {
		ip, _ = h["clientIpAddress"].(string)
	}
	return map[string]any{
		"time": m["eventTimestamp"], "resourceId": strings.ToUpper(resource), "operationName": strings.ToUpper(value("operationName")), "category": "Administrative", "resultType": result,
		"resultSignature": status + ".", "correlationId": m["correlationId"], "callerIpAddress": ip, "level": "Information",
		"identity": map[string]any{"authorization": m["authorization"], "claims": m["claims"]}, "properties": m["properties"],
	}
}

// ocsfRecord maps a CloudTrail record to OCSF API Activity, as Security Lake does.
func ocsfRecord(r map[string]any) map[string]any {
	id, _ := r["userIdentity"].(map[string]any)
	session, _ := id["sessionContext"].(map[string]any)
	issuer, _ := session["sessionIssuer"].(map[string]any)
	at, _ := r["eventTime"].(string)
	when, _ := time.Parse(time.RFC3339, at)
	activity, name := 3, fmt.Sprint(r["eventName"])
	switch {
	case r["readOnly"] == true:
		activity = 2
	case strings.HasPrefix(name, "Create"), strings.HasPrefix(name, "Run"):
		activity = 1
	case strings.HasPrefix(name, "Delete"), strings.HasPrefix(name, "Terminate"):
		activity = 4
	}
	status, response := 1, map[string]any{"data": r["responseElements"]}
	if code, ok := r["errorCode"]; ok {
		status, response["error"] = 2, code
	}
	var resources []any
	if list, ok := r["resources"].([]any); ok {
		for _, e := range list {
			if m, ok := e.(map[string]any); ok {
				resources = append(resources, map[string]any{"uid": m["ARN"], "type": m["type"], "owner": map[string]any{"account": map[string]any{"uid": m["accountId"]}}})
			}
		}
	}
	user := map[string]any{"type": id["type"], "uid": id["principalId"], "uid_alt": id["arn"], "credential_uid": id["accessKeyId"], "account": map[string]any{"uid": id["accountId"]}}
	if n, ok := id["userName"]; ok {
		user["name"] = n
	}
	actor := map[string]any{"user": user}
	if issuer != nil {
		actor["session"] = map[string]any{"issuer": issuer["arn"]}
	}
	if by, ok := id["invokedBy"]; ok {
		actor["invoked_by"] = by
	}
	return map[string]any{
		"class_uid": 6003, "category_uid": 6, "class_name": "API Activity", "activity_id": activity, "status_id": status, "time": when.UnixMilli(), "severity_id": 1, "type_uid": 600300 + activity,
		"metadata": map[string]any{"uid": r["eventID"], "version": "1.1.0", "product": map[string]any{"name": "CloudTrail", "vendor_name": "AWS"}},
		"api":      map[string]any{"operation": r["eventName"], "service": map[string]any{"name": r["eventSource"]}, "request": map[string]any{"uid": r["requestID"], "data": r["requestParameters"]}, "response": response},
		"cloud":    map[string]any{"provider": "AWS", "region": r["awsRegion"], "account": map[string]any{"uid": r["recipientAccountId"]}},
		"actor":    actor, "http_request": map[string]any{"user_agent": r["userAgent"]}, "src_endpoint": map[string]any{"ip": r["sourceIPAddress"]}, "resources": resources,
		"unmapped": map[string]any{"readOnly": r["readOnly"]},
	}
}
