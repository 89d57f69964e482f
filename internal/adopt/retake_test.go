package adopt_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

// again lets a person delete a security group and make it anew, and returns the new id.
func (l *lab) again(name, description string) string {
	l.t.Helper()
	l.remove("aws_security_group", name)
	o, err := l.cloud.Create(byHand, "aws_security_group", map[string]any{"name": name, "description": description})
	if err != nil {
		l.t.Fatal(err)
	}
	return o.ID
}

// TestTakeWhatWasMadeInItsPlace proves what an offline plan cannot show: the state with the dead id is planned and applied by both engines, and
// no second object comes to be.
func TestTakeWhatWasMadeInItsPlace(t *testing.T) {
	for _, c := range []struct{ name, program, file string }{
		{"tofu", enginetest.Tofu(t), "retake.txtar"},
		{"terraform", enginetest.Terraform(t), "retake_terraform.txtar"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, _, code, expected := golden(t, c.file)
			l := newLabOn(t, c.name, c.program, "stack", code)
			made := map[string]string{}
			for name, address := range map[string]string{"lb": "aws_security_group.lb", "other": "aws_security_group.other", "tier-web": `aws_security_group.tier["web"]`,
				"moved": "aws_security_group.once_moved", "app": "module.inner.aws_security_group.app", "first": "module.first.aws_security_group.this"} {
				description := map[string]string{"lb": "load balancer", "other": "not as it was", "tier-web": "tier", "moved": "moved", "app": "application", "first": "called twice"}[name]
				made[address] = l.again(name, description)
			}
			in := l.input(nil)
			for i := range in.Findings {
				in.Findings[i].Successor = made[in.Findings[i].Address]
			}
			r, err := adopt.Solve(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for i, o := range r.Outcomes {
				if made[in.Findings[i].Address] != "" && (o.Status != adopt.StatusRefused || o.Refusals[0].Code != adopt.CodeDeleted) {
					t.Errorf("%s is not asked for: %+v", in.Findings[i].Address, o)
				}
			}
			for address := range made {
				in.Only = append(in.Only, address)
			}
			slices.Sort(in.Only)
			if r, err = adopt.Solve(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			settle(t, file, code, expected, map[string]string{"patch": diff(r), "outcomes": outcomes(in.Findings, r), "notes": notes(in.Findings, r)})

			for _, f := range r.Files {
				l.write(f.Path, f.After)
			}
			before := len(l.cloud.Objects())
			_, p := l.plan()
			taken, refused := 0, 0
			for _, i := range p.Instances {
				switch {
				case i.Action == drift.ActionNone: // an address that left the code and whose object is gone
				case i.Importing && i.Action == drift.ActionNoOp:
					taken++
				case i.Action == drift.ActionCreate && made[i.Address] != "":
					refused++
				case i.Action != drift.ActionNoOp && i.Action != drift.ActionForget && i.Type != "aws_vpc_security_group_ingress_rule":
					t.Errorf("with the edit the plan would %s %s", i.Action, i.Address)
				}
			}
			if taken != 2 || refused != 4 {
				t.Errorf("the plan takes %d objects and makes %d anew", taken, refused)
			}
			if err := l.engine.Apply(t.Context(), l.workdir()); err != nil {
				t.Fatal(describe(err))
			}
			if got := len(l.cloud.Objects()); got != before+refused {
				t.Errorf("%d objects after the apply, %d before: what was taken was made again", got, before)
			}
			if _, p = l.plan(); len(p.Instances) > 0 {
				t.Error(fmt.Sprint("after the apply the plan has ", p.Instances))
			}
		})
	}
}
