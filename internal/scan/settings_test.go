package scan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/report"
)

// adoptable are results with two resources that can be adopted, made by a person whom the log confirms.
func (d *desk) adoptable(owners ...string) *report.Results {
	r := d.results(d.Tip("main"), true)
	s := &r.Stacks[0]
	s.Stack.Owners = owners
	second := s.Findings[0]
	second.ID, second.Address = "f_2", "aws_x.z"
	s.Findings = append(s.Findings, second)
	file := func(content string) []adopt.File {
		return []adopt.File{{Path: "infra/web/main.tf", Before: []byte("size = 1\n"), After: []byte(content)}}
	}
	s.Files = file("size = 2\n")
	s.Proof = &adopt.Proof{Engine: "tofu", Version: "1.12.6", Way: "offline", Plans: 2}
	for i := range s.Findings {
		f := &s.Findings[i]
		f.Adoption = adopt.Outcome{Status: adopt.StatusReady, Edits: []adopt.EditRef{{File: "infra/web/main.tf", Line: 1}}}
		f.Attribution = []blame.Attribution{{
			Paths: []string{"size"}, Verdict: blame.Confirmed, Actor: audit.Actor{Name: githubtest.Maintain + "@example.com", Type: audit.ActorHuman}, At: d.Now(),
		}}
		s.Separate = append(s.Separate, report.Adoption{Address: f.Address, Files: file("size = 2 # " + f.Address + "\n"), Proof: s.Proof})
	}
	return r
}

// TestSettings: each setting of the publish block that decides what is opened, for whom.
func TestSettings(t *testing.T) {
	for name, c := range map[string]struct {
		settings      string
		issues, pulls int
		assignees     string
		reviewers     string
	}{
		"as it comes":                   {"", 1, 1, githubtest.Writer, githubtest.Writer},
		"no issues":                     {`issues = "none"`, 0, 1, "", githubtest.Writer},
		"no pull requests":              {`pull_requests = "none"`, 1, 0, githubtest.Writer, ""},
		"one pull request per resource": {`pull_requests = "resource"`, 1, 2, githubtest.Writer, githubtest.Writer},
		"neither":                       {"issues = \"none\"\n  pull_requests = \"none\"", 0, 0, "", ""},
		"nobody assigned":               {`assign = "none"`, 1, 1, "", ""},
		"the actor asked":               {`ask_actor = true`, 1, 1, githubtest.Writer, githubtest.Writer + " " + githubtest.Maintain},
		"the actor asked, no owner":     {"ask_actor = true\n  assign = \"none\"", 1, 1, "", githubtest.Maintain},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			var err error
			if d.config, err = config.Parse([]byte("publish {\n  first_run = \"full\"\n  pull_requests_per_hour = 10\n  "+c.settings+"\n}\n"), config.Name); err != nil {
				t.Fatal(err)
			}
			d.Push(githubtest.Maintain, "", "notes.md", "x") // GitHub knows people by the address of their commits
			if err := d.publish(d.adoptable("@"+githubtest.Writer, "@acme/platform")); err != nil {
				t.Fatal(err)
			}
			issues, pulls := d.Numbers(false, "open"), d.Numbers(true, "open")
			if len(issues) != 1+c.issues || len(pulls) != c.pulls { // and the dashboard
				t.Fatalf("%d issues and %d pull requests, want %d and %d beside the dashboard", len(issues)-1, len(pulls), c.issues, c.pulls)
			}
			for _, n := range issues {
				if i := d.Issue(n); strings.HasPrefix(i.Title, "Drift in ") && strings.Join(i.Assignees, " ") != c.assignees {
					t.Errorf("the issue is assigned to %q, want %q", i.Assignees, c.assignees)
				}
			}
			for _, n := range pulls {
				if got := d.Issue(n).Pull.Reviewers; strings.Join(got, " ") != c.reviewers {
					t.Errorf("#%d asks %q for a review, want %q", n, got, c.reviewers)
				}
			}
			d.Forget()
			if err := d.publish(d.adoptable("@"+githubtest.Writer, "@acme/platform")); err != nil || d.Mutations() > 0 {
				t.Errorf("publishing again: %v, %d writes", err, d.Mutations())
			}
		})
	}
}

// TestActorIsAskedOnlyWhenConfirmed: whoever only may have done it is asked for nothing.
func TestActorIsAskedOnlyWhenConfirmed(t *testing.T) {
	for _, verdict := range []blame.Verdict{blame.Likely, blame.Ambiguous, blame.Possible, blame.Automation, blame.None} {
		d := newDesk(t)
		d.config.Publish.AskActor = true
		d.Push(githubtest.Maintain, "", "notes.md", "x")
		r := d.adoptable()
		for i := range r.Stacks[0].Findings {
			r.Stacks[0].Findings[i].Attribution[0].Verdict = verdict
		}
		if err := d.publish(r); err != nil {
			t.Fatal(err)
		}
		for _, n := range d.Numbers(true, "open") {
			if got := d.Issue(n).Pull.Reviewers; slices.Contains(got, githubtest.Maintain) {
				t.Errorf("%s: %q are asked", verdict, got)
			}
		}
	}
}
