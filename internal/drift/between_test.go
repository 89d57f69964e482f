package drift

import (
	"strings"
	"testing"
)

// TestBetween: two objects are compared by meaning; what is not known yet on either side is no difference.
func TestBetween(t *testing.T) {
	schema := &Block{Attributes: map[string]*Attribute{
		"id":     {Type: &Type{Kind: "string"}, Computed: true},
		"size":   {Type: &Type{Kind: "string"}, Optional: true},
		"topics": {Type: &Type{Kind: "set", Elem: &Type{Kind: "string"}}, Optional: true},
		"policy": {Type: &Type{Kind: "string"}, Optional: true},
	}}
	a := map[string]Value{"id": "1", "size": "s", "topics": []Value{"x", "y"}, "policy": `{"a": 1}`}
	tests := []struct {
		name string
		b    map[string]Value
		want string
	}{
		{"the same in another writing", map[string]Value{"id": "2", "size": "s", "topics": []Value{"y", "x"}, "policy": `{"a":1}`}, ""},
		{"another value", map[string]Value{"id": "1", "size": "m", "topics": []Value{"x", "y"}, "policy": `{"a":1}`}, "size"},
		{"another set", map[string]Value{"id": "1", "size": "s", "topics": []Value{"x"}, "policy": `{"a":1}`}, "topics"},
		{"not known yet", map[string]Value{"id": "1", "size": Unknown{}, "topics": []Value{"z", Unknown{}, "q"}, "policy": `{"a":1}`}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := NewComparer(nil)
			for way, got := range map[string][]string{"one way": m.Between("x", "p", schema, a, tt.b), "the other": m.Between("x", "p", schema, tt.b, a)} {
				if text := strings.Join(got, " "); text != tt.want {
					t.Errorf("%s: %q, want %q", way, text, tt.want)
				}
			}
		})
	}
}
