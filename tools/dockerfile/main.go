// Command dockerfile reads the Dockerfile, or the one that is named, as BuildKit does, with all of its checks, and lists the steps that it comes to for each platform of a
// release. It needs no Docker engine and no network: the base images are taken to be what they are named.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

func main() {
	name := "../../Dockerfile"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	if err := check(name); err != nil {
		fmt.Fprintln(os.Stderr, "Dockerfile:", err)
		os.Exit(1)
	}
}

func check(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for _, arch := range []string{"amd64", "arm64"} {
		platform := ocispecs.Platform{OS: "linux", Architecture: arch}
		caps := pb.Caps.CapSet(pb.Caps.All())
		o := dockerfile2llb.ConvertOpt{
			Config:         dockerui.Config{BuildPlatforms: []ocispecs.Platform{platform}, TargetPlatforms: []ocispecs.Platform{platform}},
			TargetPlatform: &platform, MetaResolver: named{platform}, LLBCaps: &caps,
		}
		warnings := 0
		o.Warn = func(rule, _, _, text string, at []parser.Range) {
			warnings++
			fmt.Fprintf(os.Stderr, "Dockerfile:%d: %s (%s)\n", at[0].Start.Line, text, rule)
		}
		state, image, _, _, err := dockerfile2llb.Dockerfile2LLB(context.Background(), text, o)
		if err != nil {
			return err
		}
		if warnings > 0 {
			return fmt.Errorf("%d warnings", warnings)
		}
		definition, err := state.Marshal(context.Background(), llb.Platform(platform))
		if err != nil {
			return err
		}
		user := image.Config.User
		if user == "" || user == "0" || user == "root" {
			return fmt.Errorf("the image runs as %q: want a user without rights", user)
		}
		fmt.Printf("Dockerfile is sound for linux/%s: %d build steps, user %s, entry point %v\n", arch, len(definition.Def), user, image.Config.Entrypoint)
	}
	return nil
}

// named answers for every image with an empty configuration for the platform that is asked for.
type named struct{ platform ocispecs.Platform }

func (n named) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config := fmt.Sprintf(`{"os":%q,"architecture":%q,"config":{},"rootfs":{"type":"layers"}}`, n.platform.OS, n.platform.Architecture)
	return ref, digest.FromString(config), []byte(config), nil
}
