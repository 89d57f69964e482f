package driftbench

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// byHand is how every change is made.
var byHand = simcloud.By{Actor: trail.Person("sam@example.com", "Developer", "203.0.113.7"), Via: audit.ViaConsole, At: time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)}

// A picker picks cases of one lab.
type picker struct {
	l     *lab
	only  string // see Options.Kind
	r     *rand.Rand
	cloud *simcloud.Cloud
	types map[string]*schema.Object
	taken map[string]int // how often a place in the code was picked
	seen  map[string]int // how often a kind of case was picked
}

// tries is how often a pick is begun anew before there is held to be nothing more.
const tries = 400

// draws is how many changes are invented for a pick; the one whose kind was picked least often so far is kept. Drawn evenly, most
// cases would be names and literals, and what is rare in code would not be measured at all.
const draws = 3

// pick finds a change for a stack, in none of the code that is in use.
func (k *picker) pick(s *Stack, inUse map[string]bool) *Case {
	if len(s.instances) == 0 {
		return nil
	}
	var best *Case
	found := 0
	for range tries {
		i := s.instances[k.r.IntN(len(s.instances))]
		c := k.change(s, i)
		if c == nil || !strings.Contains(c.kind(), k.only) || inUse[c.block] || k.taken[c.Stack+c.Address+c.Path] > 0 || !k.possible(c) {
			continue
		}
		if best == nil || k.seen[c.kind()] < k.seen[best.kind()] {
			best = c
		}
		if found++; found == draws {
			break
		}
	}
	if best != nil {
		k.taken[best.Stack+best.Address+best.Path]++
		k.seen[best.kind()]++
	}
	return best
}

// kind is what is told apart so that every sort of change is measured: the form of the code, and what was done.
func (c *Case) kind() string { return c.Form + " " + c.What }

// possible tries the change, and takes it back.
func (k *picker) possible(c *Case) bool {
	before, err := k.object(c.in)
	if err != nil {
		return false
	}
	if err := change(k.cloud, c); err != nil {
		return false
	}
	_ = change(k.cloud, &Case{in: c.in, after: before.Attributes()})
	return true
}

func (k *picker) object(i instance) (simcloud.Object, error) { return objectOf(k.cloud, i) }

func objectOf(cloud *simcloud.Cloud, i instance) (simcloud.Object, error) {
	err := fmt.Errorf("%s has no id", i.address)
	for _, id := range i.ids {
		var o simcloud.Object
		if o, err = cloud.Object(i.typ, id); err == nil {
			return o, nil
		}
	}
	return simcloud.Object{}, err
}

// change makes a case's change in a cloud.
func change(cloud *simcloud.Cloud, c *Case) error {
	o, err := objectOf(cloud, c.in)
	if err != nil {
		return err
	}
	by := byHand
	by.Region = o.Region
	_, err = cloud.Change(by, o.Type, o.ID, func(attributes map[string]any) {
		clear(attributes)
		maps.Copy(attributes, c.after)
	})
	return err
}

// change invents a change of an instance; nil when the draw leads nowhere.
func (k *picker) change(s *Stack, i instance) *Case {
	o := k.types[i.typ]
	p := k.l.placeOf(s, i)
	if o == nil || p == nil || s.Restless[i.address] || k.l.catalog.invented[i.typ] {
		return nil
	}
	b := p.folder.resources[i.typ+"."+i.name]
	live, err := k.object(i)
	if b == nil || err != nil {
		return nil
	}
	c := &Case{
		Project: k.l.project.Name, Stack: s.Path, Address: i.address,
		stack: s, in: i, block: k.l.home(s, i) + ":" + i.typ + "." + i.name, after: live.Attributes(),
	}
	d := &draw{picker: k, c: c, typ: i.typ}
	if !d.block(o.Block, []said{{b.Body, p.at(b, i.key), ""}}, c.after, "", "") {
		return nil
	}
	top, _, _ := strings.Cut(c.Path, ".")
	top, _, _ = strings.Cut(top, "[")
	if c.Why == "" {
		c.Why = p.readers(i.typ, i.name, top)
	}
	c.Adoptable = c.Why == ""
	return c
}

// said is a body of code that a block of the object may come from, where it is, and what is known against adopting from it.
type said struct {
	body *hclsyntax.Body
	at   *place
	why  string
}

// A draw is one attempt to invent a change.
type draw struct {
	*picker
	c   *Case
	typ string
}

var secretive = regexp.MustCompile(`(?i)passw|secret|token|private_key|credential|_wo$`)

// identifying are attributes by which an object is known: changed, it is another object.
var identifying = map[string]bool{"id": true, "arn": true, "self_link": true, "region": true, "project": true}

// block changes something in one block of the object. path leads to it as changes are written, schemaPath without indexes.
func (d *draw) block(b *tfjson.SchemaBlock, code []said, live map[string]any, path, schemaPath string) bool {
	type choice struct {
		name  string
		block bool
	}
	var set, unset []choice
	for _, name := range sorted(b.Attributes) {
		a := b.Attributes[name]
		if path == "" && d.guarded(code, name) {
			continue
		}
		if metaArguments[name] || identifying[name] || a.WriteOnly || !a.Optional && !a.Required || !d.l.catalog.real(d.typ, schemaPath+name) {
			continue
		}
		inCode := slices.ContainsFunc(code, func(s said) bool { return s.body.Attributes[name] != nil })
		switch {
		case inCode && live[name] != nil:
			set = append(set, choice{name, false})
		case !inCode && !a.Computed && !a.Deprecated && path == "" && a.AttributeType != cty.NilType && a.AttributeType.IsPrimitiveType() && !secretive.MatchString(name):
			unset = append(unset, choice{name, false})
		}
	}
	for _, name := range sorted(b.NestedBlocks) {
		if list, ok := live[name].([]any); ok && len(list) > 0 && d.l.catalog.real(d.typ, schemaPath+name) && len(bodies(code, name)) > 0 {
			set = append(set, choice{name, true})
		}
	}
	switch {
	case len(unset) > 0 && d.r.IntN(8) == 0:
		return d.added(b, unset[d.r.IntN(len(unset))].name, live)
	case len(set) == 0:
		return false
	}
	chosen := set[d.r.IntN(len(set))]
	if chosen.block {
		return d.nested(b.NestedBlocks[chosen.name], chosen.name, code, live, path, schemaPath)
	}
	return d.attribute(b.Attributes[chosen.name], chosen.name, code, live, path)
}

// added sets an argument that the code leaves out.
func (d *draw) added(b *tfjson.SchemaBlock, name string, live map[string]any) bool {
	var zero any
	switch b.Attributes[name].AttributeType {
	case cty.String:
		zero = ""
	case cty.Number:
		zero = int64(0)
	default:
		zero = false
	}
	if live[name] != nil {
		zero = live[name]
	}
	m, ok := another(d.r, b.Attributes[name].AttributeType, zero)
	if !ok {
		return false
	}
	live[name] = m.value
	d.c.Path, d.c.What, d.c.Form = name, "argument added", "unset"
	if b.Attributes[name].Sensitive {
		d.c.Why = "sensitive"
	}
	return true
}

// guarded tells whether a change of an attribute could not be planned any more: it would replace the object, which the code forbids.
func (d *draw) guarded(code []said, name string) bool {
	if !facts.Known(d.typ).Replace[name] {
		return false
	}
	return slices.ContainsFunc(code, func(s said) bool {
		return slices.ContainsFunc(s.body.Blocks, func(b *hclsyntax.Block) bool {
			return b.Type == "lifecycle" && b.Body.Attributes["prevent_destroy"] != nil
		})
	})
}

// attribute changes an argument that the code sets.
func (d *draw) attribute(a *tfjson.SchemaAttribute, name string, code []said, live map[string]any, path string) bool {
	t, err := schema.AttributeType(a)
	if err != nil {
		return false
	}
	m, ok := another(d.r, t, live[name])
	if _, given := facts.Known(d.typ).Defaults[name]; a.Optional && !a.Computed && !given && path == "" && t.IsPrimitiveType() && !isZero(live[name]) && d.r.IntN(6) == 0 {
		m, ok = mutation{nil, "argument removed", nil}, true
	}
	if !ok {
		return false
	}
	was := live[name]
	live[name] = m.value
	d.c.Path, d.c.What = path+name, m.what
	for _, s := range code {
		x := s.body.Attributes[name]
		if x == nil {
			continue
		}
		if d.c.Form == "" {
			d.c.Form = form(x.Expr)
			d.c.literal = literalEdit(x.Expr, m, was)
		}
		if why := first2(s.why, s.at.source(x.Expr, m.at, 0)); d.c.Why == "" {
			d.c.Why = why
		}
	}
	if a.Sensitive || secretive.MatchString(name) {
		d.c.Why = "sensitive"
	}
	return true
}

// isZero tells whether a value reads as one that was left out: taking it out shows in no plan.
func isZero(v any) bool {
	return v == nil || reflect.ValueOf(v).IsZero()
}

// bodies are what the code says of blocks of a name.
func bodies(code []said, name string) []said {
	var out []said
	for _, s := range code {
		for _, b := range s.body.Blocks {
			switch {
			case b.Type == name:
				out = append(out, said{b.Body, s.at, s.why})
			case b.Type == "dynamic" && len(b.Labels) == 1 && b.Labels[0] == name:
				iterator := name
				if a := b.Body.Attributes["iterator"]; a != nil {
					if tr := a.Expr.Variables(); len(tr) == 1 {
						iterator = tr[0].RootName()
					}
				}
				why := s.why
				if a := b.Body.Attributes["for_each"]; a != nil && why == "" {
					why = s.at.source(a.Expr, nil, 0)
				}
				for _, inner := range b.Body.Blocks {
					if inner.Type == "content" {
						out = append(out, said{inner.Body, s.at.binding(iterator), why})
					}
				}
			}
		}
	}
	return out
}

// nested changes something in, or removes, or repeats, one of the blocks of a name.
func (d *draw) nested(n *tfjson.SchemaBlockType, name string, code []said, live map[string]any, path, schemaPath string) bool {
	list, _ := live[name].([]any)
	list = slices.Clone(list)
	from := bodies(code, name)
	at := d.r.IntN(len(list))
	element, ok := list[at].(map[string]any)
	if !ok {
		return false
	}
	inner := path + name
	ordered := n.NestingMode == tfjson.SchemaNestingModeList
	if ordered {
		inner += "[" + strconv.Itoa(at) + "]"
		if len(from) == len(list) {
			from = from[at : at+1]
		}
	}
	switch draw := d.r.IntN(4); {
	case draw == 0 && (len(list) > 1 || d.only != "" && !facts.Known(d.typ).KeepBlock[name]) && uint64(len(list)) > n.MinItems:
		live[name] = slices.Delete(list, at, at+1)
		return d.whole(from, path+name, "block removed")
	case draw == 1 && n.MaxItems != 1:
		element = deepCopy(element).(map[string]any)
		if !d.block(n.Block, from, element, inner+".", schemaPath+name+".") {
			return false
		}
		live[name] = append(list, element)
		return d.whole(from, path+name, "block added")
	}
	element = deepCopy(element).(map[string]any)
	list[at] = element
	live[name] = list
	if !d.block(n.Block, from, element, inner+".", schemaPath+name+".") {
		return false
	}
	if strings.HasPrefix(d.c.Path, inner+".") && !ordered {
		d.c.Path = strings.Replace(d.c.Path, inner+".", path+name+".", 1)
	}
	return true
}

// whole makes the case one of a block as a whole.
func (d *draw) whole(from []said, path, what string) bool {
	d.c.Path, d.c.What, d.c.Form, d.c.literal = path, what, "block", nil
	for _, s := range from {
		if d.c.Why == "" {
			d.c.Why = s.why
		}
	}
	return true
}

func deepCopy(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = deepCopy(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = deepCopy(e)
		}
		return out
	}
	return v
}
