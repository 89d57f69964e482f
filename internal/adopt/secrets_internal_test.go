package adopt

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/drift"
)

// TestHidden: a block is adopted although a part of it is sensitive, as long as no secret has to be written for it.
func TestHidden(t *testing.T) {
	type m = map[string]drift.Value
	list := func(blocks ...drift.Value) drift.Value { return blocks }
	plain, secret := m{"name": "a", "env": nil}, m{"name": "a", "env": m{"TOKEN": "canary"}}
	added := m{"name": "b", "env": m{}}
	for name, c := range map[string]struct {
		marks           []string
		path            string
		base, code, now drift.Value
		secrets         []string
		ok              bool
	}{
		"the sensitive part is unset":              {[]string{"block[0].env", "block[1].env"}, "block", list(plain), list(plain), list(plain, added), nil, true},
		"it is what the code says already":         {[]string{"block[0].env", "block[1].env"}, "block", list(secret), list(secret), list(secret, added), []string{"canary"}, true},
		"the new block has a secret":               {[]string{"block[0].env", "block[1].env"}, "block", list(plain), list(plain), list(plain, secret), nil, false},
		"the secret is another":                    {[]string{"block[0].env"}, "block", list(secret), list(secret), list(m{"name": "a", "env": m{"TOKEN": "other"}}, added), nil, false},
		"the block with the secret moved up":       {[]string{"block[1].env"}, "block", list(plain, secret), list(plain, secret), list(secret), []string{"canary"}, true},
		"the whole is sensitive":                   {[]string{"block"}, "block", list(plain), list(plain), list(plain, added), nil, false},
		"what the path is in is sensitive":         {[]string{"block"}, "block[0].env", m{}, m{}, m{"X": "y"}, nil, false},
		"no mark says what is sensitive":           {nil, "block", list(plain), list(plain), list(plain, added), nil, false},
		"a secret that code would write otherwise": {[]string{"block[0].env"}, "block", list(m{"env": m{"T": "a\"b"}}), list(m{"env": m{"T": "a\"b"}}), list(m{"env": m{"T": "a\"b"}}, added), nil, false},
		"a secret that is no text":                 {[]string{"block[0].pin"}, "block", list(m{"pin": json.Number("4711")}), list(m{"pin": json.Number("4711")}), list(m{"pin": json.Number("4711")}, added), nil, false},
		"what it will be is not known":             {[]string{"block[0].env"}, "block", list(plain), list(m{"env": drift.Unknown{}}), list(plain, added), nil, false},
	} {
		f := drift.Finding{SensitivePaths: c.marks}
		secrets, ok := hidden(f, drift.Change{Path: c.path, Base: c.base, Code: c.code, Live: c.now, Sensitive: true})
		slices.Sort(secrets)
		if secrets = slices.Compact(secrets); ok != c.ok || ok && !slices.Equal(secrets, c.secrets) {
			t.Errorf("%s: %v, %q, want %v, %q", name, ok, secrets, c.ok, c.secrets)
		}
	}
	if !tells([]hclfile.Edit{{New: "x"}, {New: `T = "canary"`}}, []string{"canary"}) || tells([]hclfile.Edit{{New: "x"}}, []string{"canary"}) {
		t.Error("which edit holds a secret is told wrongly")
	}
}
