package facts

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var env = Env{Seed: 1, Key: "k", Account: "111122223333", Region: "eu-west-1", Partition: "aws", Project: "acme", Subscription: "s", Time: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}

func TestCompute(t *testing.T) {
	has := func(m map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
	}
	for _, test := range []struct {
		typ, path string
		object    map[string]string
		want      string // "" when no recipe applies
	}{
		{"aws_s3_bucket", "id", map[string]string{"bucket": "b"}, "b"},
		{"aws_s3_bucket", "arn", map[string]string{"bucket": "b"}, "arn:aws:s3:::b"},
		{"aws_s3_bucket_cors_configuration", "id", map[string]string{"bucket": "b"}, "b"},                                                                    // a glob
		{"aws_iam_role_policy", "id", map[string]string{"role": "r", "name": "p"}, "r:p"},                                                                    // of two attributes
		{"aws_iam_role", "arn", map[string]string{"path": "/", "name": "r"}, "arn:aws:iam::111122223333:role/r"},                                             // no region
		{"aws_ecs_service", "arn", map[string]string{"cluster": "arn:aws:ecs:x:1:cluster/c", "name": "s"}, "arn:aws:ecs:eu-west-1:111122223333:service/c/s"}, // through the id
		{"google_compute_instance", "id", map[string]string{"name": "i", "zone": "z"}, "projects/acme/zones/z/instances/i"},
		{"azurerm_storage_account", "id", map[string]string{"resource_group_name": "g", "name": "a"}, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"},
		{"kubernetes_config_map", "id", map[string]string{"metadata.namespace": "web", "metadata.name": "c"}, "web/c"},
		{"kubernetes_namespace", "id", map[string]string{"metadata.name": "web"}, "web"},
		{"aws_vpc", "cidr_block", nil, ""},
	} {
		got, ok := env.Compute(Known(test.typ), test.path, "", has(test.object))
		if test.want == "" && ok || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s.%s of %v is %q, want %q", test.typ, test.path, test.object, got, test.want)
		}
	}
}

// TestMadeUpIsStable: a value depends on the seed, the object and the attribute, and on nothing else.
func TestMadeUpIsStable(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	rapid.Check(t, func(r *rapid.T) {
		e := env
		e.Seed, e.Key = rapid.Int64().Draw(r, "seed"), rapid.String().Draw(r, "key")
		vpc := Known("aws_vpc")
		one, _ := e.Compute(vpc, "id", "", none)
		again, _ := e.Compute(vpc, "id", "", none)
		if one != again || !strings.HasPrefix(one, "vpc-0") || len(one) != len("vpc-0123456789abcdef0") {
			r.Fatalf("ids %q and %q", one, again)
		}
		other := e
		other.Key += "x"
		if two, _ := other.Compute(vpc, "id", "", none); two == one {
			r.Fatalf("two objects are called %q", one)
		}
		table, _ := e.Compute(vpc, "main_route_table_id", "", none)
		if strings.TrimPrefix(table, "rtb-") == strings.TrimPrefix(one, "vpc-") {
			r.Fatalf("two attributes share %q", table)
		}
	})
}

func TestSameJSON(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":2}`, `{"b":2, "a":1}`, true},
		{`{"a":[1,2]}`, `{"a":[2,1]}`, false}, // order counts outside of policies
		{`{"Statement":{"Action":"s3:*"}}`, `{"Statement":[{"Action":["s3:*"]}]}`, true},
		{`{"Statement":[{"Action":["a","b"]}]}`, `{"Statement":[{"Action":["b","a"]}]}`, true},
		{`{"Statement":[{"Action":["a"]}]}`, `{"Statement":[{"Action":["a","b"]}]}`, false},
		{`no`, `no json`, false},
	} {
		if got := SameJSON(test.a, test.b); got != test.want {
			t.Errorf("SameJSON(%s, %s) = %v", test.a, test.b, got)
		}
	}
}

func TestBadFacts(t *testing.T) {
	for _, text := range []string{"set aws_vpc", "set aws_vpc id", "become aws_vpc id x", "replace aws_vpc"} {
		if err := read("f.txt", text); err == nil {
			t.Errorf("%q was taken for a fact", text)
		}
	}
}
