package gcp_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/audit/gcp"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// One call as Cloud Logging, the export to BigQuery (in the forms of TO_JSON_STRING and of the bq program) and Log Analytics write it.
var forms = map[string]string{
	"entry": `{"insertId":"a1","logName":"projects/acme/logs/cloudaudit.googleapis.com%2Factivity","timestamp":"2026-11-20T10:00:00.5Z",
		"resource":{"type":"gcs_bucket","labels":{"project_id":"acme","location":"eu"}},"operation":{"id":"op-1"},
		"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"storage.googleapis.com","methodName":"storage.setIamPermissions",
		"resourceName":"projects/_/buckets/web","status":{},"authenticationInfo":{"principalEmail":"audit@acme.iam.gserviceaccount.com",
		"serviceAccountDelegationInfo":[{"firstPartyPrincipal":{"principalEmail":"ann@example.com"}}]},
		"requestMetadata":{"callerIp":"203.0.113.7","callerSuppliedUserAgent":"google-cloud-sdk gcloud/500"},"resourceLocation":{"currentLocations":["eu"]},
		"request":{"max_size":12345678901234567890},"metadata":{"some_field":1},
		"serviceData":{"policyDelta":{"bindingDeltas":[{"action":"ADD","role":"roles/storage.admin","member":"user:bob@example.com"}]}}}}`,
	"row": `{"insertId":"a1","logName":"projects/acme/logs/cloudaudit.googleapis.com%2Factivity","timestamp":"2026-11-20T10:00:00.500Z","severity":"NOTICE",
		"resource":{"type":"gcs_bucket","labels":{"project_id":"acme","location":"eu","bucket_name":null}},"operation":{"id":"op-1","first":null},
		"protopayload_auditlog":{"serviceName":"storage.googleapis.com","methodName":"storage.setIamPermissions","resourceName":"projects/_/buckets/web",
		"status":{"code":null,"message":null},"authenticationInfo":{"principalEmail":"audit@acme.iam.gserviceaccount.com",
		"serviceAccountDelegationInfo":[{"firstPartyPrincipal":{"principalEmail":"ann@example.com"}}]},
		"requestMetadata":{"callerIp":"203.0.113.7","callerSuppliedUserAgent":"google-cloud-sdk gcloud/500"},"resourceLocation":{"currentLocations":["eu"]},
		"requestJson":"{\"max_size\":12345678901234567890}","metadataJson":"{\"some_field\":1}",
		"servicedata_v1_iam":{"policyDelta":{"bindingDeltas":[{"action":"ADD","role":"roles/storage.admin","member":"user:bob@example.com"}]}}}}`,
	"row of bq": `{"insertId":"a1","logName":"projects/acme/logs/cloudaudit.googleapis.com%2Factivity","timestamp":"2026-11-20 10:00:00.5 UTC",
		"resource":{"type":"gcs_bucket","labels":{"project_id":"acme","location":"eu"}},"operation":{"id":"op-1"},
		"protopayload_auditlog":{"serviceName":"storage.googleapis.com","methodName":"storage.setIamPermissions","resourceName":"projects/_/buckets/web",
		"status":null,"authenticationInfo":{"principalEmail":"audit@acme.iam.gserviceaccount.com",
		"serviceAccountDelegationInfo":[{"firstPartyPrincipal":{"principalEmail":"ann@example.com"}}]},
		"requestMetadata":{"callerIp":"203.0.113.7","callerSuppliedUserAgent":"google-cloud-sdk gcloud/500"},"resourceLocation":{"currentLocations":["eu"]},
		"requestJson":"{\"max_size\":12345678901234567890}",
		"metadataJson":"{\"policyDelta\":{\"bindingDeltas\":[{\"action\":\"ADD\",\"role\":\"roles/storage.admin\",\"member\":\"user:bob@example.com\"}]}}"}}`,
	"log analytics": `{"insert_id":"a1","log_name":"projects/acme/logs/cloudaudit.googleapis.com%2Factivity","log_id":"cloudaudit.googleapis.com/activity","timestamp":"2026-11-20T10:00:00.500Z",
		"resource":{"type":"gcs_bucket","labels":{"project_id":"acme","location":"eu"}},"operation":{"id":"op-1"},
		"proto_payload":{"type":"type.googleapis.com/google.cloud.audit.AuditLog","audit_log":{"service_name":"storage.googleapis.com","method_name":"storage.setIamPermissions",
		"resource_name":"projects/_/buckets/web","status":{"code":0},"authentication_info":{"principal_email":"audit@acme.iam.gserviceaccount.com",
		"service_account_delegation_info":[{"first_party_principal":{"principal_email":"ann@example.com"}}]},
		"request_metadata":{"caller_ip":"203.0.113.7","caller_supplied_user_agent":"google-cloud-sdk gcloud/500"},"resource_location":{"current_locations":["eu"]},
		"request":{"max_size":12345678901234567890},"metadata":{"some_field":1},
		"service_data":{"policyDelta":{"bindingDeltas":[{"action":"ADD","role":"roles/storage.admin","member":"user:bob@example.com"}]}}}}}`,
}

// TestAllFormsAreOneEvent guards that the way a record came makes no difference to what it says.
func TestAllFormsAreOneEvent(t *testing.T) {
	decode := func(form string) any {
		record, err := tree.Parse([]byte(forms[form]))
		if err != nil || !gcp.Is(record) {
			t.Fatalf("%s: not recognised: %v", form, err)
		}
		e, err := gcp.Decode(record)
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		return e
	}
	want, err := gcp.Decode(mustParse(t, forms["entry"]))
	if err != nil || want.Actor.Name != "ann@example.com" || want.Actor.Issuer != "audit@acme.iam.gserviceaccount.com" || want.Account != "acme" || want.Region != "eu" ||
		want.Correlation != "op-1" || want.SourceIP != "203.0.113.7" || len(want.Changes) != 1 || want.Request == nil {
		t.Fatalf("the entry reads as %+v, %v", want, err)
	}
	for form := range forms {
		if diff := cmp.Diff(any(want), decode(form)); diff != "" {
			t.Errorf("%s (-entry +%s):\n%s", form, form, diff)
		}
	}
}

func mustParse(t *testing.T, text string) any {
	t.Helper()
	v, err := tree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
