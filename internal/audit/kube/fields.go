package kube

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// FieldsSource is the name that events read from managedFields carry.
const FieldsSource = "kube-fields"

// IsObject tells whether a decoded JSON value looks like a live object that still has its managedFields.
func IsObject(v any) bool {
	return tree.List(v, "metadata", "managedFields") != nil && tree.Has(v, "kind") && tree.Has(v, "apiVersion")
}

// Fields reads what an object itself remembers of its writers: metadata.managedFields maps every field to the manager that last changed it, with
// the time of that manager's last change (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
//
// Each entry becomes one event: the fields that the manager owns with their live values, when and with which tool they were written. It has no actor:
// a manager is the name of a program, chosen by whoever runs it, and not even controllers can be trusted to be the ones they say. The time is
// that of the manager's last write to the object, so a field was written then or, when the manager wrote others since, earlier. Fields that
// were removed have no owner. plural is the resource in the API's words, e.g. configmaps.
//
// The error names entries that could not be read; the events of the others are returned beside it.
func Fields(object any, plural string) ([]audit.Event, error) {
	meta := tree.Map(object, "metadata")
	name, uid := tree.String(meta, "name"), tree.String(meta, "uid")
	if name == "" {
		return nil, errors.New("no metadata.name")
	}
	if plural == "" {
		plural = strings.ToLower(tree.String(object, "kind"))
	}
	group, _, versioned := strings.Cut(tree.String(object, "apiVersion"), "/")
	if !versioned {
		group = ""
	}
	entries := tree.List(meta, "managedFields")
	sets, all := make([]*fieldpath.Set, len(entries)), fieldpath.NewSet()
	var bad []error
	for i, entry := range entries {
		set, err := ownedFields(tree.Get(entry, "fieldsV1"))
		if err != nil {
			bad = append(bad, fmt.Errorf("%s %s: managedFields entry %d: %w", plural, joined(tree.String(meta, "namespace"), name), i, err))
			continue
		}
		sets[i], all = set, all.Union(set)
	}
	var out []audit.Event
	for i, entry := range entries {
		if sets[i] == nil {
			continue
		}
		manager, operation := tree.String(entry, "manager"), tree.String(entry, "operation")
		when, _ := tree.Time(tree.String(entry, "time"))
		subresource := tree.String(entry, "subresource")
		e := audit.Event{
			ID:        strings.Join([]string{uid, manager, operation, subresource, tree.String(entry, "apiVersion"), tree.String(entry, "time")}, "/"),
			Source:    FieldsSource,
			Provider:  "kubernetes",
			Time:      when,
			Service:   group,
			Operation: strings.TrimSpace(operation + " " + joined(plural, subresource) + " by " + manager),
			Activity:  audit.ActivityUpdate,
			Status:    audit.StatusSuccess,
			Witness:   true,
			Via:       viaManager(manager),
			UserAgent: manager,
			Resources: []audit.Resource{{Type: plural, ID: joined(tree.String(meta, "namespace"), name), Name: name}},
			Request:   owned(withoutSecrets(object), sets[i], all),
		}
		if uid != "" {
			e.Resources = append(e.Resources, audit.Resource{Type: plural, ID: uid})
		}
		out = append(out, e)
	}
	return out, errors.Join(bad...)
}

func ownedFields(v any) (*fieldpath.Set, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	set := fieldpath.NewSet()
	if err := set.FromJSON(bytes.NewReader(text)); err != nil {
		return nil, err
	}
	return set, nil
}

// owned is the part of v that set names; all is what any manager owns of it. Elements of lists keep the fields that identify them.
func owned(v any, set, all *fieldpath.Set) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		each(set, func(at fieldpath.PathElement, below *fieldpath.Set) {
			if at.FieldName == nil {
				return
			}
			if inner, ok := v[*at.FieldName]; ok {
				out[*at.FieldName] = part(inner, below, under(all, at))
			}
		})
		return out
	case []any:
		var out []any
		each(set, func(at fieldpath.PathElement, below *fieldpath.Set) {
			for i, inner := range v {
				if !selects(at, i, inner) {
					continue
				}
				element := part(inner, below, under(all, at))
				if m, ok := element.(map[string]any); ok && at.Key != nil {
					for _, field := range *at.Key {
						m[field.Name] = tree.Get(inner, field.Name)
					}
				}
				out = append(out, element)
			}
		})
		return out
	}
	return v
}

// part is what is owned of v. Where the set ends that is all of it, unless somebody owns parts of it: then it is an object or list that its owner
// once made and others filled.
func part(v any, below, all *fieldpath.Set) any {
	switch {
	case below != nil:
		return owned(v, below, all)
	case all != nil:
		return owned(v, fieldpath.NewSet(), all)
	}
	return v
}

// under is what set holds below a step; nil when that is nothing.
func under(set *fieldpath.Set, at fieldpath.PathElement) *fieldpath.Set {
	below, ok := set.Children.Get(at)
	if !ok || below.Empty() {
		return nil
	}
	return below
}

// each visits the steps below a set: below is nil where the step itself is owned as a whole.
func each(set *fieldpath.Set, visit func(at fieldpath.PathElement, below *fieldpath.Set)) {
	for at := range set.Members.All() {
		if _, deeper := set.Children.Get(at); !deeper {
			visit(at, nil)
		}
	}
	for at := range set.Children.All() {
		below, _ := set.Children.Get(at)
		visit(at, below)
	}
}

// selects tells whether a step of a path leads to the i-th element of a list.
func selects(at fieldpath.PathElement, i int, element any) bool {
	switch {
	case at.Index != nil:
		return *at.Index == i
	case at.Value != nil:
		return sameValue((*at.Value).Unstructured(), element)
	case at.Key != nil:
		for _, field := range *at.Key {
			if !sameValue(field.Value.Unstructured(), tree.Get(element, field.Name)) {
				return false
			}
		}
		return true
	}
	return false
}

// sameValue compares scalars: numbers are decoded in one way here and in another there.
func sameValue(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// lastApplied is where kubectl apply keeps a copy of what it sent, with the values of secrets in it.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// withoutSecrets hides the values of a secret: that they were written is enough to know.
func withoutSecrets(object any) any {
	if tree.String(object, "kind") != "Secret" {
		return object
	}
	return masked(object, func(path []string) bool {
		switch len(path) {
		case 2:
			return path[0] == "data" || path[0] == "stringData"
		case 3:
			return path[2] == lastApplied
		}
		return false
	})
}

// masked copies the outer three levels of v without the values that hide names.
func masked(v any, hide func(path []string) bool, path ...string) any {
	m, ok := v.(map[string]any)
	if !ok || len(path) == 3 {
		return v
	}
	out := make(map[string]any, len(m))
	for key, inner := range m {
		if at := append(path[:len(path):len(path)], key); hide(at) {
			out[key] = "***"
		} else {
			out[key] = masked(inner, hide, at...)
		}
	}
	return out
}

// viaManager tells the kind of tool from a manager's name. Programs that choose none are named by their user agent up to its slash.
func viaManager(manager string) audit.Via {
	low := strings.ToLower(manager)
	switch {
	case strings.HasPrefix(low, "kubectl"):
		return audit.ViaKubectl
	case strings.HasPrefix(low, "terraform"), strings.HasPrefix(low, "opentofu"), low == "hashicorp":
		return audit.ViaTerraform
	case strings.HasPrefix(low, "kube-"), strings.HasPrefix(low, "cloud-controller"):
		return audit.ViaService
	case strings.HasPrefix(low, "mozilla"), strings.HasSuffix(low, "dashboard"):
		return audit.ViaConsole
	case low == "":
		return audit.ViaUnknown
	}
	return audit.ViaSDK
}
