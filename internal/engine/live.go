package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// rebuildLive makes the live state of a plan that only the engine can open: the state as the backend holds it, with the attributes that
// the engine shows as prior state of the plan. Instances that the refresh found gone are left out.
func (s *Saved) rebuildLive(ctx context.Context) ([]byte, error) {
	var pulled bytes.Buffer
	args := []string{"state", "pull"}
	if s.Engine.earlyVariables() {
		args = append(args, s.varFiles()...)
	}
	out, err := s.Engine.run(ctx, command{chdir: s.dir, cwd: s.module, args: args, env: s.planEnv(), stdout: &pulled})
	if err != nil {
		return nil, err
	}
	if out.code != 0 {
		return nil, s.failure("read", textDiagnostics(out.stderr), out)
	}
	shown := s.show(ctx, s.dir, s.File)
	live, err := liveAttributes(json.NewDecoder(shown))
	if err := errors.Join(err, shown.Close()); err != nil {
		return nil, fmt.Errorf("rebuild the live state: %w", err)
	}
	return overlay(pulled.Bytes(), live)
}

// shownModule is a module of the prior state, as show -json writes it.
type shownModule struct {
	Resources []struct {
		Address string          `json:"address"`
		Deposed string          `json:"deposed_key"`
		Values  json.RawMessage `json:"values"`
	} `json:"resources"`
	Children []shownModule `json:"child_modules"`
}

// liveAttributes reads the attributes of every current instance by address.
func liveAttributes(d *json.Decoder) (map[string]json.RawMessage, error) {
	var plan struct {
		Prior struct {
			Values struct {
				Root shownModule `json:"root_module"`
			} `json:"values"`
		} `json:"prior_state"`
	}
	if err := d.Decode(&plan); err != nil {
		return nil, err
	}
	out := map[string]json.RawMessage{}
	var walk func(m shownModule)
	walk = func(m shownModule) {
		for _, r := range m.Resources {
			if r.Deposed == "" {
				out[r.Address] = r.Values
			}
		}
		for _, child := range m.Children {
			walk(child)
		}
	}
	walk(plan.Prior.Values.Root)
	return out, nil
}

// overlay replaces the attributes of the instances of a state file.
func overlay(state []byte, live map[string]json.RawMessage) ([]byte, error) {
	var file map[string]json.RawMessage
	if err := json.Unmarshal(state, &file); err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	var resources []map[string]json.RawMessage
	if file["resources"] != nil {
		if err := json.Unmarshal(file["resources"], &resources); err != nil {
			return nil, fmt.Errorf("state: %w", err)
		}
	}
	for _, r := range resources {
		var head struct {
			Module, Mode, Type, Name string
			Instances                []map[string]json.RawMessage
		}
		whole, err := json.Marshal(r)
		if err == nil {
			err = json.Unmarshal(whole, &head)
		}
		if err != nil {
			return nil, fmt.Errorf("state: %w", err)
		}
		prefix := head.Type + "." + head.Name
		if head.Mode == "data" {
			prefix = "data." + prefix
		}
		if head.Module != "" {
			prefix = head.Module + "." + prefix
		}
		kept := []map[string]json.RawMessage{}
		for _, instance := range head.Instances {
			if instance["deposed"] == nil {
				values, ok := live[prefix+instanceKey(instance["index_key"])]
				if !ok {
					continue
				}
				instance["attributes"] = values
			}
			kept = append(kept, instance)
		}
		if r["instances"], err = json.Marshal(kept); err != nil {
			return nil, fmt.Errorf("state: %w", err)
		}
	}
	var err error
	if file["resources"], err = json.Marshal(resources); err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return json.Marshal(file)
}

// instanceKey writes an index as addresses do. Engines escape "${" and "%{" in keys as in any string.
func instanceKey(raw json.RawMessage) string {
	if raw == nil {
		return ""
	}
	return "[" + strings.NewReplacer("${", "$${", "%{", "%%{").Replace(string(raw)) + "]"
}
