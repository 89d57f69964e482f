package adopt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// LiveValues reads a state file (version 4), such as engine.Saved.Live returns, as the values of every current instance by address,
// managed and data: what [Input.Live] wants.
func LiveValues(state []byte) (iter.Seq2[string, map[string]drift.Value], error) {
	var doc struct {
		Version   int
		Resources []struct {
			Module, Mode, Type, Name string
			Instances                []struct {
				IndexKey   any `json:"index_key"`
				Deposed    string
				Attributes map[string]drift.Value
			}
		}
	}
	dec := json.NewDecoder(bytes.NewReader(state))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("read the live state: %w", err)
	}
	if doc.Version != 4 {
		return nil, fmt.Errorf("read the live state: version %d is not known, want 4", doc.Version)
	}
	return func(yield func(string, map[string]drift.Value) bool) {
		for _, r := range doc.Resources {
			prefix := ""
			if r.Module != "" {
				prefix = r.Module + "."
			}
			if r.Mode == "data" {
				prefix += "data."
			}
			for _, i := range r.Instances {
				if i.Deposed != "" {
					continue
				}
				if !yield(prefix+r.Type+"."+r.Name+module.Step{Key: indexKey(i.IndexKey)}.String(), i.Attributes) {
					return
				}
			}
		}
	}, nil
}

func indexKey(k any) any {
	switch x := k.(type) {
	case string:
		return x
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return int(n)
		}
	}
	return nil
}
