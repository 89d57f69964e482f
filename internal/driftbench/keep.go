package driftbench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// kept is what a lab's directory says of the lab, besides its tree and its cloud.
type kept struct {
	Stacks   []*Stack
	Schemas  json.RawMessage
	Invented map[string]bool
}

const keptFile = "lab.json"

// build opens the lab of a project that an earlier run kept, or makes it.
func build(ctx context.Context, o Options, p Project) (*lab, error) {
	name := strings.ReplaceAll(p.Name, "/", "+")
	work := filepath.Join(o.Temp, name)
	if o.Keep == "" {
		return apply(ctx, o, p, work)
	}
	dir := filepath.Join(o.Keep, fmt.Sprintf("%s-%s-%d-%d", name, p.Commit, o.Seed, o.Stacks))
	if _, err := os.Stat(filepath.Join(dir, keptFile)); err != nil {
		if err := os.RemoveAll(dir); err != nil { // an earlier run broke off
			return nil, err
		}
		if _, err := apply(ctx, o, p, dir); err != nil {
			return nil, err
		}
	}
	return open(p, dir, work)
}

// save writes down what open reads. It is the last thing that is written.
func (l *lab) save() error {
	b, err := json.Marshal(kept{l.stacks, l.catalog.doc, l.catalog.invented})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.dir, keptFile), b, 0o600)
}

// open reads a lab; its workers' trees go under work.
func open(p Project, dir, work string) (*lab, error) {
	b, err := os.ReadFile(filepath.Join(dir, keptFile))
	if err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(b, &k); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	l := &lab{
		project: p, dir: work, tree: filepath.Join(dir, "tree"), snapshot: filepath.Join(dir, "cloud.json.gz"),
		stacks: k.Stacks, catalog: &catalog{invented: k.Invented, doc: k.Schemas},
	}
	if l.catalog.providers, err = schema.Parse(bytes.NewReader(k.Schemas)); err != nil {
		return nil, err
	}
	if l.folders, err = readFolders(os.DirFS(l.tree)); err != nil {
		return nil, err
	}
	for _, s := range l.stacks {
		if s.Skipped != "" {
			continue
		}
		if s.instances, err = readState(filepath.Join(l.tree, filepath.FromSlash(s.Path), "terraform.tfstate")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return l, nil
}
