package planfile

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/protobuf/encoding/protowire"
)

// A synthetic plan file: what an engine would write for a stack of any size, or of a shape that no engine at hand writes.
type synthetic struct {
	version uint64 // of the plan message; 0 is the current one
	engine  string // version of the engine that wrote it; "" is the one of the tests
	fields  []byte // more fields of the message
	changes [][]byte
	base    string // state files
	live    string
	without string // an entry to leave out
}

const emptyState = `{"version":4,"terraform_version":"1.12.6","serial":1,"lineage":"x","outputs":{},"resources":[]}`

func (s synthetic) write(t testing.TB) string {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	if s.version == 0 {
		s.version = 3
	}
	plan := message(number(nil, 1, s.version), 14, []byte(or(s.engine, "1.12.6")))
	for _, c := range s.changes {
		plan = message(plan, 3, c)
	}
	plan = append(plan, s.fields...)
	for _, e := range []struct{ name, text string }{
		{EntryPlan, string(plan)}, {EntryLive, or(s.live, emptyState)}, {EntryBase, or(s.base, emptyState)}, {EntryLock, ""},
	} {
		if e.name == s.without {
			continue
		}
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file(t, buf.Bytes())
}

func file(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "plan")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func message(to []byte, num protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, num, protowire.BytesType), body)
}

func number(to []byte, num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, num, protowire.VarintType), v)
}

const syntheticProvider = "registry.opentofu.org/acme/x"

// change writes a ResourceInstanceChange. Values are written as msgpack.
func change(t testing.TB, address string, action uint64, values ...any) []byte {
	t.Helper()
	body := number(nil, 1, action)
	for _, v := range values {
		raw, ok := v.([]byte)
		if !ok {
			var err error
			if raw, err = msgpack.Marshal(v); err != nil {
				t.Fatal(err)
			}
		}
		body = message(body, 2, message(nil, 1, raw))
	}
	out := message(nil, 13, []byte(address))
	out = message(out, 8, []byte(`provider["`+syntheticProvider+`"]`))
	return message(out, 9, body)
}

// syntheticSchemas is one resource type with some thirty attributes, the width of an ordinary cloud resource.
func syntheticSchemas(t testing.TB) *Schemas {
	t.Helper()
	var attributes []string
	for i := range 24 {
		attributes = append(attributes, fmt.Sprintf(`"attr_%02d":{"type":"string","optional":true,"computed":%v}`, i, i%2 == 0))
	}
	text := `{"provider_schemas":{"` + syntheticProvider + `":{"resource_schemas":{"x_thing":{"block":{"attributes":{` + strings.Join(attributes, ",") + `,
		"id":{"type":"string","computed":true},"arn":{"type":"string","computed":true},"size":{"type":"number","optional":true},
		"secret":{"type":"string","optional":true,"sensitive":true},"any":{"type":"dynamic","optional":true},
		"tags":{"type":["map","string"],"optional":true},"groups":{"type":["set","string"],"optional":true}},
		"block_types":{"rule":{"nesting_mode":"set","block":{"attributes":{"port":{"type":"number","optional":true},"key":{"type":"string","sensitive":true,"optional":true}}}},
		"disk":{"nesting_mode":"list","block":{"attributes":{"key":{"type":"string","sensitive":true,"optional":true},"any":{"type":"dynamic","optional":true}}}}}}}}}}}`
	s, err := ParseSchemas(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if s.Resource(syntheticProvider, "x_thing") == nil {
		t.Fatal("the schema does not decode")
	}
	return s
}

// thing is one instance of the type, numbered, with a size that can be moved.
func thing(i, size int) map[string]any {
	v := map[string]any{
		"id": fmt.Sprintf("i-%08x", i), "arn": fmt.Sprintf("arn:aws:x:eu-west-1:111122223333:thing/i-%08x", i), "size": size, "secret": nil, "any": nil,
		"tags":   map[string]any{"Name": fmt.Sprintf("thing-%d", i), "team": "platform", "env": "prod"},
		"groups": []any{"sg-1", "sg-2"}, "rule": []any{map[string]any{"port": 443, "key": nil}, map[string]any{"port": 8080, "key": nil}}, "disk": nil,
	}
	for a := range 24 {
		v[fmt.Sprintf("attr_%02d", a)] = fmt.Sprintf("value %d of attribute %d", i, a)
	}
	return v
}

// large is a stack of n instances of which one in every drifted differs between base and live, and is planned back.
func large(t testing.TB, n, drifted int) synthetic {
	t.Helper()
	var s synthetic
	var base, live bytes.Buffer
	for _, w := range []*bytes.Buffer{&base, &live} {
		w.WriteString(strings.TrimSuffix(emptyState, "]}"))
	}
	for i := range n {
		was, is := thing(i, 1), thing(i, 1)
		action := uint64(protoNoOp)
		values := []any{was}
		if i%drifted == 0 {
			is, action = thing(i, 2), protoUpdate
			values = []any{is, was}
		}
		name := fmt.Sprintf("r%d", i)
		s.changes = append(s.changes, change(t, "x_thing."+name, action, values...))
		for w, v := range map[*bytes.Buffer]map[string]any{&base: was, &live: is} {
			if i > 0 {
				w.WriteByte(',')
			}
			w.WriteString(stateResource(t, name, v))
		}
	}
	base.WriteString("]}")
	live.WriteString("]}")
	s.base, s.live = base.String(), live.String()
	return s
}

func stateResource(t testing.TB, name string, attributes map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(attributes)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"mode":"managed","type":"x_thing","name":%q,"provider":"provider[\"%s\"]","instances":[{"schema_version":0,"attributes":%s,"sensitive_attributes":[],"private":"bnVsbA==","dependencies":["x_thing.r0"]}]}`,
		name, syntheticProvider, raw)
}

func state(resources ...string) string {
	return strings.TrimSuffix(emptyState, "]}") + strings.Join(resources, ",") + "]}"
}
