package github_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
)

func seen(n int) ledger.Entry {
	return ledger.Entry{Kind: ledger.KindFirstSeen, Stack: "infra/s00", Finding: fmt.Sprintf("f_%d", n)}
}

func TestLedgerOnABranch(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	l := ledger.Ledger{Store: w.client(w.Token(githubtest.App)).Ledger("")}
	for n := range 3 {
		if err := l.Append(t.Context(), seen(n)); err != nil {
			t.Fatal(err)
		}
	}
	other := ledger.Ledger{Store: w.client(w.Token(githubtest.Reader)).Ledger("")}
	have, err := other.Entries(t.Context())
	if err != nil || len(have) != 3 || have[2].Finding != "f_2" {
		t.Errorf("read %v, %v", have, err)
	}
	if w.File(ledger.DefaultBranch, stackName(1)+"/main.tf") != "" {
		t.Error("the ledger's branch holds code")
	}
	if w.Tip("main") != w.base {
		t.Error("the default branch moved")
	}
}

func TestLedgerConcurrentWriters(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	var wg sync.WaitGroup
	for n := range 3 {
		l := ledger.Ledger{Store: w.client(w.Token(githubtest.App)).Ledger("")}
		wg.Go(func() {
			if err := l.Append(t.Context(), seen(n)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	have, err := (&ledger.Ledger{Store: w.client(w.Token(githubtest.App)).Ledger("")}).Entries(t.Context())
	if err != nil || len(have) != 3 {
		t.Errorf("%d entries, %v", len(have), err)
	}
}

// An answer that is lost after the branch moved does not make the entry come twice.
func TestLedgerLostAnswer(t *testing.T) {
	for n := 1; n <= 6; n++ {
		w := newWorld(t, githubtest.Options{})
		writes := 0
		w.Inject(func(r githubtest.Request) githubtest.Fault {
			if r.Mutation {
				if writes++; writes == n {
					return githubtest.ResetAfter
				}
			}
			return githubtest.Fault{}
		})
		l := ledger.Ledger{Store: w.client(w.Token(githubtest.App)).Ledger("")}
		for e := range 2 {
			if err := l.Append(t.Context(), seen(e)); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := l.Entries(t.Context()); err != nil || len(have) != 2 {
			t.Errorf("fault at write %d: %d entries, %v", n, len(have), err)
		}
	}
}

func TestLedgerWithoutPermission(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	l := ledger.Ledger{Store: w.client(w.NewToken(githubtest.App, "issues=write")).Ledger("")}
	if err := l.Append(t.Context(), seen(1)); err == nil || !strings.Contains(err.Error(), `"contents: write"`) {
		t.Errorf("error is %v", err)
	}
}
