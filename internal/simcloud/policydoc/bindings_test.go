package policydoc

import "testing"

// TestBindings: the form that the provider's documentation of google_iam_policy shows, members and bindings in order.
func TestBindings(t *testing.T) {
	got, err := Bindings(map[string]any{
		"binding": []any{
			map[string]any{"role": "roles/viewer", "members": []any{"user:b@example.com", "user:a@example.com"},
				"condition": []any{map[string]any{"title": "until 2027", "description": nil, "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}}},
			map[string]any{"role": "roles/editor", "members": []any{"group:c@example.com"}, "condition": []any{}},
		},
		"audit_config": []any{map[string]any{"service": "allServices", "audit_log_configs": []any{map[string]any{"log_type": "DATA_READ", "exempted_members": []any{"user:d@example.com"}}}}},
	})
	want := `{"auditConfigs":[{"auditLogConfigs":[{"exemptedMembers":["user:d@example.com"],"logType":"DATA_READ"}],"service":"allServices"}],` +
		`"bindings":[{"members":["group:c@example.com"],"role":"roles/editor"},` +
		`{"condition":{"expression":"request.time \u003c timestamp('2027-01-01T00:00:00Z')","title":"until 2027"},"members":["user:a@example.com","user:b@example.com"],"role":"roles/viewer"}]}`
	if err != nil || got != want {
		t.Errorf("%v\n%s, want\n%s", err, got, want)
	}
	if got, err := Bindings(nil); err != nil || got != "{}" {
		t.Errorf("no bindings: %s, %v", got, err)
	}
}
