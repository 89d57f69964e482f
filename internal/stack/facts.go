package stack

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/sync/errgroup"
)

// facts are what discovery needs to know of the configuration in one directory.
type facts struct {
	files     []string // names of the configuration files
	backend   *backend
	cloud     *cloud
	providers []string // "provider block in providers.tf:3"
	contents  bool     // holds a resource or a module call
	calls     []string // directories that local module calls point at
	variables []string // names of declared variables
	workspace bool     // refers to terraform.workspace
	problems  []Problem
}

type backend struct {
	kind     string
	settings map[string]bool
	at       string // file:line
}

type cloud struct {
	workspace string // the one it names
	selects   string // "tags" or "project" when it selects several
	at        string
}

// readFacts fills in the facts of every directory that holds configuration.
func (t *tree) readFacts(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, d := range t.list {
		names := d.configuration()
		if len(names) == 0 {
			continue
		}
		group.Go(func() error {
			f := &facts{files: names}
			for _, name := range names {
				if err := ctx.Err(); err != nil {
					return err
				}
				f.read(t.fsys, path.Join(d.path, name))
			}
			slices.Sort(f.calls)
			f.calls = slices.Compact(f.calls)
			d.facts = f
			return nil
		})
	}
	return group.Wait()
}

func (f *facts) read(fsys fs.FS, file string) {
	src, err := fs.ReadFile(fsys, file)
	if err != nil {
		f.problems = append(f.problems, Problem{File: file, Message: cause(err)})
		return
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff")) // some editors write it, the parser does not want it
	if bytes.Contains(src, []byte("terraform.workspace")) {
		f.workspace = true
	}
	if strings.HasSuffix(file, ".json") {
		parsed, diags := json.Parse(src, file)
		f.problems = append(f.problems, problems(file, diags)...)
		if parsed != nil {
			f.readBody(parsed.Body, file)
		}
		return
	}
	heads := headsOf(src)
	if heads.variable {
		f.variables = append(f.variables, variableNames(src)...)
	}
	if heads.resource {
		f.contents = true
	}
	if !heads.parse {
		return
	}
	parsed, diags := hclsyntax.ParseConfig(src, file, hcl.InitialPos)
	f.problems = append(f.problems, problems(file, diags)...)
	if parsed != nil { // what could be understood of a broken file still counts
		f.readBody(parsed.Body, file)
	}
}

// heads says which blocks a file may hold, read off the beginnings of its lines. A block's head always begins a line, so nothing is
// missed; a line of a heredoc or comment that looks like one costs a parse and decides nothing, except that it counts as contents.
type heads struct{ parse, resource, variable bool }

func headsOf(src []byte) heads {
	var h heads
	localSource := bytes.Contains(src, []byte(`"./`)) || bytes.Contains(src, []byte(`"../`))
	for line := range bytes.Lines(src) {
		line = bytes.TrimLeft(line, " \t")
		word, rest := cutWord(line)
		switch string(word) {
		case "terraform":
			h.parse = h.parse || bytes.HasPrefix(rest, []byte("{"))
		case "provider":
			h.parse = h.parse || bytes.HasPrefix(rest, []byte(`"`))
		case "resource":
			h.resource = h.resource || bytes.HasPrefix(rest, []byte(`"`))
		case "variable":
			h.variable = h.variable || bytes.HasPrefix(rest, []byte(`"`))
		case "module":
			if bytes.HasPrefix(rest, []byte(`"`)) {
				h.resource = true
				h.parse = h.parse || localSource
			}
		}
	}
	return h
}

// cutWord splits a line into its first word and what follows the blanks after it.
func cutWord(line []byte) (word, rest []byte) {
	end := bytes.IndexFunc(line, func(r rune) bool { return r < 'a' || r > 'z' })
	if end < 0 {
		return line, nil
	}
	return line[:end], bytes.TrimLeft(line[end:], " \t")
}

func variableNames(src []byte) []string {
	var names []string
	for line := range bytes.Lines(src) {
		if word, rest := cutWord(bytes.TrimLeft(line, " \t")); string(word) == "variable" && bytes.HasPrefix(rest, []byte(`"`)) {
			if name, _, found := bytes.Cut(rest[1:], []byte(`"`)); found {
				names = append(names, string(name))
			}
		}
	}
	return names
}

var rootSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "terraform"}, {Type: "provider", LabelNames: []string{"name"}}, {Type: "module", LabelNames: []string{"name"}},
	{Type: "resource", LabelNames: []string{"type", "name"}}, {Type: "variable", LabelNames: []string{"name"}},
}}

var terraformSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "backend", LabelNames: []string{"type"}}, {Type: "cloud"}}}

func (f *facts) readBody(body hcl.Body, file string) {
	// Diagnostics are of blocks with the wrong number of labels: the engine reports them, and the well-formed rest is kept.
	content, _, _ := body.PartialContent(rootSchema)
	for _, b := range content.Blocks {
		switch b.Type {
		case "terraform":
			f.readTerraform(b.Body)
		case "provider":
			f.providers = append(f.providers, "provider block in "+place(b.DefRange))
		case "module":
			f.contents = true
			if source, ok := stringAttribute(b.Body, "source"); ok {
				if target, local := localSource(path.Dir(file), source); local {
					f.calls = append(f.calls, target)
				}
			}
		case "resource":
			f.contents = true
		case "variable":
			if strings.HasSuffix(file, ".json") {
				f.variables = append(f.variables, b.Labels[0])
			}
		}
	}
}

func (f *facts) readTerraform(body hcl.Body) {
	content, _, _ := body.PartialContent(terraformSchema)
	for _, b := range content.Blocks {
		if b.Type == "backend" {
			settings := map[string]bool{}
			attributes, _ := b.Body.JustAttributes()
			for name := range attributes {
				settings[name] = true
			}
			f.backend = &backend{kind: b.Labels[0], settings: settings, at: place(b.DefRange)}
			continue
		}
		f.cloud = readCloud(b)
	}
}

func readCloud(b *hcl.Block) *cloud {
	c := &cloud{at: place(b.DefRange)}
	content, _, _ := b.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "workspaces"}}})
	for _, w := range content.Blocks {
		attributes, _ := w.Body.JustAttributes()
		if name, ok := stringAttribute(w.Body, "name"); ok {
			c.workspace = name
		}
		for _, several := range []string{"tags", "prefix"} {
			if attributes[several] != nil {
				c.selects = several
			}
		}
	}
	return c
}

// stringAttribute is the value of an attribute that needs nothing to be evaluated.
func stringAttribute(body hcl.Body, name string) (string, bool) {
	content, _, _ := body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: name}}})
	attr := content.Attributes[name]
	if attr == nil {
		return "", false
	}
	value, diags := attr.Expr.Value(nil)
	if diags.HasErrors() || value.IsNull() || !value.IsKnown() || value.Type() != cty.String {
		return "", false
	}
	return value.AsString(), true
}

// localSource is the directory that a module source written in dir points at, when it is a local one inside the repository.
func localSource(dir, source string) (string, bool) {
	if !strings.HasPrefix(source, "./") && !strings.HasPrefix(source, "../") && source != "." && source != ".." {
		return "", false
	}
	target := path.Join(dir, strings.ReplaceAll(source, "//", "/"))
	return target, fs.ValidPath(target)
}

// problems is the first error among diagnostics: those after it are mostly its echoes.
func problems(file string, diags hcl.Diagnostics) []Problem {
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		p := Problem{File: file, Message: d.Summary}
		if d.Detail != "" {
			p.Message += ": " + d.Detail
		}
		if d.Subject != nil {
			p.Line = d.Subject.Start.Line
		}
		return []Problem{p}
	}
	return nil
}

// place is file:line with the file's base name: the directory is named beside it.
func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", path.Base(r.Filename), r.Start.Line) }
