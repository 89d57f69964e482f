package comparison

import "github.com/mooringdev/mooring/internal/compare"

func (b *bench) notApplied(t *target, _ string) *plant {
	if !t.shared {
		return nil
	}
	return &plant{
		Case: Case{How: "shared code, not applied in the last", Class: string(compare.Promotion), Path: t.attribute},
		late: func(w *world) error {
			return w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, t.other)
		},
	}
}

// ownCommit changes the first environment's own code.
func (b *bench) ownCommit(t *target, name string) *plant {
	if t.shared {
		return b.argument(t, name)
	}
	return &plant{
		Case: Case{How: "a commit to the first environment's own code", Class: string(compare.Promotion), Path: t.attribute},
		commit: func(w *world) error {
			return w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, t.other)
		},
	}
}

// argument changes an argument of a module call, or a value in a variable file, that all environments gave alike.
func (b *bench) argument(t *target, name string) *plant {
	declare, set := b.give(t, name)
	if declare == nil {
		return nil
	}
	return &plant{
		Case: Case{How: "a commit to a value that all environments set alike", Class: string(compare.Promotion), Path: t.attribute},
		begin: func(w *world) error {
			if err := firstOf(w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, "var."+name), declare(w, t.text)); err != nil {
				return err
			}
			for e := range b.d.Environments {
				if err := set(w, e, t.text); err != nil {
					return err
				}
			}
			return nil
		},
		commit: func(w *world) error { return set(w, 0, t.other) },
	}
}

// promotedVariable is argument with the second environment already there, so that the last alone waits.
func (b *bench) promotedVariable(t *target, name string) *plant {
	p := b.argument(t, name)
	if p == nil || b.last() < 2 {
		return nil
	}
	_, set := b.give(t, name)
	p.How = "a commit that two of three environments have"
	p.commit = func(w *world) error { return firstOf(set(w, 0, t.other), set(w, 1, t.other)) }
	return p
}

// block is what oneAlone and addedByCommit take away: a resource of an environment's own, or a module call that nothing reads.
func (b *bench) block(t *target) (file func(e int) string, typ string, labels []string, key string) {
	switch {
	case !t.shared && t.unread && len(t.module) == 0:
		return func(e int) string { return t.files[e] }, "resource", []string{t.typ, t.name}, t.key()
	case b.l.Kind == "roots" && len(t.module) == 1 && !b.referred(b.paths(), "module."+t.module[0]):
		return func(e int) string { return b.callFile(e, t.module[0]) }, "module", []string{t.module[0]}, "module." + t.module[0] + "."
	}
	return nil, "", nil, ""
}

func (b *bench) paths() []string {
	var out []string
	for _, e := range b.d.Environments {
		out = append(out, e.Path)
	}
	return out
}

func (b *bench) oneAlone(t *target, _ string) *plant {
	file, typ, labels, key := b.block(t)
	if file == nil {
		return nil
	}
	e := b.one()
	return &plant{
		Case: Case{How: "written in the others alone", Class: string(compare.Missing), Key: key}, resource: key,
		begin: func(w *world) error {
			_, err := w.remove(file(e), typ, labels)
			return err
		},
	}
}

func (b *bench) addedByCommit(t *target, _ string) *plant {
	file, typ, labels, key := b.block(t)
	if file == nil {
		return nil
	}
	var restore func() error
	return &plant{
		Case: Case{How: "a commit added it to the first environment", Class: string(compare.Promotion), Key: key}, resource: key,
		begin: func(w *world) error {
			for e := range b.d.Environments {
				back, err := w.remove(file(e), typ, labels)
				if err != nil {
					return err
				}
				if e == 0 {
					restore = back
				}
			}
			return nil
		},
		commit: func(*world) error { return restore() },
	}
}
