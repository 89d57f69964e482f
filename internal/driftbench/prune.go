package driftbench

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A pruner takes out of a tree what cannot work on one machine (a value that only the real service would give, a file that the archive does
// not hold), and what refers to that. What it took is counted; cases are picked from what is left.
type pruner struct {
	tree string
	root string // of the stack
	cut  int
}

var errorPlace = regexp.MustCompile(`on (\S+\.tf) line (\d+)`)

// places are the files, from the project's root, and lines that an engine complained about.
func (p *pruner) places(message string) map[string][]int {
	out := map[string][]int{}
	for _, m := range errorPlace.FindAllStringSubmatch(strings.Join(strings.Fields(strings.ReplaceAll(message, "│", " ")), " "), -1) {
		line, err := strconv.Atoi(m[2])
		name := path.Join(p.root, m[1])
		if err == nil && !strings.HasPrefix(name, "..") && !slices.Contains(out[name], line) {
			out[name] = append(out[name], line)
		}
	}
	return out
}

// prune cuts what is at the places of a message. False when nothing could be cut.
func (p *pruner) prune(message string) (bool, error) {
	all, err := readReachable(os.DirFS(p.tree), p.root)
	if err != nil {
		return false, err
	}
	gone := map[string]map[string]bool{} // directory -> names as they are referred to
	list := map[string][]splice{}
	for name, lines := range p.places(message) {
		f := all[path.Dir(name)]
		if f == nil || f.files[name] == nil {
			continue
		}
		for _, b := range f.files[name].Blocks {
			for _, line := range lines {
				if r := whole(b); line >= r.Start.Line && line <= r.End.Line {
					p.take(f, name, b, line, gone, list)
				}
			}
		}
	}
	if len(list) == 0 {
		return false, nil
	}
	p.follow(all, gone, list)
	for name, cuts := range list {
		f := all[path.Dir(name)]
		if err := os.WriteFile(filepath.Join(p.tree, filepath.FromSlash(name)), spliced(f.src[name], outermost(cuts)), 0o644); err != nil {
			return false, err
		}
	}
	return true, nil
}

// outermost drops splices that lie within another.
func outermost(list []splice) []splice {
	slices.SortFunc(list, func(a, b splice) int {
		if a.Start.Byte != b.Start.Byte {
			return a.Start.Byte - b.Start.Byte
		}
		return b.End.Byte - a.End.Byte
	})
	var out []splice
	for _, s := range list {
		if len(out) == 0 || s.Start.Byte >= out[len(out)-1].End.Byte {
			out = append(out, s)
		}
	}
	return out
}

// take cuts one block, or the local that the line is in, or loosens a variable.
func (p *pruner) take(f *folder, name string, b *hclsyntax.Block, line int, gone map[string]map[string]bool, list map[string][]splice) {
	switch b.Type {
	case "terraform":
		return
	case "variable":
		list[name] = append(list[name], splice{whole(b), fmt.Sprintf("variable %q {\n  type    = any\n  default = null\n}", b.Labels[0])})
		return
	case "provider": // without it what it made could not even be deleted
		text := fmt.Sprintf("provider %q {\n", b.Labels[0])
		if alias := literal(b.Body.Attributes["alias"]); alias != "" {
			text += fmt.Sprintf("  alias = %q\n", alias)
		}
		list[name] = append(list[name], splice{whole(b), text + "}"})
		return
	case "locals":
		for _, local := range sorted(b.Body.Attributes) {
			if a := b.Body.Attributes[local]; line >= a.SrcRange.Start.Line && line <= a.SrcRange.End.Line {
				p.cutLocal(f, name, local, a, gone, list)
			}
		}
		return
	}
	p.cutBlock(f, name, b, gone, list)
}

func mark(gone map[string]map[string]bool, dir, name string) bool {
	if gone[dir] == nil {
		gone[dir] = map[string]bool{}
	}
	fresh := !gone[dir][name]
	gone[dir][name] = true
	return fresh
}

func (p *pruner) cutLocal(f *folder, name, local string, a *hclsyntax.Attribute, gone map[string]map[string]bool, list map[string][]splice) {
	if mark(gone, f.dir, "local."+local) {
		p.cut++
		list[name] = append(list[name], splice{Range: a.SrcRange})
	}
}

func (p *pruner) cutBlock(f *folder, name string, b *hclsyntax.Block, gone map[string]map[string]bool, list map[string][]splice) {
	if mark(gone, f.dir, strings.TrimPrefix(strings.Join(append([]string{b.Type}, b.Labels...), ".")+suffix(b), "resource.")) {
		p.cut++
		list[name] = append(list[name], splice{Range: whole(b)})
	}
}

// suffix tells blocks apart that nothing refers to.
func suffix(b *hclsyntax.Block) string {
	switch b.Type {
	case "resource", "data", "module", "output":
		return ""
	}
	return fmt.Sprintf("@%s:%d", b.TypeRange.Filename, b.TypeRange.Start.Line)
}

// follow cuts what refers to something that is gone, until nothing does.
func (p *pruner) follow(all map[string]*folder, gone map[string]map[string]bool, list map[string][]splice) {
	for {
		before := p.cut
		for _, dir := range reachable(all, p.root) {
			f := all[dir]
			for _, b := range f.blocks {
				switch b.Type {
				case "terraform", "variable":
				case "locals":
					for _, local := range sorted(b.Body.Attributes) {
						if a := b.Body.Attributes[local]; f.refers(all, a.Expr, gone) {
							p.cutLocal(f, b.file, local, a, gone, list)
						}
					}
				default:
					lost := false
					expressions(b.Body, func(_ string, x hclsyntax.Expression) { lost = lost || f.refers(all, x, gone) })
					switch {
					case lost && b.Type == "provider":
						if mark(gone, f.dir, "provider"+suffix(b.Block)) {
							p.take(f, b.file, b.Block, 0, gone, list)
						}
					case lost:
						p.cutBlock(f, b.file, b.Block, gone, list)
					}
				}
			}
		}
		if p.cut == before {
			return
		}
	}
}

// refers tells whether an expression reads something that is gone, or an output that is gone of a module.
func (f *folder) refers(all map[string]*folder, x hclsyntax.Expression, gone map[string]map[string]bool) bool {
	for _, c := range chains(x) {
		for n := 2; n <= 3 && n <= len(c); n++ {
			if gone[f.dir][strings.Join(c[:n], ".")] {
				return true
			}
		}
		if c[0] != "module" || len(c) < 3 || f.calls[c[1]] == nil {
			continue
		}
		if rest := withoutIndex(c[2:]); len(rest) > 0 {
			if dir, local := f.called(f.calls[c[1]]); local && gone[dir]["output."+rest[0]] {
				return true
			}
		}
	}
	return false
}

// withProviders declares the provider configurations that a root names and does not have: roots of this kind are given them from outside.
func (f *folder) withProviders() string {
	have := map[string]bool{}
	for _, b := range f.blocks {
		if b.Type == "provider" && len(b.Labels) == 1 {
			have[b.Labels[0]+"."+literal(b.Body.Attributes["alias"])] = true
		}
	}
	var text strings.Builder
	need := func(x hclsyntax.Expression) {
		for _, tr := range x.Variables() {
			if len(tr) != 2 {
				continue
			}
			alias, ok := tr[1].(hcl.TraverseAttr)
			if key := tr.RootName() + "." + alias.Name; ok && !have[key] {
				have[key] = true
				fmt.Fprintf(&text, "provider %q {\n  alias = %q\n}\n", tr.RootName(), alias.Name)
			}
		}
	}
	for _, b := range f.blocks {
		if a := b.Body.Attributes["provider"]; a != nil && (b.Type == "resource" || b.Type == "data") {
			need(a.Expr)
		}
		if a := b.Body.Attributes["providers"]; a != nil && b.Type == "module" {
			if object, ok := a.Expr.(*hclsyntax.ObjectConsExpr); ok {
				for _, item := range object.Items {
					need(item.ValueExpr)
				}
			}
		}
	}
	return text.String()
}
