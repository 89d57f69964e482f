package blame

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Logs other than CloudTrail name what was touched in one place. This file knows the forms of those names.

// resource looks up what the log lists as touched.
func (m *mentions) resource(e *audit.Event, r audit.Resource) {
	switch e.Provider {
	case "gcp":
		id := fold(strings.TrimPrefix(r.ID, "//"))
		if host, path, ok := strings.Cut(id, "/"); ok && strings.Contains(host, ".googleapis.com") {
			id = path
		}
		id = linkPath(id)
		m.lookResource(id, r)
		for _, place := range []string{"/zones/", "/regions/"} { // older calls name the place of what state knows by its location
			if now := strings.Replace(id, place, "/locations/", 1); now != id {
				m.lookResource(now, audit.Resource{Type: r.Type, ID: now})
			}
		}
		if strings.Contains(id, "/") {
			m.lookResource(lastName(id), audit.Resource{Type: r.Type, ID: id})
		}
	case "azure":
		id := fold(r.ID)
		m.lookResource(id, r)
		// A child of something managed inline: .../networkSecurityGroups/web/securityRules/ssh.
		if parts := strings.Split(id, "/"); len(parts) > 10 {
			m.lookResource(strings.Join(parts[:len(parts)-2], "/"), audit.Resource{Type: "child", ID: id, Name: lastName(r.ID)})
		}
	case "kubernetes":
		m.lookResource(kubeAlias(r.Type, r.ID), r)
		m.lookResource(fold(r.ID), r)
	case "github":
		m.lookResource(fold(r.ID), r)
		if strings.Contains(r.ID, "/") {
			m.lookResource(fold(lastName(r.ID)), r)
		}
	default:
		m.value(r.ID, false, true)
		m.value(r.Name, false, true)
	}
}

// onlyChild is the id of the child that an event names when it names nothing else of the subject.
func onlyChild(found []mention) string {
	child := ""
	for _, m := range found {
		if m.named.Type != "child" {
			return ""
		}
		child = m.named.ID
	}
	return child
}

func (m *mentions) lookResource(alias string, r audit.Resource) {
	for _, e := range m.ix[alias] {
		if m.found == nil {
			m.found = map[*subject][]mention{}
		}
		m.found[e.subject] = append(m.found[e.subject], mention{alias: alias, kind: e.kind, resource: true, named: r})
	}
}

// learnCloudIDs adds the aliases that the provider's log uses beside the ids of state.
func (s *subject) learnCloudIDs(values map[string]any) {
	switch s.provider {
	case "gcp":
		if s.isGoogleIAM() {
			s.learnGoogleIAM(values)
			return
		}
		for _, id := range slices.Clone(s.Finding.IDs) {
			if strings.Contains(id, "projects/") {
				s.addName(lastName(id))
			}
		}
		if s.account == "" {
			s.account = text(values["project"])
		}
	case "kubernetes":
		s.learnKube(values)
	case "github":
		if repo := firstOf(text(values["repository"]), text(values["repository_id"]), text(values["name"])); repo != "" && strings.HasPrefix(s.Finding.Type, "github_") {
			s.addName(lastName(repo))
		}
		for _, id := range s.Finding.IDs {
			if repo, _, ok := strings.Cut(id, ":"); ok {
				s.addName(repo)
			}
		}
	case "azure":
		if s.account == "" {
			for _, id := range s.Finding.IDs {
				if rest, ok := strings.CutPrefix(fold(id), "/subscriptions/"); ok {
					s.account, _, _ = strings.Cut(rest, "/")
				}
			}
		}
	}
}

var kubeVersion = regexp.MustCompile(`_v\d+((alpha|beta)\d+)?(_data)?$`)

// namesake tells whether the event is about another object of the same name: one of another cluster, or one that was there before.
func (s *subject) namesake(e *audit.Event) bool {
	other := false
	for _, r := range e.Resources {
		if r.Name != "" || len(s.uids) == 0 {
			continue
		}
		if s.uids[fold(r.ID)] {
			return false
		}
		other = true
	}
	return other && e.Provider == "kubernetes"
}

// learnKube makes the alias kind/namespace/name.
func (s *subject) learnKube(values map[string]any) {
	_, kind, _ := strings.Cut(kubeVersion.ReplaceAllString(s.Finding.Type, ""), "_")
	kind = strings.TrimPrefix(kind, "default_")
	var namespace, name string
	for _, path := range []string{"metadata", "manifest.metadata", "object.metadata"} {
		for _, meta := range at(values, path) {
			namespace, name = firstOf(namespace, tree.String(meta, "namespace")), firstOf(name, tree.String(meta, "name"))
			if uid := tree.String(meta, "uid"); uid != "" {
				s.strong[fold(uid)], s.uids[fold(uid)] = true, true
			}
		}
	}
	if k := firstOf(tree.String(values, "manifest", "kind"), tree.String(values, "object", "kind")); k != "" {
		kind = k
	}
	if name != "" {
		s.strong[kubeAlias(kind, strings.Trim(namespace+"/"+name, "/"))] = true
	}
	for _, id := range s.Finding.IDs {
		if strings.Contains(id, "kind=") { // apiVersion=v1,kind=ConfigMap,namespace=default,name=x
			fields := map[string]string{}
			for _, part := range strings.Split(id, ",") {
				key, value, _ := strings.Cut(part, "=")
				fields[key] = value
			}
			s.strong[kubeAlias(fields["kind"], strings.Trim(fields["namespace"]+"/"+fields["name"], "/"))] = true
			continue
		}
		s.strong[kubeAlias(kind, id)] = true
	}
	delete(s.names, "")
	s.names = map[string]bool{} // a bare name of one kind is a name of every kind
}

// kubeAlias joins a kind, in any spelling (config_map, ConfigMap, configmaps), with namespace and name.
func kubeAlias(kind, id string) string {
	flat := strings.ToLower(strings.ReplaceAll(kind, "_", ""))
	switch {
	case strings.HasSuffix(flat, "ies"):
		flat = flat[:len(flat)-3] + "y"
	case strings.HasSuffix(flat, "sses"):
		flat = flat[:len(flat)-2]
	case strings.HasSuffix(flat, "s") && !strings.HasSuffix(flat, "ss") && flat != "endpoints":
		flat = flat[:len(flat)-1]
	}
	return "kube:" + flat + "/" + fold(id)
}

// fitsNamed tells whether a name that the log lists belongs to a resource of the subject's type and place.
func (s *subject) fitsNamed(e *audit.Event, m mention) bool {
	switch e.Provider {
	case "gcp":
		return s.fitsPath(m.named.ID)
	case "github":
		return s.fitsGitHub(e, m)
	case "azure", "kubernetes":
		return false // names are only unique inside their full id
	}
	return overlap(operationWords(e.Operation), s.kind) > 0
}

// fitsPath compares projects/P/zones/Z/instances/N with what is known of the subject: its project, its place and its type.
func (s *subject) fitsPath(path string) bool {
	if s.isGoogleIAM() {
		return true
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 {
		return false
	}
	collection := newSegment(parts[len(parts)-2])
	if overlap(collection.words, s.kind) == 0 {
		return false
	}
	var own map[string]string
	for _, id := range s.Finding.IDs {
		if fields := pathFields(fold(id)); len(fields) > 0 {
			own = fields
		}
	}
	for key, value := range pathFields(path) {
		have := own[key]
		if key == "projects" {
			have = firstOf(have, fold(s.account))
		}
		numberOrName := key == "projects" && isDigits(have) != isDigits(value)
		if have != "" && value != "_" && value != "-" && have != value && !numberOrName {
			return false
		}
	}
	return true
}

// pathFields reads the pairs of a Google resource path that say where something is.
func pathFields(path string) map[string]string {
	parts := strings.Split(strings.Trim(linkPath(path), "/"), "/")
	out := map[string]string{}
	for i := 0; i+3 < len(parts)+1 && i+1 < len(parts); i++ {
		switch parts[i] {
		case "projects", "zones", "regions", "locations", "clusters", "instances", "keyrings", "managedzones", "topics":
			if i+2 < len(parts) || parts[i] == "projects" {
				out[parts[i]] = parts[i+1]
			}
		}
	}
	return out
}

// fitsGitHub compares repository and organisation.
func (s *subject) fitsGitHub(e *audit.Event, m mention) bool {
	if m.named.Type == "repo" {
		owner, _, _ := strings.Cut(m.named.ID, "/")
		full := text(s.values()["full_name"])
		return full == "" || strings.EqualFold(full, m.named.ID) || !strings.Contains(full, "/") || strings.EqualFold(strings.Split(full, "/")[0], owner) && strings.EqualFold(full, m.named.ID)
	}
	return overlap(newSegment(m.named.Type).words, s.kind) > 0 && overlap(splitWords(e.Operation), s.kind) > 0
}
