package comparison

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// edit changes a file of the tree; one that is not there begins empty.
func (w *world) edit(file string, change func(*hclwrite.Body) error) error {
	full := filepath.Join(w.tree, filepath.FromSlash(file))
	src, err := os.ReadFile(full)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	f, diags := hclwrite.ParseConfig(src, file, hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	if err := change(f.Body()); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(full, f.Bytes(), 0o644)
}

func expression(text string) hclwrite.Tokens {
	return hclwrite.Tokens{{Type: hclsyntax.TokenIdent, Bytes: []byte(text)}}
}

// set gives an argument of a top-level block an expression.
func (w *world) set(file, typ string, labels []string, name, text string) error {
	return w.edit(file, func(b *hclwrite.Body) error {
		block := b.FirstMatchingBlock(typ, labels)
		if block == nil {
			return fmt.Errorf("there is no %s %v", typ, labels)
		}
		block.Body().SetAttributeRaw(name, expression(text))
		return nil
	})
}

// assign sets a variable in a variable file.
func (w *world) assign(file, name, text string) error {
	return w.edit(file, func(b *hclwrite.Body) error {
		if b.GetAttribute(name) == nil {
			b.AppendNewline()
		}
		b.SetAttributeRaw(name, expression(text))
		return nil
	})
}

// declare adds a variable with a default.
func (w *world) declare(file, name, text string) error {
	return w.edit(file, func(b *hclwrite.Body) error {
		b.AppendNewline() // a file may end without one
		b.AppendNewBlock("variable", []string{name}).Body().SetAttributeRaw("default", expression(text))
		return nil
	})
}

// remove takes a top-level block out, and returns how to put it back.
func (w *world) remove(file, typ string, labels []string) (restore func() error, err error) {
	var taken *hclwrite.Block
	err = w.edit(file, func(b *hclwrite.Body) error {
		taken = b.FirstMatchingBlock(typ, labels)
		if taken == nil {
			return fmt.Errorf("there is no %s %v", typ, labels)
		}
		b.RemoveBlock(taken)
		return nil
	})
	return func() error {
		return w.edit(file, func(b *hclwrite.Body) error {
			b.AppendNewline()
			b.AppendBlock(taken)
			return nil
		})
	}, err
}
