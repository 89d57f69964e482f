package cli

import (
	"context"
	"fmt"

	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/scan"
)

// book is the ledger of a repository; nil outside of one.
func (a *App) book(w *world) *ledger.Ledger {
	if w.repo == nil {
		return nil
	}
	return &ledger.Ledger{Store: &ledger.Branch{Repo: w.repo, Name: w.config.Ledger.Branch, Author: dir.Mooring, Now: a.Now}, Signer: a.signer()}
}

// ledgerKey is the environment variable that holds the private key which signs the ledger.
const ledgerKey = "MOORING_LEDGER_KEY"

// signer signs what is added to the ledger; nil when no key is given. With a key that cannot be used nothing is added: whoever gives one
// relies on it.
func (a *App) signer() ledger.Signer {
	key := a.getenv(ledgerKey)
	if key == "" {
		return nil
	}
	s, err := ledger.NewSigner([]byte(key))
	if err != nil {
		return noSigner{fmt.Errorf("%s: %w", ledgerKey, err)}
	}
	return s
}

type noSigner struct{ err error }

// Sign implements [ledger.Signer].
func (s noSigner) Sign(string) (ledger.Signature, error) { return ledger.Signature{}, s.err }

// memory is what earlier scans left, and what people decided; nil when there is none. A ledger that does not hold, or cannot be reached, is a
// warning: a scan must not depend on it.
func (a *App) memory(ctx context.Context, w *world) scan.Memory {
	book := a.shared(w)
	if book == nil {
		book = a.book(w)
	}
	if book == nil {
		return nil
	}
	entries, err := book.Entries(ctx)
	if err != nil {
		a.warn("the ledger is left out of account: %v", err)
		return nil
	}
	if len(entries) == 0 {
		return nil
	}
	return ledger.Fold(entries, a.Now())
}

// shared is the ledger on GitHub, for a job that has a token for the repository: a checkout holds it only when all branches were fetched, and
// what somebody decided a minute ago never. It is nil elsewhere.
func (a *App) shared(w *world) *ledger.Ledger {
	for _, name := range []string{"GITHUB_TOKEN", "GH_TOKEN", "INPUT_TOKEN"} {
		token := a.getenv(name)
		if token == "" || a.getenv("GITHUB_REPOSITORY") == "" || w.repo == nil {
			continue
		}
		t, err := a.githubTarget(w, token)
		if err != nil {
			return nil
		}
		client, err := github.New(*t.GitHub)
		if err != nil {
			return nil
		}
		return &ledger.Ledger{Store: client.Ledger(w.config.Ledger.Branch), Signer: a.signer()}
	}
	return nil
}
