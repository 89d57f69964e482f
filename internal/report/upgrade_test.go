package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/stack"
)

// upgradedStack shows three buckets whose default a provider upgrade moved, and one that somebody changed as well.
func upgradedStack() StackResult {
	const aws = "registry.opentofu.org/hashicorp/aws"
	s := StackResult{Stack: stack.Stack{ID: "infra"}, Status: StatusDrifted}
	for _, name := range []string{"a", "b", "c"} {
		s.Findings = append(s.Findings, Finding{Finding: drift.Finding{
			ID: "f_" + name, Address: "aws_s3_bucket." + name, Type: "aws_s3_bucket", Provider: aws, Kind: drift.KindPending, Reason: drift.ReasonVersionChange,
			Changes: []drift.Change{{Path: "object_ownership", Kind: drift.KindPending, Rule: "row 4", Base: "old", Live: "old", Code: "new"}},
		}})
	}
	s.Findings = append(s.Findings, Finding{Finding: drift.Finding{
		ID: "f_d", Address: "aws_s3_bucket.d", Type: "aws_s3_bucket", Provider: aws, Kind: drift.KindDrift,
		Changes: []drift.Change{{Path: "bucket_prefix", Kind: drift.KindDrift, Base: "x", Code: "x", Live: "y"}, {Path: "acl", Kind: drift.KindNoise, Rule: "provider-version", Live: "private"}},
	}})
	s.Upgrades = Moved([]Upgrade{{Kind: "provider", Name: aws, From: "5.9.0", To: "6.1.0", Commit: "0123456789", Author: "Ann"}, {Kind: "provider", Name: "registry.opentofu.org/hashicorp/null", From: "1", To: "2"}}, s.Findings)
	return s
}

// TestUpgradeIsOneItem: what an upgrade moves is told once, whatever the number of resources, and what a person changed stays a finding.
func TestUpgradeIsOneItem(t *testing.T) {
	s := upgradedStack()
	want := Upgrade{
		Kind: "provider", Name: "registry.opentofu.org/hashicorp/aws", From: "5.9.0", To: "6.1.0", Commit: "0123456789", Author: "Ann",
		Moves: []string{"aws_s3_bucket.acl", "aws_s3_bucket.object_ownership"}, Resources: 4,
	}
	if d := cmp.Diff(want, s.Upgrades[0]); d != "" {
		t.Error(d)
	}
	var b bytes.Buffer
	if err := WriteText(&b, &Results{Stacks: []StackResult{s}}, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, part := range []string{"went from 5.9.0 to 6.1.0 in 0123456 by Ann and moves aws_s3_bucket.acl, aws_s3_bucket.object_ownership on 4 resources", "aws_s3_bucket.d"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, b.String())
		}
	}
	if strings.Contains(text, "aws_s3_bucket.a ") {
		t.Errorf("a resource that only the upgrade moves has a line of its own:\n%s", b.String())
	}
}

// TestUpgradeSurvivesJSON: a results file carries upgrades from the job that scans to the one that publishes.
func TestUpgradeSurvivesJSON(t *testing.T) {
	s := upgradedStack()
	var b bytes.Buffer
	if err := WriteJSON(&b, &Results{Stacks: []StackResult{s}}); err != nil {
		t.Fatal(err)
	}
	back, err := ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Stacks[0].Upgrades) != 2 || back.Stacks[0].Upgrades[0].To != "6.1.0" || back.Stacks[0].Upgrades[0].Resources != 4 {
		t.Errorf("%+v", back.Stacks[0].Upgrades)
	}
}

// TestUpgradeIsOneItemEverywhere: issue, dashboard, Markdown and HTML tell of an upgrade once, with what it moves and where its changes can be read, and not
// of each resource.
func TestUpgradeIsOneItemEverywhere(t *testing.T) {
	s := upgradedStack()
	s.Status = StatusPending
	s.Findings = s.Findings[:3]
	s.Upgrades[0].Tried = true
	s.Upgrades = Moved(s.Upgrades, s.Findings)
	r := &Results{Stacks: []StackResult{s}}
	faces := map[string]string{"issue": IssueBody(s, BodyOptions{}), "dashboard": DashboardBody([]StackLine{{Result: s}}, DashboardOptions{})}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"markdown": func(b *bytes.Buffer) error { return WriteMarkdown(b, r, MarkdownOptions{}) },
		"html":     func(b *bytes.Buffer) error { return WriteHTML(b, r) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		faces[name] = b.String()
	}
	for name, text := range faces {
		if strings.Contains(text, "aws_s3_bucket.a") {
			t.Errorf("%s has a line for a resource:\n%s", name, text)
		}
		if name == "dashboard" {
			if !strings.Contains(text, "1 upgrade moves 3 resources") {
				t.Errorf("dashboard:\n%s", text)
			}
			continue
		}
		for _, part := range []string{"aws_s3_bucket.object_ownership", "3 resources", "planned without it, they do not move", "https://github.com/hashicorp/terraform-provider-aws/releases/tag/v6.1.0"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not say %q:\n%s", name, part, text)
			}
		}
	}
}

// TestChangelog: a link is only made where the registry's rules, or the address itself, say where the changes are.
func TestChangelog(t *testing.T) {
	for _, c := range []struct {
		u    Upgrade
		want string
	}{
		{Upgrade{Kind: "provider", Name: "registry.terraform.io/hashicorp/aws", To: "6.1.0"}, "https://github.com/hashicorp/terraform-provider-aws/releases/tag/v6.1.0"},
		{Upgrade{Kind: "provider", Name: "registry.opentofu.org/cloudflare/cloudflare", To: "5.0.0"}, "https://github.com/cloudflare/terraform-provider-cloudflare/releases/tag/v5.0.0"},
		{Upgrade{Kind: "provider", Name: "private.example.com/acme/thing", To: "2.0.0"}, ""},
		{Upgrade{Kind: "module", Name: "vpc", Source: "terraform-aws-modules/vpc/aws", From: "5.0.0", To: "6.0.0"}, "https://github.com/terraform-aws-modules/terraform-aws-vpc/releases/tag/v6.0.0"},
		{Upgrade{Kind: "module", Name: "vpc", Source: "registry.terraform.io/terraform-aws-modules/vpc/aws", To: "6.0.0"}, "https://github.com/terraform-aws-modules/terraform-aws-vpc/releases/tag/v6.0.0"},
		{Upgrade{Kind: "module", Name: "vpc", Source: "app.terraform.io/acme/vpc/aws", To: "6.0.0"}, ""},
		{Upgrade{Kind: "module", Name: "base", Source: "git::https://github.com/acme/base.git//web", From: "v1", To: "v2"}, "https://github.com/acme/base/compare/v1...v2"},
		{Upgrade{Kind: "module", Name: "base", Source: "github.com/acme/base", From: "v1", To: "v2"}, "https://github.com/acme/base/compare/v1...v2"},
		{Upgrade{Kind: "module", Name: "base", Source: "git::ssh://git@git.example.com/acme/base.git", From: "v1", To: "v2"}, ""},
		{Upgrade{Kind: "module", Name: "web", Source: "../modules/web/v2", From: "v1", To: "v2"}, ""},
		{Upgrade{Kind: "provider", Name: "registry.terraform.io/a/b/../c", To: "1"}, ""},
		{Upgrade{Kind: "provider", Name: "registry.terraform.io/@acme/b", To: "1.0.0"}, ""},
		{Upgrade{Kind: "provider", Name: "registry.terraform.io/acme/b", To: "1.0.0?x=1"}, ""},
		{Upgrade{Kind: "module", Name: "vpc", Source: "acme/../vpc", To: "6.0.0"}, ""},
		{Upgrade{Kind: "module", Name: "base", Source: "github.com/acme/base", From: "../../x", To: "v2"}, ""},
	} {
		if got := c.u.Changelog(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.u, got, c.want)
		}
	}
}
