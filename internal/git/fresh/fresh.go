// Package fresh makes new git repositories and commits to them: what the demo and tests need. Package git only reads and never touches a
// work tree; this one does nothing else.
//
// Start at [Init]. Equal files, messages, people and dates give equal commit ids: nothing of the user's configuration is used.
package fresh

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// A Repo is a repository that this package made.
type Repo struct {
	Dir string
	env []string
}

// A Commit says who records the work tree, when and why.
type Commit struct {
	Author, Email string
	Date          time.Time
	Message       string
}

// Init makes an empty repository at dir, which must exist, with the branch main. env is the environment for git, KEY=VALUE.
func Init(ctx context.Context, dir string, env []string) (*Repo, error) {
	r := &Repo{Dir: dir, env: clean(env)}
	if err := r.run(ctx, nil, "init", "--quiet", "--template=", "--initial-branch=main", "--object-format=sha1"); err != nil {
		return nil, err
	}
	return r, nil
}

// Commit records everything in the work tree that is not ignored.
func (r *Repo) Commit(ctx context.Context, c Commit) error {
	if err := r.run(ctx, nil, "add", "--all"); err != nil {
		return err
	}
	date := fmt.Sprintf("%d +0000", c.Date.Unix())
	who := []string{
		"GIT_AUTHOR_NAME=" + c.Author, "GIT_AUTHOR_EMAIL=" + c.Email, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + c.Author, "GIT_COMMITTER_EMAIL=" + c.Email, "GIT_COMMITTER_DATE=" + date,
	}
	return r.run(ctx, who, "-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify", "--cleanup=whitespace", "--message", c.Message)
}

func (r *Repo) run(ctx context.Context, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.Dir
	cmd.Env = append(append(append([]string{}, r.env...), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s in %s: %w: %s", args[0], r.Dir, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// clean leaves out what would point git elsewhere.
func clean(env []string) []string {
	var out []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, "GIT_") {
			out = append(out, entry)
		}
	}
	return out
}
