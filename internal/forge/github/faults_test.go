package github_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/githubtest"
)

var (
	faultStacks = flag.Int("faults", 0, "run the whole fault matrix over this many stacks and print it; 0 takes a sample over two")
	faultEvery  = flag.Int("faults-every", 1, "with -faults, strike every n-th request only, each kind of fault at others")
)

// A fault of the matrix. kill ends the client at that request, as the end of a job does.
type matrixFault struct {
	name  string
	fault githubtest.Fault
	kill  bool
}

var matrix = []matrixFault{
	{"timeout before", githubtest.TimeoutBefore, false},
	{"timeout after effect", githubtest.TimeoutAfter, false},
	{"403 secondary", githubtest.Secondary, false},
	{"429", githubtest.TooMany, false},
	{"500", githubtest.Error500, false},
	{"502 after effect", githubtest.Error502, false},
	{"connection reset", githubtest.ResetBefore, false},
	{"half an answer", githubtest.Truncated, false},
	{"process kill before", githubtest.ResetBefore, true},
	{"process kill after effect", githubtest.ResetAfter, true},
}

// wanted is what the matrix publishes: a dashboard and two objects for each stack.
func (w *world) wanted(stacks int) []forge.Publication {
	pubs := []forge.Publication{plainDashboard()}
	for n := range stacks {
		i := issue(stackName(n), "Merge "+forge.Link(forge.KindPull, stackName(n), "it")+".")
		p := w.pull(stackName(n), "large")
		if n == 0 {
			p.Reviewers = []string{"@" + githubtest.Writer}
		}
		pubs = append(pubs, i, p)
	}
	return pubs
}

// changed is a second state of the world: one stack is resolved, the others have other values and another fingerprint.
func (w *world) changed(stacks int) []forge.Publication {
	pubs := w.wanted(stacks)
	for n := range pubs {
		p := &pubs[n]
		switch {
		case p.Kind == forge.KindDashboard:
			p.Body = "Fewer stacks differ."
		case p.Stack == stackName(0):
			*p = resolved(*p)
		default:
			p.Fingerprint, p.Parts, p.Note, p.Body = p.Fingerprint+"2", nil, "Something else differs too.", p.Body+" And more."
			if p.Commit != nil {
				p.Commit.Files[0].Content = []byte("size = \"huge\"\n")
			}
		}
	}
	return pubs
}

var (
	numbers = regexp.MustCompile(`#\d+`)
	commits = regexp.MustCompile(`"head":"[0-9a-f]{40}"`)
)

// outcome is the final state without what differs between runs that did the same in another order or at another time.
func (w *world) outcome() string {
	objects := strings.Split(numbers.ReplaceAllString(commits.ReplaceAllString(w.Dump(), ""), "#"), "\n")
	return strings.Join(objects, "\n")
}

// states are what a world is to say first, and what later.
type states struct {
	first, later func(*world) []forge.Publication
}

// scenario brings a world from nothing through both states. interrupt is set before the run that the fault strikes.
func scenario(t *testing.T, s states, second bool, strike func(w *world, ctx context.CancelFunc)) (*world, bool) {
	t.Helper()
	w := newWorld(t, githubtest.Options{Unchecked: *faultStacks > 0})
	if *faultStacks > 0 {
		w.transport = w.Transport()
	}
	want := s.first(w)
	if second {
		w.sync(want...)
		want = s.later(w)
	}
	w.Forget()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	strike(w, cancel)
	_, err := w.client(w.Token(githubtest.App)).Sync(ctx, want, w.limits, false)
	failed := err != nil
	w.Inject(nil)
	// Two more runs: what the fault left over, and then nothing.
	w.sync(want...)
	w.quiet(want...)
	return w, failed
}

// TestFaultMatrix lets every request of a run fail in every way, runs again, and compares with a run without faults. The sample that every test
// run takes goes over the network and is checked against GitHub's description; the whole matrix goes without both, to end in minutes.
func TestFaultMatrix(t *testing.T) {
	stacks, step := 2, 3
	if *faultStacks > 0 {
		stacks, step = *faultStacks, max(1, *faultEvery)
	}
	strikeAll(t, newMatrixTable(t, stacks), step, states{
		func(w *world) []forge.Publication { return w.wanted(stacks) }, func(w *world) []forge.Publication { return w.changed(stacks) },
	})
}

// TestFaultMatrixOfGroups is the same for the issues of groups: one changes, one is resolved, and one is asked for no more.
func TestFaultMatrixOfGroups(t *testing.T) {
	step := 3
	if *faultStacks > 0 {
		step = 1
	}
	strikeAll(t, newMatrixTable(t, 0), step, states{
		func(*world) []forge.Publication {
			return []forge.Publication{plainDashboard(), group("web", "a differs"), group("data", "b differs"), group("old", "c differs")}
		},
		func(*world) []forge.Publication {
			web := group("web", "a and d differ, see "+forge.Link(forge.KindGroup, "data", "the other")+".")
			web.Fingerprint, web.Parts, web.Note = "fp2", nil, "What differs changed."
			return []forge.Publication{plainDashboard(), web, resolved(group("data", ""))}
		},
	})
}

// strikeAll lets requests of a run through both states fail in every way: every step-th, each kind of fault others.
func strikeAll(t *testing.T, table *matrixTable, step int, s states) {
	t.Helper()
	for _, second := range []bool{false, true} {
		var requests []githubtest.Request
		calm, _ := scenario(t, s, second, func(w *world, _ context.CancelFunc) {
			w.Inject(func(r githubtest.Request) githubtest.Fault {
				requests = append(requests, r)
				return githubtest.Fault{}
			})
		})
		want := calm.outcome()
		for f, m := range matrix {
			t.Run(fmt.Sprintf("second=%v/%s", second, m.name), func(t *testing.T) {
				if *faultStacks > 0 {
					t.Parallel()
				}
				// A sample: each kind of fault strikes every n-th request, each kind at others.
				for n := 1 + f%step; n <= len(requests); n += step {
					w, _ := scenario(t, s, second, func(w *world, cancel context.CancelFunc) {
						w.Inject(m.at(n, cancel))
					})
					got := w.outcome()
					table.struck(m.name, second, got == want)
					if got != want {
						t.Errorf("at request %d (%s %s) the outcome differs\nwant\n%s\ngot\n%s", n, requests[n-1].Method, requests[n-1].Path, want, got)
					}
				}
			})
		}
	}
}

// at strikes the n-th request.
func (m matrixFault) at(n int, cancel context.CancelFunc) func(githubtest.Request) githubtest.Fault {
	count := 0
	return func(githubtest.Request) githubtest.Fault {
		if count++; count != n {
			return githubtest.Fault{}
		}
		fault := m.fault
		if m.kill {
			fault.Do = cancel
		}
		return fault
	}
}

// matrixTable counts outcomes and is printed when all are there.
type matrixTable struct {
	mu    sync.Mutex
	cells map[string]map[bool][2]int // fault, second run: struck, equal
}

func newMatrixTable(t *testing.T, stacks int) *matrixTable {
	table := &matrixTable{cells: map[string]map[bool][2]int{}}
	t.Cleanup(func() {
		t.Logf("%d stacks: runs with one fault whose outcome, after the next run, is that of a run without", stacks)
		t.Logf("%-26s %18s %18s", "fault", "first publication", "changed world")
		all := [2]int{}
		cell := func(c [2]int) string { return fmt.Sprintf("%d of %d", c[1], c[0]) }
		for _, m := range matrix {
			c := table.cells[m.name]
			t.Logf("%-26s %18s %18s", m.name, cell(c[false]), cell(c[true]))
			all[0], all[1] = all[0]+c[false][0]+c[true][0], all[1]+c[false][1]+c[true][1]
		}
		t.Logf("%-26s %s", "equal in all", cell(all))
	})
	return table
}

func (m *matrixTable) struck(fault string, second, equal bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cells[fault] == nil {
		m.cells[fault] = map[bool][2]int{}
	}
	c := m.cells[fault][second]
	c[0]++
	if equal {
		c[1]++
	}
	m.cells[fault][second] = c
}

// A forge that is down for good ends the run after a few failures, and the report says so.
func TestStormOfErrorsEnds(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.Inject(func(r githubtest.Request) githubtest.Fault {
		if r.Mutation {
			return githubtest.Error500
		}
		return githubtest.Fault{}
	})
	report := w.syncAs(w.Token(githubtest.App), w.wanted(10)...)
	if w.Count() != 0 || len(report.Left) < 20 || w.Mutations() > 60 {
		t.Errorf("%d objects, %d left, %d writes tried", w.Count(), len(report.Left), w.Mutations())
	}
	if w.slept > 30*time.Minute {
		t.Errorf("it waited %v", w.slept)
	}
}

func TestStoppedWhileReading(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.client(w.Token(githubtest.App)).Sync(ctx, w.wanted(1), w.limits, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}
