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
)

// A configuration is what Mooring must know of a root module before an engine runs: enough to choose the engine and to copy the right folders.
// Reading it never fails: what is wrong with the code is the engine's to say.
type configuration struct {
	RequiredVersions []string        // required_version of the root module
	Backend          string          // type of the backend block, "cloud" for a cloud block, "" for neither
	Encryption       bool            // an encryption block is present
	Variables        []variableBlock // of the root module
	Dirs             []string        // absolute paths of the root module and the local modules it calls, directly or not
	AllDirs          bool            // a local module is named by an expression: any folder may be one
	Up               map[string]int  // for each of Dirs, the longest run of "../" in its text
	seen             map[string]bool // directories read
}

// A variableBlock says where a root variable is declared.
type variableBlock struct {
	Name  string
	File  string // base name
	Lines [2]int // first and last
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
		{Type: "terraform"}, {Type: "module", LabelNames: []string{"name"}}, {Type: "variable", LabelNames: []string{"name"}},
	}}
	terraformSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "required_version"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "backend", LabelNames: []string{"type"}}, {Type: "cloud"}, {Type: "encryption"}},
	}
	callSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "source"}}}

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
			c.call(dir, block)
		case "terraform":
			if root {
				c.settings(block)
			}
		case "variable":
			if root {
				v := variableBlock{Name: block.Labels[0], File: name, Lines: [2]int{block.DefRange.Start.Line, block.DefRange.Start.Line}}
				if body, ok := block.Body.(*hclsyntax.Body); ok {
					v.Lines[1] = body.SrcRange.End.Line
				}
				c.Variables = append(c.Variables, v)
			}
		}
	}
}

func (c *configuration) call(dir string, block *hcl.Block) {
	content, _, _ := block.Body.PartialContent(callSchema)
	if content == nil || content.Attributes["source"] == nil {
		return
	}
	source, literal := literalString(content.Attributes["source"].Expr)
	switch {
	case !literal:
		c.AllDirs = true
	case strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == "..":
		c.module(filepath.Join(dir, filepath.FromSlash(source)), false)
	}
}

func (c *configuration) settings(block *hcl.Block) {
	content, _, _ := block.Body.PartialContent(terraformSchema)
	if content == nil {
		return
	}
	if attr := content.Attributes["required_version"]; attr != nil {
		if s, ok := literalString(attr.Expr); ok && !slices.Contains(c.RequiredVersions, s) {
			c.RequiredVersions = append(c.RequiredVersions, s)
		}
	}
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

// remote tells whether an engine may keep the plan, or run it, elsewhere.
func (c *configuration) remote() bool { return c.Backend == "cloud" || c.Backend == "remote" }

func literalString(expr hcl.Expression) (string, bool) {
	v, diags := expr.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type().FriendlyName() != "string" {
		return "", false
	}
	return v.AsString(), true
}
