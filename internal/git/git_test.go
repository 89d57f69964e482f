package git

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var bot = Person{Name: "mooring", Email: "mooring@example.com"}

var when = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// A clone is a repository under test and the git program as a person would use it.
type clone struct {
	*testing.T
	dir string
	env []string
}

func newClone(t *testing.T) *clone {
	t.Helper()
	home := t.TempDir()
	c := &clone{T: t, dir: filepath.Join(t.TempDir(), "a repo"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Alice", "GIT_AUTHOR_EMAIL=alice@example.com", "GIT_COMMITTER_NAME=Alice", "GIT_COMMITTER_EMAIL=alice@example.com",
	}}
	if err := os.Mkdir(c.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.git("init", "-q", "-b", "trunk")
	return c
}

func (c *clone) git(args ...string) string {
	c.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (c *clone) write(path, content string) {
	c.Helper()
	file := filepath.Join(c.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		c.Fatal(err)
	}
}

func (c *clone) commit(message, date string) string {
	c.Helper()
	c.env = append(c.env, "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	c.git("add", "-A")
	c.git("commit", "-q", "-m", message)
	return c.git("rev-parse", "HEAD")
}

func (c *clone) open() *Repo {
	c.Helper()
	r, err := Open(context.Background(), c.dir, c.env)
	if err != nil {
		c.Fatal(err)
	}
	return r
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestOpen(t *testing.T) {
	ctx := context.Background()
	c := newClone(t)
	c.write("infra/prod/main.tf", "x\n")
	r, err := Open(ctx, filepath.Join(c.dir, "infra", "prod"), c.env)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := filepath.EvalSymlinks(c.dir)
	if r.Root() != want {
		t.Errorf("Root() = %q, want %q", r.Root(), want)
	}
	if id, err := r.Head(ctx); id != "" || err != nil {
		t.Errorf("Head() of a repository without commits = %q, %v", id, err)
	}
	if commits, err := r.Log(ctx, LogOptions{}); len(commits) != 0 || err != nil {
		t.Errorf("Log() of a repository without commits = %v, %v", commits, err)
	}

	outside := t.TempDir()
	if _, err := Open(ctx, outside, append(c.env, "GIT_DIR="+c.dir+"/.git")); !errors.Is(err, ErrNotRepository) || !strings.Contains(err.Error(), "hint:") {
		t.Errorf("Open outside a repository = %v, want ErrNotRepository with a hint even when GIT_DIR names one", err)
	}
}

func TestHistory(t *testing.T) {
	ctx := context.Background()
	c := newClone(t)
	c.write("infra/main.tf", "a\nb\nc\n")
	c.write("other/main.tf", "z\n")
	first := c.commit("add a, b and c", "2026-11-18T10:00:00Z")
	c.write("infra/main.tf", "a\nB\nc\n")
	second := c.commit("b becomes B", "2026-11-19T10:00:00Z")
	c.write("infra/main.tf", "new\na\nB\nc\n")
	third := c.commit("a line above moves the others", "2026-11-20T10:00:00Z")
	r := c.open()

	log := must[[]Commit](t)(r.Log(ctx, LogOptions{Paths: []string{"infra"}, Not: first}))
	want := []Commit{
		{ID: third, Author: Person{"Alice", "alice@example.com"}, Time: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), Subject: "a line above moves the others"},
		{ID: second, Author: Person{"Alice", "alice@example.com"}, Time: time.Date(2026, 11, 19, 10, 0, 0, 0, time.UTC), Subject: "b becomes B"},
	}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("Log (-want +got):\n%s", diff)
	}
	if got := must[[]Commit](t)(r.Log(ctx, LogOptions{Since: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)})); len(got) != 1 || got[0].ID != third {
		t.Errorf("Log since = %v", got)
	}
	if got := must[[]Commit](t)(r.Log(ctx, LogOptions{Max: 2, From: second})); len(got) != 2 || got[0].ID != second {
		t.Errorf("Log from, max = %v", got)
	}
	for line, want := range map[int]string{1: third, 2: first, 3: second, 4: first} {
		if got := must[*Commit](t)(r.LastChange(ctx, "HEAD", "infra/main.tf", line, line)); got == nil || got.ID != want {
			t.Errorf("LastChange of line %d = %v, want %s", line, got, want)
		}
	}
	if got := must[[]string](t)(r.ChangedSince(ctx, first, third, "infra")); !cmp.Equal(got, []string{"infra/main.tf"}) {
		t.Errorf("ChangedSince = %q", got)
	}
	if got := must[[]string](t)(r.ChangedSince(ctx, first, third, "other")); len(got) != 0 {
		t.Errorf("ChangedSince of an untouched path = %q", got)
	}
	if got := must[[]byte](t)(r.Show(ctx, second, "infra/main.tf")); string(got) != "a\nB\nc\n" {
		t.Errorf("Show = %q", got)
	}
	for _, path := range []string{"infra/none.tf", "infra"} {
		if _, err := r.Show(ctx, second, path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Show(%s) = %v, want fs.ErrNotExist", path, err)
		}
	}
	for _, rev := range []string{"--output=x", "HEAD:infra", "a..b"} {
		if _, err := r.Show(ctx, rev, "infra/main.tf"); err == nil {
			t.Errorf("Show at %q was accepted", rev)
		}
	}
}

func TestDefaultBranch(t *testing.T) {
	ctx := context.Background()
	c := newClone(t)
	c.write("a", "a")
	c.commit("a", "2026-11-18T10:00:00Z")
	if got := must[string](t)(c.open().DefaultBranch(ctx)); got != "trunk" {
		t.Errorf("alone: %q, want the checked-out branch", got)
	}
	c.git("branch", "main")
	if got := must[string](t)(c.open().DefaultBranch(ctx)); got != "main" {
		t.Errorf("with main: %q", got)
	}
	c.git("update-ref", "refs/remotes/origin/live", "HEAD")
	c.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/live")
	if got := must[string](t)(c.open().DefaultBranch(ctx)); got != "live" {
		t.Errorf("with origin/HEAD: %q", got)
	}
	c.git("checkout", "-q", "--detach")
	if got := must[string](t)(c.open().CurrentBranch(ctx)); got != "" {
		t.Errorf("CurrentBranch when detached = %q", got)
	}
}

func TestShallowAndSubmodules(t *testing.T) {
	ctx := context.Background()
	c := newClone(t)
	c.write("a", "a")
	c.commit("a", "2026-11-18T10:00:00Z")
	c.write("a", "b")
	id := c.commit("b", "2026-11-19T10:00:00Z")
	c.git("update-index", "--add", "--cacheinfo", "160000,"+id+",vendor/modules")
	if got := must[[]string](t)(c.open().Submodules(ctx)); !cmp.Equal(got, []string{"vendor/modules"}) {
		t.Errorf("Submodules = %q", got)
	}
	if must[bool](t)(c.open().IsShallow(ctx)) {
		t.Error("a whole clone is called shallow")
	}
	shallow := &clone{T: t, dir: filepath.Join(t.TempDir(), "shallow"), env: c.env}
	c.git("clone", "-q", "--depth=1", "file://"+c.dir, shallow.dir)
	if !must[bool](t)(shallow.open().IsShallow(ctx)) {
		t.Error("a clone of depth 1 is not called shallow")
	}
}

// TestCommitToBranch guards the promise that nothing but one ref moves.
func TestCommitToBranch(t *testing.T) {
	ctx := context.Background()
	c := newClone(t)
	c.write("infra/main.tf", "a = 1\n")
	c.write("run.sh", "#!/bin/sh\n")
	c.write("gone.tf", "x\n")
	if err := os.Chmod(filepath.Join(c.dir, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	base := c.commit("base", "2026-11-18T10:00:00Z")
	c.write("infra/main.tf", "a = 1 # a person is at work here\n")
	c.write("staged.tf", "s\n")
	c.git("add", "staged.tf")
	before := c.git("status", "--porcelain") + c.git("rev-parse", "HEAD") + c.git("ls-files", "-s")

	r := c.open()
	change := Change{Branch: "mooring/adopt/infra", Base: base, Author: bot, When: when, Message: "Adopt what is live\n\nDrift-Actor: alice\n", Files: map[string][]byte{
		"infra/main.tf": []byte("a = 2\n"), "run.sh": []byte("#!/bin/sh\ntrue\n"), "deep/er/new.tf": []byte("n\n"), "empty.tf": {}, "gone.tf": nil,
	}}
	id := must[string](t)(r.CommitToBranch(ctx, change))

	if after := c.git("status", "--porcelain") + c.git("rev-parse", "HEAD") + c.git("ls-files", "-s"); after != before {
		t.Errorf("the work tree, index or HEAD changed:\n%s\nbefore:\n%s", after, before)
	}
	if got := c.git("rev-parse", "mooring/adopt/infra"); got != id {
		t.Errorf("branch is at %s, want %s", got, id)
	}
	if got, want := c.git("diff-tree", "-r", "--no-commit-id", "--name-status", id), "A\tdeep/er/new.tf\nA\tempty.tf\nD\tgone.tf\nM\tinfra/main.tf\nM\trun.sh"; got != want {
		t.Errorf("the commit changes\n%s\nwant\n%s", got, want)
	}
	if got := c.git("ls-tree", id, "run.sh"); !strings.HasPrefix(got, "100755") {
		t.Errorf("file mode was lost: %s", got)
	}
	if got, want := c.git("log", "-1", "--format=%an <%ae> %at %cn %P", id), "mooring <mooring@example.com> 1795251600 mooring "+base; got != want {
		t.Errorf("commit is by %q, want %q", got, want)
	}
	c.git("fsck", "--strict")

	change.Old = id
	change.When = when.Add(time.Hour)
	if again := must[string](t)(r.CommitToBranch(ctx, change)); again != id {
		t.Errorf("the same change made a second commit %s", again)
	}
	change.Files["infra/main.tf"] = []byte("a = 3\n")
	moved := must[string](t)(r.CommitToBranch(ctx, change))
	if moved == id {
		t.Error("another change made no commit")
	}

	if _, err := r.CommitToBranch(ctx, change); !errors.Is(err, ErrMoved) {
		t.Errorf("commit over a branch that moved = %v, want ErrMoved", err)
	}
	if err := r.DeleteBranch(ctx, change.Branch, id); !errors.Is(err, ErrMoved) {
		t.Errorf("deletion of a branch that moved = %v, want ErrMoved", err)
	}
	if err := r.moveRef(ctx, change.Branch, base, id); !errors.Is(err, ErrMoved) {
		t.Errorf("a push between reading and writing = %v, want ErrMoved", err)
	}
	for range 2 {
		if err := r.DeleteBranch(ctx, change.Branch, moved); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if got := must[string](t)(r.Tip(ctx, change.Branch)); got != "" {
		t.Errorf("branch is still at %s", got)
	}
}

func TestCommitWithoutParent(t *testing.T) {
	ctx := context.Background()
	c := newClone(t)
	r := c.open()
	id := must[string](t)(r.CommitToBranch(ctx, Change{Branch: "mooring/ledger", Author: bot, When: when, Message: "Begin", Files: map[string][]byte{"ledger.jsonl": []byte("{}\n"), "none": nil}}))
	if got := c.git("show", "--format=%P", "--name-only", id); got != "ledger.jsonl" {
		t.Errorf("commit holds %q, want one file and no parent", got)
	}
}

func TestCommitRefused(t *testing.T) {
	ctx := context.Background()
	c := newClone(t)
	c.write("dir/file", "x")
	if err := os.Symlink("dir/file", filepath.Join(c.dir, "link")); err != nil {
		t.Fatal(err)
	}
	base := c.commit("base", "2026-11-18T10:00:00Z")
	for name, change := range map[string]Change{
		"path out of the tree":   {Branch: "b", Base: base, Files: map[string][]byte{"../x": nil}},
		"absolute path":          {Branch: "b", Base: base, Files: map[string][]byte{"/x": {}}},
		"git's own directory":    {Branch: "b", Base: base, Files: map[string][]byte{"sub/.GIT/hooks/x": {}}},
		"symbolic link":          {Branch: "b", Base: base, Files: map[string][]byte{"link": {}}},
		"directory":              {Branch: "b", Base: base, Files: map[string][]byte{"dir": {}}},
		"option as branch":       {Branch: "--force", Base: base},
		"name git does not take": {Branch: "a..b", Base: base},
		"checked-out branch":     {Branch: "trunk", Old: base, Base: base, Files: map[string][]byte{"a": {}}},
		"unknown base":           {Branch: "b", Base: strings.Repeat("1", 40)},
	} {
		t.Run(name, func(t *testing.T) {
			change.Author, change.When, change.Message = bot, when, "m"
			if id, err := c.open().CommitToBranch(ctx, change); err == nil {
				t.Errorf("made %s", id)
			}
		})
	}
	if got := c.git("for-each-ref", "--format=%(refname)"); got != "refs/heads/trunk" {
		t.Errorf("refs after refusals: %s", got)
	}
}

// TestNothingOfTheRepositoryRuns plants every hook and program that git's configuration can name and looks whether one ran.
func TestNothingOfTheRepositoryRuns(t *testing.T) {
	ctx := context.Background()
	c := newClone(t)
	c.write("main.tf", "a\n")
	c.write(".gitattributes", "*.tf diff=evil filter=evil\n")
	base := c.commit("base", "2026-11-18T10:00:00Z")
	trace := filepath.Join(t.TempDir(), "ran")
	evil := filepath.Join(t.TempDir(), "evil")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\necho \"$0 $*\" >> '"+trace+"'\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"reference-transaction", "post-commit", "pre-commit", "post-index-change", "commit-msg"} {
		if err := os.Symlink(evil, filepath.Join(c.dir, ".git", "hooks", hook)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"core.fsmonitor", "core.pager", "core.editor", "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge", "gpg.program"} {
		c.git("config", key, evil)
	}
	c.git("config", "commit.gpgSign", "true")
	c.git("config", "log.showSignature", "true")
	_ = os.Remove(trace) // the person's own git above may have run some
	c.env = append(c.env, "GIT_EXTERNAL_DIFF="+evil, "GIT_PAGER="+evil)

	r := c.open()
	id := must[string](t)(r.CommitToBranch(ctx, Change{Branch: "b", Base: base, Author: bot, When: when, Message: "m", Files: map[string][]byte{"main.tf": []byte("b\n")}}))
	must[[]Commit](t)(r.Log(ctx, LogOptions{From: id, Paths: []string{"main.tf"}}))
	must[*Commit](t)(r.LastChange(ctx, id, "main.tf", 1, 1))
	must[[]string](t)(r.ChangedSince(ctx, base, id))
	must[[]byte](t)(r.Show(ctx, id, "main.tf"))
	must[[]string](t)(r.Submodules(ctx))
	if err := r.DeleteBranch(ctx, "b", id); err != nil {
		t.Error(err)
	}
	if ran, err := os.ReadFile(trace); err == nil {
		t.Errorf("git ran:\n%s", ran)
	}
}

// TestPatchApplies gives patches to git apply, the reader they are for.
func TestPatchApplies(t *testing.T) {
	long := strings.Repeat("line\n", 40)
	cases := map[string]FileDiff{
		"change":                  {Path: "a.tf", Before: []byte(long + "x\n" + long), After: []byte(long + "y\n" + long)},
		"no newline at the end":   {Path: "a.tf", Before: []byte("a\nb"), After: []byte("a\nc")},
		"gains a newline":         {Path: "a.tf", Before: []byte("a\nb"), After: []byte("a\nb\n")},
		"carriage returns":        {Path: "a.tf", Before: []byte("a\r\nb\r\n"), After: []byte("a\r\nc\r\n")},
		"new file":                {Path: "d/n.tf", After: []byte("n\n")},
		"deleted file":            {Path: "d/n.tf", Before: []byte("n\n")},
		"blank and quote in path": {Path: "my \"dir\"/a.tf", Before: []byte("a\n"), After: []byte("b\n")},
	}
	for name, f := range cases {
		t.Run(name, func(t *testing.T) {
			c := newClone(t)
			c.write("keep", "k")
			if f.Before != nil {
				c.write(f.Path, string(f.Before))
			}
			c.commit("base", "2026-11-18T10:00:00Z")
			patch := filepath.Join(t.TempDir(), "p.patch")
			if err := os.WriteFile(patch, Patch([]FileDiff{f}), 0o644); err != nil {
				t.Fatal(err)
			}
			c.git("apply", patch)
			got, err := os.ReadFile(filepath.Join(c.dir, f.Path))
			if f.After == nil {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("file is still there: %v", err)
				}
				return
			}
			if !bytes.Equal(got, f.After) {
				t.Errorf("after the patch the file holds %q, want %q", got, f.After)
			}
		})
	}
	if got := Patch([]FileDiff{{Path: "same", Before: []byte("a"), After: []byte("a")}}); len(got) != 0 {
		t.Errorf("patch of equal files = %q", got)
	}
}

func TestCancelled(t *testing.T) {
	c := newClone(t)
	r := c.open()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Log(ctx, LogOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Log with a cancelled context = %v", err)
	}
}
