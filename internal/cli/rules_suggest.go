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

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

func (a *App) rulesSuggestCommand() *cobra.Command {
	var least int
	var write bool
	var branch string
	cmd := &cobra.Command{
		Use:   "suggest",
		Short: "Turn what people ignored again and again into rules of .mooring.hcl",
		Long: `Read the ledger, find what was ignored for several resources of one type, and print the rules that say the same as a diff of .mooring.hcl.
--write changes the file; --branch commits it to a new branch, for a pull request.`,
		Example: `  mooring rules suggest
  mooring rules suggest --min 5 --branch mooring/rules`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if least < 1 {
				return fmt.Errorf("--min %d: want 1 or more", least)
			}
			if write && branch != "" {
				return errors.New("choose one of --write and --branch")
			}
			return a.suggestRules(cmd.Context(), least, write, branch)
		},
	}
	cmd.Flags().IntVar(&least, "min", 3, "suggest what was ignored for at least `N` resources")
	cmd.Flags().BoolVar(&write, "write", false, "write the rules into .mooring.hcl")
	cmd.Flags().StringVar(&branch, "branch", "", "commit the rules to the new branch `NAME`")
	return cmd
}

func (a *App) suggestRules(ctx context.Context, least int, write bool, branch string) error {
	w, err := a.open(ctx, ".")
	if err != nil {
		return err
	}
	if _, err := w.needRepo("suggesting rules"); err != nil {
		return err
	}
	book := a.shared(w)
	if book == nil {
		book = a.book(w)
	}
	entries, err := book.Entries(ctx)
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(policy.Suggest(ledger.Ignored(entries), least), func(s policy.Suggestion) bool {
		return slices.ContainsFunc(w.config.Rules, func(r policy.Rule) bool { return r.Name == s.Name })
	})
	if len(found) == 0 {
		a.say(fmt.Sprintf("nothing was ignored for %d resources of one type; --min changes that", least))
		return nil
	}
	before, err := os.ReadFile(filepath.Join(w.root, config.Name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	after := withRules(before, found)
	if _, err := config.Parse(after, config.Name); err != nil {
		return fmt.Errorf("the rules do not load: %w", err)
	}
	for _, s := range found {
		what := s.Type
		if s.Attribute != "" {
			what += "." + s.Attribute
		}
		a.say(report.Plain(fmt.Sprintf("%s: ignored for %s by %s in %s", what, count(s.Times, "resource"), strings.Join(s.People, ", "), strings.Join(s.Stacks, ", "))))
	}
	switch {
	case write:
		return os.WriteFile(filepath.Join(w.root, config.Name), after, 0o644)
	case branch != "":
		return a.commitRules(ctx, w, branch, after, found)
	}
	_, err = a.Stdout.Write(git.Patch([]git.FileDiff{{Path: config.Name, Before: before, After: after}}))
	return err
}

// withRules adds rules at the end of a configuration; the bytes before stay as they are.
func withRules(before []byte, found []policy.Suggestion) []byte {
	after := slices.Clone(before)
	if len(after) > 0 && after[len(after)-1] != '\n' {
		after = append(after, '\n')
	}
	for _, s := range found {
		if len(after) > 0 {
			after = append(after, '\n')
		}
		after = append(after, s.Block()...)
	}
	return after
}

func (a *App) commitRules(ctx context.Context, w *world, branch string, after []byte, found []policy.Suggestion) error {
	head, err := w.repo.Head(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("Rules for what was ignored again and again\n")
	for _, s := range found {
		fmt.Fprintf(&b, "\n%s: %s, by %s", s.Name, count(s.Times, "resource"), strings.Join(s.People, ", "))
	}
	done, err := commitToNew(ctx, w.repo, git.Change{Branch: branch, Base: head, Message: b.String() + "\n", Files: map[string][]byte{config.Name: after}, Author: dir.Mooring, When: a.Now()})
	if err != nil {
		return err
	}
	a.say(done)
	return nil
}
