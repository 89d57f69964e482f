package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// describedName is the name that an object has in the configuration that [Saved.Describe] asks for.
const describedName = "mooring_described"

// firstWithImports is the first version of either engine that knows import blocks and writes configuration for them.
var firstWithImports = version.Must(version.NewVersion("1.5.0"))

// Describe has the engine read an object that no state knows, and write a resource block for it: every argument that it has a value for, those
// that the provider marks sensitive as null. typ is a resource type, id what an import of it wants, provider the address of the provider's
// configuration in the root module, "" for the default one. Nothing is imported. The block may be one that the engine itself would not plan:
// arguments that exclude each other are all written.
func (s *Saved) Describe(ctx context.Context, typ, id, provider string) ([]byte, error) {
	if v, err := version.NewVersion(s.Engine.Version); err != nil || v.LessThan(firstWithImports) {
		return nil, fmt.Errorf("%s %s has no import blocks: they came with %s", s.Engine.Name, s.Engine.Version, firstWithImports)
	}
	way := s.way()
	tree, err := s.takeTree(ctx, way)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("import {\n  to = %s.%s\n  id = %s\n", typ, describedName, hclwrite.TokensForValue(cty.StringVal(id)).Bytes())
	if provider != "" {
		text += "  provider = " + provider + "\n"
	}
	files := map[string][]byte{path.Join(s.Workdir.Path, describedName+".tf"): []byte(text + "}\n")}
	written, err := s.describe(ctx, tree, way, files)
	if restored := s.restore(tree, files); restored != nil {
		return nil, errors.Join(err, restored)
	}
	s.mu.Lock()
	s.free = append(s.free, tree)
	s.mu.Unlock()
	return written, err
}

func (s *Saved) describe(ctx context.Context, tree, way string, files map[string][]byte) ([]byte, error) {
	for name, content := range files {
		if err := s.edit(tree, name, content); err != nil {
			return nil, fmt.Errorf("ask for an object in a copy of the stack: %w", err)
		}
	}
	dir, file, written := s.layout.place(tree, s.module), tree+".tfplan", tree+".described.tf"
	defer func() { _, _ = os.Remove(file), os.Remove(written) }()
	extra := []string{"-generate-config-out=" + written}
	if way == WayOffline {
		extra = append(extra, "-refresh=false")
	}
	raw, out, err := s.runPlan(ctx, dir, s.planEnv(), file, extra...)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(written)
	switch {
	case err == nil:
		return text, nil
	case errors.Is(err, os.ErrNotExist) && out.code != 0:
		return nil, s.failure("plan", raw, out)
	case errors.Is(err, os.ErrNotExist):
		return nil, errors.New("the engine wrote no configuration for the object")
	}
	return nil, fmt.Errorf("read what the engine wrote: %w", err)
}
