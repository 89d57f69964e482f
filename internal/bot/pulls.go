package bot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// What publish.check may be.
const (
	checkNeutral = "neutral"
	checkNone    = "none"
)

// checkOne has one pull request say whether it touches drift.
func (s *Server) checkOne(ctx context.Context, n notice) (string, error) {
	r, known, err := s.known(ctx, n)
	if err != nil || !known {
		return "the App is not installed there", err
	}
	st := stateOf(r)
	client, err := s.apps.client(r.Installation, r.ID, n.Name)
	if err != nil {
		return "", err
	}
	if r.State == nil {
		if st, err = readState(ctx, client, s.Now()); err != nil {
			return s.gracefully(r.Installation, err)
		}
	}
	if st.Check == checkNone {
		return "checks are off", nil
	}
	p, open, err := client.Pull(ctx, n.Number)
	if err != nil {
		return s.gracefully(r.Installation, err)
	}
	if !open {
		return "the pull request is closed", nil
	}
	if _, err := s.check(ctx, client, st, p); err != nil {
		return s.gracefully(r.Installation, err)
	}
	return "checked", nil
}

// checkAll has every open pull request say it, and counts those that say something else now.
func (s *Server) checkAll(ctx context.Context, client *github.Client, st repositoryState) (int, error) {
	pulls, err := client.OpenPulls(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, p := range pulls {
		changed, err := s.check(ctx, client, st, p)
		if err != nil {
			return n, err
		}
		if changed {
			n++
		}
	}
	return n, nil
}

// maxListed is how many differences a check run lists for one stack.
const maxListed = 20

// check sets the check run of one pull request. There always is one, so that branch protection can ask for it.
func (s *Server) check(ctx context.Context, client *github.Client, st repositoryState, p github.Pull) (changed bool, err error) {
	k := github.Check{Name: CheckName, SHA: p.Head, ExternalID: "mooring", Conclusion: "success", Title: "No drift is touched", Summary: "No stack that this changes differs from reality, as far as the last scans know."}
	drifted := st.drifted()
	switch {
	case p.Ours:
		k.Title, k.Summary = "This adopts drift", "This pull request makes the code say what is live."
	case st.Problem != "":
		k.Conclusion, k.Title, k.Summary = checkNeutral, "Nothing is known of drift", report.Prose(capital(st.Problem)+".")
	case len(drifted) > 0:
		touched, err := s.touched(ctx, client, p, drifted)
		if errors.Is(err, github.ErrLarge) {
			k.Conclusion, k.Title, k.Summary = checkNeutral, "It could not be told what this touches", "The repository has more files than GitHub lists at once."
			break
		}
		if err != nil {
			return false, err
		}
		if len(touched) > 0 {
			k.Conclusion = st.Check
			k.Title, k.Summary = touchedText(touched, s.Web)
		}
	}
	return client.SetCheck(ctx, k)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// touchedText says what would be applied over.
func touchedText(touched []stackState, _ string) (title, summary string) {
	title = fmt.Sprintf("%s has drifted", touched[0].ID)
	if len(touched) > 1 {
		title = fmt.Sprintf("%d stacks that this changes have drifted", len(touched))
	}
	var b strings.Builder
	b.WriteString("Somebody changed what is live since the code was last applied. Applying this pull request would put it back without anybody having decided so. " +
		"Look at Mooring's issue of the stack first: adopt what is live, or ignore it with a reason.\n")
	for _, t := range touched {
		fmt.Fprintf(&b, "\n**%s**, since %s:\n\n", report.Code(t.ID), t.Since.UTC().Format("2 January 2006 15:04 UTC"))
		for i, item := range t.Items {
			if i == maxListed {
				fmt.Fprintf(&b, "- and %d more\n", len(t.Items)-i)
				break
			}
			b.WriteString("- " + report.Code(item) + "\n")
		}
		if b.Len() > 50_000 {
			b.WriteString("\nThere are more.\n")
			break
		}
	}
	return visibleTitle(title), b.String()
}

// visibleTitle is plain text of a bounded length.
func visibleTitle(s string) string {
	s = report.Plain(s)
	if r := []rune(s); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return s
}

// touched are the drifted stacks that read a file which a pull request changes.
func (s *Server) touched(ctx context.Context, client *github.Client, p github.Pull, drifted []stackState) ([]stackState, error) {
	base, err := client.MergeBase(ctx, p)
	if err != nil {
		return nil, err
	}
	before, err := client.Files(ctx, base)
	if err != nil {
		return nil, err
	}
	after, err := client.Files(ctx, p.Head)
	if err != nil {
		return nil, err
	}
	var changed []string
	for path, sha := range after {
		if before[path] != sha {
			changed = append(changed, path)
		}
	}
	for path := range before {
		if _, there := after[path]; !there {
			changed = append(changed, path)
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	hit := map[string]bool{}
	for _, files := range []map[string]string{before, after} {
		tree := newTreeFS(files, func(sha string) ([]byte, error) { return s.blobs.get(ctx, client, sha) })
		var stacks []stack.Stack
		for _, d := range drifted {
			stacks = append(stacks, stack.Stack{ID: d.ID, Path: stackPath(tree, d.ID), Workspace: stack.DefaultWorkspace})
		}
		graph := stack.NewGraph(tree, stacks)
		if tree.err != nil {
			return nil, tree.err
		}
		for _, file := range changed {
			for _, id := range graph.Readers(file) {
				hit[id] = true
			}
			// Variable files that only a workflow names, templates below the stack: what lies in its folder is its own.
			for _, x := range stacks {
				if x.Path != "." && strings.HasPrefix(file, x.Path+"/") {
					hit[x.ID] = true
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(drifted), func(d stackState) bool { return !hit[d.ID] }), nil
}

// stackPath is the folder of a stack: its id without workspace and variable file.
func stackPath(tree fs.FS, id string) string {
	path := id
	for {
		if info, err := fs.Stat(tree, path); err == nil && info.IsDir() {
			return path
		}
		at := strings.LastIndexAny(path, "@:")
		if at <= 0 {
			break
		}
		path = path[:at]
	}
	if at := strings.IndexAny(id, "@:"); at > 0 {
		return id[:at]
	}
	return id
}
