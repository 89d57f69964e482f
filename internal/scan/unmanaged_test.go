package scan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// TestUnmanagedOnDoubt: while a stack is missing, what an engine made or what has no managed parent may be that stack's.
func TestUnmanagedOnDoubt(t *testing.T) {
	list := []blame.Unmanaged{
		{Finding: drift.Finding{ID: "part", Type: "aws_security_group_rule"}, Stack: "prod", Attribution: blame.Attribution{Via: audit.ViaConsole}},
		{Finding: drift.Finding{ID: "applied", Type: "aws_security_group_rule"}, Stack: "prod", Attribution: blame.Attribution{Via: audit.ViaTerraform}},
		{Finding: drift.Finding{ID: "alone", Type: "aws_instance", IDs: []string{"i-1"}}, Attribution: blame.Attribution{Via: audit.ViaConsole}},
	}
	for _, incomplete := range []bool{false, true} {
		prod := &report.StackResult{Stack: stack.Stack{ID: "prod"}}
		warnings := addUnmanaged([]*report.StackResult{prod}, list, AttributeOptions{Incomplete: incomplete})
		wantFindings, wantWarnings := 2, 1
		if incomplete {
			wantFindings, wantWarnings = 1, 0
		}
		if len(prod.Findings) != wantFindings || len(warnings) != wantWarnings {
			t.Errorf("incomplete %v: %d findings and %d warnings, want %d and %d", incomplete, len(prod.Findings), len(warnings), wantFindings, wantWarnings)
		}
	}
}

// TestHomeOfWhatWasMadeBeside: an object that stands for itself goes to the only stack that has others of its type there.
func TestHomeOfWhatWasMadeBeside(t *testing.T) {
	managed := []blame.Managed{
		{Stack: "a", Address: "aws_sqs_queue.x", Type: "aws_sqs_queue", Account: "1", Region: "eu-west-1", Attributes: map[string]drift.Value{"id": "https://sqs/1/x"}},
		{Stack: "a", Address: "aws_instance.x", Type: "aws_instance", Account: "1", Region: "eu-west-1"},
		{Stack: "b", Address: "aws_instance.y", Type: "aws_instance", Account: "1", Region: "eu-west-1"},
		{Stack: "b", Address: "aws_iam_role.r", Type: "aws_iam_role", Account: "1"},
	}
	for name, c := range map[string]struct {
		typ, account, region string
		via                  audit.Via
		want                 string
	}{
		"the only one":       {"aws_sqs_queue", "1", "eu-west-1", audit.ViaConsole, "a"},
		"two could have it":  {"aws_instance", "1", "eu-west-1", audit.ViaConsole, ""},
		"another region":     {"aws_sqs_queue", "1", "us-east-1", audit.ViaConsole, ""},
		"another account":    {"aws_sqs_queue", "2", "eu-west-1", audit.ViaConsole, ""},
		"no account":         {"aws_sqs_queue", "", "eu-west-1", audit.ViaConsole, ""},
		"a type of no stack": {"aws_sns_topic", "1", "eu-west-1", audit.ViaConsole, ""},
		"a global service":   {"aws_iam_role", "1", "us-east-1", audit.ViaCLI, "b"},
		"some other code's":  {"aws_sqs_queue", "1", "eu-west-1", audit.ViaTerraform, ""},
	} {
		u := blame.Unmanaged{Finding: drift.Finding{Type: c.typ, Account: c.account, Region: c.region}, Attribution: blame.Attribution{Via: c.via}}
		got := ""
		if like := home(managed, u); like != nil {
			got = like.Stack
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	ids := []string{"AROAEXAMPLEEXAMPLE", "arn:aws:iam::1:role/r", "r"}
	for like, want := range map[string]string{"q": "r", "arn:aws:iam::1:role/q": "arn:aws:iam::1:role/r", "AROAANOTHERANOTHER": "AROAEXAMPLEEXAMPLE"} {
		if got := likeFirst(ids, like)[0]; got != want {
			t.Errorf("like %s: %s, want %s", like, got, want)
		}
	}
}

// TestWhatIsBesideIsBounded: a stack is not flooded by what people make in its account.
func TestWhatIsBesideIsBounded(t *testing.T) {
	o := AttributeOptions{Managed: []blame.Managed{{Stack: "a", Address: "aws_sqs_queue.x", Type: "aws_sqs_queue", Account: "1"}}}
	var list []blame.Unmanaged
	for i := range maxBeside + 5 {
		list = append(list, blame.Unmanaged{Finding: drift.Finding{ID: fmt.Sprint(i), Type: "aws_sqs_queue", Account: "1", IDs: []string{fmt.Sprint("https://sqs/1/q", i)}}})
	}
	st := &report.StackResult{Stack: stack.Stack{ID: "a"}}
	warnings := addUnmanaged([]*report.StackResult{st}, list, o)
	if len(st.Findings) != maxBeside || len(warnings) != 1 || !strings.Contains(warnings[0], "people made 5 resources") {
		t.Errorf("%d findings, and %v", len(st.Findings), warnings)
	}
	if got := st.Findings[0].Address; got != "aws_sqs_queue.q0" {
		t.Error(got)
	}
}
