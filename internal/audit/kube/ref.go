package kube

import (
	"regexp"
	"strings"
)

// A Ref names an object in the cluster. Kind is in lower case without separators (configmap), as both the code's resource types and the API's kinds
// can be written.
type Ref struct {
	Kind      string
	Group     string // API group; "" when not known, or for the core group
	Namespace string
	Name      string
}

// version ends a resource type that is bound to a version of the API: kubernetes_deployment_v1, kubernetes_config_map_v1_data.
var version = regexp.MustCompile(`_v\d+((alpha|beta)\d+)?(_data)?$`)

// RefOf names the object behind a resource of the code, from its type and its id in state. ok is false for resources that are not one object of the
// API.
func RefOf(resourceType, id string) (ref Ref, ok bool) {
	provider, kind, _ := strings.Cut(resourceType, "_")
	if provider != "kubernetes" || id == "" {
		return Ref{}, false
	}
	if strings.Contains(id, "kind=") { // apiVersion=apps/v1,kind=Deployment,namespace=shop,name=api
		for part := range strings.SplitSeq(id, ",") {
			key, value, _ := strings.Cut(part, "=")
			switch key {
			case "apiVersion":
				if group, _, versioned := strings.Cut(value, "/"); versioned {
					ref.Group = group
				}
			case "kind":
				ref.Kind = strings.ToLower(value)
			case "namespace":
				ref.Namespace = value
			case "name":
				ref.Name = value
			}
		}
		return ref, ref.Kind != "" && ref.Name != ""
	}
	kind = strings.TrimPrefix(version.ReplaceAllString(kind, ""), "default_")
	ref.Kind = strings.ReplaceAll(kind, "_", "")
	ref.Name = id
	if namespace, name, namespaced := strings.Cut(id, "/"); namespaced {
		ref.Namespace, ref.Name = namespace, name
	}
	return ref, ref.Kind != "" && ref.Name != ""
}
