package driftbench

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// readState lists the managed instances of a state file.
func readState(name string) ([]instance, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Resources []struct {
			Module, Mode, Type, Name string
			Instances                []struct {
				IndexKey   any `json:"index_key"`
				Deposed    string
				Attributes map[string]any
			}
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	var out []instance
	for _, r := range doc.Resources {
		if r.Mode != "managed" {
			continue
		}
		for _, i := range r.Instances {
			in := instance{modules: parseCalls(r.Module), typ: r.Type, name: r.Name, key: i.IndexKey}
			in.address = r.Type + "." + r.Name + keyText(i.IndexKey)
			if r.Module != "" {
				in.address = r.Module + "." + in.address
			}
			in.id, _ = i.Attributes["id"].(string)
			for _, name := range []string{"id", "arn", "self_link"} {
				if id, ok := i.Attributes[name].(string); ok && id != "" {
					in.ids = append(in.ids, id)
				}
			}
			if i.Deposed == "" {
				out = append(out, in)
			}
		}
	}
	return out, nil
}

// ReadIDs gives the ids of the managed instances of a state file by address. What has no id is not there.
func ReadIDs(name string) (map[string]string, error) {
	list, err := readState(name)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, i := range list {
		if i.id != "" {
			out[i.address] = i.id
		}
	}
	return out, nil
}

func keyText(key any) string {
	switch k := key.(type) {
	case string:
		return "[" + strconv.Quote(k) + "]"
	case float64:
		return fmt.Sprintf("[%d]", int(k))
	}
	return ""
}

// parseCalls reads module.a["k"].module.b[0].
func parseCalls(address string) []call {
	tr, diags := hclsyntax.ParseTraversalAbs([]byte(address), "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	var out []call
	for i, s := range tr {
		switch x := s.(type) {
		case hcl.TraverseAttr:
			if x.Name != "module" {
				out = append(out, call{name: x.Name})
			}
		case hcl.TraverseIndex:
			if i == 0 || len(out) == 0 {
				continue
			}
			if n := x.Key; n.Type().FriendlyName() == "string" {
				out[len(out)-1].key = n.AsString()
			} else {
				f, _ := n.AsBigFloat().Float64()
				out[len(out)-1].key = f
			}
		}
	}
	return out
}
