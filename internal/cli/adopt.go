package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/didyoumean"
	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
)

func (a *App) adoptCommand() *cobra.Command {
	var stackGlob, branch, engineName string
	var events []string
	var diff, write bool
	cmd := &cobra.Command{
		Use:   "adopt [ADDRESS...]",
		Short: "Edit the code so that it says what is live, with proof",
		Long: `Scan, and edit the code of the resources that drifted (all, or those named) so that it says what is live. An edit is taken only
when a plan of the edited code shows the drift gone and nothing else moved; what cannot be proved is refused, with the reason.

Some things are only done to a resource that is named: a conflict (code and reality both moved) is decided for reality, a resource whose
object was deleted is dropped from the code, or takes the object that somebody made in its place, and an object that somebody made beside the
code is imported. What people made is known from audit logs: those of the configuration, or --events.

--diff (the default) prints the edits, --write changes the working tree, --branch commits them to a new branch.`,
		Example: `  mooring adopt --stack infra/prod --diff
  mooring adopt 'module.web.aws_instance.this[0]' --write`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (diff && write) || (diff && branch != "") || (write && branch != "") {
				return errors.New("choose one of --diff, --write and --branch")
			}
			return a.adopt(cmd.Context(), args, stackGlob, engineName, events, write, branch)
		},
	}
	cmd.Flags().StringVar(&stackGlob, "stack", "", "only stacks whose id or path matches `GLOB`")
	cmd.Flags().BoolVar(&diff, "diff", false, "print the edits (the default)")
	cmd.Flags().BoolVar(&write, "write", false, "edit the files of the working tree")
	cmd.Flags().StringVar(&branch, "branch", "", "commit the edits to the new branch `NAME`")
	cmd.Flags().StringArrayVar(&events, "events", nil, "also read the audit log files that match `GLOB`; may be repeated")
	cmd.Flags().StringVar(&engineName, "engine", "", "tofu, terraform or the `PATH` of one")
	a.completeStacks(cmd, "stack")
	return cmd
}

func (a *App) adopt(ctx context.Context, addresses []string, stackGlob, engineName string, events []string, write bool, branch string) error {
	if err := addressable(addresses); err != nil {
		return err
	}
	w, err := a.open(ctx, ".")
	if err != nil {
		return err
	}
	if branch != "" {
		if _, err := w.needRepo("--branch"); err != nil {
			return err
		}
	}
	o, err := a.options(w)
	if err != nil {
		return err
	}
	o.Adopt, o.Engine = true, engineName
	if o.Events, err = a.absolute(events); err != nil {
		return err
	}
	if len(addresses) > 0 {
		o.Addresses = addresses
	}
	o.Stacks = w.under(nil)
	if stackGlob != "" {
		o.Stacks = []string{stackGlob}
	}
	r, err := a.run(ctx, w, o)
	if err != nil {
		return err
	}
	if err := known(r, addresses); err != nil {
		return err
	}
	files, err := merged(r)
	if err != nil {
		return err
	}
	switch {
	case write:
		err = a.writeFiles(w.root, files)
	case branch != "":
		err = a.commitFiles(ctx, w, r, branch, files)
	default:
		err = a.printDiff(files)
	}
	if err != nil {
		return err
	}
	a.exit = a.refusals(r, addresses)
	return nil
}

// addressable makes sure that what a person wrote are addresses of resources, before anything is planned.
func addressable(addresses []string) error {
	for _, want := range addresses {
		a, err := module.ParseAddress(want)
		if err != nil {
			return withHint(fmt.Errorf("%q is not the address of a resource", want), "write it as mooring scan lists it, in quotes for the shell: 'module.web.aws_instance.this[\"blue\"]'")
		}
		if a.Data {
			return withHint(fmt.Errorf("%s is a data source: it is read and never drifts", want), "adopt the resources that use it")
		}
	}
	return nil
}

// known makes sure that every address a person named is one that differs: a typing error must not look like "nothing to do".
func known(r *report.Results, addresses []string) error {
	var all, failed []string
	for _, s := range r.Stacks {
		if s.Status == report.StatusFailed {
			failed = append(failed, s.Stack.ID)
		}
		for _, f := range s.Findings {
			all = append(all, f.Address)
		}
	}
	for _, want := range addresses {
		if slices.Contains(all, want) {
			continue
		}
		hint := "mooring scan lists what differs"
		if keyed := slices.DeleteFunc(slices.Clone(all), func(a string) bool { return !strings.HasPrefix(a, want+"[") }); len(keyed) > 0 {
			hint = "its instances have addresses of their own: " + strings.Join(keyed[:min(len(keyed), 5)], ", ")
		} else if near := didyoumean.Nearest(want, all); near != "" {
			hint = "did you mean " + near + "?"
		} else if len(failed) > 0 {
			hint = "it may be in a stack that could not be planned: " + strings.Join(failed[:min(len(failed), 5)], ", ")
		}
		return withHint(fmt.Errorf("no resource that differs has the address %s", want), report.Plain(hint))
	}
	return nil
}

// merged are the edited files of all stacks. Two stacks that want one file differently cannot both be right.
func merged(r *report.Results) ([]adopt.File, error) {
	var out []adopt.File
	by := map[string]int{}
	for _, s := range r.Stacks {
		for _, f := range s.Files {
			if i, ok := by[f.Path]; ok {
				if string(out[i].After) != string(f.After) {
					return nil, withHint(fmt.Errorf("%s is edited differently for two stacks", f.Path), "adopt one stack at a time with --stack")
				}
				continue
			}
			by[f.Path] = len(out)
			out = append(out, f)
		}
	}
	return out, nil
}

func (a *App) printDiff(files []adopt.File) error {
	diffs := make([]git.FileDiff, 0, len(files))
	for _, f := range files {
		diffs = append(diffs, git.FileDiff{Path: f.Path, Before: f.Before, After: f.After})
	}
	patch := string(git.Patch(diffs))
	if tty, _ := terminal(a.Stdout); a.colored(tty) {
		patch = colourPatch(patch)
	}
	_, err := a.Stdout.Write([]byte(patch))
	return err
}

// colourPatch paints a patch as git does.
func colourPatch(patch string) string {
	var b strings.Builder
	for line := range strings.Lines(patch) {
		text := strings.TrimSuffix(line, "\n")
		colour := ""
		switch {
		case strings.HasPrefix(line, "+++ "), strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "index "):
			colour = "\x1b[1m"
		case strings.HasPrefix(line, "+"):
			colour = "\x1b[32m"
		case strings.HasPrefix(line, "-"):
			colour = "\x1b[31m"
		case strings.HasPrefix(line, "@@"):
			colour = "\x1b[36m"
		}
		if colour == "" {
			b.WriteString(line)
			continue
		}
		b.WriteString(colour + text + "\x1b[m\n")
	}
	return b.String()
}

// writeFiles edits the working tree. All files are compared with what was planned before the first is written: a file that a person saved
// meanwhile is theirs.
func (a *App) writeFiles(root string, files []adopt.File) error {
	for _, f := range files {
		now, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Path)))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if string(now) != string(f.Before) {
			return withHint(fmt.Errorf("%s changed since it was planned; nothing was written", f.Path), "run mooring adopt again")
		}
		if info, err := os.Stat(filepath.Join(root, filepath.FromSlash(f.Path))); err == nil && info.Mode().Perm()&0o222 == 0 {
			return withHint(fmt.Errorf("%s is read-only; nothing was written", f.Path), "make it writable, or commit the edit to a branch with --branch")
		}
	}
	for _, f := range files {
		// A file that is reached through a link is replaced where it really is.
		path, err := filepath.EvalSymlinks(filepath.Join(root, filepath.FromSlash(f.Path)))
		if errors.Is(err, os.ErrNotExist) {
			path, err = filepath.Join(root, filepath.FromSlash(f.Path)), nil
		}
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if info, err := os.Stat(path); err == nil {
			mode = info.Mode().Perm()
		}
		out, err := a.output(path)
		if err != nil {
			return err
		}
		if err := out.commit(f.After); err != nil {
			out.abandon()
			return err
		}
		if err := os.Chmod(path, mode); err != nil {
			return err
		}
		fmt.Fprintf(a.Stderr, "edited %s\n", f.Path)
	}
	return nil
}

func (a *App) commitFiles(ctx context.Context, w *world, r *report.Results, branch string, files []adopt.File) error {
	if len(files) == 0 {
		return errors.New("there is nothing to commit: no edit was proved")
	}
	for _, f := range files {
		// Only what was proved is committed: not what somebody is in the middle of writing.
		if committed, err := w.repo.Show(ctx, r.Commit, f.Path); err != nil || string(committed) != string(f.Before) {
			return withHint(fmt.Errorf("%s has changes that are not committed; nothing was committed", f.Path), "commit or stash them first, or edit the working tree with --write")
		}
	}
	author, err := a.author(ctx, w)
	if err != nil {
		return err
	}
	change := git.Change{Branch: branch, Base: r.Commit, Message: commitMessage(r), Files: map[string][]byte{}, Author: author, When: a.Now()}
	for _, f := range files {
		change.Files[f.Path] = f.After
	}
	done, err := commitToNew(ctx, w.repo, change)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.Stderr, done)
	return nil
}

// commitToNew commits to a branch that must not be there yet, and says so.
func commitToNew(ctx context.Context, repo *git.Repo, change git.Change) (string, error) {
	switch tip, err := repo.Tip(ctx, change.Branch); {
	case err != nil:
		return "", err
	case tip != "":
		return "", withHint(fmt.Errorf("branch %s exists already; nothing was committed", change.Branch), "give another name, or delete it with git branch -D "+change.Branch)
	}
	id, err := repo.CommitToBranch(ctx, change)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("committed %s to branch %s", id[:min(12, len(id))], change.Branch), nil
}

// author is who commits: the person that git knows, else Mooring itself.
func (a *App) author(ctx context.Context, w *world) (git.Person, error) {
	p := git.Person{Name: a.getenv("GIT_AUTHOR_NAME"), Email: a.getenv("GIT_AUTHOR_EMAIL")}
	if p.Name != "" && p.Email != "" {
		return p, nil
	}
	p, err := w.repo.User(ctx)
	if err != nil || p.Name == "" || p.Email == "" {
		return dir.Mooring, err
	}
	return p, nil
}

// commitMessage is that of the one stack that is edited, or of all under one title.
func commitMessage(r *report.Results) string {
	var parts []string
	for _, s := range r.Stacks {
		if len(s.Files) > 0 {
			parts = append(parts, report.CommitMessage(s, ""))
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return fmt.Sprintf("Adopt what is live in %d stacks\n\n", len(parts)) + strings.Join(parts, "\n")
}

// refusals prints what was proved and what was refused, and returns the exit code: drift that stays is drift.
func (a *App) refusals(r *report.Results, addresses []string) int {
	code, ready, failed := ExitClean, false, false
	wanted := func(f report.Finding) bool {
		if len(addresses) == 0 {
			return report.IsDrift(f)
		}
		for _, want := range addresses {
			if f.Address == want {
				return true
			}
		}
		return false
	}
	for _, s := range r.Stacks {
		if s.Status == report.StatusFailed {
			failed = true
			for _, d := range s.Diagnostics {
				a.warn("%s: %s", s.Stack.ID, d.Summary)
			}
		}
		for _, f := range s.Findings {
			if !wanted(f) {
				continue
			}
			adopted := f.Adoption.Status == adopt.StatusReady || f.Adoption.Status == adopt.StatusPartial
			ready = ready || adopted
			if !adopted && len(f.Adoption.Refusals) == 0 && len(addresses) > 0 {
				a.warn("%s differs, but nothing of it is drift that code could follow (%s)", report.Plain(f.Address), f.Kind)
			}
			for _, note := range f.Adoption.Notes {
				fmt.Fprintf(a.Stderr, "note: %s\n", report.Plain(note))
			}
			for _, refusal := range f.Adoption.Refusals {
				fmt.Fprintf(a.Stderr, "refused %s", report.Plain(f.Address))
				if refusal.Path != "" {
					fmt.Fprintf(a.Stderr, " %s", report.Plain(refusal.Path))
				}
				fmt.Fprintf(a.Stderr, ": %s\n", report.Plain(refusal.Detail))
				if refusal.Hint != "" {
					fmt.Fprintf(a.Stderr, "  hint: %s\n", report.Plain(refusal.Hint))
				}
				code = ExitDrift
			}
		}
		if p := s.Proof; p != nil {
			fmt.Fprintf(a.Stderr, "%s: proved by %s %s (%s): before %s; after %s\n", s.Stack.ID, p.Engine, p.Version, p.Way, counts(p.Before), counts(p.After))
		}
	}
	if failed && code == ExitClean { // as for a scan: drift that is known outranks what could not be judged
		return ExitFailed
	}
	if !ready && code == ExitClean && len(addresses) == 0 {
		fmt.Fprintln(a.Stderr, "there is no drift to adopt")
	}
	return code
}

func counts(c adopt.Counts) string {
	return fmt.Sprintf("%d to create, %d to change, %d to replace, %d to destroy", c.Create, c.Update, c.Replace, c.Delete)
}
