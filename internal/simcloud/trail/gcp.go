package trail

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// A gcpKind is what Cloud Audit Logs know of one resource type.
type gcpKind struct {
	service string // the part before .googleapis.com
	method  string // what methods begin with: v1.compute.firewalls
	create  string
	update  string
	remove  string
	name    string            // resourceName, with {attribute} and {project}
	log     string            // type of the monitored resource
	silent  bool              // the log has no request, as for buckets unless data access is logged
	setters map[string]string // attribute -> method that sets it alone
	rename  map[string]string // attribute -> field of the request, where camel case is not enough
}

// gcpKinds: method and resource names are those of real Admin Activity entries.
var gcpKinds = map[string]gcpKind{
	"google_compute_instance": {
		service: "compute", method: "v1.compute.instances", create: "insert", update: "update", remove: "delete", name: "projects/{project}/zones/{zone}/instances/{name}", log: "gce_instance",
		setters: map[string]string{"machine_type": "setMachineType", "labels": "setLabels", "metadata": "setMetadata", "tags": "setTags", "service_account": "setServiceAccount", "deletion_protection": "setDeletionProtection"},
	},
	"google_compute_firewall": {
		service: "compute", method: "v1.compute.firewalls", create: "insert", update: "patch", remove: "delete", name: "projects/{project}/global/firewalls/{name}", log: "gce_firewall_rule",
		rename: map[string]string{"allow": "alloweds", "deny": "denieds"},
	},
	"google_compute_network":       {service: "compute", method: "v1.compute.networks", create: "insert", update: "patch", remove: "delete", name: "projects/{project}/global/networks/{name}", log: "gce_network"},
	"google_compute_subnetwork":    {service: "compute", method: "v1.compute.subnetworks", create: "insert", update: "patch", remove: "delete", name: "projects/{project}/regions/{region}/subnetworks/{name}", log: "gce_subnetwork"},
	"google_storage_bucket":        {service: "storage", method: "storage.buckets", create: "create", update: "update", remove: "delete", name: "projects/_/buckets/{name}", log: "gcs_bucket", silent: true},
	"google_pubsub_topic":          {service: "pubsub", method: "google.pubsub.v1.Publisher", create: "CreateTopic", update: "UpdateTopic", remove: "DeleteTopic", name: "projects/{project}/topics/{name}", log: "pubsub_topic"},
	"google_service_account":       {service: "iam", method: "google.iam.admin.v1", create: "CreateServiceAccount", update: "PatchServiceAccount", remove: "DeleteServiceAccount", name: "projects/-/serviceAccounts/{unique_id}", log: "service_account"},
	"google_sql_database_instance": {service: "cloudsql", method: "cloudsql.instances", create: "create", update: "update", remove: "delete", name: "projects/{project}/instances/{name}", log: "cloudsql_database"},
	"google_container_cluster":     {service: "container", method: "google.container.v1.ClusterManager", create: "CreateCluster", update: "UpdateCluster", remove: "DeleteCluster", name: "projects/{project}/locations/{location}/clusters/{name}", log: "gke_cluster"},
}

// gcpDerived are attributes that follow others and that no call sets.
var gcpDerived = []string{"effective_labels", "terraform_labels", "fingerprint", "label_fingerprint", "metadata_fingerprint", "tags_fingerprint", "etag", "id", "self_link"}

func gcpCalls(c Change) []Call {
	if strings.Contains(c.Type, "_iam_") {
		return []Call{gcpGrant(c)}
	}
	k, ok := gcpKinds[c.Type]
	if !ok {
		k = gcpGuess(c.Type)
	}
	call := Call{Service: k.service + ".googleapis.com", Target: gcpName(k.name, c)}
	switch {
	case c.Before == nil:
		call.Operation, call.Request = k.method+"."+k.create, gcpRequest(k, c, schemaless(c.After))
	case c.After == nil:
		call.Operation = k.method + "." + k.remove
	default:
		return gcpUpdates(k, c, call)
	}
	if k.silent {
		call.Request = nil
	}
	return []Call{call}
}

// gcpUpdates: attributes with a method of their own are calls of their own, the others are one call that holds what changed.
func gcpUpdates(k gcpKind, c Change, base Call) []Call {
	var calls []Call
	var rest []string
	for _, name := range changed(c) {
		setter, own := k.setters[name]
		switch {
		case slices.Contains(gcpDerived, name):
		case own:
			call := base
			call.Operation, call.Request = k.method+"."+setter, gcpRequest(k, c, []string{name})
			calls = append(calls, call)
		default:
			rest = append(rest, name)
		}
	}
	if len(rest) > 0 || len(calls) == 0 {
		base.Operation = k.method + "." + k.update
		if !k.silent {
			base.Request = gcpRequest(k, c, rest)
		}
		calls = append(calls, base)
	}
	return calls
}

func gcpRequest(k gcpKind, c Change, attributes []string) map[string]any {
	request := map[string]any{"@type": "type.googleapis.com/" + strings.TrimPrefix(k.method, "v1.")}
	for _, name := range attributes {
		field := camel(name)
		if renamed, ok := k.rename[name]; ok {
			field = renamed
		}
		if v := gcpTree(c.object()[name]); v != nil {
			request[field] = v
		}
	}
	return request
}

// gcpTree writes values as the API has them: keys of blocks in camel case, keys of labels and metadata as they are.
func gcpTree(v any) any {
	switch x := bare(v).(type) {
	case []any:
		out := make([]any, 0, len(x))
		for _, e := range x {
			block, ok := e.(map[string]any)
			if !ok {
				out = append(out, e)
				continue
			}
			fields := map[string]any{}
			for k, f := range block {
				if tree := gcpTree(f); tree != nil {
					fields[gcpField(k)] = tree
				}
			}
			out = append(out, fields)
		}
		return out
	default:
		return x
	}
}

func gcpField(name string) string {
	if name == "protocol" {
		return "IPProtocol"
	}
	return camel(name)
}

func schemaless(m map[string]any) []string {
	var out []string
	for _, name := range sortedKeys(m) {
		if bare(m[name]) != nil && !slices.Contains(gcpDerived, name) {
			out = append(out, name)
		}
	}
	return out
}

// gcpGrant is a binding or member of a policy: the entry says which member got or lost which role.
func gcpGrant(c Change) Call {
	resource := "projects/" + c.Account
	service, method := "cloudresourcemanager", "SetIamPolicy"
	if bucket := c.text("bucket"); bucket != "" {
		resource, service, method = "projects/_/buckets/"+strings.TrimPrefix(bucket, "b/"), "storage", "storage.setIamPermissions"
	}
	var deltas []any
	add := func(m map[string]any, action string) {
		members := keys(m["members"])
		if member := asText(m["member"]); member != "" {
			members = []any{member}
		}
		for _, member := range members {
			deltas = append(deltas, map[string]any{"action": action, "role": m["role"], "member": member})
		}
	}
	switch {
	case c.Before == nil:
		add(c.After, "ADD")
	case c.After == nil:
		add(c.Before, "REMOVE")
	default:
		added, removed := elementChanges(c.Before["members"], c.After["members"])
		add(map[string]any{"role": c.After["role"], "members": added}, "ADD")
		add(map[string]any{"role": c.After["role"], "members": removed}, "REMOVE")
	}
	return Call{Service: service + ".googleapis.com", Operation: method, Target: resource, Request: map[string]any{"resource": c.Account, "policyDelta": map[string]any{"bindingDeltas": deltas}}}
}

func gcpName(pattern string, c Change) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		v := c.text(name)
		if name == "project" && v == "" {
			v = c.Account
		}
		b.WriteString(v)
		pattern = after
	}
}

func gcpGuess(typ string) gcpKind {
	service, rest, _ := strings.Cut(strings.TrimPrefix(typ, "google_"), "_")
	collection := camel(rest) + "s"
	return gcpKind{service: service, method: "google.cloud." + service + ".v1." + pascal(rest), create: "Create" + pascal(rest), update: "Update" + pascal(rest), remove: "Delete" + pascal(rest),
		name: "projects/{project}/locations/{location}/" + collection + "/{name}", log: "audited_resource"}
}

// GCP writes records as Cloud Logging exports them: one LogEntry a line. A call of Compute is two entries with one operation, the request on
// the first. Records of other providers are left out.
func GCP(records []Record) ([]byte, error) {
	var lines []any
	for _, r := range records {
		if r.Provider != "gcp" {
			continue
		}
		if !strings.HasPrefix(r.Operation, "v1.compute.") {
			lines = append(lines, gcpEntry(r, "", r.ID))
			continue
		}
		lines = append(lines, gcpEntry(r, "first", r.ID))
		done := r
		done.Request, done.Time = map[string]any{"@type": r.Request["@type"]}, r.Time.Add(3*time.Second)
		lines = append(lines, gcpEntry(done, "last", r.ID))
	}
	return jsonLines("gcp", lines)
}

func gcpEntry(r Record, part, operation string) map[string]any {
	log := "activity"
	if r.Actor.Type == audit.ActorService {
		log = "system_event"
	}
	if r.Read {
		log = "data_access"
	}
	payload := map[string]any{
		"@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": r.Service, "methodName": r.Operation, "resourceName": r.Target, "status": map[string]any{},
		"authenticationInfo": gcpPrincipal(r),
		"requestMetadata": map[string]any{"callerIp": r.Actor.IP, "callerSuppliedUserAgent": gcpAgent(r), "requestAttributes": map[string]any{"time": stamp(r.Time), "auth": map[string]any{}},
			"destinationAttributes": map[string]any{}},
		"authorizationInfo": []any{map[string]any{"resource": r.Target, "permission": gcpPermission(r), "granted": r.Error == "", "resourceAttributes": map[string]any{}}},
	}
	if r.Error != "" {
		payload["status"] = map[string]any{"code": 7, "message": "PERMISSION_DENIED"}
	}
	request := r.Request
	if delta, ok := request["policyDelta"]; ok {
		payload["serviceData"] = map[string]any{"@type": "type.googleapis.com/google.iam.v1.logging.AuditData", "policyDelta": delta}
		request = map[string]any{"@type": "type.googleapis.com/google.iam.v1.SetIamPolicyRequest", "resource": request["resource"]}
	}
	if request != nil {
		payload["request"] = request
	}
	entry := map[string]any{
		"insertId": digest(r.ID + part)[:14], "logName": "projects/" + r.Account + "/logs/cloudaudit.googleapis.com%2F" + log, "timestamp": stamp(r.Time), "receiveTimestamp": stamp(r.Time.Add(time.Second)),
		"severity": "NOTICE", "protoPayload": payload,
		"resource": map[string]any{"type": "audited_resource", "labels": map[string]any{"project_id": r.Account, "service": r.Service, "method": r.Operation}},
	}
	if part != "" {
		entry["operation"] = map[string]any{"id": "operation-" + strconv.FormatInt(r.Time.Unix(), 10) + "-" + operation[:13], "producer": r.Service, part: true}
	}
	return entry
}

func gcpPrincipal(r Record) map[string]any {
	email, kind := r.Actor.Name, "user"
	switch r.Actor.Type {
	case audit.ActorMachine:
		email, kind = r.Actor.Role+"@"+r.Account+".iam.gserviceaccount.com", "serviceAccount"
	case audit.ActorService:
		email, kind = "service-411223344556@"+strings.TrimSuffix(r.Actor.Host, ".googleapis.com")+".iam.gserviceaccount.com", "serviceAccount"
	}
	return map[string]any{"principalEmail": email, "principalSubject": kind + ":" + email}
}

func gcpPermission(r Record) string {
	parts := strings.Split(strings.TrimPrefix(r.Operation, "v1."), ".")
	if len(parts) < 2 {
		return strings.TrimSuffix(r.Service, ".googleapis.com") + "." + r.Operation
	}
	return strings.Join(parts, ".")
}

func gcpAgent(r Record) string {
	switch r.Via {
	case audit.ViaConsole:
		return "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36,gzip(gfe),gzip(gfe)"
	case audit.ViaCLI:
		return "google-cloud-sdk gcloud/541.0.0 command/gcloud." + strings.ReplaceAll(kebab(r.Operation), ".", "-") + " environment/None interactive/True,gzip(gfe)"
	case audit.ViaTerraform:
		return fmt.Sprintf("Terraform/%s (+https://www.terraform.io) Terraform-Plugin-SDK/2.38.1 terraform-provider-google/6.50.0,gzip(gfe)", orVersion(r.Engine))
	case audit.ViaService:
		return "google-internal"
	}
	return "google-api-python-client,gzip(gfe)"
}

func orVersion(v string) string {
	if v == "" {
		return "1.12.6"
	}
	return v
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
