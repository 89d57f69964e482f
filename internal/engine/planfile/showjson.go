package planfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mooringdev/mooring/internal/drift"
)

// readShown asks the engine. Its JSON holds live and code, and base where it differs from live. What it does not say is taken from the
// file where that can be read: which data sources moved, and whether the plan was limited or made in another mode.
func readShown(ctx context.Context, in Input) (p *drift.Plan, err error) {
	r, err := in.Show(ctx)
	if err != nil {
		return nil, err
	}
	p, err = ParseShow(r, in.Schemas)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if err := addUnsaid(ctx, p, in.File); err != nil && !needsEngine(err) {
		return nil, err
	}
	sortPlan(p)
	return p, nil
}

func addUnsaid(ctx context.Context, p *drift.Plan, file string) (err error) {
	a, err := openArchive(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	raw, err := a.read(EntryPlan)
	if err != nil {
		return err
	}
	if p.Incomplete == "" {
		p.Incomplete = limits(raw)
	}
	return addStates(ctx, a, p)
}

// ParseShow reads the output of `show -json` for a saved plan. Schemas may lack what the plan uses: then those instances have no Schema.
func ParseShow(r io.Reader, schemas *Schemas) (*drift.Plan, error) {
	s := newShown(r, schemas)
	if err := s.read(); err != nil {
		return nil, fmt.Errorf("plan JSON: %w", err)
	}
	sortPlan(s.plan)
	return s.plan, nil
}

func newShown(r io.Reader, schemas *Schemas) *shown {
	return &shown{dec: newJSON(r), schemas: schemas, plan: &drift.Plan{CleanTypes: map[string]int{}}, drift: map[instanceID]*shownChange{}}
}

type shown struct {
	version string // of the engine
	planned bool   // it says what is planned
	state   bool   // it says what is
	dec     *jsonReader
	schemas *Schemas
	plan    *drift.Plan
	drift   map[instanceID]*shownChange
	changes []*shownChange
}

type shownChange struct {
	address, previous, mode, typ, provider, deposed, reason string
	change                                                  shownBody
}

type shownBody struct {
	actions                   []string
	before, after, unknown    drift.Value
	markedBefore, markedAfter drift.Value
	replace                   [][]any
	importing                 bool
}

func (s *shown) read() error {
	format := ""
	err := s.dec.object(func(name string) (err error) {
		switch name {
		case "format_version":
			format, err = s.dec.text()
		case "terraform_version":
			s.version, err = s.dec.text()
		case "planned_values":
			s.planned = true
			err = s.dec.skip()
		case "values":
			s.state = true
			err = s.dec.skip()
		case "resource_drift":
			err = s.dec.array(func() error {
				c, err := s.change()
				s.drift[instanceID{c.address, c.deposed}] = c
				return err
			})
		case "resource_changes":
			s.planned = true
			err = s.dec.array(func() error {
				c, err := s.change()
				s.changes = append(s.changes, c)
				return err
			})
		case "output_changes":
			err = s.dec.object(s.output)
		case "checks":
			err = s.dec.array(s.check)
		case "errored":
			err = s.incompleteIf(true, "the plan ended with an error")
		case "complete":
			err = s.incompleteIf(false, "parts of the plan were put off")
		case "deferred_changes":
			err = s.dec.array(func() error {
				s.plan.Incomplete = "parts of the plan were put off"
				return s.dec.skip()
			})
		default:
			err = s.dec.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if major, _, _ := strings.Cut(format, "."); major != "1" && major != "0" {
		return unsupported("plan JSON of format version %q", format)
	}
	planned := map[instanceID]bool{}
	for _, c := range s.changes {
		planned[instanceID{c.address, c.deposed}] = true
		s.instance(c)
	}
	for id, d := range s.drift {
		if !planned[id] && d.mode == "managed" && d.change.after == nil { // gone, and no longer in the code
			s.instance(&shownChange{address: d.address, previous: d.previous, mode: d.mode, typ: d.typ, provider: d.provider, deposed: d.deposed})
		}
	}
	return nil
}

func (s *shown) incompleteIf(bad bool, why string) error {
	t, err := s.dec.ReadToken()
	if err != nil {
		return jsonError(err)
	}
	if k := t.Kind(); (k == jsontext.KindTrue || k == jsontext.KindFalse) && t.Bool() == bad {
		s.plan.Incomplete = why
	}
	return nil
}

func (s *shown) change() (*shownChange, error) {
	c := &shownChange{}
	err := s.dec.object(func(name string) (err error) {
		switch name {
		case "address":
			c.address, err = s.dec.text()
		case "previous_address":
			c.previous, err = s.dec.text()
		case "mode":
			c.mode, err = s.dec.text()
		case "type":
			c.typ, err = s.dec.text()
		case "provider_name":
			c.provider, err = s.dec.text()
		case "deposed":
			c.deposed, err = s.dec.text()
		case "action_reason":
			c.reason, err = s.dec.text()
		case "change":
			c.change, err = s.body()
		default:
			err = s.dec.skip()
		}
		return err
	})
	return c, err
}

func (s *shown) body() (shownBody, error) {
	var b shownBody
	err := s.dec.object(func(name string) (err error) {
		switch name {
		case "actions":
			err = s.dec.array(func() error {
				a, err := s.dec.text()
				b.actions = append(b.actions, a)
				return err
			})
		case "before":
			b.before, err = s.dec.value()
		case "after":
			b.after, err = s.dec.value()
		case "after_unknown":
			b.unknown, err = s.dec.value()
		case "before_sensitive":
			b.markedBefore, err = s.dec.value()
		case "after_sensitive":
			b.markedAfter, err = s.dec.value()
		case "importing":
			var v drift.Value
			v, err = s.dec.value()
			b.importing = v != nil
		case "replace_paths":
			err = s.dec.array(func() error {
				v, err := s.dec.value()
				path := []any{}
				if steps, ok := v.([]drift.Value); ok {
					for _, step := range steps {
						if step = stepOf(step); step == nil {
							break
						}
						path = append(path, step)
					}
				}
				b.replace = append(b.replace, path)
				return err
			})
		default:
			err = s.dec.skip()
		}
		return err
	})
	return b, err
}

func (s *shown) output(name string) error {
	b, err := s.body()
	if err != nil {
		return err
	}
	if action := actionOf(b.actions); action != drift.ActionNoOp {
		s.plan.Outputs = append(s.plan.Outputs, drift.OutputChange{
			Name: name, Before: b.before, After: withUnknown(b.after, b.unknown), Sensitive: marked(b.markedBefore) || marked(b.markedAfter),
		})
	}
	return nil
}

func (s *shown) check() error {
	v, err := s.dec.value()
	if err != nil {
		return err
	}
	whole := checkOf(v)
	object, _ := v.(map[string]drift.Value)
	instances, _ := object["instances"].([]drift.Value)
	if len(instances) == 0 {
		s.plan.Checks = append(s.plan.Checks, whole)
	}
	for _, i := range instances {
		s.plan.Checks = append(s.plan.Checks, checkOf(i))
	}
	return nil
}

func checkOf(v drift.Value) drift.Check {
	object, _ := v.(map[string]drift.Value)
	address, _ := object["address"].(map[string]drift.Value)
	text, _ := address["to_display"].(string)
	status, _ := object["status"].(string)
	return drift.Check{Address: text, Status: status}
}

// instance joins one planned change with the drift entry of the same object.
func (s *shown) instance(c *shownChange) {
	if c.mode != "managed" {
		return
	}
	d := s.drift[instanceID{c.address, c.deposed}]
	action := actionOf(c.change.actions)
	if d == nil && action == drift.ActionNoOp && c.previous == "" && !c.change.importing {
		s.plan.Clean++
		s.plan.CleanTypes[c.typ]++
		return
	}
	block, typ := s.schemas.lookup(c.provider, c.typ, "managed")
	inst := drift.Instance{
		Address: c.address, Previous: c.previous, Type: c.typ, Provider: c.provider, Deposed: c.deposed,
		Action: action, ActionReason: c.reason, Importing: c.change.importing, Schema: block,
		Tainted: c.reason == "replace_because_tainted",
	}
	inst.Live = objectOf(c.change.before)
	inst.Code = objectOf(withUnknown(c.change.after, c.change.unknown))
	inst.Base = inst.Live
	m := &marks{typ: typ}
	m.addTree(c.change.markedBefore)
	m.addTree(c.change.markedAfter)
	if d != nil {
		inst.Base = objectOf(d.change.before)
		m.addTree(d.change.markedBefore)
	}
	for _, values := range []map[string]drift.Value{inst.Base, inst.Live, inst.Code} {
		m.addSchema(block, values)
	}
	inst.Sensitive = m.sorted()
	for _, steps := range c.change.replace {
		inst.ReplacePaths = append(inst.ReplacePaths, pathText(steps, typ))
	}
	s.plan.Instances = append(s.plan.Instances, inst)
}

func objectOf(v drift.Value) map[string]drift.Value {
	object, _ := v.(map[string]drift.Value)
	return object
}

func actionOf(actions []string) drift.Action {
	switch {
	case len(actions) == 1:
		return drift.Action(actions[0])
	case len(actions) == 2 && slices.Contains(actions, "create"): // with delete or forget, in either order
		return drift.ActionReplace
	}
	return drift.ActionNone
}

// withUnknown puts Unknown into a planned value where `after_unknown` says true: objects leave such attributes out, arrays hold null there.
func withUnknown(v, unknown drift.Value) drift.Value {
	switch u := unknown.(type) {
	case bool:
		if u {
			return drift.Unknown{}
		}
	case map[string]drift.Value:
		object, ok := v.(map[string]drift.Value)
		if !ok {
			return v
		}
		for name, inner := range u {
			if marked(inner) {
				object[name] = withUnknown(object[name], inner)
			}
		}
	case []drift.Value:
		list, ok := v.([]drift.Value)
		if !ok {
			return v
		}
		for i := range min(len(u), len(list)) {
			list[i] = withUnknown(list[i], u[i])
		}
	}
	return v
}
