package blame

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// A partRow says which records, of logs other than CloudTrail, make a part of something managed.
type partRow struct {
	Provider string `json:"provider"`
	// Kind is the ARM type, the collection of a Google path ("iam " before it for its policy), the Kubernetes resource or the GitHub action.
	Kind       string            `json:"kind"`
	Undo       string            `json:"undo"` // GitHub: the action that takes it back
	Type       string            `json:"type"`
	Parent     string            `json:"parent"`     // what the parent's type begins with; "": any
	ParentAt   string            `json:"parent_at"`  // where the request names the parent, when the part's own name does not
	Import     string            `json:"import"`     // id that an import wants; "": the part's own
	Attribute  string            `json:"attribute"`  // that names the parent
	Attributes map[string]string `json:"attributes"` // attribute of the part -> place
	Inline     string            `json:"inline"`     // block of the parent that may hold such parts
}

//go:embed parts.json
var partFile []byte

var partRows = sync.OnceValue(func() map[string]partRow {
	var list []partRow
	if err := json.Unmarshal(partFile, &list); err != nil {
		panic("blame: embedded parts.json: " + err.Error())
	}
	out := map[string]partRow{}
	for _, r := range list {
		out[r.Provider+" "+r.Kind] = r
		if r.Undo != "" {
			out[r.Provider+" "+r.Undo] = r
		}
	}
	return out
})

// part notes a record of Azure, Google, Kubernetes or GitHub that makes or unmakes a part of something managed.
func (h *handwork) part(e *audit.Event) {
	switch e.Provider {
	case "azure":
		for _, r := range e.Resources {
			h.armPart(e, r.ID)
		}
	case "gcp":
		if len(e.Resources) > 0 {
			h.googlePart(e, linkPath(strings.TrimPrefix(e.Resources[0].ID, "//")))
		}
	case "kubernetes":
		if len(e.Resources) > 0 && e.Resources[0].Name != "" {
			h.kubePart(e, e.Resources[0])
		}
	case "github":
		h.githubPart(e)
	}
}

// armPart reads .../providers/NAMESPACE/TYPE/NAME/CHILD/NAME, and SCOPE/providers/Microsoft.Authorization/roleAssignments/NAME.
func (h *handwork) armPart(e *audit.Event, id string) {
	at := strings.LastIndex(fold(id), "/providers/")
	if at < 0 || e.Status != audit.StatusSuccess {
		return // the first record of a long call says nothing of its end
	}
	steps := strings.Split(strings.Trim(id[at+len("/providers/"):], "/"), "/")
	kind := []string{fold(steps[0])}
	for i := 1; i < len(steps); i += 2 {
		kind = append(kind, fold(steps[i]))
	}
	row, ok := partRows()["azure "+strings.Join(kind, "/")]
	if !ok || len(steps)%2 == 0 {
		return
	}
	parentID := id[:at]
	if len(steps) > 3 {
		parentID = id[:at] + "/providers/" + strings.Join(steps[:3], "/") // blobServices/default is no resource of its own
	}
	parent := h.parent(row, parentID)
	if parent == nil || len(h.managed[fold(id)]) > 0 || row.Inline != "" && hasNamed(parent.Attributes[row.Inline], lastName(id)) {
		return
	}
	fields := map[string]any{}
	for name, path := range row.Attributes {
		fields[name] = textsAt(e.Request, path)
	}
	fields["name"] = lastName(id)
	h.note("arm\x00"+fold(id), e, making{kind: row.Type, parent: parent, unmade: e.Activity == audit.ActivityDelete, ids: []string{id}, children: fields})
}

// hasNamed tells whether a list of blocks has one of that name.
func hasNamed(v any, name string) bool {
	list, _ := v.([]any)
	return slices.ContainsFunc(list, func(e any) bool { return strings.EqualFold(tree.String(e, "name"), name) })
}

// googlePart reads memberships, which the log writes down one by one, and objects by the collection in their path.
func (h *handwork) googlePart(e *audit.Event, path string) {
	steps := strings.Split(strings.Trim(path, "/"), "/")
	if len(steps) == 1 {
		steps = []string{"projects", steps[0]} // a project's policy names the project alone
	}
	collection, name := fold(steps[len(steps)-2]), steps[len(steps)-1]
	if row, ok := partRows()["gcp iam "+collection]; ok {
		for _, change := range e.Changes {
			if change.Path == "bindings" {
				h.googleMember(e, row, strings.Join(steps, "/"), name, change)
			}
		}
	}
	row, ok := partRows()["gcp "+collection]
	if !ok || e.Activity != audit.ActivityCreate && e.Activity != audit.ActivityDelete {
		return
	}
	key := "gcp\x00" + fold(path)
	if e.Activity == audit.ActivityDelete {
		h.unmake(key, e)
		return
	}
	parentID := strings.Join(steps[:len(steps)-2], "/")
	if row.ParentAt != "" {
		parentID = linkPath(textsAt(e.Request, row.ParentAt))
	}
	if parentID == "" { // the second record of a long call names no parent
		return
	}
	if parent := h.parent(row, parentID); parent != nil && len(h.managed[fold(path)]) == 0 {
		h.note(key, e, making{kind: row.Type, parent: parent, ids: []string{path}, children: map[string]any{"name": name}})
	}
}

func (h *handwork) googleMember(e *audit.Event, row partRow, path, name string, change audit.AttributeChange) {
	binding := change.After
	if binding == nil {
		binding = change.Before
	}
	role, member := tree.String(binding, "role"), tree.String(binding, "member")
	parent := firstManaged(h.parent(row, path), h.parent(row, name))
	for kind, list := range h.byType {
		if !strings.HasPrefix(kind, strings.TrimSuffix(row.Type, "member")) {
			continue
		}
		for _, m := range list {
			if !strings.EqualFold(lastName(tree.String(m.Attributes[row.Attribute])), name) {
				continue
			}
			if tree.String(m.Attributes["role"]) == role && (sameMember(tree.String(m.Attributes["member"]), member) || holds(m.Attributes["members"], member)) {
				return // a stack knows it
			}
			if parent == nil || parent.Type > m.Type || parent.Type == m.Type && parent.Address > m.Address {
				parent = m // whoever manages part of a policy wants to know of the rest
			}
		}
	}
	if parent == nil || role == "" || member == "" {
		return
	}
	id := strings.NewReplacer("{parent}", name, "{path}", path, "{role}", role, "{member}", member).Replace(row.Import)
	h.note("member\x00"+path+"\x00"+role+"\x00"+fold(member), e, making{kind: row.Type, parent: parent, unmade: change.After == nil, ids: []string{id},
		children: map[string]any{row.Attribute: name, "role": role, "member": member}})
}

func firstManaged(list ...*Managed) *Managed {
	for _, m := range list {
		if m != nil {
			return m
		}
	}
	return nil
}

func holds(v any, member string) bool {
	list, _ := v.([]any)
	return slices.ContainsFunc(list, func(e any) bool { return sameMember(tree.String(e), member) })
}

// kubePart: the namespace of an object is its parent, or what its request names.
func (h *handwork) kubePart(e *audit.Event, r audit.Resource) {
	row, ok := partRows()["kubernetes "+r.Type]
	if !ok || strings.Count(e.Operation, "/") > 0 {
		return
	}
	key := "kube\x00" + r.Type + "\x00" + fold(r.ID)
	switch e.Activity {
	case audit.ActivityDelete:
		h.unmake(key, e)
		return
	case audit.ActivityCreate:
	default:
		return
	}
	parentID, _, namespaced := strings.Cut(r.ID, "/")
	if !namespaced {
		parentID = textsAt(e.Request, row.ParentAt)
	}
	if row.Parent == "" {
		row.Parent = "kubernetes_namespace"
	}
	parent := h.parent(row, parentID)
	if parent == nil || slices.ContainsFunc(h.managed[fold(r.ID)], func(m *Managed) bool { return kubeAlias(kubeKind(m.Type), "") == kubeAlias(r.Type, "") }) {
		return
	}
	h.note(key, e, making{kind: row.Type, parent: parent, ids: []string{r.ID}, children: map[string]any{"metadata": []any{tree.Get(e.Request, "metadata")}}})
}

// kubeKind is the kind that a resource type manages: kubernetes_role_binding_v1 manages role_binding.
func kubeKind(resourceType string) string {
	_, kind, _ := strings.Cut(kubeVersion.ReplaceAllString(resourceType, ""), "_")
	return kind
}

func (h *handwork) githubPart(e *audit.Event) {
	row, ok := partRows()["github "+e.Operation]
	if !ok {
		return
	}
	values := map[string]string{}
	for _, r := range e.Resources {
		values[r.Type] = lastName(r.ID)
	}
	for key, v := range tree.Map(e.Request) {
		if s, scalar := scalarText(v); scalar && values[key] == "" {
			values[key] = s
		}
	}
	fields, known, key := map[string]any{}, false, row.Type
	for _, name := range sortedNames(row.Attributes) {
		fields[name] = values[row.Attributes[name]]
		key += "\x00" + fold(values[row.Attributes[name]])
	}
	for _, m := range h.byType[row.Type] {
		same := true
		for name, v := range fields {
			have := lastName(tree.String(m.Attributes[name]))
			same = same && (strings.EqualFold(have, v.(string)) || isDigits(have) && name == "team_id")
		}
		known = known || same
	}
	row.Parent = "github_"
	parent := firstManaged(h.parent(row, values["repo"]), h.parent(row, values["team"]))
	if known || parent == nil {
		return
	}
	id := row.Import
	for name, v := range values {
		id = strings.ReplaceAll(id, "{"+name+"}", v)
	}
	h.note(key, e, making{kind: row.Type, parent: parent, unmade: e.Operation == row.Undo, ids: []string{id}, children: fields})
}

func sortedNames(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// parent finds what is managed under an id: for GitHub a repository or team, by its name.
func (h *handwork) parent(row partRow, id string) *Managed {
	if id == "" {
		return nil
	}
	for _, m := range h.managed[fold(id)] {
		switch {
		case row.Parent == "github_" && m.Type != "github_repository" && m.Type != "github_team":
		case strings.HasPrefix(m.Type, row.Parent):
			return m
		}
	}
	return nil
}
