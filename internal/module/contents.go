package module

import (
	"maps"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// add takes the blocks of a primary file into the module.
func (m *Module) add(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		switch {
		case (b.Type == "resource" || b.Type == "data") && len(b.Labels) == 2:
			r := newResource(m, b)
			m.Resources[r.Key()] = r
		case b.Type == "variable" && len(b.Labels) == 1:
			m.Variables[b.Labels[0]] = newVariable(b)
		case b.Type == "output" && len(b.Labels) == 1:
			m.Outputs[b.Labels[0]] = newOutput(b)
		case b.Type == "module" && len(b.Labels) == 1:
			m.Calls[b.Labels[0]] = newCall(b)
		case b.Type == "locals":
			maps.Copy(m.Locals, b.Body.Attributes)
		case b.Type == "provider":
			m.Providers = append(m.Providers, b)
		case b.Type == "terraform":
			m.Terraform = append(m.Terraform, b)
		case b.Type == "import":
			m.Imports = append(m.Imports, b)
		case b.Type == "moved":
			m.Moves = append(m.Moves, b)
		case b.Type == "removed":
			m.Removals = append(m.Removals, b)
		}
	}
}

// override merges the blocks of an override file, as the engine does: attribute by attribute, nested blocks by type.
// What it names and no primary file has is an error of the engine's, and is left out here.
func (m *Module) override(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		switch {
		case (b.Type == "resource" || b.Type == "data") && len(b.Labels) == 2:
			key := resourceKey(b.Type == "data", b.Labels[0], b.Labels[1])
			if old := m.Resources[key]; old != nil {
				r := newResource(m, mergeBlocks(old.Block, b))
				r.Merged = true
				m.Resources[key] = r
			}
		case b.Type == "variable" && len(b.Labels) == 1:
			if old := m.Variables[b.Labels[0]]; old != nil {
				m.Variables[b.Labels[0]] = newVariable(mergeBlocks(old.Block, b))
			}
		case b.Type == "output" && len(b.Labels) == 1:
			if old := m.Outputs[b.Labels[0]]; old != nil {
				m.Outputs[b.Labels[0]] = newOutput(mergeBlocks(old.Block, b))
			}
		case b.Type == "module" && len(b.Labels) == 1:
			if old := m.Calls[b.Labels[0]]; old != nil {
				m.Calls[b.Labels[0]] = newCall(mergeBlocks(old.Block, b))
			}
		case b.Type == "locals":
			maps.Copy(m.Locals, b.Body.Attributes)
		case b.Type == "provider":
			m.Providers = append(m.Providers, b)
		case b.Type == "terraform":
			m.Terraform = append(m.Terraform, b)
		}
	}
}

// mergeBlocks lays over upon base. The result has base's ranges, and each attribute those of the file that it comes from.
func mergeBlocks(base, over *hclsyntax.Block) *hclsyntax.Block {
	merged := *base
	body := *base.Body
	body.Attributes = maps.Clone(base.Body.Attributes)
	if body.Attributes == nil {
		body.Attributes = hclsyntax.Attributes{}
	}
	maps.Copy(body.Attributes, over.Body.Attributes)
	replaced := map[string]bool{}
	for _, b := range over.Body.Blocks {
		replaced[blockName(b)] = true
	}
	body.Blocks = nil
	for _, b := range base.Body.Blocks {
		if b.Type == "lifecycle" && replaced["lifecycle"] {
			for _, o := range over.Body.Blocks {
				if o.Type == "lifecycle" {
					b = mergeBlocks(b, o)
				}
			}
			body.Blocks = append(body.Blocks, b)
			continue
		}
		if !replaced[blockName(b)] {
			body.Blocks = append(body.Blocks, b)
		}
	}
	hadLifecycle := false
	for _, b := range base.Body.Blocks {
		hadLifecycle = hadLifecycle || b.Type == "lifecycle"
	}
	for _, b := range over.Body.Blocks {
		if b.Type != "lifecycle" || !hadLifecycle {
			body.Blocks = append(body.Blocks, b)
		}
	}
	merged.Body = &body
	return &merged
}

// blockName is the block type that a nested block stands for, dynamic or not.
func blockName(b *hclsyntax.Block) string {
	if b.Type == "dynamic" && len(b.Labels) == 1 {
		return b.Labels[0]
	}
	return b.Type
}

func newResource(m *Module, b *hclsyntax.Block) *Resource {
	return &Resource{Module: m, Data: b.Type == "data", Type: b.Labels[0], Name: b.Labels[1], Block: b,
		Count: expr(b, "count"), ForEach: expr(b, "for_each")}
}

func newVariable(b *hclsyntax.Block) *Variable {
	v := &Variable{Name: b.Labels[0], Block: b, Type: expr(b, "type"), Default: b.Body.Attributes["default"],
		Sensitive: literalBool(b.Body.Attributes["sensitive"]), Ephemeral: literalBool(b.Body.Attributes["ephemeral"])}
	if a := b.Body.Attributes["nullable"]; a != nil && !literalBool(a) {
		v.NotNull = true
	}
	return v
}

func newOutput(b *hclsyntax.Block) *Output {
	return &Output{Name: b.Labels[0], Block: b, Value: b.Body.Attributes["value"], Sensitive: literalBool(b.Body.Attributes["sensitive"])}
}

func newCall(b *hclsyntax.Block) *Call {
	return &Call{Name: b.Labels[0], Block: b, Source: literalString(expr(b, "source")), Count: expr(b, "count"), ForEach: expr(b, "for_each")}
}

func expr(b *hclsyntax.Block, name string) hclsyntax.Expression {
	if a := b.Body.Attributes[name]; a != nil {
		return a.Expr
	}
	return nil
}
