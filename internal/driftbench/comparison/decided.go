package comparison

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/mooringdev/mooring/internal/compare"
)

// give makes a new variable of the code that a target is in, and lets one environment set it. Nil when the way there is longer than a call.
func (b *bench) give(t *target, name string) (declare func(w *world, text string) error, set func(w *world, e int, text string) error) {
	declare = func(w *world, text string) error { return w.declare(t.files[0], name, text) }
	switch {
	case !t.shared:
		return nil, nil
	case b.l.Kind == "directory" && len(t.module) == 0:
		return declare, func(w *world, e int, text string) error {
			files := b.d.Environments[e].VarFiles
			return w.assign(path.Join(b.d.Environments[e].Path, files[len(files)-1]), name, text)
		}
	case b.l.Kind == "roots" && len(t.module) == 1:
		return declare, func(w *world, e int, text string) error {
			file := b.callFile(e, t.module[0])
			return w.set(file, "module", []string{t.module[0]}, name, text)
		}
	}
	return nil, nil
}

// callFile is the file of an environment's root that holds a module call.
func (b *bench) callFile(e int, call string) string {
	files, err := filepath.Glob(filepath.Join(b.d.Tree, filepath.FromSlash(b.d.Environments[e].Path), "*.tf"))
	if err != nil {
		return ""
	}
	for _, f := range files {
		if src, err := os.ReadFile(f); err == nil && strings.Contains(string(src), fmt.Sprintf("module %q", call)) {
			return b.root(e, filepath.Base(f))
		}
	}
	return ""
}

func (b *bench) variable(t *target, name string) *plant {
	declare, set := b.give(t, name)
	if declare == nil {
		return nil
	}
	e := b.one()
	return &plant{
		Case: Case{How: "a variable decides", Class: string(compare.Intended), Path: t.attribute},
		begin: func(w *world) error {
			reference := w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, "var."+name)
			return firstOf(reference, declare(w, t.text), set(w, e, t.other))
		},
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) condition(t *target, _ string) *plant {
	if b.l.Kind != "directory" || !t.shared {
		return nil
	}
	e := b.d.Environments[b.one()]
	return &plant{
		Case: Case{How: "a condition on the workspace", Class: string(compare.Intended), Path: t.attribute},
		begin: func(w *world) error {
			return w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, fmt.Sprintf("terraform.workspace == %q ? %s : %s", e.Workspace, t.other, t.text))
		},
	}
}

func (b *bench) counted(t *target, name string) *plant {
	declare, set := b.give(t, name)
	if declare == nil || !t.unread {
		return nil
	}
	e := b.one()
	return &plant{
		Case: Case{How: "a variable counts it", Class: string(compare.Missing)},
		begin: func(w *world) error {
			return firstOf(w.set(t.files[0], "resource", []string{t.typ, t.name}, "count", "var."+name+" ? 1 : 0"), declare(w, "true"), set(w, e, "false"))
		},
	}
}
