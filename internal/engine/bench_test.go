package engine_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/engine/source"
)

// benchLab is a stack of n files and n notes, of which one file was removed by hand.
func benchLab(b *testing.B, name string, n int) (*engine.Engine, engine.Workdir) {
	b.Helper()
	path := map[string]func(testing.TB) string{"tofu": enginetest.Tofu, "terraform": enginetest.Terraform}[name](b)
	recipe, _ := source.Lookup(name)
	root := b.TempDir()
	code := fmt.Sprintf("resource \"local_file\" \"f\" {\n  count    = %d\n  filename = \"${path.module}/out/${count.index}\"\n  content  = \"x\"\n}\nresource \"terraform_data\" \"n\" {\n  count = %d\n  input = count.index\n}\n", n, n)
	if err := os.WriteFile(filepath.Join(root, "main.tf"), []byte(code), 0o600); err != nil {
		b.Fatal(err)
	}
	w := engine.Workdir{Root: root, Path: ".", Env: append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + root, "CHECKPOINT_DISABLE=1"}, enginetest.Mirror(b)...)}
	bare(b, path, w, "init")
	bare(b, path, w, "apply", "-auto-approve")
	for _, p := range []string{".terraform", "out/0"} {
		if err := os.RemoveAll(filepath.Join(root, p)); err != nil {
			b.Fatal(err)
		}
	}
	return &engine.Engine{Name: name, Path: path, Version: recipe.Version, Cache: b.TempDir()}, w
}

func bare(b *testing.B, path string, w engine.Workdir, args ...string) {
	b.Helper()
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = w.Root, w.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// BenchmarkScan is what Mooring needs for a stack beside what people's own init, plan and show take.
func BenchmarkScan(b *testing.B) {
	for _, name := range []string{"tofu", "terraform"} {
		for _, n := range []int{5, 500} {
			e, w := benchLab(b, name, n)
			b.Run(fmt.Sprintf("%s/%d/bare", name, 2*n), func(b *testing.B) {
				for b.Loop() {
					data := "TF_DATA_DIR=" + b.TempDir()
					bw := w
					bw.Env = append(bw.Env, data)
					file := filepath.Join(strings.TrimPrefix(data, "TF_DATA_DIR="), "p")
					bare(b, e.Path, bw, "init", "-input=false")
					bare(b, e.Path, bw, "plan", "-input=false", "-lock=false", "-out="+file)
					bare(b, e.Path, bw, "show", "-json", file)
				}
			})
			b.Run(fmt.Sprintf("%s/%d/mooring", name, 2*n), func(b *testing.B) {
				for b.Loop() {
					s := benchPlan(b, e, w)
					if p, err := s.Read(context.Background()); err != nil || len(p.Instances) != 1 {
						b.Fatal(p, err)
					}
					if err := s.Close(); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/replan", name, 2*n), func(b *testing.B) {
				s := benchPlan(b, e, w)
				defer func() { _ = s.Close() }()
				for b.Loop() {
					if _, way, err := s.Replan(context.Background(), map[string][]byte{"more.tf": []byte("locals {\n}\n")}); err != nil || way != engine.WayOffline {
						b.Fatal(way, err)
					}
				}
			})
		}
	}
}

func benchPlan(b *testing.B, e *engine.Engine, w engine.Workdir) *engine.Saved {
	b.Helper()
	w.Temp = b.TempDir()
	s, err := e.Plan(context.Background(), w)
	if err != nil {
		b.Fatal(describe(err))
	}
	return s
}
