package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"

	"github.com/mooringdev/mooring/internal/action"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/stack"
	"github.com/mooringdev/mooring/internal/version"
)

// Prepare says how a workflow can split the stacks, and what it can keep between runs.
func (h *host) Prepare(ctx context.Context, in action.Inputs) (action.Preparation, error) {
	w, err := h.open(ctx, in)
	if err != nil {
		return action.Preparation{}, err
	}
	o, err := h.app.options(w)
	if err != nil {
		return action.Preparation{}, err
	}
	o.Stacks = w.under(in.Stacks)
	stacks, err := scan.Stacks(ctx, o)
	if err != nil {
		return action.Preparation{}, err
	}
	matrix, err := json.Marshal(jobMatrix(max(in.Shards, 1), len(stacks)))
	if err != nil {
		return action.Preparation{}, err
	}
	return action.Preparation{Matrix: string(matrix), CachePath: o.CacheDir, CacheKey: cacheKey(o.FS, stacks)}, nil
}

// jobMatrix is a value for strategy.matrix: at most n jobs, and none without a stack.
func jobMatrix(n, stacks int) map[string][]string {
	matrix := map[string][]string{"shard": {}}
	n = min(n, stacks)
	for i := range n {
		matrix["shard"] = append(matrix["shard"], fmt.Sprintf("%d/%d", i+1, n))
	}
	return matrix
}

// cacheKey names what the cache directory will hold: the providers that the lock files choose and the engines that version files ask for,
// on this platform, for this version of Mooring.
func cacheKey(tree fs.FS, stacks []stack.Stack) string {
	sum := sha256.New()
	var files []string
	for _, s := range stacks {
		for dir := s.Path; ; dir = path.Dir(dir) {
			for _, name := range []string{".terraform.lock.hcl", ".opentofu-version", ".terraform-version", ".tool-versions", ".mooring.hcl"} {
				files = append(files, path.Join(dir, name))
			}
			if dir == "." {
				break
			}
		}
	}
	slices.Sort(files)
	for _, name := range slices.Compact(files) {
		if text, err := fs.ReadFile(tree, name); err == nil {
			fmt.Fprintf(sum, "%s %d\n", name, len(text))
			sum.Write(text)
		}
	}
	return fmt.Sprintf("mooring-%s-%s-%s-%s", runtime.GOOS, runtime.GOARCH, version.Version, hex.EncodeToString(sum.Sum(nil)[:12]))
}
