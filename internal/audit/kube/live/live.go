// Package live asks a cluster's API server for the objects that findings are about, and reads from their managedFields how and when they were
// written. It is the source for clusters without an audit log: it never says who.
//
// Start with [New]. Only the objects of the query are fetched, one request each; what package kube's Fields says of them applies. An object that is gone
// says nothing. A refusal or failure becomes a *audit.SourceError and the other objects are still read.
//
// Right needed: get on the kinds that the code manages. The values of secrets are dropped as they arrive.
package live

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/dynamic"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/kube"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Limits that keep a scan from weighing on the server. The client paces itself and waits as long as the server asks it to.
const (
	perSecond = 50
	burst     = 100
	timeout   = 30 * time.Second
)

// Options say which cluster to ask. The zero Options are what kubectl would ask without any.
type Options struct {
	Kubeconfig string   // file; "" for those of KUBECONFIG, else the one in the home folder, else the cluster that the program runs in
	Context    string   // of the kubeconfig; "" for its current one
	Env        []string // KEY=VALUE, the last one winning
}

// New returns a source that asks a cluster. A cluster that cannot be found is told by the query, as one that does not answer is.
func New(o Options) audit.Source { return &source{o} }

type source struct{ Options }

func (s *source) Name() string { return "kubernetes" }

func (s *source) Capabilities() audit.Capabilities {
	return audit.Capabilities{Provider: "kubernetes", HasValues: true}
}

// Check asks the server for its version: a query asks nothing when no finding is of a cluster.
func (s *source) Check(ctx context.Context) (string, error) {
	config, err := s.config()
	if err != nil {
		return "", sourceError("find the cluster to ask", err)
	}
	server, err := newDirectory(config)
	if err != nil {
		return "", sourceError("set up a client", err)
	}
	if err := server.read(ctx, "/version", &version.Info{}); err != nil {
		return "", sourceError("reach "+config.Host, err)
	}
	return "", nil
}

// Query fetches the objects of q.Resources that are of this cloud.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		refs := wanted(q.Resources)
		if len(refs) == 0 {
			return
		}
		config, err := s.config()
		if err != nil {
			yield(audit.Event{}, sourceError("find the cluster to ask", err))
			return
		}
		server, err := newDirectory(config)
		if err != nil {
			yield(audit.Event{}, sourceError("set up a client", err))
			return
		}
		kinds, err := server.kinds(ctx)
		if err != nil && !yield(audit.Event{}, sourceError("ask the cluster which kinds it has", err)) {
			return
		}
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			yield(audit.Event{}, sourceError("set up a client", err))
			return
		}
		for _, ref := range refs {
			kind, ok := kinds.find(ref)
			if !ok {
				continue // the warning about discovery says why, or the type is none of the API's
			}
			if ctx.Err() != nil || !object(ctx, client, kind, ref, yield) {
				return
			}
		}
	}
}

// object yields what one object says. It returns false when the consumer wants no more.
func object(ctx context.Context, client dynamic.Interface, kind kind, ref kube.Ref, yield func(audit.Event, error) bool) bool {
	var from dynamic.ResourceInterface = client.Resource(kind.resource)
	if kind.namespaced {
		from = client.Resource(kind.resource).Namespace(ref.Namespace)
	}
	got, err := from.Get(ctx, ref.Name, v1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return true
	}
	if err != nil {
		return yield(audit.Event{}, sourceError("get "+kind.resource.Resource+" "+strings.Trim(ref.Namespace+"/"+ref.Name, "/"), err))
	}
	text, err := got.MarshalJSON()
	if err != nil {
		return yield(audit.Event{}, sourceError("read "+ref.Name, err))
	}
	v, err := tree.Parse(text) // numbers as all events have them
	if err != nil {
		return yield(audit.Event{}, sourceError("read "+ref.Name, err))
	}
	events, err := kube.Fields(v, kind.resource.Resource)
	if err != nil && !yield(audit.Event{}, sourceError("read managedFields", err)) {
		return false
	}
	for _, e := range events {
		if !yield(e, nil) {
			return false
		}
	}
	return true
}

func wanted(resources []audit.Resource) []kube.Ref {
	var out []kube.Ref
	seen := map[kube.Ref]bool{}
	for _, r := range resources {
		if ref, ok := kube.RefOf(r.Type, r.ID); ok && !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	return out
}

func sourceError(doing string, err error) error {
	code := audit.ProblemFailed
	if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) {
		code = audit.ProblemNoPermission
	}
	return &audit.SourceError{Code: code, Err: fmt.Errorf("kubernetes: %s: %w", doing, err)}
}
