package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrMoved says that a branch is not where the caller saw it. Read it again and decide anew.
var ErrMoved = errors.New("the branch moved meanwhile")

// A Change is a commit to be made on a branch.
type Change struct {
	Branch  string            // short name, e.g. mooring/adopt/infra-prod
	Old     string            // where the branch is now; "" when it must not exist yet
	Base    string            // parent of the new commit, whose tree Files are laid over; "" for a commit without parent
	Files   map[string][]byte // slash path from the root to new content; nil content deletes the file
	Message string
	Author  Person // also the committer
	When    time.Time
}

// Tip is the commit that a local branch points at; "" when there is no such branch.
func (r *Repo) Tip(ctx context.Context, branch string) (string, error) {
	if err := r.checkBranch(ctx, branch); err != nil {
		return "", err
	}
	return r.Resolve(ctx, "refs/heads/"+branch)
}

// CommitToBranch makes one commit and moves the branch to it, and returns the commit's id. File modes are kept; new files are 0644.
// When the branch already points at a commit with this parent, tree and message, nothing is written and its id is returned.
// The error wraps [ErrMoved] when the branch is not at Old. A branch that is checked out somewhere is refused.
func (r *Repo) CommitToBranch(ctx context.Context, c Change) (string, error) {
	current, err := r.Tip(ctx, c.Branch)
	if err != nil {
		return "", err
	}
	if current != c.Old {
		return "", fmt.Errorf("branch %s: %w", c.Branch, ErrMoved)
	}
	if err := r.checkNotCheckedOut(ctx, c.Branch); err != nil {
		return "", err
	}
	if c.Base != "" {
		base, err := r.Resolve(ctx, c.Base)
		if err != nil {
			return "", err
		}
		if base == "" {
			return "", fmt.Errorf("%q is not a commit of this repository\nhint: fetch it; a shallow clone may lack it", c.Base)
		}
		c.Base = base
	}
	tree, err := r.writeTree(ctx, c.Base, c.Files)
	if err != nil {
		return "", err
	}
	if same, err := r.sameCommit(ctx, current, tree, c); err != nil || same {
		return current, err
	}
	args := []string{"commit-tree", tree}
	if c.Base != "" {
		args = append(args, "-p", c.Base)
	}
	date := fmt.Sprintf("%d +0000", c.When.Unix())
	env := []string{
		"GIT_AUTHOR_NAME=" + c.Author.Name, "GIT_AUTHOR_EMAIL=" + c.Author.Email, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + c.Author.Name, "GIT_COMMITTER_EMAIL=" + c.Author.Email, "GIT_COMMITTER_DATE=" + date,
	}
	out, err := r.runEnv(ctx, env, []byte(c.Message), args...)
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(out))
	return id, r.moveRef(ctx, c.Branch, id, c.Old)
}

// DeleteBranch deletes a local branch that points at old. The error wraps [ErrMoved] when it points elsewhere; a branch that is gone is
// not an error.
func (r *Repo) DeleteBranch(ctx context.Context, branch, old string) error {
	current, err := r.Tip(ctx, branch)
	if err != nil || current == "" {
		return err
	}
	if current != old {
		return fmt.Errorf("branch %s: %w", branch, ErrMoved)
	}
	if err := r.checkNotCheckedOut(ctx, branch); err != nil {
		return err
	}
	if _, err := r.run(ctx, nil, "update-ref", "-d", "refs/heads/"+branch, old); err != nil {
		return fmt.Errorf("delete branch %s: %w", branch, err)
	}
	return nil
}

// moveRef is the compare-and-swap.
func (r *Repo) moveRef(ctx context.Context, branch, to, from string) error {
	old := from
	if old == "" {
		old = strings.Repeat("0", len(to)) // git's word for "must not exist"
	}
	_, err := r.run(ctx, nil, "update-ref", "-m", "mooring", "refs/heads/"+branch, to, old)
	if err == nil {
		return nil
	}
	if now, tipErr := r.Tip(ctx, branch); tipErr == nil && now != from {
		return fmt.Errorf("branch %s: %w", branch, errors.Join(ErrMoved, err))
	}
	return fmt.Errorf("move branch %s: %w", branch, err)
}

// writeTree lays files over the tree of base in an index of its own.
func (r *Repo) writeTree(ctx context.Context, base string, files map[string][]byte) (string, error) {
	dir, err := os.MkdirTemp("", "mooring-git-")
	if err != nil {
		return "", fmt.Errorf("temporary index: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	index := []string{"GIT_INDEX_FILE=" + filepath.Join(dir, "index")}
	read := []string{"read-tree", "--empty"}
	if base != "" {
		read = []string{"read-tree", base + "^{tree}"}
	}
	if _, err := r.runEnv(ctx, index, nil, read...); err != nil {
		return "", err
	}
	var info strings.Builder
	for _, path := range slices.Sorted(maps.Keys(files)) {
		line, err := r.indexLine(ctx, base, path, files[path])
		if err != nil {
			return "", err
		}
		info.WriteString(line)
	}
	if _, err := r.runEnv(ctx, index, []byte(info.String()), "update-index", "-z", "--index-info"); err != nil {
		return "", err
	}
	out, err := r.runEnv(ctx, index, nil, "write-tree")
	return strings.TrimSpace(string(out)), err
}

// indexLine is one record of update-index --index-info for a file.
func (r *Repo) indexLine(ctx context.Context, base, path string, content []byte) (string, error) {
	if err := checkPath(path); err != nil {
		return "", err
	}
	mode := "100644"
	if base != "" {
		old, err := r.entry(ctx, base, path)
		if err != nil {
			return "", err
		}
		switch old.mode {
		case "", "100644", "100755":
		case "120000":
			return "", fmt.Errorf("%s is a symbolic link: edit the file that it points at", path)
		default:
			return "", fmt.Errorf("%s is not a file in %s", path, base)
		}
		if old.mode != "" {
			mode = old.mode
		}
	}
	if content == nil {
		if base == "" {
			return "", nil
		}
		return "0 " + strings.Repeat("0", len(base)) + "\t" + path + "\x00", nil
	}
	id, err := r.run(ctx, content, "hash-object", "-w", "--no-filters", "--stdin")
	if err != nil {
		return "", err
	}
	return mode + " " + strings.TrimSpace(string(id)) + "\t" + path + "\x00", nil
}

// sameCommit tells whether commit already says what c would make, time and author aside.
func (r *Repo) sameCommit(ctx context.Context, commit, tree string, c Change) (bool, error) {
	if commit == "" {
		return false, nil
	}
	out, err := r.run(ctx, nil, "log", "-n1", "--format=%T%x00%P%x00%B", commit)
	if err != nil {
		return false, err
	}
	fields := strings.SplitN(string(out), "\x00", 3)
	if len(fields) != 3 {
		return false, fmt.Errorf("git log wrote a record that cannot be read: %q", out)
	}
	return fields[0] == tree && fields[1] == c.Base && strings.TrimSpace(fields[2]) == strings.TrimSpace(c.Message), nil
}

// checkNotCheckedOut refuses a branch that some work tree has checked out: moving it would make that tree look edited.
func (r *Repo) checkNotCheckedOut(ctx context.Context, branch string) error {
	out, err := r.run(ctx, nil, "worktree", "list", "--porcelain")
	if err != nil {
		return err
	}
	if slices.Contains(strings.Split(string(out), "\n"), "branch refs/heads/"+branch) {
		return fmt.Errorf("branch %s is checked out\nhint: switch to another branch first", branch)
	}
	return nil
}

func (r *Repo) checkBranch(ctx context.Context, branch string) error {
	if strings.HasPrefix(branch, "-") || branch == "" {
		return fmt.Errorf("%q is not a branch name", branch)
	}
	if _, err := r.run(ctx, nil, "check-ref-format", "refs/heads/"+branch); err != nil {
		return fmt.Errorf("%q is not a branch name", branch)
	}
	return nil
}

// checkPath refuses what must not be committed from a plan: paths out of the tree and into git's own directory.
func checkPath(path string) error {
	if !fs.ValidPath(path) || path == "." || strings.ContainsAny(path, "\x00\n\\") {
		return fmt.Errorf("%q is not a file inside the repository", path)
	}
	for _, part := range strings.Split(path, "/") {
		if strings.EqualFold(part, ".git") {
			return fmt.Errorf("%q lies in git's own directory", path)
		}
	}
	return nil
}
