package config

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/policy"
)

// compile checks what was decoded and gives it the types that the rest of the program uses.
func compile(raw *fileBlock, body *hclsyntax.Body) (*Config, hcl.Diagnostics) {
	diags := checkValues(body, raw)
	c := &Config{
		Engine:      Engine{Name: raw.Engine.Name, Version: raw.Engine.Version},
		Stacks:      Stacks{Include: raw.Stacks.Include, Exclude: raw.Stacks.Exclude, MaxAge: duration(raw.Stacks.MaxAge)},
		Attribution: Attribution{Identity: Identity(raw.Attribution.Identity), SourceIP: raw.Attribution.SourceIP, Lookback: duration(raw.Attribution.Lookback)},
		Publish: Publish{
			Issues: raw.Publish.Issues, Groups: raw.Publish.Groups, PullRequests: raw.Publish.PullRequests,
			MaxOpenIssues: raw.Publish.MaxOpenIssues, MaxOpenPullRequests: raw.Publish.MaxOpenPullRequests, PullRequestsPerHour: raw.Publish.PullRequestsPerHour,
			FirstRun: raw.Publish.FirstRun, Labels: raw.Publish.Labels, Assign: raw.Publish.Assign, AskActor: raw.Publish.AskActor, Check: raw.Publish.Check, WriteInterval: duration(raw.Publish.WriteInterval),
		},
		Revert: Revert{Enabled: raw.Commands.Revert.Enabled, Allow: raw.Commands.Revert.Allow},
		Ledger: Ledger{Branch: raw.Ledger.Branch},
	}
	seen := uniqueLabels{}
	for _, b := range raw.Stack {
		diags = append(diags, seen.add("stack", b.ID, b.Range)...)
		c.Declared = append(c.Declared, Stack{
			ID: b.ID, Workspace: b.Workspace, VarFiles: b.VarFiles, BackendConfig: b.BackendConfig, Owners: b.Owners, Env: b.Env, Range: b.Range,
		})
	}
	for _, b := range raw.Audit {
		diags = append(diags, seen.add("audit "+b.Log, b.Name, b.Range)...)
		source, more := compileAudit(b)
		diags = append(diags, more...)
		c.Audit = append(c.Audit, source)
	}
	for _, b := range raw.Rule {
		diags = append(diags, seen.add("rule", b.Name, b.Range)...)
		rule, more := compileRule(b)
		diags = append(diags, more...)
		c.Rules = append(c.Rules, rule)
	}
	for _, b := range raw.Group {
		diags = append(diags, seen.add("group", b.Name, b.Range)...)
		if len(b.Stacks) < 2 {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Group of fewer than two stacks", Detail: "Name at least two stacks to compare.", Subject: &b.Range})
		}
		diags = append(diags, checkOrder(c.Groups, b)...)
		c.Groups = append(c.Groups, Group{Name: b.Name, Stacks: b.Stacks, Range: b.Range})
	}
	return c, diags
}

func compileAudit(b *auditBlock) (Audit, hcl.Diagnostics) {
	a := Audit{Log: b.Log, Name: b.Name, Settings: withDefaults(auditLogs[b.Log]()), Range: b.Range}
	diags := gohcl.DecodeBody(b.Body, nil, a.Settings)
	if diags.HasErrors() {
		return a, diags
	}
	if body, ok := b.Body.(*hclsyntax.Body); ok {
		diags = append(diags, checkValues(body, a.Settings)...)
	}
	if c, ok := a.Settings.(interface {
		check() (summary, detail string)
	}); ok {
		if summary, detail := c.check(); summary != "" {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &b.Range})
		}
	}
	return a, diags
}

func compileRule(b *ruleBlock) (policy.Rule, hcl.Diagnostics) {
	rule := policy.Rule{Name: b.Name, When: b.When, Action: b.Action, Reason: b.Reason, Range: b.Range}
	if b.Until != "" {
		rule.Until, _ = parseDate(b.Until) // checkValues has reported what is no date
	}
	if _, written := b.When.(hclsyntax.Expression); !written { // gohcl does not require what is kept as an expression
		return rule, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: fmt.Sprintf("Rule %q does not say when", b.Name), Detail: "Add when = ...; to hold for everything, when = true.", Subject: &b.NameRange,
		}}
	}
	diags := rule.Check()
	if b.Action == policy.ActionIgnore && b.Reason == "" {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: fmt.Sprintf("Rule %q ignores without a reason", b.Name),
			Detail: "Add reason = \"...\": it is what people read where the finding would have been.", Subject: &b.NameRange,
		})
	}
	return rule, diags
}

// duration is the value of a text that checkValues has checked; what did not pass it is reported there.
func duration(s string) time.Duration {
	d, _ := ParseDuration(s)
	return d
}

// uniqueLabels finds two blocks of one name.
type uniqueLabels map[string]hcl.Range

func (u uniqueLabels) add(kind, name string, at hcl.Range) hcl.Diagnostics {
	key := kind + " " + name
	if name == "" {
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Empty name", Detail: "Give the " + kind + " block a name between the quotes.", Subject: &at}}
	}
	if first, ok := u[key]; ok {
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: fmt.Sprintf("Second %s block called %q", kind, name), Detail: fmt.Sprintf("The first is on line %d.", first.Start.Line), Subject: &at}}
	}
	u[key] = at
	return nil
}
