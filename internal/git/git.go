// Package git runs the git program: history, contents of commits, patches and branches.
//
// Start at [Open], which gives a [Repo]; its methods are grouped by file: history.go reads, branch.go writes. [Patch] is pure.
//
// What it promises:
//
//   - The working tree, the index and the checked-out branch are never written. [Repo.CommitToBranch] builds objects beside them and
//     moves one ref, only if that ref is still where the caller saw it.
//   - Nothing of the repository or the user's configuration runs: no hooks, file-system monitors, filters, external diffs, text
//     conversions, pagers, editors, signatures or prompts.
//   - Arguments are never read by a shell, paths are literal and follow "--", and commit names that begin with "-" are refused.
//   - A cancelled context ends git and all that it started.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/report/secret"
)

// ErrNotRepository says that a directory is not inside a git work tree.
var ErrNotRepository = errors.New("not a git repository")

// A Repo is a git repository with a work tree. Its methods may be used at the same time.
type Repo struct {
	root string
	env  []string
}

// Open finds the repository that dir lies in. env is the environment for git, as KEY=VALUE; variables that would redirect git to
// another repository, index or configuration are left out.
//
// The error wraps [ErrNotRepository] when dir is in none, and says what to do when git refuses dir because another user owns it.
func Open(ctx context.Context, dir string, env []string) (*Repo, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	r := &Repo{root: abs, env: cleanEnv(env)}
	out, err := r.run(ctx, nil, "rev-parse", "--show-toplevel")
	if err != nil {
		var failed *Error
		if !errors.As(err, &failed) {
			return nil, err
		}
		switch {
		case strings.Contains(failed.Stderr, "dubious ownership"):
			return nil, fmt.Errorf("git refuses %s because another user owns it\nhint: git config --global --add safe.directory %q", abs, abs)
		case strings.Contains(failed.Stderr, "work tree"):
			return nil, fmt.Errorf("%w: %s has no work tree\nhint: run in a clone that is not bare", ErrNotRepository, abs)
		case strings.Contains(failed.Stderr, "not a git repository"):
			return nil, fmt.Errorf("%w: %s\nhint: run inside a clone, or name one", ErrNotRepository, abs)
		}
		return nil, err
	}
	r.root = strings.TrimSuffix(string(out), "\n")
	return r, nil
}

// Root is the absolute path of the top of the work tree.
func (r *Repo) Root() string { return r.root }

// An Error is a git command that did not succeed.
type Error struct {
	Command string // the subcommand
	Stderr  string // what git said, trimmed
	Err     error
}

func (e *Error) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("git %s: %v", e.Command, e.Err)
	}
	return fmt.Sprintf("git %s: %s", e.Command, e.Stderr)
}

func (e *Error) Unwrap() error { return e.Err }

// exitCode is git's exit code, or -1 when err is not an exit.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// settings come before the subcommand, so they win over every configuration file.
var settings = []string{
	"--no-pager", "--literal-pathspecs", "--no-replace-objects", "--no-optional-locks",
	"-c", "core.hooksPath=/dev/null",
	"-c", "core.fsmonitor=false",
	"-c", "core.quotePath=false",
	"-c", "color.ui=false",
	"-c", "commit.gpgSign=false",
	"-c", "log.showSignature=false",
	"-c", "log.mailmap=true",
	"-c", "gc.auto=0",
	"-c", "maintenance.auto=false",
	"-c", "protocol.ext.allow=never",
	"-c", "i18n.logOutputEncoding=UTF-8",
}

// cleanEnv drops what would point git elsewhere and adds what keeps it quiet. Settings that reach a remote (GIT_SSH_COMMAND,
// GIT_ASKPASS, proxies) stay.
func cleanEnv(env []string) []string {
	drop := []string{
		"GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_OBJECT_DIRECTORY=", "GIT_ALTERNATE_OBJECT_DIRECTORIES=", "GIT_COMMON_DIR=",
		"GIT_NAMESPACE=", "GIT_CONFIG", "GIT_EXTERNAL_DIFF=", "GIT_DIFF_OPTS=", "GIT_PAGER=", "GIT_EDITOR=", "GIT_SEQUENCE_EDITOR=", "GIT_TRACE",
		"GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CEILING_DIRECTORIES=", "GIT_PREFIX=", "GIT_SHALLOW_FILE=", "GIT_GRAFT_FILE=", "GIT_REPLACE_REF_BASE=",
		"GIT_GLOB_PATHSPECS=", "GIT_NOGLOB_PATHSPECS=", "GIT_ICASE_PATHSPECS=", "LC_ALL=", "LANGUAGE=",
	}
	kept := make([]string, 0, len(env)+2)
next:
	for _, kv := range env {
		for _, d := range drop {
			if strings.HasPrefix(kv, d) {
				continue next
			}
		}
		kept = append(kept, kv)
	}
	return append(kept, "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
}

// run starts git in the root of the work tree and returns what it wrote.
func (r *Repo) run(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return r.runEnv(ctx, nil, stdin, args...)
}

func (r *Repo) runEnv(ctx context.Context, env []string, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append(append([]string{}, settings...), args...)...)
	cmd.Dir = r.root
	cmd.Env = append(append([]string{}, r.env...), env...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 2 * time.Second
	killGroup(cmd)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("git %s: %w", args[0], context.Cause(ctx))
		}
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("git is not on this machine: %w\nhint: install git 2.30 or newer", err)
		}
		return nil, &Error{Command: args[0], Stderr: secret.Text(strings.TrimSpace(stderr.String())), Err: err}
	}
	return stdout.Bytes(), nil
}

// line is run for commands that answer with one line.
func (r *Repo) line(ctx context.Context, args ...string) (string, error) {
	out, err := r.run(ctx, nil, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}
