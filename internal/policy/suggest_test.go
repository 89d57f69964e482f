package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"pgregory.net/rapid"
)

func TestSuggest(t *testing.T) {
	all := []Ignored{
		{"infra/prod", "aws_ecs_service.a", []string{"desired_count"}, "will", "the autoscaler sets it"},
		{"infra/prod", "aws_ecs_service.a", []string{"desired_count"}, "mia", "the autoscaler sets it"}, // once more about the same
		{"infra/dev", `module.web["a.b"].aws_ecs_service.b[0]`, []string{"desired_count"}, "mia", "scaling"},
		{"infra/dev", "module.x.module.y.aws_ecs_service.c", []string{"desired_count", `tags["x"]`}, "mia", "the autoscaler sets it"},
		{"infra/dev", "aws_instance.a", nil, "will", ""},
		{"infra/dev", "aws_instance.b", nil, "will", ""},
		{"infra/dev", "aws_instance.c", nil, "will", ""},
		{"infra/dev", "data.aws_ami.x", nil, "will", ""},
		{"infra/dev", "", nil, "will", ""},
	}
	got := Suggest(all, 3)
	want := []Suggestion{
		{Name: "ignore-aws-ecs-service-desired-count", Type: "aws_ecs_service", Attribute: "desired_count", Times: 3, People: []string{"mia", "will"}, Stacks: []string{"infra/dev", "infra/prod"}, Reasons: []string{"the autoscaler sets it", "scaling"}},
		{Name: "ignore-aws-instance", Type: "aws_instance", Times: 3, People: []string{"will"}, Stacks: []string{"infra/dev"}},
	}
	if diff := cmp.Diff(want, got, cmp.Transformer("empty", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
		t.Fatalf("suggestions (-want +got):\n%s", diff)
	}
	if got := got[0].Block(); got != "rule \"ignore-aws-ecs-service-desired-count\" {\n  when   = resource.type == \"aws_ecs_service\" && change.attribute == \"desired_count\"\n  action = \"ignore\"\n  reason = \"the autoscaler sets it\"\n}\n" {
		t.Errorf("the rule is\n%s", got)
	}
	if got := got[1].Block(); !strings.Contains(got, `stack.id == "infra/dev"`) {
		t.Errorf("what was said in one stack holds everywhere:\n%s", got)
	}
	if got := Suggest(all, 4); len(got) != 0 {
		t.Errorf("too seldom, and suggested: %+v", got)
	}
}

// TestSuggestedRulesLoad: whatever people and ledgers say, the rule is configuration, and its expression is one that rules may have.
func TestSuggestedRulesLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, 20, 60)
		s := Suggestion{Name: "ignore-" + slug(text.Draw(t, "name")), Type: text.Draw(t, "type"), Attribute: text.Draw(t, "attribute"), Stacks: []string{text.Draw(t, "stack")}, Reasons: []string{text.Draw(t, "reason") + "${file(\"/etc/passwd\")}"}}
		file, diags := hclsyntax.ParseConfig([]byte(s.Block()), "x.hcl", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%v in\n%s", diags, s.Block())
		}
		block := file.Body.(*hclsyntax.Body).Blocks[0]
		if diags := (Rule{Name: "x", When: block.Body.Attributes["when"].Expr, Action: ActionIgnore}).Check(); diags.HasErrors() {
			t.Fatalf("%v in\n%s", diags, s.Block())
		}
		if v, diags := block.Body.Attributes["reason"].Expr.Value(nil); diags.HasErrors() || !strings.HasSuffix(v.AsString(), `${file("/etc/passwd")}`) {
			t.Fatalf("the reason came alive: %v", diags)
		}
	})
}
