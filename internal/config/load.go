package config

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// An Error is everything that is wrong with a file.
type Error struct {
	Diagnostics hcl.Diagnostics
	files       map[string]*hcl.File
}

// Error writes each diagnostic with file, line, the source line and what to do. It ends without a newline.
func (e *Error) Error() string { return strings.TrimSpace(e.Text(false)) }

// Text is Error, coloured for a terminal if asked.
func (e *Error) Text(color bool) string {
	var out strings.Builder
	// Writing to a strings.Builder cannot fail, and no diagnostic is nil.
	_ = hcl.NewDiagnosticTextWriter(&out, e.files, 0, color).WriteDiagnostics(e.Diagnostics)
	return out.String()
}

// Load reads the file called name in fsys. Without such a file it gives the defaults.
// The error is an [Error] when the file could be read but not understood.
func Load(fsys fs.FS, name string) (*Config, error) {
	src, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		src, name = nil, ""
	} else if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return Parse(src, name)
}

// Parse reads a configuration from its text; name is for messages.
func Parse(src []byte, name string) (*Config, error) {
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	fail := func(diags hcl.Diagnostics) error {
		slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int { return position(a) - position(b) })
		return &Error{Diagnostics: diags, files: map[string]*hcl.File{name: file}}
	}
	if diags.HasErrors() {
		return nil, fail(diags)
	}
	raw := withDefaults(&fileBlock{}).(*fileBlock)
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil, fmt.Errorf("%s is not in HCL's native syntax", name)
	}
	if diags = checkNames(body, raw); diags.HasErrors() {
		return nil, fail(diags)
	}
	if diags = gohcl.DecodeBody(body, nil, raw); diags.HasErrors() {
		return nil, fail(diags)
	}
	c, diags := compile(raw, body)
	if diags.HasErrors() {
		return nil, fail(diags)
	}
	c.File = name
	return c, nil
}

// position orders diagnostics as the file does; gohcl visits settings in the order of a map.
func position(d *hcl.Diagnostic) int {
	if d.Subject == nil {
		return 0
	}
	return d.Subject.Start.Byte
}
