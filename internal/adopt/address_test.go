package adopt_test

import (
	"testing"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/drift"
)

// TestAddressFor names what people made beside the code.
func TestAddressFor(t *testing.T) {
	rogue := map[string]drift.Value{"metadata": []drift.Value{map[string]drift.Value{"name": "rogue-settings", "namespace": "shop"}}}
	for _, test := range []struct {
		name, typ, parent string
		attributes        map[string]drift.Value
		taken, want       string
	}{
		{"by its name", "aws_sqs_queue", "", map[string]drift.Value{"name": "Jobs.fifo"}, "", "aws_sqs_queue.jobs_fifo"},
		{"by the end of an ARN", "aws_iam_role_policy_attachment", "aws_iam_role.app", map[string]drift.Value{"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, "",
			"aws_iam_role_policy_attachment.read_only_access"},
		{"an object of Kubernetes", "kubernetes_config_map_v1", "kubernetes_namespace_v1.shop", rogue, "", "kubernetes_config_map_v1.rogue_settings"},
		{"as what it is part of", "aws_security_group_rule", "aws_security_group.lb", nil, "", "aws_security_group_rule.lb"},
		{"in the module of what it is part of", "aws_security_group_rule", "module.web.aws_security_group.lb", nil, "", "module.web.aws_security_group_rule.lb"},
		{"not in a module that exists more than once", "aws_security_group_rule", `module.web["a"].aws_security_group.lb`, nil, "", "aws_security_group_rule.lb"},
		{"with a number when the name is taken", "aws_sqs_queue", "", map[string]drift.Value{"name": "jobs"}, "aws_sqs_queue.jobs", "aws_sqs_queue.jobs_2"},
		{"with no name at all", "aws_sqs_queue", "", nil, "", "aws_sqs_queue.this"},
	} {
		f := drift.Finding{Type: test.typ, Attributes: test.attributes}
		if got := adopt.AddressFor(nil, test.parent, f, func(address string) bool { return address == test.taken }); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
