package stack

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

// isVarFile tells whether a file name is that of a variable file, and whether the engine reads it without being told.
func isVarFile(name string) (is, always bool) {
	base := strings.TrimSuffix(name, ".json")
	if !strings.HasSuffix(base, ".tfvars") {
		return false, false
	}
	return true, base == "terraform.tfvars" || strings.HasSuffix(base, ".auto.tfvars")
}

// varNames are the names that a variable file sets, sorted; nil when it cannot be read.
func (t *tree) varNames(file string) []string {
	src, err := fs.ReadFile(t.fsys, file)
	if err != nil {
		return nil
	}
	var parsed *hcl.File
	if strings.HasSuffix(file, ".json") {
		parsed, _ = json.Parse(src, file)
	} else {
		parsed, _ = hclsyntax.ParseConfig(src, file, hcl.InitialPos)
	}
	if parsed == nil {
		return nil
	}
	attributes, _ := parsed.Body.JustAttributes()
	return slices.Sorted(maps.Keys(attributes))
}

// requiredVariables are the variables of a root that have no default and that no file the engine reads by itself sets.
func (t *tree) requiredVariables(d *dir) []string {
	required := map[string]bool{}
	for _, name := range d.facts.files {
		src, err := fs.ReadFile(t.fsys, path.Join(d.path, name))
		if err != nil {
			continue
		}
		var parsed *hcl.File
		if strings.HasSuffix(name, ".json") {
			parsed, _ = json.Parse(src, name)
		} else if headsOf(src).variable {
			parsed, _ = hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		}
		if parsed == nil {
			continue
		}
		content, _, _ := parsed.Body.PartialContent(rootSchema)
		for _, b := range content.Blocks {
			if b.Type != "variable" {
				continue
			}
			inner, _, _ := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "default"}}})
			if inner.Attributes["default"] == nil {
				required[b.Labels[0]] = true
			}
		}
	}
	for _, name := range d.files {
		if _, always := isVarFile(name); always {
			for _, set := range t.varNames(path.Join(d.path, name)) {
				delete(required, set)
			}
		}
	}
	return slices.Sorted(maps.Keys(required))
}
