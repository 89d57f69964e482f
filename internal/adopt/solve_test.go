package adopt_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/drift"
)

var update = flag.Bool("update", false, "rewrite the expected results")

// TestAdoptsAStack changes a stack of many forms of expression by hand and adopts the lot: the expected patch and outcomes stand in
// the archive, and the engine itself, planning the edited code against the cloud, must find nothing left to do.
func TestAdoptsAStack(t *testing.T) {
	const file = "testdata/stack.txtar"
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]string{}
	code := &txtar.Archive{}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "expected/"); ok {
			expected[name] = string(f.Data)
		} else {
			code.Files = append(code.Files, f)
		}
	}
	l := newLab(t, "infra/prod", code)
	tag := func(key, value string) func(map[string]any) {
		return func(m map[string]any) {
			tags, _ := m["tags"].(map[string]any)
			if tags == nil {
				tags = map[string]any{}
			}
			tags[key] = value
			m["tags"] = tags
		}
	}
	setTo := func(key string, value any) func(map[string]any) { return func(m map[string]any) { m[key] = value } }
	l.change("aws_sqs_queue", "name", "plain", setTo("visibility_timeout_seconds", 90))
	l.change("aws_sqs_queue", "name", "silent", setTo("max_message_size", 1024))
	l.change("aws_sqs_queue", "name", "from-variable", setTo("delay_seconds", 7))
	l.change("aws_sqs_queue", "name", "shared-1", setTo("message_retention_seconds", 4000))
	l.change("aws_sqs_queue", "name", "worker-b", setTo("delay_seconds", 33))
	l.change("aws_sqs_queue", "name", "module-two", setTo("visibility_timeout_seconds", 61))
	l.change("aws_sqs_queue", "name", "tagged", tag("Owner", "alice"))
	l.change("aws_sqs_queue", "name", "tagged-2", tag("Team", "other"))
	l.change("aws_security_group", "name", "web", func(m map[string]any) {
		rules := m["ingress"].([]any)
		m["ingress"] = append(rules, map[string]any{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": []any{"10.0.0.0/8"}, "description": "ssh",
			"ipv6_cidr_blocks": []any{}, "prefix_list_ids": []any{}, "security_groups": []any{}, "self": false})
	})
	l.change("aws_iam_role", "name", "app", func(m map[string]any) {
		m["assume_role_policy"] = strings.Replace(m["assume_role_policy"].(string), "ec2.amazonaws.com", "ecs.amazonaws.com", 1)
	})
	l.change("aws_iam_policy", "name", "queue", func(m map[string]any) {
		m["policy"] = strings.Replace(m["policy"].(string), "sqs:SendMessage", "sqs:ReceiveMessage", 1)
	})
	l.change("aws_ssm_parameter", "name", "/app/secret", setTo("value", "hunter2hunter2"))

	findings, r := l.solve()
	got := map[string]string{"patch": diff(r), "outcomes": outcomes(findings, r)}
	if *update {
		for name, text := range got {
			code.Files = append(code.Files, txtar.File{Name: "expected/" + name, Data: []byte(text)})
		}
		code.Comment = a.Comment
		if err := os.WriteFile(file, txtar.Format(code), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if d := cmp.Diff(expected, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if r.Proof == nil || r.Proof.Plans > 2 || r.Proof.Way != "offline" {
		t.Errorf("proof: %+v", r.Proof)
	}
	for _, f := range r.Files {
		l.write(f.Path, f.After)
	}
	ready := map[string]bool{}
	for i, o := range r.Outcomes {
		ready[findings[i].Address] = o.Status == adopt.StatusReady
	}
	_, after := l.plan()
	for _, i := range after.Instances {
		if i.Action != drift.ActionNoOp && i.Action != drift.ActionNone && (ready[i.Address] || i.Address != "aws_ssm_parameter.secret") {
			t.Errorf("after adoption the plan would %s %s", i.Action, i.Address)
		}
	}
}
