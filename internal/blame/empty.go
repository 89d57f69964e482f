package blame

import (
	"encoding/json"
	"slices"
	"strings"
)

// hiddenMarks stand in records and findings where a value was taken out.
var hiddenMarks = []string{
	"HIDDEN_DUE_TO_SECURITY_REASONS", "<sensitiveDataRemoved>", "(sensitive)", "(sensitive value)", "REDACTED", "[REDACTED]", "<redacted>", "(removed)",
	"<removed>", "(known after apply)", "<SENSITIVE>", "(redacted)", "**********", "SENSITIVE_DATA_REMOVED",
}

// hidden tells whether a value was taken out of the record, in whole or in part.
func hidden(v any) bool {
	switch v := v.(type) {
	case string:
		if v != "" && strings.Trim(v, "*") == "" && len(v) >= 3 {
			return true
		}
		for _, mark := range hiddenMarks {
			if strings.EqualFold(v, mark) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hidden)
	case map[string]any:
		for _, value := range v {
			if hidden(value) {
				return true
			}
		}
	}
	return false
}

// empty tells whether a value says nothing: null, "", [], {}, or only such.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !empty(e) })
	case map[string]any:
		for _, value := range v {
			if !empty(value) {
				return false
			}
		}
		return true
	}
	return false
}

// zero is empty, false or 0: what an API leaves out and a provider writes down.
func zero(v any) bool {
	switch v := v.(type) {
	case bool:
		return !v
	case json.Number:
		return v == "0" || v == "0.0"
	case string:
		return v == "" || v == "false" || v == "0"
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !zero(e) })
	case map[string]any:
		for _, value := range v {
			if !zero(value) {
				return false
			}
		}
		return true
	}
	return v == nil
}
