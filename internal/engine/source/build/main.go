// Command build builds engines and test providers into the user's cache, where mooring and its tests find them:
//
//	go run ./internal/engine/source/build [-cache DIR] [NAME...]
//
// NAME is opentofu, terraform, provider-local, provider-kubernetes or kube-apiserver; without one, all are built. What is there already is
// kept. One line is printed for each.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/mooringdev/mooring/internal/engine/cache"
	"github.com/mooringdev/mooring/internal/engine/source"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	dir := flags.String("cache", "", "mooring's cache `folder` (default: mooring in the user's cache folder)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		*dir = filepath.Join(user, "mooring")
	}
	wanted := source.Recipes
	if names := flags.Args(); len(names) > 0 {
		wanted = nil
		for _, name := range names {
			r, ok := source.Lookup(name)
			if !ok {
				known := make([]string, 0, len(source.Recipes))
				for _, k := range source.Recipes {
					known = append(known, k.Name)
				}
				return fmt.Errorf("no recipe named %q; known are %s", name, strings.Join(known, ", "))
			}
			wanted = append(wanted, r)
		}
	}
	for _, r := range wanted {
		c := cache.In(*dir)
		if path, ok := c.Lookup(r.Name, r.Version, r.Program); ok {
			fmt.Printf("%s %s: cached at %s\n", r.Name, r.Version, path)
			continue
		}
		goProgram, err := exec.LookPath("go")
		if err != nil {
			return err
		}
		start := time.Now()
		path, err := r.Build(ctx, c, goProgram, os.Environ())
		if err != nil {
			return err
		}
		fmt.Printf("%s %s: built in %s at %s\n", r.Name, r.Version, time.Since(start).Round(time.Second), path)
	}
	return nil
}
