package comparison

import (
	"fmt"

	"github.com/mooringdev/mooring/internal/driftbench"
)

// A Layout is how a project keeps the environments of one design.
type Layout struct {
	Project string
	Name    string
	Kind    string // "roots" of their own, or one "directory" with variable files
	// Environments in the order of promotion. For a directory the last is planned last.
	Environments []driftbench.Environment
}

// Layouts are the designs that are measured, in the projects that package driftbench knows.
func Layouts() []Layout {
	var out []Layout
	roots := func(project, name, pattern string, names ...string) {
		l := Layout{Project: project, Name: name, Kind: "roots"}
		for _, n := range names {
			l.Environments = append(l.Environments, driftbench.Environment{Name: n, Path: fmt.Sprintf(pattern, n)})
		}
		out = append(out, l)
	}
	directory := func(project, name, root string, names []string, patterns ...string) {
		l := Layout{Project: project, Name: name, Kind: "directory"}
		for _, n := range names {
			e := driftbench.Environment{Name: n, Path: root, Workspace: n}
			for _, p := range patterns {
				e.VarFiles = append(e.VarFiles, fmt.Sprintf(p, n))
			}
			l.Environments = append(l.Environments, e)
		}
		out = append(out, l)
	}
	// copies are a project's root once for each environment, as teams keep it who copy a directory for the next environment.
	copies := func(project, name, root string, names []string, patterns ...string) {
		l := Layout{Project: project, Name: name, Kind: "roots"}
		for _, n := range names {
			e := driftbench.Environment{Name: n, Path: root + "-" + n, CopyOf: root}
			for _, p := range patterns {
				e.VarFiles = append(e.VarFiles, fmt.Sprintf(p, n))
			}
			l.Environments = append(l.Environments, e)
		}
		out = append(out, l)
	}
	govuk := []string{"integration", "staging", "production"}
	roots("CDCgov/prime-reportstream", "reportstream", "operations/app/terraform/vars/%s", "test", "staging", "prod")
	roots("rust-lang/simpleinfra", "assets-backup", "terraform/assets-backup-%s", "staging", "prod")
	directory("alphagov/govuk-infrastructure", "chat", "terraform/deployments/chat", govuk, "../../variables/%s/common.tfvars", "../../variables/%s/chat.tfvars")
	directory("alphagov/govuk-infrastructure", "vpc", "terraform/deployments/vpc", govuk, "../../variables/%s/common.tfvars", "../../variables/%s/vpc.tfvars")
	directory("alphagov/govuk-infrastructure", "csp-reporter", "terraform/deployments/csp-reporter", govuk, "../../variables/%s/common.tfvars", "../../variables/%s/csp-reporter.tfvars")
	copies("alphagov/govuk-infrastructure", "csp-reporter-copies", "terraform/deployments/csp-reporter", govuk, "../../variables/%s/common.tfvars", "../../variables/%s/csp-reporter.tfvars")
	copies("cds-snc/notification-terraform", "rds-copies", "aws/rds", []string{"dev", "staging", "production"}, "../../env/%s_config.tfvars")
	directory("2i2c-org/infrastructure", "gcp", "terraform/gcp", []string{"leap", "hhmi", "cloudbank"}, "projects/%s.tfvars")
	directory("2i2c-org/infrastructure", "aws", "terraform/aws", []string{"nasa-veda", "opensci", "openscapeshub"}, "projects/%s.tfvars")
	directory("cds-snc/notification-terraform", "rds", "aws/rds", []string{"dev", "staging", "production"}, "../../env/%s_config.tfvars")
	return out
}
