package dir_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/git"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// world is a repository with one commit and an empty directory to publish into.
type world struct {
	t    *testing.T
	root string
	repo *gogit.Repository
	base string
	opts dir.Options
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, root: t.TempDir()}
	repo, err := gogit.PlainInitWithOptions(w.root, &gogit.PlainInitOptions{InitOptions: gogit.InitOptions{DefaultBranch: "refs/heads/main"}})
	if err != nil {
		t.Fatal(err)
	}
	w.repo = repo
	w.base = w.commit("infra/prod/main.tf", "size = \"small\"\n", "Start")
	r, err := git.Open(t.Context(), w.root, os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	w.opts = dir.Options{Path: filepath.Join(t.TempDir(), "out [1]"), Repo: r, Now: now}
	return w
}

func (w *world) commit(path, content, message string) string {
	w.t.Helper()
	tree, err := w.repo.Worktree()
	if err != nil {
		w.t.Fatal(err)
	}
	full := filepath.Join(w.root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
	if _, err := tree.Add(path); err != nil {
		w.t.Fatal(err)
	}
	who := &object.Signature{Name: "Ada", Email: "ada@example.com", When: now}
	id, err := tree.Commit(message, &gogit.CommitOptions{Author: who})
	if err != nil {
		w.t.Fatal(err)
	}
	return id.String()
}

func (w *world) sync(pubs ...forge.Publication) []forge.Action {
	w.t.Helper()
	actions, err := dir.Sync(w.t.Context(), w.opts, pubs, []byte("{}\n"), false)
	if err != nil {
		w.t.Fatal(err)
	}
	return actions
}

func (w *world) read(name string) string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.opts.Path, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w *world) tip(branch string) *object.Commit {
	w.t.Helper()
	ref, err := w.repo.Reference(plumbing.NewBranchReferenceName(branch), true)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := w.repo.CommitObject(ref.Hash())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) issue(body string) forge.Publication {
	return forge.Publication{Kind: forge.KindIssue, Stack: "infra/prod", Fingerprint: "f1", Title: "Drift in infra/prod", Body: body}
}

func (w *world) pull(size string) forge.Publication {
	return forge.Publication{
		Kind: forge.KindPull, Stack: "infra/prod", Fingerprint: "f1", Title: "Adopt infra/prod",
		Body: "See " + forge.Link(forge.KindIssue, "infra/prod", "the issue") + ".",
		Commit: &forge.Commit{
			Base: w.base, Message: "Adopt what is live\n\nDrift-Actor: ada@example.com",
			Files: []forge.File{{Path: "infra/prod/main.tf", Content: []byte("size = \"" + size + "\"\n")}},
		},
	}
}

func ops(actions []forge.Action) []string {
	var out []string
	for _, a := range actions {
		out = append(out, string(a.Op)+" "+string(a.Kind))
	}
	return out
}

func TestPublish(t *testing.T) {
	w := newWorld(t)
	issue := w.issue("Somebody resized it. Merge " + forge.Link(forge.KindPull, "infra/prod", "the pull request") + ".")
	w.sync(issue, w.pull("large"))

	if got := w.read("issues/infra-prod.md"); !strings.HasPrefix(got, "# Drift in infra/prod\n\n<!-- mooring {") || !strings.Contains(got, "Merge `pulls/infra-prod.md`.") {
		t.Errorf("issue is\n%s", got)
	}
	if got := w.read("pulls/infra-prod.md"); !strings.Contains(got, "See `issues/infra-prod.md`.") {
		t.Errorf("pull request is\n%s", got)
	}
	wantPatch := "diff --git a/infra/prod/main.tf b/infra/prod/main.tf\n--- a/infra/prod/main.tf\n+++ b/infra/prod/main.tf\n@@ -1 +1 @@\n-size = \"small\"\n+size = \"large\"\n"
	if diff := cmp.Diff(wantPatch, w.read("pulls/infra-prod.patch")); diff != "" {
		t.Errorf("patch (-want +got):\n%s", diff)
	}
	if got := w.read("results.json"); got != "{}\n" {
		t.Errorf("results.json is %q", got)
	}
	tip := w.tip("mooring/adopt/infra-prod")
	if tip == nil || tip.ParentHashes[0].String() != w.base || !strings.Contains(tip.Message, "Drift-Actor: ada@example.com\nMooring-Content: ") {
		t.Fatalf("branch holds %v", tip)
	}
	file, err := tip.File("infra/prod/main.tf")
	if err != nil {
		t.Fatal(err)
	}
	if content, _ := file.Contents(); content != "size = \"large\"\n" {
		t.Errorf("committed %q", content)
	}
	tree, err := w.repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if status, err := tree.Status(); err != nil || !status.IsClean() {
		t.Errorf("working tree is touched: %v %v", status, err)
	}
	if head, err := w.repo.Head(); err != nil || head.Name() != "refs/heads/main" || head.Hash().String() != w.base {
		t.Errorf("the current branch moved: %v %v", head, err)
	}

	if again := w.sync(issue, w.pull("large")); len(again) != 0 {
		t.Errorf("B04: a second run does %v", ops(again))
	}
}

func TestValuesChange(t *testing.T) {
	w := newWorld(t)
	w.sync(w.issue("large"), w.pull("large"))
	first := w.tip("mooring/adopt/infra-prod").Hash
	got := ops(w.sync(w.issue("huge"), w.pull("huge")))
	if diff := cmp.Diff([]string{"update issue", "push pull", "update pull"}, got); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	tip := w.tip("mooring/adopt/infra-prod")
	if tip.Hash == first || tip.ParentHashes[0].String() != w.base {
		t.Error("B14: the branch should hold one commit, a new one")
	}
}

func TestResolvedRemoves(t *testing.T) {
	w := newWorld(t)
	w.sync(w.issue("x"), w.pull("large"))
	issue, pull := w.issue("x"), w.pull("large")
	issue.Resolved, pull.Resolved = "It is gone.", "It is gone."
	w.sync(issue, pull)
	for _, name := range []string{"issues/infra-prod.md", "pulls/infra-prod.md", "pulls/infra-prod.patch"} {
		if w.read(name) != "" {
			t.Errorf("%s is still there", name)
		}
	}
	if w.tip("mooring/adopt/infra-prod") != nil {
		t.Error("the branch is still there")
	}
}

func TestB07_TextOutsideTheMarkersSurvives(t *testing.T) {
	w := newWorld(t)
	w.sync(w.issue("old"))
	path := filepath.Join(w.opts.Path, "issues", "infra-prod.md")
	const mine = "\r\nCall me first.\n\n<!-- keep -->\n"
	if err := os.WriteFile(path, []byte(w.read("issues/infra-prod.md")+mine), 0o644); err != nil {
		t.Fatal(err)
	}
	w.sync(w.issue("new"))
	got := w.read("issues/infra-prod.md")
	if !strings.HasSuffix(got, mine) || !strings.Contains(got, "\nnew\n") || strings.Contains(got, "\nold\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestB12_BranchOfAPersonIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.sync(w.pull("large"))
	tree, err := w.repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Checkout(&gogit.CheckoutOptions{Branch: "refs/heads/mooring/adopt/infra-prod"}); err != nil {
		t.Fatal(err)
	}
	theirs := w.commit("infra/prod/main.tf", "size = \"medium\"\n", "No, medium")
	if err := tree.Checkout(&gogit.CheckoutOptions{Branch: "refs/heads/main"}); err != nil {
		t.Fatal(err)
	}
	w.sync(w.pull("huge"))
	if got := w.tip("mooring/adopt/infra-prod").Hash.String(); got != theirs {
		t.Errorf("the branch is at %s, not at the person's commit %s", got, theirs)
	}
}

// Amending keeps the author, so the author alone does not make a commit ours.
func TestB12_AmendedCommitIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.sync(w.pull("large"))
	tree, err := w.repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Checkout(&gogit.CheckoutOptions{Branch: "refs/heads/mooring/adopt/infra-prod"}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.root, "infra", "prod", "main.tf")
	if err := os.WriteFile(path, []byte("size = \"medium\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Add("infra/prod/main.tf"); err != nil {
		t.Fatal(err)
	}
	tip := w.tip("mooring/adopt/infra-prod")
	theirs, err := tree.Commit(tip.Message, &gogit.CommitOptions{Amend: true, Author: &tip.Author, Committer: &object.Signature{Name: "Ada", Email: "ada@example.com", When: now}})
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Checkout(&gogit.CheckoutOptions{Branch: "refs/heads/main"}); err != nil {
		t.Fatal(err)
	}
	for _, size := range []string{"large", "huge"} {
		w.sync(w.pull(size))
		if got := w.tip("mooring/adopt/infra-prod").Hash; got != theirs {
			t.Fatalf("the branch is at %s, not at the amended %s", got, theirs)
		}
	}
}

// A run that was killed after it moved the branch, and one with a fresh directory, go on with what is theirs.
func TestOwnBranchIsRecognised(t *testing.T) {
	w := newWorld(t)
	w.sync(w.pull("large"))
	before := w.read("pulls/infra-prod.md")
	w.sync(w.pull("huge"))
	if err := os.WriteFile(filepath.Join(w.opts.Path, "pulls", "infra-prod.md"), []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	w.sync(w.pull("huge"))
	if again := w.sync(w.pull("huge")); len(again) != 0 || !strings.Contains(w.read("pulls/infra-prod.md"), w.tip("mooring/adopt/infra-prod").Hash.String()) {
		t.Errorf("after a kill it does %v", ops(again))
	}
	w.opts.Path = filepath.Join(t.TempDir(), "fresh")
	w.sync(w.pull("vast"))
	file, err := w.tip("mooring/adopt/infra-prod").File("infra/prod/main.tf")
	if err != nil {
		t.Fatal(err)
	}
	if content, _ := file.Contents(); content != "size = \"vast\"\n" {
		t.Errorf("the branch holds %q", content)
	}
}

func TestB21_DryRunWritesNothing(t *testing.T) {
	w := newWorld(t)
	pubs := []forge.Publication{w.issue("x"), w.pull("large")}
	would, err := dir.Sync(t.Context(), w.opts, pubs, []byte("{}"), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(w.opts.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory is there: %v", err)
	}
	if w.tip("mooring/adopt/infra-prod") != nil {
		t.Error("the branch is there")
	}
	if diff := cmp.Diff(ops(would), ops(w.sync(pubs...))); diff != "" {
		t.Errorf("a run does other than the dry run says (-said +did):\n%s", diff)
	}
}

func TestSlugsThatCollide(t *testing.T) {
	w := newWorld(t)
	a, b := w.issue("a"), w.issue("b")
	a.Stack, b.Stack = "infra/prod", "infra@prod"
	w.sync(a, b)
	entries, err := os.ReadDir(filepath.Join(w.opts.Path, "issues"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 {
		t.Errorf("two stacks gave %v", entries)
	}
	if again := w.sync(a, b); len(again) != 0 {
		t.Errorf("a second run does %v", ops(again))
	}
}

// A missing patch is written again; one that is whole is not touched.
func TestPatchIsRestored(t *testing.T) {
	w := newWorld(t)
	w.sync(w.pull("large"))
	want := w.read("pulls/infra-prod.patch")
	if err := os.Remove(filepath.Join(w.opts.Path, "pulls", "infra-prod.patch")); err != nil {
		t.Fatal(err)
	}
	w.sync(w.pull("large"))
	if got := w.read("pulls/infra-prod.patch"); got != want {
		t.Errorf("patch is %q, want %q", got, want)
	}
}

func TestWithoutRepository(t *testing.T) {
	w := newWorld(t)
	w.opts.Repo = nil
	w.sync(w.issue("x"), w.pull("large"))
	if w.read("pulls/infra-prod.md") == "" {
		t.Error("no pull request was written")
	}
	if again := w.sync(w.issue("x"), w.pull("large")); len(again) != 0 {
		t.Errorf("a second run does %v", ops(again))
	}
}

func TestUnwritable(t *testing.T) {
	w := newWorld(t)
	if err := os.WriteFile(w.opts.Path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := dir.Sync(t.Context(), w.opts, []forge.Publication{w.issue("x")}, nil, false)
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte("out [1]")) {
		t.Errorf("error is %v", err)
	}
}
