package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// A configuration is what Mooring must know of a root module before an engine runs: enough to choose the engine and to copy the right folders.
// Reading it never fails: what is wrong with the code is the engine's to say.
type configuration struct {
	RequiredVersions []string        // required_version of the root module, in files both engines read
	TofuVersions     []string        // the same in OpenTofu's own files, and compatible_with in language blocks
	Backend          string          // type of the backend block, "cloud" for a cloud block, "" for neither
	Encryption       bool            // an encryption block is present
	Variables        []variableBlock // of the root module
	Dirs             []string        // absolute paths of the root module and the local modules it calls, directly or not
	AllDirs          bool            // a local module is named by an expression: any folder may be one
	Up               map[string]int  // for each of Dirs, the longest run of "../" in its text
	Missing          []missingModule // local modules whose folder is not there
	seen             map[string]bool // directories read
}

// A variableBlock says where a root variable is declared.
type variableBlock struct {
	Name  string
	File  string // base name
	Lines [2]int // first and last

	Sensitive bool
	Default   hcl.Expression // nil: it has none
}

// A missingModule is a call of a local module that is not there.
type missingModule struct {
	Source string
	Dir    string // absolute path of the calling module
	File   string // base name
	Line   int
}

// readConfiguration reads the root module at the absolute path dir and the local modules below it in the call tree.
func readConfiguration(dir string) *configuration {
	c := &configuration{Up: map[string]int{}, seen: map[string]bool{}}
	c.module(filepath.Clean(dir), true)
	return c
}

func (c *configuration) module(dir string, root bool) {
	if c.seen[dir] {
		return
	}
	c.seen[dir] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	c.Dirs = append(c.Dirs, dir)
	for _, entry := range entries {
		if name := entry.Name(); !entry.IsDir() && isConfiguration(name) {
			if src, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
				c.file(dir, name, src, root)
			}
		}
	}
}

// isConfiguration tells whether an engine reads the file as part of a module. Which engine matters little here: reading too many files only
// copies a folder more.
func isConfiguration(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") {
		return false
	}
	for _, suffix := range []string{".tf", ".tf.json", ".tofu", ".tofu.json"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

var (
	moduleSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "terraform"}, {Type: "language"}, {Type: "module", LabelNames: []string{"name"}}, {Type: "variable", LabelNames: []string{"name"}},
	}}
	terraformSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "required_version"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "backend", LabelNames: []string{"type"}}, {Type: "cloud"}, {Type: "encryption"}},
	}
	languageSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "compatible_with"}}}
	tofuSchema     = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "opentofu"}}}

	variableSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "sensitive"}, {Name: "default"}}}
	callSchema     = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "source"}}}

	parents = regexp.MustCompile(`["'/\s]((?:\.\./)*\.\.)["'/\s]`)
)

func (c *configuration) file(dir, name string, src []byte, root bool) {
	for _, m := range parents.FindAllSubmatch(src, -1) {
		c.Up[dir] = max(c.Up[dir], strings.Count(string(m[1]), ".."))
	}
	var file *hcl.File
	if strings.HasSuffix(name, ".json") {
		file, _ = hcljson.Parse(src, name)
	} else {
		file, _ = hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	}
	if file == nil || file.Body == nil {
		return
	}
	content, _, _ := file.Body.PartialContent(moduleSchema)
	if content == nil {
		return
	}
	for _, block := range content.Blocks {
		switch block.Type {
		case "module":
			c.call(dir, name, block)
		case "terraform":
			if root {
				c.settings(block, strings.Contains(name, ".tofu"))
			}
		case "language":
			if root {
				c.language(block)
			}
		case "variable":
			if root {
				v := variableBlock{Name: block.Labels[0], File: name, Lines: [2]int{block.DefRange.Start.Line, block.DefRange.Start.Line}}
				if body, ok := block.Body.(*hclsyntax.Body); ok {
					v.Lines[1] = body.SrcRange.End.Line
				}
				if content, _, _ := block.Body.PartialContent(variableSchema); content != nil {
					v.read(content.Attributes)
				}
				c.Variables = append(c.Variables, v)
			}
		}
	}
}

func (v *variableBlock) read(attributes hcl.Attributes) {
	if a := attributes["sensitive"]; a != nil {
		value, diags := a.Expr.Value(nil)
		// What cannot be read may mean yes.
		v.Sensitive = diags.HasErrors() || value.Type() != cty.Bool || value.IsNull() || value.True()
	}
	if a := attributes["default"]; a != nil {
		v.Default = a.Expr
	}
}

func (c *configuration) call(dir, file string, block *hcl.Block) {
	content, _, _ := block.Body.PartialContent(callSchema)
	if content == nil || content.Attributes["source"] == nil {
		return
	}
	source, literal := literalString(content.Attributes["source"].Expr)
	switch {
	case !literal:
		c.AllDirs = true
	case strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == "..":
		called := filepath.Join(dir, filepath.FromSlash(source))
		if !exists(called) {
			c.Missing = append(c.Missing, missingModule{Source: source, Dir: dir, File: file, Line: block.DefRange.Start.Line})
			return
		}
		c.module(called, false)
	}
}

func (c *configuration) settings(block *hcl.Block, tofu bool) {
	content, _, _ := block.Body.PartialContent(terraformSchema)
	if content == nil {
		return
	}
	versions := &c.RequiredVersions
	if tofu {
		versions = &c.TofuVersions
	}
	addLiteral(versions, content.Attributes["required_version"])
	for _, b := range content.Blocks {
		switch b.Type {
		case "backend":
			c.Backend = b.Labels[0]
		case "cloud":
			c.Backend = "cloud"
		case "encryption":
			c.Encryption = true
		}
	}
}

// language reads a language block, by which OpenTofu 1.12 and later know what versions of theirs the code is for.
func (c *configuration) language(block *hcl.Block) {
	content, _, _ := block.Body.PartialContent(languageSchema)
	if content == nil {
		return
	}
	for _, b := range content.Blocks {
		if inner, _, _ := b.Body.PartialContent(tofuSchema); inner != nil {
			addLiteral(&c.TofuVersions, inner.Attributes["opentofu"])
		}
	}
}

// addLiteral adds the value of an attribute that is a plain string.
func addLiteral(to *[]string, attr *hcl.Attribute) {
	if attr == nil {
		return
	}
	if s, ok := literalString(attr.Expr); ok && !slices.Contains(*to, s) {
		*to = append(*to, s)
	}
}

// remote tells whether an engine may keep the plan, or run it, elsewhere.
func (c *configuration) remote() bool { return c.Backend == "cloud" || c.Backend == "remote" }

func literalString(expr hcl.Expression) (string, bool) {
	v, diags := expr.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type().FriendlyName() != "string" {
		return "", false
	}
	return v.AsString(), true
}
