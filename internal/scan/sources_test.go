package scan

import (
	"testing"
	"testing/fstest"

	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/stack"
)

// TestAFileThatIsWrittenMeanwhile: every way in which the configuration can come to differ from what was planned is noticed.
func TestAFileThatIsWrittenMeanwhile(t *testing.T) {
	const main = "module \"m\" {\n  source = \"./m\"\n}\n"
	before := func() fstest.MapFS {
		return fstest.MapFS{
			"s/main.tf":          {Data: []byte(main)},
			"s/terraform.tfvars": {Data: []byte("x = 1\n")},
			"s/m/main.tf":        {Data: []byte("resource \"a_b\" \"c\" {\n  x = 1\n}\n")},
			"s/README.md":        {Data: []byte("one\n")},
		}
	}
	for name, c := range map[string]struct {
		edit func(fstest.MapFS)
		want string
	}{
		"nothing":            {func(fstest.MapFS) {}, ""},
		"a file that is not": {func(f fstest.MapFS) { f["s/README.md"] = &fstest.MapFile{Data: []byte("two\n")} }, ""},
		"the root module":    {func(f fstest.MapFS) { f["s/main.tf"] = &fstest.MapFile{Data: []byte(main + "\n")} }, "s/main.tf"},
		"a module":           {func(f fstest.MapFS) { f["s/m/main.tf"] = &fstest.MapFile{Data: []byte("locals {}\n")} }, "s/m/main.tf"},
		"a variable file":    {func(f fstest.MapFS) { f["s/terraform.tfvars"] = &fstest.MapFile{Data: []byte("x = 2\n")} }, "s/terraform.tfvars"},
		"a file more":        {func(f fstest.MapFS) { f["s/more.tf"] = &fstest.MapFile{Data: []byte("locals {}\n")} }, "s/more.tf"},
		"a file less":        {func(f fstest.MapFS) { delete(f, "s/m/main.tf") }, "s/m/main.tf"},
	} {
		fsys := before()
		j := &job{stack: stack.Stack{ID: "s", Path: "s"}}
		s := &scan{Options: Options{FS: fsys, Adopt: true}}
		seen := s.sources(j)
		c.edit(fsys)
		after, err := module.Load(fsys, "s", module.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := seen.changed(after); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if s := (&scan{Options: Options{FS: before()}}).sources(&job{stack: stack.Stack{ID: "s", Path: "s"}}); s.changed(nil) != "" {
		t.Error("a scan that edits nothing notes what there is")
	}
}
