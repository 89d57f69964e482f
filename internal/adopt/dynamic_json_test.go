package adopt_test

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/drift"
)

// TestDynamicInJSON: the collection behind a dynamic block of a .tf.json file is edited, and the engine agrees.
func TestDynamicInJSON(t *testing.T) {
	l := newLab(t, "stack", txtar.Parse([]byte(`-- stack/main.tf.json --
{
  "terraform": { "required_providers": { "aws": { "source": "hashicorp/aws" } } },
  "provider": { "aws": { "region": "eu-west-1" } },
  "locals": {
    "open": {
      "http": { "port": 80, "from": ["10.0.0.0/8"] },
      "tls": { "port": 443, "from": ["0.0.0.0/0"] }
    }
  },
  "resource": {
    "aws_security_group": {
      "web": {
        "name": "web",
        "description": "web",
        "dynamic": {
          "ingress": {
            "for_each": "${local.open}",
            "iterator": "rule",
            "content": {
              "description": "${rule.key}",
              "protocol": "tcp",
              "from_port": "${rule.value.port}",
              "to_port": "${rule.value.port}",
              "cidr_blocks": "${rule.value.from}"
            }
          }
        }
      }
    }
  }
}
`)))
	l.change("aws_security_group", "name", "web", func(m map[string]any) {
		var rules []any
		for _, r := range m["ingress"].([]any) {
			rule := r.(map[string]any)
			if rule["description"] == "tls" {
				continue
			}
			rule["cidr_blocks"] = []any{"10.0.0.0/8", "192.168.0.0/16"}
			rules = append(rules, rule)
		}
		m["ingress"] = rules
	})
	findings, r := l.solve()
	if len(findings) != 1 || r.Outcomes[0].Status != adopt.StatusReady {
		t.Fatal(outcomes(findings, r))
	}
	for _, want := range []string{`-      "tls": {`, `"from": ["10.0.0.0/8", "192.168.0.0/16"]`} {
		if !strings.Contains(diff(r), want) {
			t.Errorf("the patch has no %s:\n%s", want, diff(r))
		}
	}
	for _, f := range r.Files {
		l.write(f.Path, f.After)
	}
	_, p := l.plan()
	for _, i := range p.Instances {
		if i.Action != drift.ActionNoOp && i.Action != drift.ActionNone {
			t.Errorf("with the edit the plan would %s %s", i.Action, i.Address)
		}
	}
}
