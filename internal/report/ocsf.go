package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// WriteOCSF writes every drifted resource as a Detection Finding (class 2004) of the Open Cybersecurity Schema Framework 1.3, one JSON object a
// line, for the tools that keep such. Who did it is under evidences, for verdicts that name somebody; nothing sensitive is in it.
func WriteOCSF(w io.Writer, r *Results) error {
	r = Redact(r)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range r.Stacks {
		s := &r.Stacks[i]
		for j := range s.Findings {
			f := &s.Findings[j]
			if !IsDrift(*f) {
				continue
			}
			if err := enc.Encode(ocsfFinding(r, s, f)); err != nil {
				return fmt.Errorf("writing OCSF: %w", err)
			}
		}
	}
	return nil
}

type object = map[string]any

func ocsfFinding(r *Results, s *StackResult, f *Finding) object {
	resources := []object{{"name": f.Address, "type": f.Type, "group": object{"name": s.Stack.ID}}}
	for _, id := range f.IDs {
		resources = append(resources, object{"uid": id, "type": f.Type, "region": f.Region, "cloud_partition": "", "owner": object{"account": object{"uid": f.Account}}})
	}
	for _, o := range resources {
		for _, key := range []string{"region", "cloud_partition"} {
			if o[key] == "" {
				delete(o, key)
			}
		}
		if f.Account == "" {
			delete(o, "owner")
		}
	}
	paths := make([]string, 0, len(f.Changes))
	for _, c := range f.Changes {
		paths = append(paths, c.Path)
	}
	var evidences []object
	for _, a := range f.Attribution {
		if !names(a.Verdict) {
			continue
		}
		for _, e := range a.Events {
			evidences = append(evidences, object{
				"actor": object{"user": object{"name": a.Actor.Name, "uid": a.Actor.Principal, "type": string(a.Actor.Type)}},
				"api":   object{"operation": e.Operation, "request": object{"uid": e.ID}},
				"data":  object{"verdict": string(a.Verdict), "paths": a.Paths, "time": a.At.UnixMilli(), "link": e.Link},
			})
		}
	}
	event := object{
		"category_uid": 2, "class_uid": 2004, "activity_id": 1, "type_uid": 200401, "status_id": 1, "time": r.ScannedAt.UnixMilli(),
		"severity_id": 1 + slices.Index([]string{"", "low", "medium", "high", "critical"}, f.Severity.Level),
		"message":     FindingLine(*f),
		"metadata":    object{"version": "1.3.0", "uid": f.ID, "product": object{"name": "Mooring", "vendor_name": "mooringdev", "version": r.Tool.Version}},
		"finding_info": object{
			"uid": f.ID, "title": string(f.Kind) + " of " + f.Address + " in " + s.Stack.ID, "types": []string{string(f.Kind)}, "desc": f.Severity.Why,
		},
		"resources": resources,
		"unmapped":  object{"stack": s.Stack.ID, "paths": paths, "commit": r.Commit},
	}
	if len(evidences) > 0 {
		event["evidences"] = evidences
	}
	return event
}
