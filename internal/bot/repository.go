package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
)

// A repositoryState is what the ledger of a repository says now.
type repositoryState struct {
	Ledger  string // branch
	Check   string // what the check run concludes where drift is touched: neutral, failure or none
	Scanned time.Time
	Problem string // why it could not be read; "" when it could
	Stacks  []stackState
}

// A stackState is one stack as the newest scan of it left it.
type stackState struct {
	ID     string
	Status report.Status
	Since  time.Time // of the oldest difference; zero for none
	At     time.Time // of the scan
	Items  []string  // what asks for attention
}

// drifted lists the stacks that somebody should look at.
func (s repositoryState) drifted() []stackState {
	var out []stackState
	for _, x := range s.Stacks {
		if len(x.Items) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// installed makes the list of repositories that of an installation.
func (s *Server) installed(ctx context.Context, installation int64) (string, error) {
	found, err := s.apps.repositories(ctx, installation)
	if gone(err) {
		s.apps.forget(installation)
		return "the installation is gone", s.store.DropInstallation(ctx, installation, nil)
	}
	if err != nil {
		return "", err
	}
	keep := map[int64]bool{}
	now := s.Now()
	for _, r := range found {
		keep[r.GetID()] = true
		if err := s.store.SetRepository(ctx, store.Repository{ID: r.GetID(), Name: r.GetFullName(), Installation: installation, Branch: r.GetDefaultBranch()}, now); err != nil {
			return "", err
		}
		if _, err := s.store.Put(ctx, lookJob(r.GetID(), now), now, now); err != nil {
			return "", err
		}
	}
	s.wake()
	return fmt.Sprintf("%d repositories", len(found)), s.store.DropInstallation(ctx, installation, keep)
}

// lookJob reads the state of a repository again, once for each minute.
func lookJob(id int64, now time.Time) store.Job {
	return store.Job{Key: fmt.Sprintf("look:%d:%d", id, now.Unix()/60), Lane: notice{Repository: id}.lane(), Kind: kindLook, Body: []byte(strconv.FormatInt(id, 10))}
}

// moved follows a repository that was renamed, transferred or deleted.
func (s *Server) moved(ctx context.Context, n notice) (string, error) {
	if n.Action == "deleted" {
		return "deleted", s.store.DropRepository(ctx, n.Repository)
	}
	return s.installed(ctx, n.Installation)
}

// syncAll lists everything that the App is installed on, in case a webhook never came.
func (s *Server) syncAll(ctx context.Context) (string, error) {
	all, err := s.apps.installations(ctx)
	if err != nil {
		return "", err
	}
	there := map[int64]bool{}
	for _, id := range all {
		there[id] = true
		if _, err := s.installed(ctx, id); err != nil {
			return "", err
		}
	}
	known, err := s.store.Repositories(ctx)
	if err != nil {
		return "", err
	}
	for _, r := range known {
		if !there[r.Installation] {
			if err := s.store.DropRepository(ctx, r.ID); err != nil {
				return "", err
			}
		}
	}
	return fmt.Sprintf("%d installations", len(all)), nil
}

// pushed hears of a new commit. One to the ledger is the end of a scan: what it found may concern pull requests.
func (s *Server) pushed(ctx context.Context, n notice) (string, error) {
	r, known, err := s.known(ctx, n)
	if err != nil || !known {
		return "the App is not installed there", err
	}
	if was := stateOf(r); strings.TrimPrefix(n.Ref, "refs/heads/") != was.Ledger {
		return "not the ledger", nil
	}
	return s.lookAgain(ctx, strconv.FormatInt(r.ID, 10))
}

// known finds the repository of a webhook, and lists the installation when it is a new one.
func (s *Server) known(ctx context.Context, n notice) (store.Repository, bool, error) {
	r, ok, err := s.store.Repository(ctx, n.Repository)
	if err != nil || ok && r.Installation == n.Installation {
		return r, ok, err
	}
	if _, err := s.installed(ctx, n.Installation); err != nil {
		return store.Repository{}, false, err
	}
	return s.store.Repository(ctx, n.Repository)
}

func stateOf(r store.Repository) repositoryState {
	st := repositoryState{Ledger: ledger.DefaultBranch, Check: checkNeutral}
	if r.State != nil {
		if err := json.Unmarshal(r.State, &st); err != nil {
			return repositoryState{Ledger: ledger.DefaultBranch, Check: checkNeutral, Problem: "what was kept of it is not readable"}
		}
	}
	return st
}

// lookAgain reads the ledger of a repository, keeps what it says, and has open pull requests say it where it changed.
func (s *Server) lookAgain(ctx context.Context, id string) (string, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return "", fmt.Errorf("the job is not readable: %w", err)
	}
	r, ok, err := s.store.Repository(ctx, number)
	if err != nil || !ok {
		return "the repository is not known any more", err
	}
	client, err := s.apps.client(r.Installation, r.ID, r.Name)
	if err != nil {
		return "", err
	}
	was := stateOf(r)
	now, err := readState(ctx, client, s.Now())
	if err != nil {
		return s.gracefully(r.Installation, err)
	}
	text, err := json.Marshal(now)
	if err != nil {
		return "", err
	}
	if err := s.store.SetState(ctx, r.ID, text, s.Now()); err != nil {
		return "", err
	}
	if now.Check == checkNone || sameDrift(was, now) {
		return "looked", nil
	}
	n, err := s.checkAll(ctx, client, now)
	if err != nil {
		return s.gracefully(r.Installation, err)
	}
	return fmt.Sprintf("looked; %d pull requests say something else", n), nil
}

func sameDrift(a, b repositoryState) bool {
	if a.Check != b.Check {
		return false
	}
	x, y := a.drifted(), b.drifted()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].ID != y[i].ID || strings.Join(x[i].Items, "\n") != strings.Join(y[i].Items, "\n") {
			return false
		}
	}
	return true
}

// readState asks a repository's ledger. One that cannot be trusted is a state, too.
func readState(ctx context.Context, client *github.Client, now time.Time) (repositoryState, error) {
	st := repositoryState{Ledger: ledger.DefaultBranch, Check: checkNeutral}
	text, ok, err := client.File(ctx, config.Name)
	if err != nil {
		return st, err
	}
	if ok {
		if c, err := config.Parse(text, config.Name); err == nil {
			st.Ledger, st.Check = c.Ledger.Branch, c.Publish.Check
		} else {
			st.Problem = "the configuration does not load"
		}
	}
	book := ledger.Ledger{Store: client.Ledger(st.Ledger)}
	entries, err := book.Entries(ctx)
	var broken *ledger.BrokenError
	switch {
	case errors.As(err, &broken):
		st.Problem = fmt.Sprintf("the ledger does not hold at entry %d", broken.Line)
		return st, nil
	case err != nil:
		return st, err
	}
	st.read(entries, now)
	return st, nil
}

// read goes through the ledger.
func (s *repositoryState) read(entries []ledger.Entry, now time.Time) {
	history := ledger.Fold(entries, now)
	at := map[string]int{}
	note := func(ids []string, status report.Status, when time.Time) {
		for _, id := range ids {
			i, ok := at[id]
			if !ok {
				i = len(s.Stacks)
				at[id] = i
				s.Stacks = append(s.Stacks, stackState{ID: id})
			}
			s.Stacks[i].Status, s.Stacks[i].At = status, when
		}
	}
	for _, e := range entries {
		switch {
		case e.Checkpoint != nil:
			for _, id := range sorted(e.Checkpoint.Stacks) {
				status, past := report.StatusClean, e.Checkpoint.Stacks[id]
				if past.Good.After(past.Clean) {
					status = report.StatusPending // or drifted, which its differences tell
				}
				note([]string{id}, status, past.Good)
			}
			s.Scanned = e.Checkpoint.Last
		case e.Scan != nil:
			note(e.Scan.Clean, report.StatusClean, e.At)
			note(e.Scan.Drifted, report.StatusDrifted, e.At)
			note(e.Scan.Pending, report.StatusPending, e.At)
			note(e.Scan.Failed, report.StatusFailed, e.At)
			s.Scanned = e.At
		}
	}
	for i := range s.Stacks {
		x := &s.Stacks[i]
		if x.Status == report.StatusClean {
			continue
		}
		for _, item := range history.Items(x.ID) {
			text := item.Address
			if item.Path != "" {
				text += "." + item.Path
			}
			x.Items = append(x.Items, text)
		}
		if len(x.Items) > 0 {
			x.Since = history.Since(x.ID)
		}
	}
}
