package migration

import (
	"fmt"
	"slices"
	"strings"
)

// A Migration is one way in which configuration or objects move.
type Migration struct {
	Name string
	do   func(w *world)
}

// Migrations are all that are measured. The last of them are no migrations, and only look like some.
func Migrations() []Migration {
	return []Migration{
		{"nothing", func(*world) {}},
		{"a directory is renamed", func(w *world) { w.roots[0].id = "live/renamed" }},
		{"every directory is renamed", func(w *world) {
			for _, s := range w.roots {
				s.id = strings.Replace(s.id, "infra/", "live/", 1)
			}
		}},
		{"a workspace gets a name", func(w *world) { w.roots[0].id += "@prod" }},
		{"two directories change places", func(w *world) { w.roots[0].id, w.roots[1].id = w.roots[1].id, w.roots[0].id }},
		{"a directory is renamed, and another stack takes its place", func(w *world) {
			old := w.roots[0].id
			w.roots[0].id = "live/renamed"
			s := &root{id: old, lineage: "new"}
			w.add(s).drifted = true
			w.roots = append(w.roots, s)
		}},
		{"a backend moves and keeps its state", func(*world) {}},
		{"a backend moves to a new state", func(w *world) { w.roots[0].lineage = "new" }},
		{"a directory is renamed and its backend moves", func(w *world) { w.roots[0].id, w.roots[0].lineage = "live/renamed", "new" }},
		{"the engine, and with it the registry, is another", func(w *world) {
			for _, s := range w.roots {
				for _, o := range s.objects {
					o.provider = strings.Replace(o.provider, "registry.terraform.io", "registry.opentofu.org", 1)
				}
			}
		}},
		{"an address is renamed", func(w *world) { w.roots[0].objects[0].address = "cloud_server.renamed" }},
		{"resources go into a module", func(w *world) {
			for _, o := range w.roots[0].objects {
				o.address = "module.web." + o.address
			}
		}},
		{"count becomes for_each", func(w *world) {
			for n, o := range w.roots[0].objects {
				o.address = fmt.Sprintf("cloud_server.all[%q]", fmt.Sprint("k", n))
			}
		}},
		{"two addresses change places", func(w *world) {
			a, b := w.roots[0].objects[0], w.roots[0].objects[1]
			a.address, b.address = b.address, a.address
		}},
		{"directory and addresses change", func(w *world) {
			w.roots[0].id = "live/renamed"
			for _, o := range w.roots[0].objects {
				o.address = "module.web." + o.address
			}
		}},
		{"a state is split", func(w *world) { w.split(w.roots[0], "infra/part", len(w.roots[0].objects)/2) }},
		{"a state is split, and the first part renamed", func(w *world) {
			w.split(w.roots[0], "infra/part", len(w.roots[0].objects)/2)
			w.roots[0].id = "infra/rest"
		}},
		{"a state is split in three", func(w *world) {
			w.split(w.roots[0], "infra/part", 1)
			w.split(w.roots[0], "infra/other", 1)
		}},
		{"two states become a new one", func(w *world) { w.merge("infra/all", "new") }},
		{"two states become the first", func(w *world) { w.merge(w.roots[0].id, w.roots[0].lineage) }},
		{"a resource goes to another stack", func(w *world) { w.move(w.roots[0], w.roots[1], 0) }},
		{"a resource goes to another stack and changes its address", func(w *world) { w.move(w.roots[0], w.roots[1], 0).address = "cloud_server.guest" }},
		{"two stacks exchange resources", func(w *world) {
			w.move(w.roots[0], w.roots[1], 0)
			w.move(w.roots[1], w.roots[0], 0)
		}},
		{"a resource goes to the address of one that went", func(w *world) {
			o := w.move(w.roots[0], w.roots[1], 0)
			address := w.roots[1].objects[0].address
			w.move(w.roots[1], w.roots[2], 0)
			o.address = address
		}},

		{"a resource is made again at its address", func(w *world) { w.again(w.roots[0].objects[0]) }},
		{"a resource is destroyed, and another made elsewhere under its address", func(w *world) {
			w.roots[0].objects = w.roots[0].objects[1:]
			o := w.add(w.roots[1])
			o.address, o.drifted = "cloud_server.elsewhere", true
		}},
		{"a stack is taken out", func(w *world) { w.roots = w.roots[1:] }},
		{"a stack is new", func(w *world) {
			s := &root{id: "infra/new", lineage: "new"}
			w.add(s).drifted = true
			w.roots = append(w.roots, s)
		}},
		{"a stack is a copy of another with objects of its own", func(w *world) {
			s := &root{id: "infra/copy", lineage: "new"}
			for _, o := range w.roots[0].objects {
				c := w.add(s)
				c.address, c.drifted = o.address, o.drifted
			}
			w.roots = append(w.roots, s)
		}},
		{"a stack could not be planned", func(w *world) { w.roots[0].failed = true }},
	}
}

// split takes the first n objects of a stack into a new one.
func (w *world) split(from *root, id string, n int) {
	s := &root{id: id, lineage: id, objects: slices.Clone(from.objects[:n])}
	from.objects = from.objects[n:]
	w.roots = append(w.roots, s)
}

// merge puts the objects of the second stack to those of the first. Addresses that are used already change.
func (w *world) merge(id, lineage string) {
	s := &root{id: id, lineage: lineage, objects: w.roots[0].objects}
	for _, o := range w.roots[1].objects {
		o.address = "module.second." + o.address
		s.objects = append(s.objects, o)
	}
	w.roots = append([]*root{s}, w.roots[2:]...)
}

// move takes an object to another stack.
func (w *world) move(from, to *root, n int) *object {
	o := from.objects[n]
	from.objects = slices.Delete(slices.Clone(from.objects), n, n+1)
	o.address = fmt.Sprintf("cloud_server.moved%d", o.serial)
	to.objects = append(slices.Clone(to.objects), o)
	return o
}

// again makes an object anew: what was decided at its address is about what stands there.
func (w *world) again(o *object) { o.id = fmt.Sprintf("i-again-%d", o.serial) }
