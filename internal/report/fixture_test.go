package report_test

import (
	"encoding/json"
	"time"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// now is the clock of the tests.
var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func n(s string) json.Number { return json.Number(s) }

var (
	alice  = audit.Actor{Name: "alice@example.com", Type: audit.ActorHuman, Principal: "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1a2b/alice@example.com", AccessKey: "ASIAEXAMPLEEXAMPLE"}
	bob    = audit.Actor{Name: "bob@example.com", Type: audit.ActorHuman, Principal: "arn:aws:iam::111122223333:user/bob@example.com"}
	deploy = audit.Actor{Name: "deploy", Type: audit.ActorRole, Principal: "arn:aws:sts::111122223333:assumed-role/deploy/ci"}
	scaler = audit.Actor{Name: "ecs.application-autoscaling.amazonaws.com", Type: audit.ActorService}
)

func ref(id, operation string) blame.EventRef {
	return blame.EventRef{ID: id, Source: "cloudtrail", Operation: operation, Link: "https://example.invalid/e/" + id}
}

// sample is a scan with one stack of each status and findings of many kinds and verdicts.
func sample() *report.Results {
	return &report.Results{
		ScannedAt: now, Tool: report.Tool{Name: "mooring", Version: "0.1.0"}, Commit: "1b2c3d4e5f60718293a4b5c6d7e8f90112233445",
		Events: report.EventStats{Events: 1204, Sources: []string{"cloudtrail"}}, Elapsed: 2400 * time.Millisecond,
		Stacks: []report.StackResult{network(), prod(), staging(), data()},
	}
}

func network() report.StackResult {
	return report.StackResult{
		Stack:  stack.Stack{ID: "infra/network", Path: "infra/network", Workspace: "default", Owners: []string{"@acme/platform"}, Why: "backend block"},
		Status: report.StatusClean, Engine: report.Tool{Name: "tofu", Version: "1.12.6"}, Duration: 800 * time.Millisecond, EngineTime: 700 * time.Millisecond,
	}
}

func prod() report.StackResult {
	rule := map[string]any{
		"protocol": "tcp", "from_port": n("22"), "to_port": n("22"), "cidr_blocks": []any{"0.0.0.0/0"}, "ipv6_cidr_blocks": []any{},
		"prefix_list_ids": []any{}, "security_groups": []any{}, "self": false, "description": "",
	}
	https := map[string]any{
		"protocol": "tcp", "from_port": n("443"), "to_port": n("443"), "cidr_blocks": []any{"10.0.0.0/8"}, "ipv6_cidr_blocks": []any{},
		"prefix_list_ids": []any{}, "security_groups": []any{}, "self": false, "description": "",
	}
	window := drift.Window{From: at("2026-11-20 06:00"), To: now}
	return report.StackResult{
		Stack: stack.Stack{
			ID: "infra/prod", Path: "infra/prod", Workspace: "default", VarFiles: []string{"prod.tfvars"}, BackendConfig: []string{"access_key=hunter22"},
			Env: map[string]string{"TF_VAR_password": "hunter22"}, Owners: []string{"@acme/platform", "@dave"},
		},
		Status: report.StatusDrifted, Engine: report.Tool{Name: "tofu", Version: "1.12.6"}, Duration: 1900 * time.Millisecond, EngineTime: 1600 * time.Millisecond,
		Findings: []report.Finding{
			{
				Finding: drift.Finding{
					ID: "f_0000000000000001", Address: "aws_security_group.web", Type: "aws_security_group", Provider: "registry.opentofu.org/hashicorp/aws",
					Kind: drift.KindDrift, Action: "update", IDs: []string{"sg-0a1b2c3d"}, Account: "111122223333", Region: "eu-west-1", Window: window,
					Changes:    []drift.Change{{Path: "ingress", Kind: drift.KindDrift, Rule: "row 2", Base: []any{https}, Code: []any{https}, Live: []any{https, rule}}},
					Attributes: map[string]any{"id": "sg-0a1b2c3d", "name": "web"},
				},
				Attribution: []blame.Attribution{{
					Paths: []string{"ingress"}, Verdict: blame.Confirmed, Actor: alice, Via: audit.ViaConsole, At: at("2026-11-20 17:03"),
					SourceIP: "203.0.113.7", Events: []blame.EventRef{ref("1", "AuthorizeSecurityGroupIngress")},
				}},
				Adoption: adopt.Outcome{Status: adopt.StatusReady, Edits: []adopt.EditRef{{File: "modules/web/main.tf", Line: 31, Path: "ingress"}}},
				Severity: policy.Severity{Level: "critical", Why: "opens port 22 to the internet"},
				Where:    map[string]report.Place{"": {File: "modules/web/main.tf", Line: 24}, "ingress": {File: "modules/web/main.tf", Line: 26}},
			},
			{
				Finding: drift.Finding{
					ID: "f_0000000000000002", Address: "aws_db_instance.main", Type: "aws_db_instance", Provider: "registry.opentofu.org/hashicorp/aws",
					Kind: drift.KindDrift, Action: "update", IDs: []string{"main"}, Account: "111122223333", Region: "eu-west-1", Window: window,
					Changes: []drift.Change{
						{Path: "backup_retention_period", Kind: drift.KindDrift, Base: n("7"), Code: n("7"), Live: n("1")},
						{Path: "password", Kind: drift.KindDrift, Base: "old-hunter22", Code: "old-hunter22", Live: "new-hunter22", Sensitive: true},
						{Path: `tags["Name"]`, Kind: drift.KindNoise, Rule: "null-and-empty", Base: nil, Code: "", Live: nil},
					},
					Attributes: map[string]any{"identifier": "main", "password": "new-hunter22"}, SensitivePaths: []string{"password"},
				},
				Attribution: []blame.Attribution{
					{
						Paths: []string{"backup_retention_period"}, Verdict: blame.Ambiguous,
						Candidates: []blame.Candidate{
							{Actor: bob, Via: audit.ViaCLI, At: at("2026-11-20 15:20"), Events: []blame.EventRef{ref("2", "ModifyDBInstance")}},
							{Actor: deploy, Via: audit.ViaSDK, At: at("2026-11-20 15:22"), Events: []blame.EventRef{ref("3", "ModifyDBInstance")}},
						},
						RuledOut: []blame.RuledOut{{Event: ref("4", "ModifyDBInstance"), Actor: deploy, At: at("2026-11-20 15:21"), Why: "failed call (AccessDenied)"}},
					},
					{Paths: []string{"password"}, Verdict: blame.Likely, Actor: bob, Via: audit.ViaCLI, At: at("2026-11-20 15:20"), Events: []blame.EventRef{ref("2", "ModifyDBInstance")}},
				},
				Adoption: adopt.Outcome{
					Status:   adopt.StatusPartial,
					Edits:    []adopt.EditRef{{File: "infra/prod/prod.tfvars", Line: 12, Path: "backup_retention_period"}},
					Refusals: []adopt.Refusal{{Path: "password", Code: "sensitive", Detail: "the value is sensitive", Hint: "put it in your secret store"}},
				},
				Where: map[string]report.Place{"": {File: "infra/prod/db.tf", Line: 3}},
			},
			{
				Finding: drift.Finding{
					ID: "f_0000000000000003", Address: "module.api.aws_ecs_service.this", Type: "aws_ecs_service", Provider: "registry.opentofu.org/hashicorp/aws",
					Kind: drift.KindDrift, Action: "update", Window: window,
					Changes: []drift.Change{{Path: "desired_count", Kind: drift.KindDrift, Base: n("2"), Code: n("2"), Live: n("6")}},
				},
				Attribution: []blame.Attribution{{Paths: []string{"desired_count"}, Verdict: blame.Automation, Actor: scaler, Via: audit.ViaService, At: at("2026-11-20 18:40"), Events: []blame.EventRef{ref("5", "UpdateService")}}},
				Adoption:    adopt.Outcome{Status: adopt.StatusRefused, Refusals: []adopt.Refusal{{Path: "desired_count", Code: "automation", Detail: "autoscaling owns it", Hint: "ignore it, or add lifecycle.ignore_changes"}}},
			},
			{
				Finding: drift.Finding{
					ID: "f_0000000000000004", Address: `aws_iam_policy.ci["deploy"]`, Type: "aws_iam_policy", Provider: "registry.opentofu.org/hashicorp/aws",
					Kind: drift.KindConflict, Action: "update", Window: window,
					Changes: []drift.Change{{
						Path: "policy", Kind: drift.KindConflict,
						Base: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`,
						Code: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject*","Resource":"*"}]}`,
						Live: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`,
					}},
				},
				Attribution: []blame.Attribution{{Paths: []string{"policy"}, Verdict: blame.None, Reason: blame.ReasonDeliveryLag}},
				Adoption:    adopt.Outcome{Status: adopt.StatusRefused, Refusals: []adopt.Refusal{{Path: "policy", Code: "conflict", Detail: "code and reality both moved", Hint: "choose one"}}},
			},
			{
				Finding: drift.Finding{ID: "f_0000000000000005", Address: "aws_s3_bucket.old", Type: "aws_s3_bucket", Provider: "registry.opentofu.org/hashicorp/aws", Kind: drift.KindDeleted, Action: "create", Window: window},
				Attribution: []blame.Attribution{{Verdict: blame.Possible, Events: []blame.EventRef{ref("6", "PutBucketTagging")}, At: at("2026-11-20 12:00"),
					RuledOut: []blame.RuledOut{{Event: ref("7", "DeleteBucket"), Actor: bob, At: at("2026-11-20 12:01"), Why: "failed call (BucketNotEmpty)"}}}},
				Adoption: adopt.Outcome{Status: adopt.StatusNone},
			},
			{
				Finding: drift.Finding{
					ID: "f_0000000000000006", Address: "aws_s3_bucket.logs", Type: "aws_s3_bucket", Kind: drift.KindPending, Action: "update",
					Changes: []drift.Change{{Path: `tags["team"]`, Kind: drift.KindPending, Base: "a", Code: "b", Live: "a"}},
				},
			},
			{
				Finding: drift.Finding{
					ID: "f_0000000000000007", Address: "aws_autoscaling_group.web", Type: "aws_autoscaling_group", Kind: drift.KindDrift, Action: "update",
					Changes: []drift.Change{{Path: "desired_capacity", Kind: drift.KindDrift, Base: n("3"), Code: n("3"), Live: n("9")}},
				},
				Decision: &policy.Decision{Action: "ignore", By: "bob", Reason: "autoscaling", At: at("2026-10-01 08:00"), Until: at("2026-12-31 00:00")},
			},
			{
				Finding: drift.Finding{
					ID: "f_0000000000000008", Address: "aws_instance.a", Type: "aws_instance", Kind: drift.KindUndeclared, Action: "no-op",
					Changes: []drift.Change{{Path: "monitoring", Kind: drift.KindUndeclared, Base: false, Code: nil, Live: true}},
				},
			},
		},
		Applies: []report.Apply{{From: at("2026-11-19 08:00"), To: at("2026-11-19 08:05"), Run: "https://github.com/acme/infra/actions/runs/1", Principal: deploy.Principal}},
		Proof: &adopt.Proof{
			Engine: "tofu", Version: "1.12.6", Way: "offline", Plans: 1, Before: adopt.Counts{Create: 1, Update: 4}, After: adopt.Counts{Create: 1, Update: 3},
			Gone: []string{"aws_security_group.web"}, Remaining: []string{"module.api.aws_ecs_service.this", "aws_s3_bucket.old"}, AlsoChecked: []string{"infra/staging"},
		},
		Files: []adopt.File{
			{Path: "infra/prod/prod.tfvars", Before: []byte("backup_days = 7\n"), After: []byte("backup_days = 1\n")},
			{Path: "modules/web/main.tf", Before: []byte("resource \"aws_security_group\" \"web\" {\n}\n"), After: []byte("resource \"aws_security_group\" \"web\" {\n  ingress {\n    from_port   = 22\n    to_port     = 22\n    protocol    = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n")},
		},
	}
}

func staging() report.StackResult {
	return report.StackResult{
		Stack:  stack.Stack{ID: "infra/staging", Path: "infra/staging", Workspace: "default", Owners: []string{"@acme/web"}},
		Status: report.StatusPending, Engine: report.Tool{Name: "tofu", Version: "1.12.6"}, Duration: 1100 * time.Millisecond,
		Findings: []report.Finding{{Finding: drift.Finding{
			ID: "f_0000000000000009", Address: "aws_instance.web", Type: "aws_instance", Kind: drift.KindPending, Action: "update",
			Changes: []drift.Change{
				{Path: "instance_type", Kind: drift.KindPending, Base: "t3.micro", Code: "t3.large", Live: "t3.micro"},
				{Path: "user_data", Kind: drift.KindPending, Base: "x", Code: drift.Unknown{}, Live: "x"},
			},
		}}},
	}
}

func data() report.StackResult {
	return report.StackResult{
		Stack:  stack.Stack{ID: "infra/eu/data", Path: "infra/eu/data", Workspace: "default", Owners: []string{"@acme/data"}},
		Status: report.StatusFailed, Engine: report.Tool{Name: "tofu", Version: "1.12.6"}, Duration: 400 * time.Millisecond,
		Diagnostics: []engine.Diagnostic{{Severity: "error", Summary: "backend: AccessDenied", Detail: "User is not authorized to perform: s3:GetObject\nstatus code: 403", File: "infra/eu/data/backend.tf", Line: 2}},
		Hint:        "the scan role needs s3:GetObject on acme-state",
	}
}
