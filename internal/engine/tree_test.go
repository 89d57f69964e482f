package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTreeProtectsOriginals writes to, replaces and deletes everything in a tree that code could: the originals stay.
func TestTreeProtectsOriginals(t *testing.T) {
	root, temp := t.TempDir(), t.TempDir()
	names := []string{"stack/main.tf", "stack/sub/data.json", "stack/run.sh", "modules/m/main.tf", "shared/deep/text.txt", "top.txt"}
	for _, name := range names {
		writeFile(t, filepath.Join(root, name), "original")
	}
	writeFile(t, filepath.Join(root, "stack/main.tf"), `module "m" { source = "../modules/m" }`)
	l := newLayout(root, readConfiguration(filepath.Join(root, "stack")), nil, temp)
	tree := filepath.Join(temp, "tree")
	if err := l.make(tree); err != nil {
		t.Fatal(err)
	}
	for _, name := range names[:4] { // where an engine or a provider may write
		f, err := os.OpenFile(filepath.Join(tree, name), os.O_WRONLY|os.O_TRUNC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("changed"); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := &Saved{Workdir: Workdir{Root: root}, layout: l}
	edits := map[string][]byte{"shared/deep/text.txt": []byte("edited"), "top.txt": nil, "stack/new/file.tf": []byte("new"), "stack/main.tf": []byte("edited")}
	for name, content := range edits {
		if err := s.edit(tree, name, content); err != nil {
			t.Fatal(err)
		}
		if content != nil && read(t, filepath.Join(tree, name)) != string(content) {
			t.Errorf("%s is not edited", name)
		}
	}
	if exists(filepath.Join(tree, "top.txt")) {
		t.Error("top.txt is not deleted")
	}
	if err := s.restore(tree, edits); err != nil {
		t.Fatal(err)
	}
	for _, name := range names[1:] {
		if got := read(t, filepath.Join(root, name)); got != "original" {
			t.Errorf("the original of %s says %q", name, got)
		}
	}
	for _, name := range []string{"shared/deep/text.txt", "top.txt"} {
		if got := read(t, filepath.Join(tree, name)); got != "original" {
			t.Errorf("%s says %q after the edit was taken back", name, got)
		}
	}
	if exists(filepath.Join(tree, "stack/new/file.tf")) || exists(filepath.Join(root, "stack/new")) {
		t.Error("a new file stayed, or reached the repository")
	}
}

// TestTreeLeavesItselfOut has the temporary folder inside the stack, where a tree must not be copied into itself.
func TestTreeLeavesItselfOut(t *testing.T) {
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "main.tf"), "")
	temp := filepath.Join(root, "tmp", "mooring")
	if err := os.MkdirAll(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	tree := filepath.Join(temp, "tree")
	if err := newLayout(root, readConfiguration(root), nil, temp).make(tree); err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(tree, "main.tf")) || exists(filepath.Join(tree, "tmp", "mooring")) {
		t.Error("the tree holds itself, or not the code")
	}
}

// TestTreeOfAnyModule has a module named by an expression: then every folder may be one.
func TestTreeOfAnyModule(t *testing.T) {
	root, temp := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(root, "stack", "main.tofu"), "variable \"m\" { default = \"../modules/m\" }\nmodule \"m\" { source = var.m }\n")
	writeFile(t, filepath.Join(root, "modules", "m", "main.tf"), "")
	tree := filepath.Join(temp, "tree")
	if err := newLayout(root, readConfiguration(filepath.Join(root, "stack")), nil, temp).make(tree); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(filepath.Join(tree, "modules", "m", "main.tf")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the module is not copied: %v", err)
	}
}

// BenchmarkTree lays out a stack of 200 files in a repository of 20,000.
func BenchmarkTree(b *testing.B) {
	root := b.TempDir()
	for i := range 20000 {
		writeFile(b, filepath.Join(root, fmt.Sprintf("d%d/e%d/f%d.tf", i%100, i/100%10, i)), "locals {}\n")
	}
	for i := range 200 {
		writeFile(b, filepath.Join(root, fmt.Sprintf("d1/stack/f%d.tf", i)), "locals {}\n")
	}
	for b.Loop() {
		temp := b.TempDir()
		if err := newLayout(root, readConfiguration(filepath.Join(root, "d1", "stack")), nil, temp).make(filepath.Join(temp, "tree")); err != nil {
			b.Fatal(err)
		}
	}
}
