package planfile

import (
	"context"
	"errors"
	"hash/maphash"
	"reflect"

	"github.com/mooringdev/mooring/internal/drift"
)

// join brings base, live and code of each instance together. It streams tfstate-prev once for fingerprints, tfstate once against them,
// and tfstate-prev a second time only for the instances whose base is not their live value.
type join struct {
	ctx     context.Context
	archive *archive
	schemas *Schemas
	plan    *drift.Plan

	changes map[instanceID]*changeMessage // what is planned, without plain no-op
	noOps   map[instanceID]struct{}
	base    map[instanceID]uint64 // fingerprints of tfstate-prev; entries are removed as tfstate is matched
	dataWas map[string]uint64
	index   map[instanceID]int // kept instances, by place in plan.Instances
	needs   map[instanceID]struct{}
	marks   map[int]*marks
	seed    maphash.Seed
	values  *valueDecoder
}

func newJoin(ctx context.Context, a *archive, schemas *Schemas) *join {
	return &join{
		ctx: ctx, archive: a, schemas: schemas, plan: &drift.Plan{CleanTypes: map[string]int{}}, seed: maphash.MakeSeed(),
		changes: map[instanceID]*changeMessage{}, noOps: map[instanceID]struct{}{},
		base: map[instanceID]uint64{}, dataWas: map[string]uint64{},
		index: map[instanceID]int{}, needs: map[instanceID]struct{}{}, marks: map[int]*marks{}, values: newValueDecoder(),
	}
}

func (j *join) run(msg *planMessage) error {
	j.plan.Incomplete, j.plan.Checks = msg.incomplete(), msg.checks
	if err := j.outputs(msg.outputs); err != nil {
		return err
	}
	if err := j.changesOf(msg.changes); err != nil {
		return err
	}
	var err error
	if j.plan.Lineage, err = j.archive.lineage(); err != nil {
		return err
	}
	if err := j.eachInstance(EntryBase, j.fingerprint); err != nil {
		return err
	}
	if err := j.eachInstance(EntryLive, j.live); err != nil {
		return err
	}
	for id := range j.base { // gone from tfstate
		j.needs[id] = struct{}{}
	}
	if len(j.needs) > 0 {
		if err := j.eachInstance(EntryBase, j.baseOf); err != nil {
			return err
		}
	}
	if err := j.planned(); err != nil {
		return err
	}
	for i, m := range j.marks {
		inst := &j.plan.Instances[i]
		for _, values := range []map[string]drift.Value{inst.Base, inst.Live, inst.Code} {
			m.addSchema(inst.Schema, values)
		}
		inst.Sensitive = m.sorted()
	}
	return nil
}

func (j *join) changesOf(messages []changeMessage) error {
	for i := range messages {
		c := &messages[i]
		mode, _, err := kindOf(c.address)
		if err != nil {
			return err
		}
		if mode != "managed" {
			continue
		}
		id := instanceID{c.address, c.deposed}
		if c.change.action == protoNoOp && c.previous == "" && !c.change.importing {
			j.noOps[id] = struct{}{}
			continue
		}
		j.changes[id] = c
	}
	return nil
}

func (j *join) eachInstance(entry string, each func(*stateInstance) error) (err error) {
	r, err := j.archive.open(entry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	n := 0
	for inst, err := range readState(r) {
		if err != nil {
			return err
		}
		if n++; n%1024 == 0 && j.ctx.Err() != nil {
			return j.ctx.Err()
		}
		if err := each(inst); err != nil {
			return err
		}
	}
	return nil
}

func (j *join) print(i *stateInstance) uint64 { return maphash.Bytes(j.seed, i.attributes) }

func (j *join) fingerprint(i *stateInstance) error {
	switch i.mode {
	case "managed":
		j.base[i.key()] = j.print(i)
		resource, err := i.resource()
		if err != nil {
			return err
		}
		if resource != "" {
			j.plan.Held = append(j.plan.Held, resource)
		}
	case "data":
		j.dataWas[i.address] = j.print(i)
	}
	return nil
}

func (j *join) live(i *stateInstance) error {
	if i.mode == "data" {
		if was, ok := j.dataWas[i.address]; ok && was != j.print(i) {
			j.plan.Data = append(j.plan.Data, drift.DataChange{Address: i.address})
		}
		return nil
	}
	if i.mode != "managed" {
		return nil
	}
	id := i.key()
	print, hadBase := j.base[id]
	delete(j.base, id)
	same := hadBase && print == j.print(i)
	if _, planned := j.changes[id]; same && !planned && !i.tainted && i.deposed == "" {
		j.plan.Clean++
		j.plan.CleanTypes[i.typ]++
		return nil
	}
	at, err := j.keep(id, i)
	if err != nil {
		return err
	}
	inst := &j.plan.Instances[at]
	if inst.Live, err = i.object(j.marks[at].typ); err != nil {
		return err
	}
	inst.Tainted = i.tainted
	switch {
	case same:
		inst.Base = inst.Live // one map for both: nothing here or later writes to values
	case hadBase:
		j.needs[id] = struct{}{}
	}
	return nil
}

// keep makes an entry in the plan for an instance that a state holds.
func (j *join) keep(id instanceID, i *stateInstance) (int, error) {
	block, typ := j.schemas.lookup(i.provider, i.typ, "managed")
	if block == nil {
		return 0, unsupported("no schema of %s in %s", i.typ, i.provider)
	}
	at := len(j.plan.Instances)
	j.index[id] = at
	j.marks[at] = &marks{typ: typ}
	j.plan.Instances = append(j.plan.Instances, drift.Instance{
		Address: i.address, Type: i.typ, Provider: i.provider, Deposed: i.deposed, Schema: block,
	})
	return at, j.mark(at, i)
}

func (j *join) mark(at int, i *stateInstance) error {
	paths, err := i.sensitivePaths()
	j.marks[at].addSteps(paths)
	return err
}

func (j *join) baseOf(i *stateInstance) error {
	id := i.key()
	if _, needed := j.needs[id]; i.mode != "managed" || !needed {
		return nil
	}
	at, kept := j.index[id]
	var err error
	if kept {
		err = j.mark(at, i)
	} else {
		at, err = j.keep(id, i)
	}
	if err != nil {
		return err
	}
	inst := &j.plan.Instances[at]
	inst.Base, err = i.object(j.marks[at].typ)
	share(inst.Base, inst.Live)
	return err
}

// planned adds to each kept instance what is planned for it, and the instances that only the plan knows.
func (j *join) planned() error {
	for id := range j.index {
		if _, ok := j.noOps[id]; ok {
			inst := &j.plan.Instances[j.index[id]]
			inst.Action, inst.Code = drift.ActionNoOp, inst.Live
		}
	}
	for id, c := range j.changes {
		at, kept := j.index[id]
		if !kept {
			_, typ, err := kindOf(c.address)
			if err != nil {
				return err
			}
			if at, err = j.keep(id, &stateInstance{address: c.address, typ: typ, provider: c.provider, deposed: c.deposed}); err != nil {
				return err
			}
		}
		if err := j.apply(at, c); err != nil {
			return err
		}
	}
	return nil
}

func (j *join) apply(at int, c *changeMessage) error {
	inst, m := &j.plan.Instances[at], j.marks[at]
	inst.Action, inst.ActionReason = protoActions[c.change.action], c.reason
	inst.Previous, inst.Importing = c.previous, c.change.importing
	for _, steps := range c.replace {
		inst.ReplacePaths = append(inst.ReplacePaths, pathText(steps, m.typ))
	}
	m.addSteps(c.change.sensitive)
	if inst.Action == drift.ActionNoOp {
		inst.Code = inst.Live
		return nil
	}
	after := c.change.after()
	if after == nil {
		return nil
	}
	v, err := j.values.decode(after, m.typ)
	if err != nil {
		return err
	}
	switch code := v.(type) {
	case nil:
	case map[string]drift.Value:
		share(code, inst.Live)
		inst.Code = code
	default:
		return unsupported("the planned value of %s is no object", c.address)
	}
	return nil
}

func (j *join) outputs(messages []outputMessage) error {
	for _, m := range messages {
		action := protoActions[m.change.action]
		if action == drift.ActionNoOp {
			continue
		}
		o := drift.OutputChange{Name: m.name, Sensitive: m.sensitive}
		var err error
		if o.Before, err = decodeOptional(m.change.before()); err != nil {
			return err
		}
		if o.After, err = decodeOptional(m.change.after()); err != nil {
			return err
		}
		j.plan.Outputs = append(j.plan.Outputs, o)
	}
	return nil
}

func decodeOptional(raw []byte) (drift.Value, error) {
	if raw == nil {
		return nil, nil
	}
	return decodeMsgpack(raw, dynamicType)
}

// share lets the values that an object has in common with another be the same in memory: three sources say the same of most attributes.
func share(object, with map[string]drift.Value) {
	for name, v := range object {
		w, ok := with[name]
		if text, isText := v.(string); isText {
			ok = ok && w == text
		} else {
			ok = ok && reflect.DeepEqual(v, w)
		}
		if ok {
			object[name] = w
		}
	}
}
