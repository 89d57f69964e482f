// Package kubelab is a laboratory: it holds no code, only a test that runs Mooring against a real Kubernetes.
//
// Start at lab_test.go. A real API server with its audit log (package kubetest), the real Kubernetes provider and a real engine apply testdata/shop;
// then people and controllers, each with their own credentials, patch, replace, delete and make objects. One scan must tell what they did and name
// the right one for each; a second, which has no audit log, must tell how and when from what the objects themselves remember, and name nobody; and
// what is adopted must leave nothing to plan. `make lab-kube` builds what it needs and runs it.
package kubelab
