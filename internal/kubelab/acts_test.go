package kubelab

import (
	"net/http"
	"testing"

	"github.com/mooringdev/mooring/internal/engine/kubetest"
)

// The people and programs of the lab. Service accounts are made by the test.
const (
	alice   = "alice@example.com"
	bob     = "bob@example.com"
	ci      = "ci-terraform"
	scanner = "drift-scanner"
	argo    = "system:serviceaccount:argocd:argocd-application-controller"
	hpa     = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
	portal  = "system:serviceaccount:portal:cluster-proxy"
)

const (
	configMaps = "/api/v1/namespaces/shop/configmaps"
	api        = "/apis/apps/v1/namespaces/shop/deployments/api"
)

// live is what happens in the cluster behind the code's back.
func live(t *testing.T, c *kubetest.Cluster) {
	patch := func(as, path, contentType, body string) kubetest.Request {
		return kubetest.Request{As: as, Method: http.MethodPatch, Path: path, Type: contentType, Body: body}
	}

	// alice edits one value by hand. Before and after, bob tries the same and is refused, tries it out without effect, and reads it.
	c.Do(t, patch(bob, configMaps+"/settings?dryRun=All", kubetest.MergePatch, `{"data":{"mode":"blue"}}`))
	c.Do(t, patch(alice, configMaps+"/settings?fieldManager=kubectl-edit", kubetest.StrategicPatch, `{"data":{"mode":"blue"}}`))
	c.Do(t, kubetest.Request{As: bob, Method: http.MethodGet, Path: configMaps + "/settings"})
	c.Refused(t, http.StatusConflict, patch(bob, configMaps+"/settings", kubetest.MergePatch, `{"metadata":{"resourceVersion":"1"},"data":{"mode":"blue"}}`))

	// Two people on one map: bob replaces it, changing one key and losing another, alice adds a third.
	c.Do(t, kubetest.Request{As: bob, Method: http.MethodPut, Path: configMaps + "/limits?fieldManager=kubectl-replace",
		Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"limits","namespace":"shop"},"data":{"cpu":"2","memory":"2Gi"}}`})
	c.Do(t, patch(alice, configMaps+"/limits", kubetest.MergePatch, `{"data":{"burst":"4"}}`))

	c.Do(t, kubetest.Request{As: alice, Method: http.MethodDelete, Path: configMaps + "/doomed"})

	// bob takes an object away and makes it anew, and makes one that no code knows.
	c.Do(t, kubetest.Request{As: bob, Method: http.MethodDelete, Path: configMaps + "/reborn"})
	c.Do(t, kubetest.Request{As: bob, Method: http.MethodPost, Path: configMaps + "?fieldManager=kubectl-create",
		Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"reborn"},"data":{"life":"second"}}`})
	c.Do(t, kubetest.Request{As: bob, Method: http.MethodPost, Path: configMaps,
		Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"rogue"},"data":{"made":"by hand"}}`})

	// A controller applies its own idea of an object; the autoscaler scales; alice rolls out another image and bob another setting of it.
	c.Do(t, kubetest.Request{As: argo, Agent: "argocd-application-controller/v2.13.0", Method: http.MethodPatch, Type: kubetest.ApplyPatch,
		Path: configMaps + "/synced?fieldManager=argocd-controller&force=true",
		Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"synced","namespace":"shop"},"data":{"revision":"2"}}`})
	c.Do(t, kubetest.Request{As: hpa, Agent: "kube-controller-manager/v1.34.1 (linux/amd64) kubernetes/93248f9/system:serviceaccount:kube-system:horizontal-pod-autoscaler",
		Method: http.MethodPut, Path: api + "/scale", Body: `{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"api","namespace":"shop"},"spec":{"replicas":5}}`})
	c.Do(t, patch(alice, api+"?fieldManager=kubectl-set", kubetest.StrategicPatch,
		`{"spec":{"template":{"spec":{"containers":[{"name":"api","image":"registry.example/api:1.1"}]}}}}`))
	c.Do(t, patch(bob, api, kubetest.StrategicPatch,
		`{"spec":{"template":{"spec":{"containers":[{"name":"api","env":[{"name":"LOG_LEVEL","value":"debug"}]}]}}}}`))

	c.Do(t, patch(alice, "/api/v1/namespaces/shop/services/api", kubetest.JSONPatch, `[{"op":"replace","path":"/spec/ports/0/port","value":8081}]`))

	// The log does not show what secrets are set to.
	c.Do(t, patch(bob, "/api/v1/namespaces/shop/secrets/db", kubetest.MergePatch, `{"data":{"password":"c2VjcmV0LWNhbmFyeQ=="}}`))

	c.Do(t, patch(bob, "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/viewers", kubetest.JSONPatch,
		`[{"op":"add","path":"/subjects/-","value":{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"mallory@example.com"}}]`))

	// A person who works through a proxy that acts for them.
	proxied := patch(portal, "/api/v1/namespaces/shop", kubetest.MergePatch, `{"metadata":{"labels":{"tier":"gold"}}}`)
	proxied.Impersonate = alice
	c.Do(t, proxied)

	// What an object goes through without any change that code could know.
	c.Do(t, patch(hpa, configMaps+"/quiet", kubetest.MergePatch, `{"metadata":{"annotations":{"control-plane.alpha.kubernetes.io/leader":"x"}}}`))
}
