// Package dir publishes into a directory: issues and pull requests as Markdown files, adoptions as local git branches and patches. It needs
// no token and no network; the demo and `mooring scan --publish dir:PATH` use it.
//
// Start at [Sync]. Under the path it keeps
//
//	dashboard.md  config.md        when they are wanted
//	issues/<slug>.md               one for each stack that needs attention
//	groups/<slug>.md               one for each group of environments that differ
//	pulls/<slug>.md, <slug>.patch  one for each adoption; the patch is for git apply
//	results.json                   the results of the scan, as given
//
// and in the repository the branch mooring/adopt/<slug>, moved without touching the working tree, the index or the current branch.
//
// What it promises: the life cycle is that of [forge.Plan], with files in place of objects; a file whose object is closed is removed. Files are
// replaced whole, by renaming, and only when they differ. What a person wrote outside the markers survives.
package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/git"
)

// Options say where to publish.
type Options struct {
	Path string    // the directory; made if it is not there
	Repo *git.Repo // where adoption branches go; nil to write no branches and patches
	Now  time.Time // date of the commits
	// Author of the commits; the zero value is Mooring itself.
	Author git.Person
}

// Mooring is the author of commits unless Options name another.
var Mooring = git.Person{Name: "Mooring", Email: "mooring@users.noreply.github.com"}

// Sync makes the directory and the branches as wanted and returns what it did. With dryRun it writes nothing and returns what it would do.
// results become results.json; nil leaves that file alone. The error joins everything that could not be done; the rest is done.
func Sync(ctx context.Context, o Options, pubs []forge.Publication, results []byte, dryRun bool) ([]forge.Action, error) {
	if o.Author == (git.Person{}) {
		o.Author = Mooring
	}
	d := &directory{Options: o, files: map[int]string{}}
	report, err := forge.Sync(ctx, d, withoutReviews(pubs), forge.NoLimits(), dryRun)
	if err != nil {
		return report.Done, err
	}
	var problems []error
	for _, p := range report.Problems {
		problems = append(problems, errors.New(p))
	}
	if results != nil && !dryRun {
		problems = append(problems, replace(filepath.Join(o.Path, "results.json"), results))
	}
	return report.Done, errors.Join(problems...)
}

// withoutReviews leaves out whom to ask for a review: a file asks nobody.
func withoutReviews(pubs []forge.Publication) []forge.Publication {
	pubs = slices.Clone(pubs)
	for i := range pubs {
		pubs[i].Reviewers = nil
	}
	return pubs
}

// directory is a forge.Forge whose objects are files.
type directory struct {
	Options
	files  map[int]string    // object number to slash path under Path
	slugs  map[string]string // of the stacks that are wanted
	groups map[string]string // slugs of the groups that are wanted
}

const (
	dashboardFile = "dashboard.md"
	configFile    = "config.md"
	issuesDir     = "issues"
	groupsDir     = "groups"
	pullsDir      = "pulls"
)

// Read implements [forge.Forge].
func (d *directory) Read(ctx context.Context, want []forge.Publication) (forge.State, error) {
	var stacks, groups []string
	for _, w := range want {
		if w.Kind == forge.KindGroup {
			groups = append(groups, w.Item)
			continue
		}
		stacks = append(stacks, w.Stack)
	}
	d.slugs, d.groups = forge.Slugs(stacks), forge.Slugs(groups)
	state := forge.State{Now: d.Now, Branches: map[string]forge.Branch{}}
	names := []string{dashboardFile, configFile}
	for _, dir := range []string{issuesDir, groupsDir, pullsDir} {
		entries, err := os.ReadDir(d.local(dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return state, fmt.Errorf("read what was published before: %w", err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".md") {
				names = append(names, dir+"/"+e.Name())
			}
		}
	}
	for _, name := range names {
		content, err := os.ReadFile(d.local(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return state, fmt.Errorf("read what was published before: %w", err)
		}
		if o, ok := object(name, string(content)); ok {
			o.Number = len(d.files) + 1
			d.files[o.Number] = name
			for _, w := range want {
				if w.Kind == o.Kind && w.Stack == o.Marker.Stack {
					o.Labels = w.Labels // a file carries none, so none can be missing
				}
			}
			state.Objects = append(state.Objects, o)
		}
	}
	state.Objects = forge.Follow(want, state.Objects)
	return state, d.readBranches(ctx, forge.Settled(want, state.Objects), &state)
}

// object reads a file that we wrote.
func object(name, content string) (forge.Object, bool) {
	heading, body, _ := strings.Cut(content, "\n\n")
	title, ok := strings.CutPrefix(heading, "# ")
	if !ok {
		title, body = "", content
	}
	m, ok := forge.ParseMarker(body)
	// Comments are for forges that notify: a locked object gets none.
	return forge.Object{Kind: m.Kind, Marker: m, Title: title, Body: body, Open: true, Locked: true, Ref: "`" + name + "`"}, ok
}

// Do implements [forge.Forge].
func (d *directory) Do(ctx context.Context, a forge.Action) (forge.Effect, error) {
	switch a.Op {
	case forge.OpPush:
		return d.push(ctx, a)
	case forge.OpDeleteBranch:
		if d.Repo == nil {
			return forge.Effect{}, nil
		}
		return forge.Effect{}, moved(d.Repo.DeleteBranch(ctx, a.Branch, a.Head))
	case forge.OpClose:
		return d.remove(a)
	case forge.OpOpen, forge.OpUpdate, forge.OpReopen:
		return d.write(a)
	default: // comments and labels have no place in a file
		return forge.Effect{}, nil
	}
}

func (d *directory) write(a forge.Action) (forge.Effect, error) {
	name, known := d.files[a.Number]
	wanted := d.name(a.Kind, a.Stack, a.Marker.Branch) + ".md"
	if a.Kind == forge.KindGroup {
		wanted = groupsDir + "/" + d.groups[a.Item] + ".md"
	}
	if !known {
		name = wanted
	}
	var current forge.Object
	if content, err := os.ReadFile(d.local(name)); err == nil {
		current, _ = object(name, string(content))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return forge.Effect{}, fmt.Errorf("read %s before writing it: %w", name, err)
	}
	if current.Marker.Stack == a.Marker.Stack {
		wanted = name // where it was found
	}
	title := a.Title
	if title == "" {
		title = current.Title
	}
	content := forge.Merge(current.Body, a.Marker, a.Body, a.Handled)
	if !strings.HasSuffix(content, "\n") {
		content += "\n"
	}
	content = "# " + title + "\n\n" + content
	if err := replace(d.local(wanted), []byte(content)); err != nil {
		return forge.Effect{}, err
	}
	if name != wanted { // the stack goes by another id
		if err := os.Remove(d.local(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return forge.Effect{}, fmt.Errorf("remove what has another name now: %w", err)
		}
	}
	name = wanted
	number := a.Number
	if !known {
		number = len(d.files) + 1
	}
	d.files[number] = name
	o, _ := object(name, content)
	o.Number, o.Created = number, d.Now
	return forge.Effect{Object: &o}, nil
}

func (d *directory) remove(a forge.Action) (forge.Effect, error) {
	name := d.files[a.Number]
	for _, n := range []string{name, strings.TrimSuffix(name, ".md") + ".patch"} {
		if err := os.Remove(d.local(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return forge.Effect{}, fmt.Errorf("remove what is resolved: %w", err)
		}
	}
	return forge.Effect{Object: &forge.Object{Number: a.Number, Kind: a.Kind, Marker: a.Marker, Ref: "`" + name + "`"}}, nil
}

// name is the slash path, without extension, of the file of a stack's publication, of the dashboard or the configuration.
func (d *directory) name(kind forge.Kind, stack, branch string) string {
	switch kind {
	case forge.KindDashboard:
		return strings.TrimSuffix(dashboardFile, ".md")
	case forge.KindConfig:
		return strings.TrimSuffix(configFile, ".md")
	case forge.KindPull:
		if slug, ok := strings.CutPrefix(branch, forge.BranchPrefix); ok && !strings.Contains(slug, "/") {
			return pullsDir + "/" + slug
		}
		return pullsDir + "/" + d.slugs[stack]
	default:
		return issuesDir + "/" + d.slugs[stack]
	}
}

func (d *directory) local(name string) string { return filepath.Join(d.Path, filepath.FromSlash(name)) }
