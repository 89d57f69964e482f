package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"github.com/mooringdev/mooring/internal/audit/kube"
)

// A kind is how the API serves one.
type kind struct {
	resource   schema.GroupVersionResource
	namespaced bool
}

// kinds are the cluster's, by name in lower case, in the order in which the server prefers them.
type kinds map[string][]kind

func (k kinds) find(ref kube.Ref) (kind, bool) {
	for _, found := range k[ref.Kind] {
		if (ref.Group == "" || ref.Group == found.resource.Group) && found.namespaced == (ref.Namespace != "") {
			return found, true
		}
	}
	return kind{}, false
}

// A directory asks a server what it is and serves. client-go's discovery package does the same and links the types of every API there is into
// the program, a quarter of its size.
type directory struct{ client *rest.RESTClient }

func newDirectory(config *rest.Config) (*directory, error) {
	known := runtime.NewScheme()
	v1.AddToGroupVersion(known, schema.GroupVersion{Version: "v1"}) // what refusals are written in
	config = rest.CopyConfig(config)
	config.GroupVersion, config.NegotiatedSerializer = &schema.GroupVersion{}, serializer.NewCodecFactory(known).WithoutConversion()
	client, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		return nil, err
	}
	return &directory{client}, nil
}

func (d *directory) read(ctx context.Context, path string, into any) error {
	body, err := d.client.Get().AbsPath(path).SetHeader("Accept", "application/json").DoRaw(ctx)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// kinds asks for the groups, and each of their versions for its kinds. With an error, those of the versions that did answer are returned
// beside it. A kind that several versions of a group serve is taken from the one that the server prefers.
func (d *directory) kinds(ctx context.Context) (kinds, error) {
	groups, err := d.groups(ctx)
	if err != nil {
		return kinds{}, err
	}
	type answer struct {
		list v1.APIResourceList
		err  error
	}
	answers := make([][]answer, len(groups))
	var asking sync.WaitGroup
	for i, versions := range groups {
		answers[i] = make([]answer, len(versions))
		for j, gv := range versions {
			asking.Go(func() {
				path := "/apis/" + gv.String()
				if gv.Group == "" {
					path = "/api/" + gv.Version
				}
				a := &answers[i][j]
				if a.err = d.read(ctx, path, &a.list); a.err != nil {
					a.err = fmt.Errorf("%s: %w", gv, a.err)
				}
			})
		}
	}
	asking.Wait()
	out := kinds{}
	var errs []error
	for i, versions := range groups {
		seen := map[string]bool{}
		for j, gv := range versions {
			errs = append(errs, answers[i][j].err)
			for _, r := range answers[i][j].list.APIResources {
				if strings.Contains(r.Name, "/") || seen[r.Name] { // a part of another, like deployments/scale; or a version that is preferred has it
					continue
				}
				seen[r.Name] = true
				name := strings.ToLower(r.Kind)
				out[name] = append(out[name], kind{resource: gv.WithResource(r.Name), namespaced: r.Namespaced})
			}
		}
	}
	return out, errors.Join(errs...)
}

// groups are the versions of each group, the preferred one first. A server may lack one of the two trees, or not let everyone see it.
func (d *directory) groups(ctx context.Context) ([][]schema.GroupVersion, error) {
	var core v1.APIVersions
	if err := d.read(ctx, "/api", &core); err != nil && !hidden(err) {
		return nil, err
	}
	var named v1.APIGroupList
	if err := d.read(ctx, "/apis", &named); err != nil && !(hidden(err) && len(core.Versions) > 0) {
		return nil, err
	}
	var out [][]schema.GroupVersion
	if len(core.Versions) > 0 {
		var versions []schema.GroupVersion
		for _, v := range core.Versions {
			versions = append(versions, schema.GroupVersion{Version: v})
		}
		out = append(out, versions)
	}
	for _, g := range named.Groups {
		var versions []schema.GroupVersion
		for _, v := range g.Versions {
			gv := schema.GroupVersion{Group: g.Name, Version: v.Version}
			if v.Version == g.PreferredVersion.Version {
				versions = slices.Insert(versions, 0, gv)
			} else {
				versions = append(versions, gv)
			}
		}
		out = append(out, versions)
	}
	return out, nil
}

func hidden(err error) bool { return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) }
