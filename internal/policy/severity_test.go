package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
)

// parse reads a value as package drift holds it.
func parse(t testing.TB, text string) drift.Value {
	t.Helper()
	if text == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestAssess(t *testing.T) {
	rule := func(port int, cidr string) string {
		return fmt.Sprintf(`{"from_port":%d,"to_port":%d,"protocol":"tcp","cidr_blocks":[%q],"ipv6_cidr_blocks":[]}`, port, port, cidr)
	}
	doc := func(statements string) string {
		text, _ := json.Marshal(`{"Version":"2012-10-17","Statement":` + statements + `}`)
		return string(text)
	}
	allow := doc(`[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]`)
	for _, c := range []struct {
		name, typ, path, code, live string
		attributes                  string
		want                        string
	}{
		{"port 22 of a group", "aws_security_group", "ingress", "[" + rule(443, "10.0.0.0/8") + "]", "[" + rule(443, "10.0.0.0/8") + "," + rule(22, "0.0.0.0/0") + "]", "", "critical: opens port 22 to the internet"},
		{"web ports", "aws_security_group", "ingress", "[]", "[" + rule(443, "0.0.0.0/0") + "]", "", "medium: opens port 443 to the internet"},
		{"two ports", "aws_security_group", "ingress", "[]", "[" + rule(22, "0.0.0.0/0") + "," + rule(3389, "::/0") + "]", "", "critical: opens ports 22 and 3389 to the internet"},
		{"half of the internet, twice", "aws_security_group", "ingress", "[]", "[" + rule(22, "0.0.0.0/1") + "," + rule(22, "128.0.0.0/1") + "]", "", "critical: opens port 22 to the internet"},
		{"a network of one's own", "aws_security_group", "ingress", "[]", "[" + rule(22, "10.0.0.0/8") + "]", "", ""},
		{"egress", "aws_security_group", "egress", "[]", "[" + rule(22, "0.0.0.0/0") + "]", "", ""},
		{"closing a port", "aws_security_group", "ingress", "[" + rule(22, "0.0.0.0/0") + "]", "[]", "", ""},
		{"already as open, written as a range", "aws_security_group", "ingress", `[{"from_port":20,"to_port":30,"protocol":"tcp","cidr_blocks":["0.0.0.0/0"]}]`, "[" + rule(22, "0.0.0.0/0") + "]", "", ""},
		{"every protocol", "aws_security_group", "ingress", "[]", `[{"from_port":0,"to_port":0,"protocol":"-1","cidr_blocks":["0.0.0.0/0"]}]`, "", "critical: opens every port to the internet"},
		{"ping", "aws_security_group", "ingress", "[]", `[{"from_port":-1,"to_port":-1,"protocol":"icmp","cidr_blocks":["0.0.0.0/0"]}]`, "", "medium: opens ICMP to the internet"},
		{"one leaf of a rule in a list", "aws_default_security_group", "ingress[0].cidr_blocks", `["10.0.0.0/8"]`, `["0.0.0.0/0"]`, `{"ingress":[` + rule(22, "0.0.0.0/0") + `]}`, "critical: opens port 22 to the internet"},
		{"a rule resource", "aws_security_group_rule", "cidr_blocks", `["10.0.0.0/8"]`, `["0.0.0.0/0"]`, `{"type":"ingress","from_port":5432,"to_port":5432,"protocol":"tcp"}`, "critical: opens port 5432 to the internet"},
		{"an egress rule resource", "aws_security_group_rule", "cidr_blocks", `["10.0.0.0/8"]`, `["0.0.0.0/0"]`, `{"type":"egress","from_port":5432,"to_port":5432,"protocol":"tcp"}`, ""},
		{"the port of an open rule", "aws_vpc_security_group_ingress_rule", "to_port", `443`, `8443`, `{"cidr_ipv4":"0.0.0.0/0","from_port":443,"ip_protocol":"tcp"}`, "critical: opens ports 444 to 8443 to the internet"},
		{"google", "google_compute_firewall", "source_ranges", `["10.0.0.0/8"]`, `["0.0.0.0/0"]`, `{"direction":"INGRESS","allow":[{"protocol":"tcp","ports":["22","8000-8080"]}]}`, "critical: opens ports 22 and 8000 to 8080 to the internet"},
		{"google, no ports is all", "google_compute_firewall", "source_ranges", `[]`, `["0.0.0.0/0"]`, `{"allow":[{"protocol":"all","ports":[]}]}`, "critical: opens every port to the internet"},
		{"azure", "azurerm_network_security_rule", "source_address_prefix", `"10.0.0.0/8"`, `"*"`, `{"direction":"Inbound","access":"Allow","protocol":"Tcp","destination_port_range":"3389"}`, "critical: opens port 3389 to the internet"},
		{"azure, a deny", "azurerm_network_security_rule", "source_address_prefix", `"10.0.0.0/8"`, `"*"`, `{"direction":"Inbound","access":"Deny","protocol":"Tcp","destination_port_range":"3389"}`, ""},
		{"azure group", "azurerm_network_security_group", "security_rule", `[]`, `[{"direction":"Inbound","access":"Allow","protocol":"*","source_address_prefix":"Internet","destination_port_ranges":["22"],"destination_port_range":""}]`, "", "critical: opens port 22 to the internet"},

		{"public access block", "aws_s3_bucket_public_access_block", "block_public_acls", "true", "false", "", "critical: turns the block on public access off"},
		{"public access block made stricter", "aws_s3_bucket_public_access_block", "block_public_acls", "false", "true", "", ""},
		{"public database", "aws_db_instance", "publicly_accessible", "false", "true", "", "critical: makes the database reachable from the internet"},
		{"backups for one day", "aws_db_instance", "backup_retention_period", "7", "1", "", "high: keeps backups for less time"},
		{"backups for longer", "aws_db_instance", "backup_retention_period", "7", "30", "", ""},
		{"backups gone", "aws_db_instance", "backup_retention_period", "7", "", "", "high: keeps backups for less time"},
		{"encryption", "aws_ebs_volume", "encrypted", "true", "false", "", "high: turns encryption at rest off"},
		{"versioning", "aws_s3_bucket_versioning", "versioning_configuration[0].status", `"Enabled"`, `"Suspended"`, "", "high: turns versioning off"},
		{"deletion protection", "aws_rds_cluster", "deletion_protection", "true", "false", "", "high: turns deletion protection off"},
		{"trail", "aws_cloudtrail", "enable_logging", "true", "false", "", "critical: stops the audit trail"},
		{"administrator", "aws_iam_role_policy_attachment", "policy_arn", `"arn:aws:iam::aws:policy/ReadOnlyAccess"`, `"arn:aws:iam::aws:policy/AdministratorAccess"`, "", "critical: grants administrator access"},
		{"a harmless tag", "aws_db_instance", "tags", `{"a":"1"}`, `{"a":"2"}`, "", ""},
		{"a size", "aws_instance", "instance_type", `"t3.micro"`, `"t3.large"`, "", ""},

		{"policy: every action", "aws_iam_policy", "policy", allow, doc(`[{"Effect":"Allow","Action":"*","Resource":"*"}]`), "", "critical: grants every action"},
		{"policy: every action of a service", "aws_iam_role_policy", "policy", allow, doc(`[{"Effect":"Allow","Action":["s3:*"],"Resource":"arn:aws:s3:::b"}]`), "", "high: grants every action of s3"},
		{"policy: anybody", "aws_s3_bucket_policy", "policy", allow, doc(`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject","Resource":"x"}`), "", "critical: lets anybody in"},
		{"policy: anybody who", "aws_s3_bucket_policy", "policy", allow, doc(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"x","Condition":{"StringEquals":{"aws:SourceVpc":"v"}}}`), "", "medium: lets anybody in who meets a condition"},
		{"policy: denied to anybody", "aws_s3_bucket_policy", "policy", allow, doc(`[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]`), "", ""},
		{"policy: a deny gone", "aws_s3_bucket_policy", "policy", doc(`[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]`), doc(`[]`), "", "high: removes a deny from the policy"},
		{"policy: a condition gone", "aws_iam_role", "assume_role_policy", doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`), doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sts:AssumeRole"}`), "", "high: removes a condition from the policy"},
		{"policy: narrowed", "aws_iam_policy", "policy", doc(`[{"Effect":"Allow","Action":"*","Resource":"*"}]`), allow, "", ""},
		{"policy: hostile service name", "aws_iam_policy", "policy", allow, doc(`[{"Effect":"Allow","Action":"@everyone <b>:*","Resource":"x"}]`), "", "high: grants every action of a service"},

		{"google: everybody", "google_storage_bucket_iam_member", "member", `"user:a@example.com"`, `"allUsers"`, "", "critical: grants access to everybody"},
		{"google: owner", "google_project_iam_binding", "role", `"roles/viewer"`, `"roles/owner"`, "", "critical: grants administrator access"},
		{"google: policy data", "google_project_iam_policy", "policy_data", `"{\"bindings\":[]}"`, `"{\"bindings\":[{\"role\":\"roles/viewer\",\"members\":[\"allUsers\"]}]}"`, "", "critical: grants access to everybody"},
		{"google: database to all", "google_sql_database_instance", "settings[0].ip_configuration[0].authorized_networks", `[]`, `[{"name":"x","value":"0.0.0.0/0"}]`, "", "critical: opens the database to the internet"},
		{"azure: public blobs", "azurerm_storage_account", "allow_nested_items_to_be_public", "false", "true", "", "critical: allows public blobs"},
		{"kubernetes: cluster-admin", "kubernetes_cluster_role_binding_v1", "role_ref[0].name", `"view"`, `"cluster-admin"`, "", "critical: grants cluster-admin"},
		{"kubernetes: privileged", "kubernetes_deployment", "spec[0].template[0].spec[0].container[0].security_context", `[]`, `[{"privileged":true}]`, "", "critical: runs a privileged container"},
		{"github: public", "github_repository", "visibility", `"private"`, `"public"`, "", "critical: makes the repository public"},
		{"github: reviews", "github_branch_protection", "required_pull_request_reviews[0].required_approving_review_count", "2", "1", "", "high: asks for fewer reviews"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := drift.Finding{Type: c.typ, Kind: drift.KindDrift, Changes: []drift.Change{{
				Path: c.path, Kind: drift.KindDrift, Base: parse(t, c.code), Code: parse(t, c.code), Live: parse(t, c.live),
			}}}
			if c.attributes != "" {
				f.Attributes = parse(t, c.attributes).(map[string]drift.Value)
			}
			s := Assess(f)
			got := ""
			if s.Level != "" {
				got = s.Level + ": " + s.Why
			}
			if got != c.want {
				t.Errorf("Assess = %q, want %q", got, c.want)
			}
			f.Changes[0].Kind = drift.KindPending
			if s := Assess(f); s != (Severity{}) {
				t.Errorf("code that is not applied is ranked: %v", s)
			}
		})
	}
}

func TestAssessDeleted(t *testing.T) {
	if s := Assess(drift.Finding{Type: "aws_cloudtrail", Kind: drift.KindDeleted}); s != (Severity{"critical", "the audit trail is gone"}) {
		t.Errorf("a deleted trail is ranked %v", s)
	}
	if s := Assess(drift.Finding{Type: "aws_route53_record", Kind: drift.KindDeleted}); s != (Severity{}) {
		t.Errorf("a deleted record is ranked %v", s)
	}
}

// TestUnknownCode guards that the base stands in for code that is known only after apply.
func TestUnknownCode(t *testing.T) {
	f := drift.Finding{Type: "aws_ebs_volume", Kind: drift.KindDrift, Changes: []drift.Change{{Path: "encrypted", Kind: drift.KindDrift, Base: true, Code: drift.Unknown{}, Live: false}}}
	if s := Assess(f); s.Level != "high" {
		t.Errorf("ranked %v", s)
	}
}

// TestTable guards the rows: levels exist, reasons read as one clause, patterns are well formed, no row stands twice.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range table {
		key := r.types + " " + r.path + " " + r.why
		if seen[key] || r.test == nil || r.types == "" || r.path == "" {
			t.Errorf("row twice or incomplete: %s", key)
		}
		seen[key] = true
		checkWords(t, r.types, r.level, r.why)
	}
	for _, l := range loss {
		checkWords(t, l.types, l.level, l.why)
	}
}

func checkWords(t *testing.T, types, level, why string) {
	t.Helper()
	if slices.Index(Levels, level) < 1 {
		t.Errorf("%s: no level %q", types, level)
	}
	if why == "" || strings.HasSuffix(why, ".") || strings.ToLower(why[:1]) != why[:1] || len(why) > 80 {
		t.Errorf("%s: %q is not a clause", types, why)
	}
	if strings.Count(types, "{") > 1 || strings.Count(types, "{") != strings.Count(types, "}") {
		t.Errorf("%s: more than one choice", types)
	}
}

// TestRowsNameRealAttributes holds the rows against the schemas of real providers: a row whose types are there must find its path in at
// least one of them. Rows about attributes that newer versions no longer have are listed.
func TestRowsNameRealAttributes(t *testing.T) {
	older := map[string]bool{
		"google_sql_database_instance settings.ip_configuration.require_ssl": true,
		"azurerm_storage_account allow_blob_public_access":                   true,
	}
	newer := map[string]bool{"github_repository security_and_analysis.*.status": true} // the schema at hand is old
	types := map[string]cty.Type{}
	for _, load := range []func() (*schema.Provider, error){schemas.AWS, schemas.Google, schemas.AzureRM, schemas.Kubernetes, schemas.GitHub} {
		p, err := load()
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range p.Resources {
			types[name] = r.Type
		}
	}
	looked := 0
	for _, r := range table {
		there, found := 0, 0
		for name, typ := range types {
			if r.matchesType(name) {
				there++
				if reaches(typ, strings.Split(r.path, ".")) {
					found++
				}
			}
		}
		key := r.types + " " + r.path
		if there > 0 && found == 0 && !older[key] && !newer[key] {
			t.Errorf("%s: no such attribute", key)
		}
		looked += min(there, 1)
	}
	if looked < len(table)/4 {
		t.Errorf("only %d of %d rows were held against a schema", looked, len(table))
	}
	for _, s := range shapes {
		for name, typ := range types {
			if !like(s.types, name) {
				continue
			}
			names := append([]string{s.from, s.to, s.protocol}, append(s.ports, s.sources...)...)
			for _, attribute := range names {
				in := []string{s.rules, attribute}
				if attribute != "" && s.services != "" && !slices.Contains(s.sources, attribute) {
					in = []string{s.rules, s.services, attribute}
				}
				in = slices.DeleteFunc(in, func(part string) bool { return part == "" })
				if attribute != "" && !reaches(typ, in) {
					t.Errorf("%s: no %s", name, strings.Join(in, "."))
				}
			}
		}
	}
}

// reaches tells whether a path of names leads somewhere in values of a type.
func reaches(t cty.Type, path []string) bool {
	switch {
	case t.IsListType() || t.IsSetType():
		return reaches(t.ElementType(), path)
	case len(path) == 0 || t.IsMapType() || t == cty.DynamicPseudoType:
		return true
	case t.IsObjectType():
		for name, inner := range t.AttributeTypes() {
			if like(path[0], name) && reaches(inner, path[1:]) {
				return true
			}
		}
	}
	return false
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"aws_{lb,alb}", "aws_alb", true}, {"aws_{lb,alb}", "aws_nlb", false}, {"a*c", "abc", true}, {"a*c", "ac", true}, {"a*c", "ab", false},
		{"*", "", true}, {"*b*b*", "ab", false}, {"*b*b*", "abab", true}, {"google_*_iam_{member,binding}", "google_x_iam_binding", true}, {"ab*ba", "aba", false},
	} {
		if got := like(c.pattern, c.text); got != c.want {
			t.Errorf("like(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

// anyValue draws values of every shape.
func anyValue(depth int) *rapid.Generator[drift.Value] {
	return rapid.Custom(func(t *rapid.T) drift.Value {
		kinds := 7
		if depth == 0 {
			kinds = 5
		}
		switch rapid.IntRange(0, kinds).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return json.Number(fmt.Sprint(rapid.IntRange(-2, 70000).Draw(t, "number")))
		case 3:
			return rapid.SampledFrom([]string{"", "0.0.0.0/0", "10.0.0.0/8", "*", "22", "tcp", "Allow", "ingress", `{"Statement":{"Effect":"Allow","Action":"*"}}`, "{"}).Draw(t, "text")
		case 4, 5:
			return drift.Unknown{}
		case 6:
			return rapid.SliceOfN(anyValue(depth-1), 0, 3).Draw(t, "list")
		}
		return rapid.MapOfN(rapid.SampledFrom([]string{"cidr_blocks", "from_port", "to_port", "protocol", "policy", "enabled"}), anyValue(depth-1), 0, 4).Draw(t, "object")
	})
}

// TestAssessLaws: no shape of values crashes it, and what did not change is not ranked.
func TestAssessLaws(t *testing.T) {
	types := []string{"aws_security_group", "aws_db_instance", "aws_iam_policy", "google_compute_firewall", "azurerm_network_security_group", "kubernetes_deployment", "github_repository"}
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom([]string{"ingress", "ingress[0].cidr_blocks", "policy", "allow", "security_rule", "spec[0].template", "visibility", `tags["a"]`, "x"}).Draw(t, "path")
		v, w := anyValue(3).Draw(t, "v"), anyValue(3).Draw(t, "w")
		f := drift.Finding{
			Type: rapid.SampledFrom(types).Draw(t, "type"), Kind: drift.KindDrift, Changes: []drift.Change{{Path: path, Kind: drift.KindDrift, Base: v, Code: v, Live: w}},
			Attributes: map[string]drift.Value{"ingress": anyValue(2).Draw(t, "attribute")},
		}
		before, _ := json.Marshal(f)
		Assess(f)
		if after, _ := json.Marshal(f); string(after) != string(before) {
			t.Fatal("Assess changed the finding")
		}
		f.Changes[0].Live = v
		if s := Assess(f); s != (Severity{}) {
			t.Fatalf("no difference is ranked %v", s)
		}
	})
}
