package driftbench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/mooringdev/mooring/internal/drift"
)

// An arbiter runs the engine as people do, through HashiCorp's own library, and reads plans from `show -json`. Nothing of Mooring's engine,
// plan reader or solver takes part.
type arbiter struct {
	program string
	attach  tfexec.ReattachInfo
	scratch string // data directories and plan files
}

func newArbiter(program, attach, scratch string) (*arbiter, error) {
	a := &arbiter{program: program, scratch: scratch}
	if err := json.Unmarshal([]byte(attach), &a.attach); err != nil {
		return nil, fmt.Errorf("providers to attach: %w", err)
	}
	return a, nil
}

func (a *arbiter) at(tree string, s *Stack) (*tfexec.Terraform, error) {
	tf, err := tfexec.NewTerraform(filepath.Join(tree, filepath.FromSlash(s.Path)), a.program)
	if err != nil {
		return nil, err
	}
	return tf, tf.SetEnv(map[string]string{
		"PATH": os.DevNull, "HOME": a.scratch, "TF_CLI_CONFIG_FILE": os.DevNull, "CHECKPOINT_DISABLE": "1",
		"TF_DATA_DIR": filepath.Join(a.scratch, "data", s.slug()),
	})
}

func (a *arbiter) init(ctx context.Context, tree string, s *Stack) error {
	tf, err := a.at(tree, s)
	if err != nil {
		return err
	}
	return tf.Init(ctx, tfexec.Reattach(a.attach), tfexec.Upgrade(false))
}

func (a *arbiter) apply(ctx context.Context, tree string, s *Stack) error {
	tf, err := a.at(tree, s)
	if err != nil {
		return err
	}
	options := []tfexec.ApplyOption{tfexec.Reattach(a.attach)}
	for _, f := range s.VarFiles {
		options = append(options, tfexec.VarFile(f))
	}
	for name, v := range s.Env {
		options = append(options, tfexec.Var(strings.TrimPrefix(name, "TF_VAR_")+"="+v))
	}
	return tf.Apply(ctx, options...)
}

// plan refreshes and plans, and returns what the engine would do.
func (a *arbiter) plan(ctx context.Context, tree string, s *Stack) (p planned, err error) {
	tf, err := a.at(tree, s)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(a.scratch, "plans", s.slug())
	if err := os.MkdirAll(filepath.Dir(out), 0o700); err != nil {
		return nil, err
	}
	defer func() {
		if gone := os.Remove(out); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	options := []tfexec.PlanOption{tfexec.Reattach(a.attach), tfexec.Out(out), tfexec.Lock(false), tfexec.Refresh(true)}
	for _, f := range s.VarFiles {
		options = append(options, tfexec.VarFile(f))
	}
	for name, v := range s.Env {
		options = append(options, tfexec.Var(strings.TrimPrefix(name, "TF_VAR_")+"="+v))
	}
	if _, err := tf.Plan(ctx, options...); err != nil {
		return nil, err
	}
	shown, err := tf.ShowPlanFile(ctx, out, tfexec.Reattach(a.attach))
	if err != nil {
		return nil, err
	}
	return plannedOf(shown), nil
}

// planned are the actions of a plan, by address; instances that it leaves alone are absent. An action without strength is none: it says that
// something was planned.
type planned map[string]action

type action struct {
	strength int // 1 update, 2 create, 3 replace, 4 delete
	before   any
	after    any
	unknown  any
}

func plannedOf(p *tfjson.Plan) planned {
	out := planned{}
	for _, c := range p.ResourceChanges {
		if c.Mode != tfjson.ManagedResourceMode || c.Change == nil {
			continue
		}
		strength := 0
		switch a := c.Change.Actions; {
		case a.Update():
			strength = 1
		case a.Create():
			strength = 2
		case a.Replace():
			strength = 3
		case a.Delete():
			strength = 4
		}
		if strength > 0 {
			out[c.Address+c.DeposedKey] = action{strength, c.Change.Before, c.Change.After, c.Change.AfterUnknown}
		}
	}
	return out
}

// moved are the addresses, other than the given ones, of which after plans something that before did not, or something stronger, or
// something else.
func moved(before, after planned, except map[string]bool) []string {
	var out []string
	for _, address := range sorted(after) {
		was, now := before[address], after[address]
		if except[address] || was.strength >= now.strength && within(was.after, was.unknown, now.after, now.unknown) {
			continue
		}
		out = append(out, address)
	}
	return out
}

// within tells whether a planned value is one that an earlier plan allowed: the same, or any where the earlier one was not known yet.
func within(was, wasUnknown, now, nowUnknown any) bool {
	if wasUnknown == true {
		return true
	}
	if nowUnknown == true {
		return false
	}
	switch a := was.(type) {
	case map[string]any:
		b, ok := now.(map[string]any)
		if !ok {
			return false
		}
		wu, _ := wasUnknown.(map[string]any)
		nu, _ := nowUnknown.(map[string]any)
		for _, keys := range []map[string]any{a, b, nu} {
			for k := range keys {
				if !within(a[k], wu[k], b[k], nu[k]) {
					return false
				}
			}
		}
		return true
	case []any:
		b, ok := now.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		wu, _ := wasUnknown.([]any)
		nu, _ := nowUnknown.([]any)
		for i := range a {
			if !within(a[i], nth(wu, i), b[i], nth(nu, i)) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(was, now)
}

// faults are what an action on an object shows that it should not after its drift at a path was adopted: that it still changes the path, changes
// more than the action before, or changes nothing at all. What the action before changed elsewhere, in the same way, is not the edit's matter:
// most often it follows from an object that another case changed.
func faults(before, after action, path string) []string {
	was, now := before.changes(), after.changes()
	if len(now) == 0 {
		return []string{"no value"}
	}
	var out []string
	for _, p := range sorted(now) {
		old, had := was[p]
		name := strings.TrimPrefix(p, ".")
		if !had || after.strength > before.strength || drift.PathCovers(path, name) || drift.PathCovers(name, path) || !within(old.value, old.unknown, now[p].value, now[p].unknown) {
			out = append(out, name)
		}
	}
	return out
}

// A planValue is a value in a plan, and what of it is not known.
type planValue struct{ value, unknown any }

// changes are the values that an action changes things to, by their paths.
func (a action) changes() map[string]planValue {
	out := map[string]planValue{}
	var walk func(path string, before, after, unknown any)
	walk = func(path string, before, after, unknown any) {
		was, now := children(before), children(after)
		switch {
		case unknown == true || (was == nil || now == nil) && !reflect.DeepEqual(before, after):
			out[path] = planValue{after, unknown}
		case was != nil && now != nil:
			hidden := children(unknown)
			all := maps.Clone(was)
			maps.Copy(all, now)
			maps.Copy(all, hidden) // a value that is not known is absent from what is planned
			for _, k := range sorted(all) {
				walk(path+k, was[k], now[k], hidden[k])
			}
		}
	}
	walk("", a.before, a.after, a.unknown)
	return out
}

// children are the parts of a value by the step that leads to each; nil when it has none.
func children(v any) map[string]any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out["."+k] = e
		}
		return out
	case []any:
		out := map[string]any{}
		for i, e := range x {
			out[fmt.Sprintf("[%d]", i)] = e
		}
		return out
	}
	return nil
}

func nth(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}
