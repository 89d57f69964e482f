package compare_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// many are environments of one design, each with as many resources, ids and names of its own, some references, and one difference in fifty.
func many(b *testing.B, environments, resources int) (compare.Group, []compare.Stack) {
	b.Helper()
	var code strings.Builder
	code.WriteString("variable \"environment\" { type = string }\nvariable \"size\" { default = \"t3.micro\" }\n")
	for n := range resources {
		fmt.Fprintf(&code, "resource \"aws_instance\" \"r%d\" {\n  instance_type = var.size\n  subnet_id = aws_instance.r%d.id\n  tags = { Name = \"r%d-${var.environment}\" }\n}\n", n, (n+1)%resources, n)
	}
	fsys := fstest.MapFS{"infra/main.tf": {Data: []byte(code.String())}}
	attribute := func(kind string, computed bool) *drift.Attribute {
		return &drift.Attribute{Type: &drift.Type{Kind: kind}, Optional: !computed, Computed: computed}
	}
	schema := &drift.Block{Attributes: map[string]*drift.Attribute{
		"id": attribute("string", true), "arn": attribute("string", true), "instance_type": attribute("string", false), "subnet_id": attribute("string", false),
		"tags": {Type: &drift.Type{Kind: "map", Elem: &drift.Type{Kind: "string"}}, Optional: true},
	}}
	for n := range 20 {
		schema.Attributes[fmt.Sprintf("more_%d", n)] = attribute("string", false)
	}
	var stacks []compare.Stack
	var outlines []compare.Outline
	for e := range environments {
		name := fmt.Sprintf("env%d", e)
		size := "t3.micro"
		fsys["infra/"+name+".tfvars"] = &fstest.MapFile{Data: []byte(fmt.Sprintf("environment = %q\n", name))}
		tree, err := module.Load(fsys, "infra", module.Options{VarFiles: []string{name + ".tfvars"}})
		if err != nil {
			b.Fatal(err)
		}
		s := compare.Stack{ID: "infra:" + name, Path: "infra", VarFiles: []string{name + ".tfvars"}, Tree: tree}
		for n := range resources {
			values := map[string]drift.Value{
				"id": fmt.Sprintf("i-%02d%06d", e, n), "arn": fmt.Sprintf("arn:aws:ec2:eu-west-1:%012d:instance/i-%02d%06d", e+1, e, n),
				"instance_type": size, "subnet_id": fmt.Sprintf("i-%02d%06d", e, (n+1)%resources),
				"tags": map[string]drift.Value{"Name": fmt.Sprintf("r%d-%s", n, name), "count": json.Number("1").String()},
			}
			for k := range 20 {
				values[fmt.Sprintf("more_%d", k)] = fmt.Sprintf("value %d of %s in arn:aws:s3:::bucket-%s/path", k, name, name)
			}
			inst := compare.Instance{Address: fmt.Sprintf("aws_instance.r%d", n), Type: "aws_instance", Provider: "registry.opentofu.org/hashicorp/aws", Code: values, Live: values, Schema: schema}
			if n%50 == e {
				live := map[string]drift.Value{}
				for k, v := range values {
					live[k] = v
				}
				live["instance_type"] = "t3.large"
				inst.Live = live
				s.Findings = append(s.Findings, compare.Finding{Finding: drift.Finding{ID: fmt.Sprint(e, n), Address: inst.Address, Kind: drift.KindDrift, Changes: []drift.Change{{Path: "instance_type", Kind: drift.KindDrift}}}})
			}
			s.Instances = append(s.Instances, inst)
		}
		stacks = append(stacks, s)
		outlines = append(outlines, compare.Outline{ID: s.ID, Path: s.Path, VarFiles: s.VarFiles})
	}
	return compare.Declare("web", outlines), stacks
}

// BenchmarkTenEnvironments compares 10 environments of 500 resources each, after their plans were read.
func BenchmarkTenEnvironments(b *testing.B) {
	g, stacks := many(b, 10, 500)
	b.ReportAllocs()
	for b.Loop() {
		c := compare.Run(g, stacks, compare.Options{Now: now})
		if c.Matched != 500 || c.Count(compare.Drift) != 100 || len(c.Differences) != 100 {
			b.Fatalf("matched %d, %d drifted of %d", c.Matched, c.Count(compare.Drift), len(c.Differences))
		}
	}
}

// BenchmarkThirtyEnvironments: thirty are compared with their neighbours and the first, not each with each.
func BenchmarkThirtyEnvironments(b *testing.B) {
	g, stacks := many(b, 30, 100)
	b.ReportAllocs()
	for b.Loop() {
		if c := compare.Run(g, stacks, compare.Options{Now: now}); c.Matched != 100 {
			b.Fatal(c.Matched)
		}
	}
}
