// Package source builds engines, and the programs that tests and the Kubernetes lab use, from their public source through a Go module
// proxy: for places where release downloads are not reachable but Go modules are.
//
// Start at [Recipes]. Each recipe is a pinned go.mod and go.sum under recipes/, so a build is checked against recorded hashes and gives
// the same program everywhere. The result lands in the engine cache (package cache), where commands, tests and CI share it.
package source

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/engine/cache"
)

//go:embed recipes
var recipes embed.FS

// A Recipe says how one program is built.
type Recipe struct {
	Name    string // name in the cache: tofu, terraform, provider-local, provider-kubernetes, kube-apiserver, terragrunt
	Version string
	Program string // file name of the program
	folder  string // under recipes/
	pkg     string // Go package to build
	ldflags string
}

// Recipes lists what can be built. The versions are the ones that the go.mod files pin.
var Recipes = []Recipe{
	{
		Name: "tofu", Version: "1.12.6", Program: "tofu", folder: "opentofu",
		pkg: "github.com/opentofu/opentofu/cmd/tofu",
		// What OpenTofu's own release build sets; without it the program calls itself 1.12.6-dev.
		ldflags: "-X github.com/opentofu/opentofu/version.dev=no",
	},
	{Name: "terraform", Version: "1.5.7", Program: "terraform", folder: "terraform", pkg: "github.com/hashicorp/terraform"},
	{
		Name: "provider-local", Version: "1.4.0", Program: "terraform-provider-local", folder: "provider-local",
		pkg: "github.com/terraform-providers/terraform-provider-local",
	},
	{
		Name: "provider-kubernetes", Version: "1.13.4", Program: "terraform-provider-kubernetes", folder: "provider-kubernetes",
		pkg: "github.com/hashicorp/terraform-provider-kubernetes",
	},
	{
		Name: "kube-apiserver", Version: "1.34.1", Program: "kube-apiserver", folder: "kube-apiserver",
		pkg: "k8s.io/kubernetes/cmd/kube-apiserver",
		// What Kubernetes' own release build sets; without it the server calls itself v0.0.0-master.
		ldflags: "-X k8s.io/component-base/version.gitVersion=v1.34.1 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34",
	},
	{
		Name: "terragrunt", Version: "0.58.0", Program: "terragrunt", folder: "terragrunt", pkg: "github.com/gruntwork-io/terragrunt",
		// What Terragrunt's own release build sets; without it the program calls itself the latest.
		ldflags: "-X github.com/gruntwork-io/go-commons/version.Version=v0.58.0",
	},
}

// Lookup finds a recipe by its name in the cache or by its folder ("opentofu").
func Lookup(name string) (Recipe, bool) {
	for _, r := range Recipes {
		if name == r.Name || name == r.folder {
			return r, true
		}
	}
	return Recipe{}, false
}

// Build returns the program, building it with the given go program when the cache does not hold it yet, which takes minutes.
// env is the environment of the build: which proxy and checksum database to use is for the caller's Go settings to say.
func (r Recipe) Build(ctx context.Context, c cache.Cache, goProgram string, env []string) (string, error) {
	return c.Install(ctx, r.Name, r.Version, r.Program, func(ctx context.Context, dir string) error {
		return r.build(ctx, dir, goProgram, env)
	})
}

func (r Recipe) build(ctx context.Context, dir, goProgram string, env []string) error {
	module := filepath.Join(dir, "module")
	if err := os.Mkdir(module, 0o700); err != nil {
		return fmt.Errorf("build %s %s: %w", r.Name, r.Version, err)
	}
	defer func() { _ = os.RemoveAll(module) }()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := recipes.ReadFile("recipes/" + r.folder + "/" + name + ".txt")
		if err != nil {
			return fmt.Errorf("build %s %s: %w", r.Name, r.Version, err)
		}
		if err := os.WriteFile(filepath.Join(module, name), data, 0o600); err != nil {
			return fmt.Errorf("build %s %s: %w", r.Name, r.Version, err)
		}
	}
	cmd := exec.CommandContext(ctx, goProgram, "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
		"-ldflags", strings.TrimSpace("-s -w "+r.ldflags), "-o", filepath.Join(dir, cache.File(r.Program)), r.pkg)
	cmd.Dir = module
	// The caller's flags and workspace are about the caller's module, not this one; without cgo the program runs on any system of the kind.
	cmd.Env = append(append([]string{}, env...), "GOFLAGS=", "GOWORK=off", "GO111MODULE=on", "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	// go build stops its compilers when interrupted; a kill would leave them running.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("build %s %s from source: %w", r.Name, r.Version, ctx.Err())
		}
		return fmt.Errorf("build %s %s from source with go: %w: %s", r.Name, r.Version, err, lastLines(output.String(), 5))
	}
	return nil
}

// lastLines keeps the end of a program's output, where Go says what went wrong.
func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "; ")
}
