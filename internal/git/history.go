package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// A Commit is one entry of the history.
type Commit struct {
	ID      string
	Author  Person
	Time    time.Time // when it was committed, UTC
	Subject string
}

// A Person is an author as the commit names them, through the repository's mailmap.
type Person struct{ Name, Email string }

// Short is the abbreviated id for messages.
func (c Commit) Short() string {
	if len(c.ID) > 7 {
		return c.ID[:7]
	}
	return c.ID
}

// Head is the id of the checked-out commit; "" in a repository without commits.
func (r *Repo) Head(ctx context.Context) (string, error) { return r.Resolve(ctx, "HEAD") }

// Resolve is the id of the commit that rev names; "" when there is none.
func (r *Repo) Resolve(ctx context.Context, rev string) (string, error) {
	if err := checkRev(rev); err != nil {
		return "", err
	}
	id, err := r.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if exitCode(err) == 1 {
		return "", nil
	}
	return id, err
}

// User is the person that git's configuration names for commits; empty where it names nobody.
func (r *Repo) User(ctx context.Context) (Person, error) {
	var p Person
	for key, to := range map[string]*string{"user.name": &p.Name, "user.email": &p.Email} {
		value, err := r.line(ctx, "config", "--get", key)
		if err != nil && exitCode(err) != 1 {
			return Person{}, err
		}
		*to = value
	}
	return p, nil
}

// CurrentBranch is the checked-out branch; "" when HEAD is detached.
func (r *Repo) CurrentBranch(ctx context.Context) (string, error) {
	name, err := r.line(ctx, "symbolic-ref", "--quiet", "--short", "HEAD")
	if exitCode(err) == 1 {
		return "", nil
	}
	return name, err
}

// DefaultBranch is the branch that new work starts from: what the remote "origin" calls its HEAD, else main or master if one of them
// exists, else the checked-out branch. It is "" when HEAD is detached and none of these exist.
func (r *Repo) DefaultBranch(ctx context.Context) (string, error) {
	name, err := r.line(ctx, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
	if err == nil {
		return strings.TrimPrefix(name, "origin/"), nil
	}
	if exitCode(err) != 1 {
		return "", err
	}
	for _, name := range []string{"main", "master"} {
		for _, ref := range []string{"refs/heads/", "refs/remotes/origin/"} {
			id, err := r.Resolve(ctx, ref+name)
			if err != nil {
				return "", err
			}
			if id != "" {
				return name, nil
			}
		}
	}
	return r.CurrentBranch(ctx)
}

// IsShallow tells whether history is cut off, as in a default checkout of GitHub Actions: then the absence of a commit proves nothing.
func (r *Repo) IsShallow(ctx context.Context) (bool, error) {
	out, err := r.line(ctx, "rev-parse", "--is-shallow-repository")
	return out == "true", err
}

// Show is the content of a file at a commit. The error wraps [fs.ErrNotExist] when the commit has no such file.
func (r *Repo) Show(ctx context.Context, commit, path string) ([]byte, error) {
	entry, err := r.entry(ctx, commit, path)
	if err != nil {
		return nil, err
	}
	if entry.kind != "blob" {
		return nil, fmt.Errorf("%s at %s: %w", path, commit, fs.ErrNotExist)
	}
	return r.run(ctx, nil, "cat-file", "blob", entry.id)
}

type treeEntry struct{ mode, kind, id string }

// entry looks a path up in a commit's tree. A path that is not there is the zero entry.
func (r *Repo) entry(ctx context.Context, commit, path string) (treeEntry, error) {
	if err := checkRev(commit); err != nil {
		return treeEntry{}, err
	}
	if !fs.ValidPath(path) {
		return treeEntry{}, fmt.Errorf("%q is not a path inside the repository", path)
	}
	out, err := r.run(ctx, nil, "ls-tree", "-z", "--full-tree", commit, "--", path)
	if err != nil {
		return treeEntry{}, err
	}
	meta, _, found := strings.Cut(strings.TrimSuffix(string(out), "\x00"), "\t")
	fields := strings.Fields(meta)
	if !found || len(fields) != 3 {
		return treeEntry{}, nil
	}
	return treeEntry{mode: fields[0], kind: fields[1], id: fields[2]}, nil
}

// LogOptions select commits. The zero value is the whole history of HEAD.
type LogOptions struct {
	From  string    // newest commit; "" is HEAD
	Not   string    // leaves out this commit and its ancestors
	Since time.Time // leaves out commits before
	Paths []string  // only commits that touch one of these files or directories
	Max   int       // 0: all
}

// Log lists commits, newest first; none in a repository without commits.
func (r *Repo) Log(ctx context.Context, o LogOptions) ([]Commit, error) {
	from := o.From
	if from == "" {
		from = "HEAD"
	}
	if err := errors.Join(checkRev(from), checkRev(o.Not)); err != nil {
		return nil, err
	}
	if id, err := r.Resolve(ctx, from); err != nil || id == "" {
		return nil, err
	}
	args := []string{"log", "--no-ext-diff", "--no-textconv", "-z", "--format=" + commitFormat}
	if !o.Since.IsZero() {
		args = append(args, "--since="+strconv.FormatInt(o.Since.Unix(), 10))
	}
	if o.Max > 0 {
		args = append(args, "-n"+strconv.Itoa(o.Max))
	}
	args = append(args, from)
	if o.Not != "" {
		args = append(args, "^"+o.Not)
	}
	out, err := r.run(ctx, nil, append(append(args, "--"), o.Paths...)...)
	if err != nil {
		return nil, err
	}
	return parseCommits(out)
}

// LastChange is the newest commit up to rev that changed lines first to last (1-based, inclusive, as the file stands at rev) of a file.
// It is nil when none did, which only an empty or shallow history can mean.
func (r *Repo) LastChange(ctx context.Context, rev, path string, first, last int) (*Commit, error) {
	if err := checkRev(rev); err != nil {
		return nil, err
	}
	if !fs.ValidPath(path) || first < 1 || last < first {
		return nil, fmt.Errorf("lines %d to %d of %q are not a place in a file", first, last, path)
	}
	out, err := r.run(ctx, nil, "log", "--no-ext-diff", "--no-textconv", "-z", "--format="+commitFormat, "-s", "-n1",
		fmt.Sprintf("-L%d,%d:%s", first, last, path), rev)
	if err != nil {
		return nil, err
	}
	commits, err := parseCommits(out)
	if err != nil || len(commits) == 0 {
		return nil, err
	}
	return &commits[0], nil
}

// ChangedSince lists the files under paths (all when none is given) that differ between two commits.
func (r *Repo) ChangedSince(ctx context.Context, from, to string, paths ...string) ([]string, error) {
	if err := errors.Join(checkRev(from), checkRev(to)); err != nil {
		return nil, err
	}
	args := []string{"diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-only", "-z", from, to, "--"}
	out, err := r.run(ctx, nil, append(args, paths...)...)
	if err != nil {
		return nil, err
	}
	return splitZero(out), nil
}

// Submodules lists the paths where other repositories are checked out.
func (r *Repo) Submodules(ctx context.Context) ([]string, error) {
	out, err := r.run(ctx, nil, "ls-files", "--stage", "-z", "--full-name")
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, entry := range splitZero(out) {
		if meta, path, found := strings.Cut(entry, "\t"); found && strings.HasPrefix(meta, "160000 ") {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// commitFormat separates fields by a byte that no commit header can hold.
const commitFormat = "%H%x1f%aN%x1f%aE%x1f%ct%x1f%s"

func parseCommits(out []byte) ([]Commit, error) {
	var commits []Commit
	for _, record := range splitZero(out) {
		fields := strings.SplitN(strings.Trim(record, "\n"), "\x1f", 5)
		if len(fields) != 5 {
			return nil, fmt.Errorf("git log wrote a record that cannot be read: %q", record)
		}
		seconds, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("git log wrote a time that cannot be read: %w", err)
		}
		commits = append(commits, Commit{ID: fields[0], Author: Person{Name: fields[1], Email: fields[2]}, Time: time.Unix(seconds, 0).UTC(), Subject: fields[4]})
	}
	return commits, nil
}

func splitZero(out []byte) []string {
	text := strings.TrimSuffix(string(out), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}

// checkRev refuses what git could read as an option, a range or a path.
func checkRev(rev string) error {
	if strings.HasPrefix(rev, "-") || strings.ContainsAny(rev, " \x00\n:") || strings.Contains(rev, "..") {
		return fmt.Errorf("%q is not the name of a commit", rev)
	}
	return nil
}
