package kube_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/kube"
)

// TestWhatIsTouched: each record names what it acted on, in the forms that a log has for it.
func TestWhatIsTouched(t *testing.T) {
	for name, c := range map[string]struct {
		record    string
		want      []audit.Resource
		truncated bool
	}{
		"a namespace is in no namespace": {
			`{"verb":"patch","objectRef":{"resource":"namespaces","namespace":"shop","name":"shop"},"requestObject":{}}`,
			[]audit.Resource{{Type: "namespaces", ID: "shop", Name: "shop"}}, false,
		},
		"a create is named by its answer": {
			`{"verb":"create","objectRef":{"resource":"configmaps","namespace":"shop"},"requestObject":{"metadata":{"generateName":"x-"}},"responseObject":{"metadata":{"name":"x-1","uid":"u-1"}}}`,
			[]audit.Resource{{Type: "configmaps", ID: "shop/x-1", Name: "x-1"}, {Type: "configmaps", ID: "u-1"}}, false,
		},
		"a delete answers with a status": {
			`{"verb":"delete","objectRef":{"resource":"configmaps","namespace":"shop","name":"x"},"responseObject":{"kind":"Status","metadata":{},"details":{"name":"x","uid":"u-2"}}}`,
			[]audit.Resource{{Type: "configmaps", ID: "shop/x", Name: "x"}, {Type: "configmaps", ID: "u-2"}}, false,
		},
		"a collection names what it held": {
			`{"verb":"deletecollection","objectRef":{"resource":"pods","namespace":"shop"},"responseObject":{"kind":"PodList","items":[{"metadata":{"name":"a","namespace":"shop","uid":"u-3"}},{"metadata":{}},7]}}`,
			[]audit.Resource{{Type: "pods", ID: "shop/a", Name: "a"}, {Type: "pods", ID: "u-3"}}, false,
		},
		"a token is not its service account": {
			`{"verb":"create","objectRef":{"resource":"serviceaccounts","subresource":"token","namespace":"shop","name":"ci"},"requestObject":{},"responseObject":{"metadata":{"name":"ci","uid":"other"}}}`,
			[]audit.Resource{{Type: "serviceaccounts", ID: "shop/ci", Name: "ci"}}, false,
		},
		"a log without bodies hides what was written": {
			`{"level":"Metadata","verb":"patch","objectRef":{"resource":"secrets","namespace":"shop","name":"db"}}`,
			[]audit.Resource{{Type: "secrets", ID: "shop/db", Name: "db"}}, true,
		},
		"a call on no object": {`{"verb":"get","requestURI":"/healthz"}`, nil, false},
	} {
		e, err := kube.Decode(parse(t, c.record))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, e.Resources); diff != "" || e.Truncated != c.truncated {
			t.Errorf("%s: truncated %v\n%s", name, e.Truncated, diff)
		}
	}
}

// TestWhoActed: a program may act for a person; a person never passes for another.
func TestWhoActed(t *testing.T) {
	for name, c := range map[string]struct {
		record string
		want   audit.Actor
	}{
		"a person": {`{"user":{"username":"alice@example.com"}}`, audit.Actor{Name: "alice@example.com", Type: audit.ActorHuman, Principal: "alice@example.com"}},
		"a proxy acts for a person": {
			`{"user":{"username":"system:serviceaccount:portal:proxy"},"impersonatedUser":{"username":"alice@example.com"}}`,
			audit.Actor{Name: "alice@example.com", Type: audit.ActorHuman, Principal: "system:serviceaccount:portal:proxy", Issuer: "system:serviceaccount:portal:proxy"},
		},
		"a person who uses --as is still that person": {
			`{"user":{"username":"bob@example.com"},"impersonatedUser":{"username":"alice@example.com"}}`,
			audit.Actor{Name: "bob@example.com", Type: audit.ActorHuman, Principal: "bob@example.com"},
		},
		"a shared credential that uses --as names nobody": {
			`{"user":{"username":"kubernetes-admin"},"impersonatedUser":{"username":"alice@example.com"}}`,
			audit.Actor{Name: "kubernetes-admin", Type: audit.ActorRole, Principal: "kubernetes-admin"},
		},
		"a controller of the cluster": {
			`{"user":{"username":"system:serviceaccount:kube-system:horizontal-pod-autoscaler"}}`,
			audit.Actor{Name: "system:serviceaccount:kube-system:horizontal-pod-autoscaler", Type: audit.ActorService, Principal: "system:serviceaccount:kube-system:horizontal-pod-autoscaler"},
		},
		"a program of the users": {
			`{"user":{"username":"system:serviceaccount:argocd:argocd-application-controller"}}`,
			audit.Actor{Name: "system:serviceaccount:argocd:argocd-application-controller", Type: audit.ActorMachine, Principal: "system:serviceaccount:argocd:argocd-application-controller"},
		},
	} {
		v := parse(t, c.record)
		v.(map[string]any)["verb"] = "patch"
		e, err := kube.Decode(v)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, e.Actor); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestSubresources: to ask an account for a token or a pod for a shell makes nothing.
func TestSubresources(t *testing.T) {
	for record, want := range map[string]audit.Activity{
		`{"verb":"create","objectRef":{"resource":"serviceaccounts","subresource":"token","name":"ci"}}`: audit.ActivityOther,
		`{"verb":"create","objectRef":{"resource":"pods","subresource":"exec","name":"p"}}`:              audit.ActivityOther,
		`{"verb":"create","objectRef":{"resource":"pods","subresource":"eviction","name":"p"}}`:          audit.ActivityDelete,
		`{"verb":"update","objectRef":{"resource":"deployments","subresource":"scale","name":"d"}}`:      audit.ActivityUpdate,
		`{"verb":"create","objectRef":{"resource":"pods","name":"p"}}`:                                   audit.ActivityCreate,
	} {
		if e, err := kube.Decode(parse(t, record)); err != nil || e.Activity != want {
			t.Errorf("%s: activity %d, want %d (%v)", record, e.Activity, want, err)
		}
	}
}
