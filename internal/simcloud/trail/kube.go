package trail

import (
	"cmp"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
)

// kubeResources are the plural and the API group of each resource type.
var kubeResources = map[string]struct{ plural, group, version, kind string }{
	"kubernetes_config_map":                {"configmaps", "", "v1", "ConfigMap"},
	"kubernetes_secret":                    {"secrets", "", "v1", "Secret"},
	"kubernetes_namespace":                 {"namespaces", "", "v1", "Namespace"},
	"kubernetes_service":                   {"services", "", "v1", "Service"},
	"kubernetes_service_account":           {"serviceaccounts", "", "v1", "ServiceAccount"},
	"kubernetes_pod":                       {"pods", "", "v1", "Pod"},
	"kubernetes_persistent_volume_claim":   {"persistentvolumeclaims", "", "v1", "PersistentVolumeClaim"},
	"kubernetes_resource_quota":            {"resourcequotas", "", "v1", "ResourceQuota"},
	"kubernetes_limit_range":               {"limitranges", "", "v1", "LimitRange"},
	"kubernetes_deployment":                {"deployments", "apps", "v1", "Deployment"},
	"kubernetes_stateful_set":              {"statefulsets", "apps", "v1", "StatefulSet"},
	"kubernetes_daemonset":                 {"daemonsets", "apps", "v1", "DaemonSet"},
	"kubernetes_cron_job":                  {"cronjobs", "batch", "v1", "CronJob"},
	"kubernetes_job":                       {"jobs", "batch", "v1", "Job"},
	"kubernetes_horizontal_pod_autoscaler": {"horizontalpodautoscalers", "autoscaling", "v1", "HorizontalPodAutoscaler"},
	"kubernetes_ingress":                   {"ingresses", "networking.k8s.io", "v1", "Ingress"},
	"kubernetes_network_policy":            {"networkpolicies", "networking.k8s.io", "v1", "NetworkPolicy"},
	"kubernetes_role":                      {"roles", "rbac.authorization.k8s.io", "v1", "Role"},
	"kubernetes_role_binding":              {"rolebindings", "rbac.authorization.k8s.io", "v1", "RoleBinding"},
	"kubernetes_cluster_role":              {"clusterroles", "rbac.authorization.k8s.io", "v1", "ClusterRole"},
	"kubernetes_cluster_role_binding":      {"clusterrolebindings", "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding"},
}

// kubeLists are blocks that are lists in the API, with the name that they have there. Other blocks are objects.
var kubeLists = map[string]string{
	"container": "containers", "init_container": "initContainers", "port": "ports", "env": "env", "env_from": "envFrom", "volume": "volumes", "volume_mount": "volumeMounts",
	"image_pull_secrets": "imagePullSecrets", "toleration": "tolerations", "rule": "rules", "subject": "subjects", "ingress": "ingress", "egress": "egress", "from": "from", "to": "to", "limit": "limits",
	"match_expressions": "matchExpressions", "tls": "tls", "path": "paths", "host_aliases": "hostAliases",
}

func kubeCalls(c Change) []Call {
	verb, body := "patch", map[string]any{}
	switch {
	case c.Before == nil:
		verb = "create"
	case c.After == nil:
		verb = "delete"
	}
	for _, name := range changed(c) {
		if name != "id" && c.After != nil {
			body[camel(name)] = kubeTree(name, c.After[name])
		}
	}
	if metadata, ok := body["metadata"].(map[string]any); ok {
		for _, made := range []string{"uid", "resourceVersion", "generation", "selfLink"} {
			delete(metadata, made)
		}
	}
	call := Call{Service: kubeResources[c.Type].group, Operation: verb, Target: c.Type + " " + c.text("id")}
	if verb != "delete" {
		call.Request = body
	}
	return []Call{call}
}

// kubeTree writes blocks as objects or lists with the API's names; the keys of maps (labels, data) are the user's own.
func kubeTree(name string, v any) any {
	blocks, ok := v.([]any)
	if !ok || len(blocks) == 0 {
		return v
	}
	var out []any
	for _, b := range blocks {
		block, ok := b.(map[string]any)
		if !ok {
			return v
		}
		fields := map[string]any{}
		for k, e := range block {
			if bare(e) == nil {
				continue
			}
			field := camel(k)
			if plural, ok := kubeLists[k]; ok {
				field = plural
			}
			fields[field] = kubeTree(k, e)
		}
		out = append(out, fields)
	}
	if _, isList := kubeLists[name]; isList {
		return out
	}
	return out[0]
}

// Kubernetes writes records as an API server's audit log at level Request, one event a line.
func Kubernetes(records []Record) ([]byte, error) {
	var lines []any
	for _, r := range records {
		if r.Provider == "kubernetes" {
			lines = append(lines, kubeEvent(r))
		}
	}
	return jsonLines("kubernetes", lines)
}

func kubeEvent(r Record) map[string]any {
	typ, id, _ := strings.Cut(r.Target, " ")
	res := kubeResources[typ]
	res.plural = cmp.Or(res.plural, strings.ReplaceAll(strings.TrimPrefix(typ, "kubernetes_"), "_", "")+"s")
	res.version = cmp.Or(res.version, "v1")
	namespace, name, namespaced := strings.Cut(id, "/")
	if !namespaced {
		namespace, name = "", id
	}
	uri := "/api/" + res.version
	if res.group != "" {
		uri = "/apis/" + res.group + "/" + res.version
	}
	if namespace != "" {
		uri += "/namespaces/" + namespace
	}
	uri += "/" + res.plural
	if r.Operation != "create" {
		uri += "/" + name
	}
	ref := map[string]any{"resource": res.plural, "name": name, "apiVersion": res.version}
	if namespace != "" {
		ref["namespace"] = namespace
	}
	if res.group != "" {
		ref["apiGroup"] = res.group
	}
	code := map[string]int{"create": 201}[r.Operation]
	code = cmp.Or(code, 200)
	if r.Error != "" {
		code = 403
	}
	m := map[string]any{
		"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request", "auditID": r.ID, "stage": "ResponseComplete", "requestURI": uri, "verb": r.Operation,
		"user": kubeUser(r), "sourceIPs": []any{r.Actor.IP}, "userAgent": kubeAgent(r), "objectRef": ref, "responseStatus": map[string]any{"metadata": map[string]any{}, "code": code},
		"requestReceivedTimestamp": stamp(r.Time), "stageTimestamp": stamp(r.Time), "annotations": map[string]any{"authorization.k8s.io/decision": map[bool]string{true: "allow", false: "forbid"}[r.Error == ""]},
	}
	if r.Request != nil {
		m["requestObject"] = r.Request
	}
	return m
}

func kubeUser(r Record) map[string]any {
	switch r.Actor.Type {
	case audit.ActorService:
		return map[string]any{"username": "system:serviceaccount:kube-system:" + r.Actor.Role, "groups": []any{"system:serviceaccounts", "system:authenticated"}}
	case audit.ActorMachine:
		return map[string]any{"username": "system:serviceaccount:ci:" + r.Actor.Role, "groups": []any{"system:serviceaccounts", "system:authenticated"}}
	}
	return map[string]any{"username": r.Actor.Name, "groups": []any{"developers", "system:authenticated"}}
}

func kubeAgent(r Record) string {
	switch r.Via {
	case audit.ViaTerraform:
		return "HashiCorp/1.0 Terraform/" + orVersion(r.Engine)
	case audit.ViaService:
		return "kube-controller-manager/v1.34.1 (linux/amd64) kubernetes/93248f9/system:serviceaccount:kube-system:" + r.Actor.Role
	case audit.ViaConsole:
		return "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
	}
	return "kubectl/v1.34.1 (darwin/arm64) kubernetes/93248f9"
}
