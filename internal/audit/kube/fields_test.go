package kube_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/kube"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// deployment is what an API server answers after terraform made it, a person set the image and an autoscaler the replicas.
const deployment = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"api","namespace":"shop","uid":"u-1","labels":{"tier":"web"},
 "managedFields":[
  {"manager":"HashiCorp","operation":"Update","apiVersion":"apps/v1","time":"2026-11-20T08:00:00Z","fieldsType":"FieldsV1","fieldsV1":{
   "f:metadata":{"f:labels":{".":{},"f:tier":{}}},
   "f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"api\"}":{".":{},"f:name":{},"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}}}},
  {"manager":"kubectl-edit","operation":"Update","apiVersion":"apps/v1","time":"2026-11-20T09:00:00Z","fieldsType":"FieldsV1","fieldsV1":{
   "f:metadata":{"f:finalizers":{".":{},"v:\"keep\"":{}}},
   "f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"api\"}":{"f:image":{}}}}}}}},
  {"manager":"kube-controller-manager","operation":"Update","apiVersion":"apps/v1","time":"2026-11-20T10:00:00Z","subresource":"scale","fieldsType":"FieldsV1","fieldsV1":{
   "f:spec":{"f:replicas":{}}}}],
 "finalizers":["other","keep"]},
 "spec":{"replicas":5,"template":{"spec":{"containers":[
  {"name":"side","image":"side:1"},{"name":"api","image":"api:2","ports":[{"containerPort":80,"protocol":"TCP"},{"containerPort":81,"protocol":"TCP"}]}]}}}}`

func parse(t *testing.T, text string) any {
	t.Helper()
	v, err := tree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFields(t *testing.T) {
	object := parse(t, deployment)
	if !kube.IsObject(object) {
		t.Error("the object is not recognised")
	}
	events, err := kube.Fields(object, "deployments")
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		Operation string
		Via       audit.Via
		At        string
		Actor     audit.Actor
		Request   string
	}
	var got []seen
	for _, e := range events {
		request, err := json.Marshal(e.Request)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, seen{e.Operation, e.Via, e.Time.Format(time.RFC3339), e.Actor, string(request)})
		want := []audit.Resource{{Type: "deployments", ID: "shop/api", Name: "api"}, {Type: "deployments", ID: "u-1"}}
		if diff := cmp.Diff(want, e.Resources); diff != "" {
			t.Error(diff)
		}
	}
	want := []seen{
		{"Update deployments by HashiCorp", audit.ViaTerraform, "2026-11-20T08:00:00Z", audit.Actor{},
			`{"metadata":{"labels":{"tier":"web"}},"spec":{"template":{"spec":{"containers":[{"name":"api","ports":[{"containerPort":80,"protocol":"TCP"}]}]}}}}`},
		{"Update deployments by kubectl-edit", audit.ViaKubectl, "2026-11-20T09:00:00Z", audit.Actor{},
			`{"metadata":{"finalizers":["keep"]},"spec":{"template":{"spec":{"containers":[{"image":"api:2","name":"api"}]}}}}`},
		{"Update deployments/scale by kube-controller-manager", audit.ViaService, "2026-11-20T10:00:00Z", audit.Actor{}, `{"spec":{"replicas":5}}`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestFieldsOfContainers: who made a map owns the map, not what others put into it; who owns an atomic one owns all of it.
func TestFieldsOfContainers(t *testing.T) {
	object := parse(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"synced","managedFields":[
	 {"manager":"argocd-controller","operation":"Apply","time":"2026-11-20T09:00:00Z","fieldsV1":{"f:data":{"f:revision":{}}}},
	 {"manager":"HashiCorp","operation":"Update","time":"2026-11-20T08:00:00Z","fieldsV1":{"f:data":{},"f:selector":{}}}]},
	 "data":{"revision":"2"},"selector":{"app":"api"}}`)
	events, err := kube.Fields(object, "configmaps")
	if err != nil {
		t.Fatal(err)
	}
	want := []any{
		map[string]any{"data": map[string]any{"revision": "2"}},
		map[string]any{"data": map[string]any{}, "selector": map[string]any{"app": "api"}},
	}
	if diff := cmp.Diff(want, []any{events[0].Request, events[1].Request}); diff != "" {
		t.Error(diff)
	}
}

// TestFieldsKeepSecrets: neither the values nor kubectl's copy of them leave the object.
func TestFieldsKeepSecrets(t *testing.T) {
	object := parse(t, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"shop","uid":"u-2",
	 "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"canary","team":"shop"},
	 "managedFields":[{"manager":"kubectl","operation":"Apply","apiVersion":"v1","time":"2026-11-20T08:00:00Z","fieldsV1":{
	  "f:data":{".":{},"f:password":{}},"f:metadata":{"f:annotations":{}}}}]},
	 "data":{"password":"canary"},"type":"Opaque"}`)
	events, err := kube.Fields(object, "secrets")
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	text, err := json.Marshal(events[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "canary") {
		t.Errorf("the secret's value is in the event: %s", text)
	}
	if got := tree.String(events[0].Request, "metadata", "annotations", "team"); got != "shop" {
		t.Errorf("annotation team is %q", got)
	}
}

// TestFieldsOfDamagedEntries: one bad entry costs itself alone, and nothing panics.
func TestFieldsOfDamagedEntries(t *testing.T) {
	for _, entry := range []string{`7`, `{}`, `{"fieldsV1":3}`, `{"fieldsV1":{"x:y":{}}}`, `{"fieldsV1":{"k:{":{}}}`, `{"fieldsV1":{"i:x":{}}}`, `{"manager":{},"time":[],"fieldsV1":{"f:spec":[]}}`} {
		object := parse(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","managedFields":[`+entry+`,
		 {"manager":"kubectl","operation":"Update","time":"2026-11-20T08:00:00Z","fieldsV1":{"f:data":{"f:a":{}}}}]},"data":{"a":"1"}}`)
		events, err := kube.Fields(object, "configmaps")
		if err != nil && !strings.Contains(err.Error(), "configmaps x: managedFields entry 0") {
			t.Errorf("%s: %v", entry, err)
		}
		if len(events) == 0 || tree.String(events[len(events)-1].Request, "data", "a") != "1" {
			t.Errorf("%s: the entry beside it is lost: %v", entry, events)
		}
	}
	if _, err := kube.Fields(parse(t, `{"metadata":{}}`), ""); err == nil {
		t.Error("an object without a name is taken")
	}
}

func TestRefOf(t *testing.T) {
	for _, c := range []struct {
		resourceType, id string
		want             kube.Ref
		ok               bool
	}{
		{"kubernetes_config_map", "shop/settings", kube.Ref{Kind: "configmap", Namespace: "shop", Name: "settings"}, true},
		{"kubernetes_config_map_v1_data", "shop/settings", kube.Ref{Kind: "configmap", Namespace: "shop", Name: "settings"}, true},
		{"kubernetes_horizontal_pod_autoscaler_v2beta2", "shop/api", kube.Ref{Kind: "horizontalpodautoscaler", Namespace: "shop", Name: "api"}, true},
		{"kubernetes_namespace", "shop", kube.Ref{Kind: "namespace", Name: "shop"}, true},
		{"kubernetes_default_service_account", "shop/default", kube.Ref{Kind: "serviceaccount", Namespace: "shop", Name: "default"}, true},
		{"kubernetes_cluster_role_binding", "system:x", kube.Ref{Kind: "clusterrolebinding", Name: "system:x"}, true},
		{"kubernetes_manifest", "apiVersion=apps/v1,kind=Deployment,namespace=shop,name=api", kube.Ref{Kind: "deployment", Group: "apps", Namespace: "shop", Name: "api"}, true},
		{"kubernetes_labels", "apiVersion=v1,kind=Node,name=n1", kube.Ref{Kind: "node", Name: "n1"}, true},
		{"kubernetes_manifest", "kind=,name=", kube.Ref{}, false},
		{"kubernetes_config_map", "", kube.Ref{}, false},
		{"aws_instance", "i-0abc", kube.Ref{}, false},
	} {
		got, ok := kube.RefOf(c.resourceType, c.id)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s %s: %+v, %v", c.resourceType, c.id, got, ok)
		}
	}
}
