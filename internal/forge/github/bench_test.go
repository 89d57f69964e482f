package github_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
)

// BenchmarkPublication counts requests and writes of a first run and of an unchanged second one.
func BenchmarkPublication(b *testing.B) {
	for _, stacks := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("stacks=%d", stacks), func(b *testing.B) {
			for b.Loop() {
				files := map[string]string{}
				for n := range stacks {
					files[stackName(n)+"/main.tf"] = "size = \"small\"\n"
				}
				w := benchWorld(b, files)
				pubs := w.wanted(stacks)
				w.publish(b, pubs)
				requests, writes := len(w.Requests()), w.Mutations()
				w.Forget()
				w.publish(b, pubs)
				b.ReportMetric(float64(requests), "requests/first")
				b.ReportMetric(float64(writes), "writes/first")
				b.ReportMetric(float64(len(w.Requests())), "requests/again")
				b.ReportMetric(float64(w.Mutations()), "writes/again")
			}
		})
	}
}

func benchWorld(b *testing.B, files map[string]string) *world {
	b.Helper()
	w := &world{Server: githubtest.New(b, githubtest.Options{Files: files, RateLimit: 1 << 20, Unchecked: true}), t: b, limits: forge.NoLimits()}
	w.transport = w.Transport()
	w.base = w.Tip("main")
	w.commit = w.base
	return w
}

// publish does what a publication run does, until nothing is left, hour by hour as scheduled runs do: it reads the ledger, syncs, and adds what
// was done to the ledger.
func (w *world) publish(b *testing.B, pubs []forge.Publication) {
	b.Helper()
	for {
		client := w.client(w.Token(githubtest.App))
		book := ledger.Ledger{Store: client.Ledger("")}
		if _, err := book.Entries(b.Context()); err != nil {
			b.Fatal(err)
		}
		report, err := client.Sync(b.Context(), pubs, w.limits, false)
		if err != nil {
			b.Fatal(err)
		}
		done := slices.DeleteFunc(report.Done, func(a forge.Action) bool { return !a.Mutates() })
		if err := book.Append(b.Context(), ledger.Publications(done, w.Now())...); err != nil {
			b.Fatal(err)
		}
		if len(report.Problems) == 0 {
			return
		}
		w.Advance(3600e9)
	}
}
