package adopt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

var byHand = simcloud.By{Actor: trail.Pipeline("hand", "session"), Via: audit.ViaConsole, At: time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)}

// remove lets a person delete the objects of a type that have one of the names.
func (l *lab) remove(typ string, names ...string) {
	l.t.Helper()
	for _, o := range l.cloud.Objects() {
		if o.Type != typ || !slices.Contains(names, fmt.Sprint(o.Attributes()["name"])) {
			continue
		}
		if _, err := l.cloud.Delete(byHand, typ, o.ID); err != nil {
			l.t.Fatal(err)
		}
		names = slices.DeleteFunc(names, func(n string) bool { return n == o.Attributes()["name"] })
	}
	if len(names) > 0 {
		l.t.Fatalf("there is no %s called %v", typ, names)
	}
}

// golden reads a case: its files, and what is expected of it.
func golden(t *testing.T, name string) (file string, a, code *txtar.Archive, expected map[string]string) {
	t.Helper()
	file = filepath.Join("testdata", "deeds", name)
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code, expected = &txtar.Archive{Comment: a.Comment}, map[string]string{}
	for _, f := range a.Files {
		if rest, ok := cutPrefix(f.Name, "expected/"); ok {
			expected[rest] = string(f.Data)
			continue
		}
		code.Files = append(code.Files, f)
	}
	return file, a, code, expected
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

// settle compares with what is expected, or writes it with -update.
func settle(t *testing.T, file string, code *txtar.Archive, expected, got map[string]string) {
	t.Helper()
	if !*update {
		if d := cmp.Diff(expected, got); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
		return
	}
	out := &txtar.Archive{Comment: code.Comment, Files: slices.Clone(code.Files)}
	for _, name := range []string{"patch", "outcomes", "notes"} {
		if text, ok := got[name]; ok {
			out.Files = append(out.Files, txtar.File{Name: "expected/" + name, Data: []byte(text)})
		}
	}
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

func notes(findings []drift.Finding, r *adopt.Result) string {
	out := ""
	for i, o := range r.Outcomes {
		for _, n := range o.Notes {
			out += findings[i].Address + ": " + n + "\n"
		}
	}
	return out
}

func TestDropFromTheCode(t *testing.T) {
	file, _, code, expected := golden(t, "drop.txtar")
	l := newLab(t, "stack", code)
	l.remove("aws_sqs_queue", "alone", "worker-b", "refunds", "pool-2", "line-0", "used", "pair-a", "pair-b", "once", "twice-first", "json")

	findings, r := l.solve()
	for i, o := range r.Outcomes {
		if o.Status != adopt.StatusRefused || len(o.Refusals) != 1 || o.Refusals[0].Code != adopt.CodeDeleted {
			t.Errorf("%s is not asked for: %+v", findings[i].Address, o)
		}
	}
	if len(r.Files) > 0 || r.Proof != nil {
		t.Error("something was edited that nobody asked for")
	}

	var all []string
	for _, f := range findings {
		all = append(all, f.Address)
	}
	findings, r = l.solve(all...)
	settle(t, file, code, expected, map[string]string{"patch": diff(r), "outcomes": outcomes(findings, r), "notes": notes(findings, r)})
	for _, f := range r.Files {
		l.write(f.Path, f.After)
	}
	left := map[string]bool{"aws_sqs_queue.line[0]": true, "aws_sqs_queue.used": true, "module.first.aws_sqs_queue.this": true}
	_, after := l.plan()
	for _, i := range after.Instances {
		acts := i.Action != drift.ActionNoOp && i.Action != drift.ActionNone && i.Action != drift.ActionForget
		if acts != left[i.Address] {
			t.Errorf("with the edit the plan would %q %s", i.Action, i.Address)
		}
	}
	if err := l.engine.Apply(t.Context(), l.workdir()); err != nil {
		t.Fatal(describe(err))
	}
}

// made lets a person make an object, and returns the finding that an audit log would give.
func (l *lab) made(typ string, attributes map[string]any, address string, event map[string]drift.Value) drift.Finding {
	l.t.Helper()
	deed, err := l.cloud.Create(byHand, typ, attributes)
	if err != nil {
		l.t.Fatal(err)
	}
	return drift.Finding{ID: "f_" + address, Address: address, Type: typ, Kind: drift.KindUnmanaged, Action: string(drift.ActionNoOp), IDs: []string{deed.ID}, Attributes: event}
}

func TestTakeIntoTheCode(t *testing.T) {
	file, _, code, expected := golden(t, "bring.txtar")
	l := newLab(t, "stack", code)
	group := ""
	for _, o := range l.cloud.Objects() {
		if o.Type == "aws_security_group" {
			group = o.ID
		}
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme/*"}]}`
	found := []drift.Finding{
		l.made("aws_sqs_queue", map[string]any{"name": "returns", "visibility_timeout_seconds": 45, "tags": map[string]any{"Team": "core", "Env": "prod"}}, "aws_sqs_queue.returns", nil),
		l.made("aws_sqs_queue", map[string]any{"name": "claims", "tags": map[string]any{"Team": "core", "Env": "prod", "Owner": "alice"}}, "aws_sqs_queue.claims", nil),
		l.made("aws_iam_role_policy", map[string]any{"name": "debug", "role": "app", "policy": policy}, "aws_iam_role_policy.debug", map[string]drift.Value{"role": "app", "name": "debug"}),
		l.made("aws_vpc_security_group_ingress_rule", map[string]any{"security_group_id": group, "ip_protocol": "tcp", "from_port": 22, "to_port": 22,
			"cidr_ipv4": "10.0.0.0/8", "description": "for a minute"}, "module.web.aws_vpc_security_group_ingress_rule.lb", nil),
		l.made("aws_iam_role_policy", map[string]any{"name": "extra", "role": "twice-first", "policy": policy}, "aws_iam_role_policy.extra", map[string]drift.Value{"role": "twice-first"}),
		l.made("aws_ssm_parameter", map[string]any{"name": "/app/key", "type": "SecureString", "value": "canary-value"}, "aws_ssm_parameter.key", nil),
	}
	gone := drift.Finding{ID: "f_gone", Address: "aws_sqs_queue.gone", Type: "aws_sqs_queue", Kind: drift.KindUnmanaged, IDs: []string{"https://sqs.eu-west-1.amazonaws.com/111122223333/gone"}}
	found = append(found, gone)

	_, r := l.solveWith(found)
	for i, o := range r.Outcomes {
		if o.Status != adopt.StatusRefused || len(o.Refusals) != 1 || o.Refusals[0].Code != adopt.CodeUnmanaged {
			t.Errorf("%s is not asked for: %+v", found[i].Address, o)
		}
	}
	var all []string
	for _, f := range found {
		all = append(all, f.Address)
	}
	findings, r := l.solveWith(found, all...)
	settle(t, file, code, expected, map[string]string{"patch": diff(r), "outcomes": outcomes(findings, r), "notes": notes(findings, r)})
	for _, f := range r.Files {
		l.write(f.Path, f.After)
	}
	_, after := l.plan()
	imported := 0
	for _, i := range after.Instances {
		if i.Action != drift.ActionNoOp && i.Action != drift.ActionNone {
			t.Errorf("with the edit the plan would %s %s", i.Action, i.Address)
		}
		if i.Importing {
			imported++
		}
	}
	if strings.Contains(diff(r), "canary") {
		t.Error("a sensitive value is in the code")
	}
	if imported != 6 {
		t.Errorf("the plan imports %d objects", imported)
	}
	if err := l.engine.Apply(t.Context(), l.workdir()); err != nil {
		t.Fatal(describe(err))
	}
	if _, p := l.plan(); len(p.Instances) > 0 {
		t.Errorf("after the import the plan has %+v", p.Instances)
	}
}

func TestDropAndTakeOnTerraform(t *testing.T) {
	file, _, code, expected := golden(t, "terraform.txtar")
	l := newLabOn(t, "terraform", enginetest.Terraform(t), "stack", code)
	l.remove("aws_sqs_queue", "gone")
	found := []drift.Finding{l.made("aws_dynamodb_table", map[string]any{"name": "orders", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "range_key": "at",
		"attribute": []any{map[string]any{"name": "id", "type": "S"}, map[string]any{"name": "at", "type": "N"}}}, "aws_dynamodb_table.orders", nil)}
	findings, r := l.solveWith(found, "aws_sqs_queue.gone", "aws_dynamodb_table.orders")
	settle(t, file, code, expected, map[string]string{"patch": diff(r), "outcomes": outcomes(findings, r), "notes": notes(findings, r)})
	for _, f := range r.Files {
		l.write(f.Path, f.After)
	}
	if err := l.engine.Apply(t.Context(), l.workdir()); err != nil {
		t.Fatal(describe(err))
	}
	if _, p := l.plan(); len(p.Instances) > 0 {
		t.Errorf("after the apply the plan has %+v", p.Instances)
	}
}
