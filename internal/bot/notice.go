package bot

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/chatops/answer"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/ledger"
)

// The kinds of job.
const (
	kindNotice = "notice" // a webhook
	kindScan   = "scan"   // events ask for one
	kindLook   = "look"   // the state of a repository is to be read again
	kindSync   = "sync"   // the repositories of an installation are to be listed
)

// A notice is what is kept of a webhook: where to look. It is what is stored, so it holds no more text of people than deciding takes.
type notice struct {
	Delivery      string
	Event, Action string
	Installation  int64
	Repository    int64
	Name          string       // owner/name
	Number        int          // of an issue or pull request
	Told          answer.Event // issue_comment and issues
	Ref           string       // push
	Run           *runNotice   // workflow_run
}

type runNotice struct {
	Title, Conclusion, Event, URL string
}

func (n notice) encode() []byte {
	b, err := json.Marshal(n)
	if err != nil {
		panic("a notice is plain data: " + err.Error())
	}
	return b
}

// lane keeps what concerns one repository, or one installation, in order.
func (n notice) lane() string {
	if n.Repository != 0 {
		return fmt.Sprintf("repository:%d", n.Repository)
	}
	return fmt.Sprintf("installation:%d", n.Installation)
}

type payload struct {
	Action       string
	Installation struct{ ID int64 }
	Repository   struct {
		ID       int64
		FullName string `json:"full_name"`
	}
	Comment struct{ Body string }
	Issue   struct {
		Number int
		Body   string
	}
	PullRequest struct{ Number int } `json:"pull_request"`
	Ref         string
	WorkflowRun struct {
		Title      string `json:"display_title"`
		Conclusion string
		Event      string
		HTMLURL    string `json:"html_url"`
	} `json:"workflow_run"`
	CheckRun struct {
		Name         string
		PullRequests []struct{ Number int } `json:"pull_requests"`
	} `json:"check_run"`
	CheckSuite struct {
		PullRequests []struct{ Number int } `json:"pull_requests"`
	} `json:"check_suite"`
}

// CheckName is the name of the check run on pull requests that touch a drifted stack.
const CheckName = "mooring/drift"

// readNotice decides what a webhook is about. why is not "" when nothing is to be done: that is the outcome then.
func readNotice(event string, body []byte) (n notice, why string, err error) {
	handled, known := interesting[event]
	if !known {
		return n, "not of interest", nil
	}
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return n, "", fmt.Errorf("read the webhook %s: %w", event, err)
	}
	if len(handled) > 0 && !handled[p.Action] {
		return n, "not of interest", nil
	}
	n = notice{Event: event, Action: p.Action, Installation: p.Installation.ID, Repository: p.Repository.ID, Name: p.Repository.FullName}
	if n.Installation == 0 {
		return n, "not of an installation", nil
	}
	if strings.HasPrefix(event, "installation") {
		n.Repository, n.Name = 0, ""
		return n, "", nil
	}
	if n.Repository == 0 || strings.Count(n.Name, "/") != 1 {
		return n, "not about a repository", nil
	}
	switch event {
	case "issue_comment", "issues":
		return n.heard(body)
	case "pull_request":
		n.Number = p.PullRequest.Number
	case "check_run", "check_suite":
		pulls := p.CheckSuite.PullRequests
		if event == "check_run" {
			if pulls = p.CheckRun.PullRequests; p.CheckRun.Name != CheckName {
				return n, "another's check", nil
			}
		}
		if len(pulls) == 0 {
			return n, "no pull request", nil
		}
		n.Number = pulls[0].Number
	case "push":
		if n.Ref = p.Ref; !strings.HasPrefix(n.Ref, "refs/heads/") {
			return n, "not a branch", nil
		}
		if branch := strings.TrimPrefix(n.Ref, "refs/heads/"); strings.HasPrefix(branch, "mooring/") && branch != ledger.DefaultBranch {
			return n, "a branch of Mooring's", nil
		}
	case "workflow_run":
		if !strings.HasPrefix(p.WorkflowRun.Title, titlePrefix) {
			return n, "another's run", nil
		}
		n.Run = &runNotice{p.WorkflowRun.Title, p.WorkflowRun.Conclusion, p.WorkflowRun.Event, p.WorkflowRun.HTMLURL}
	}
	return n, "", nil
}

// heard is a comment, or a ticked box. Most comments are for people: they go no further.
func (n notice) heard(body []byte) (notice, string, error) {
	e, ok, err := answer.ReadEvent(n.Event, body)
	switch {
	case err != nil:
		return n, "", err
	case !ok:
		return n, "no command", nil
	case e.Origin == chatops.OriginBox:
		if len(forge.TickedBoxes(tickable(body))) == 0 {
			return n, "no box is ticked", nil
		}
		// Of the old text only what was ticked decides.
		e.Before = boxesOf(e.Before)
	case !chatops.Addressed(e.Body):
		return n, "not for Mooring", nil
	case e.Origin != chatops.OriginCreated:
		return n, "only new comments are commands", nil
	case e.Sender.Bot || e.Author.Bot:
		return n, "bots give no commands", nil
	}
	n.Told, n.Number = e, e.Number
	return n, "", nil
}

func tickable(body []byte) string {
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return ""
	}
	return p.Issue.Body
}

// boxesOf is a body with the boxes that are ticked, and nothing else.
func boxesOf(body string) string {
	if len(forge.TickedBoxes(body)) == 0 {
		return ""
	}
	return body
}

func actions(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

// interesting are the events that lead to something, with the actions that do; none: all.
var interesting = map[string]map[string]bool{
	"issue_comment":             nil, // every action has an outcome of its own
	"issues":                    actions("edited"),
	"pull_request":              actions("opened", "synchronize", "reopened", "ready_for_review", "edited"),
	"check_run":                 actions("rerequested"),
	"check_suite":               actions("rerequested"),
	"push":                      nil,
	"workflow_run":              actions("completed"),
	"installation":              actions("created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"),
	"installation_repositories": actions("added", "removed"),
	"repository":                actions("renamed", "transferred", "deleted", "archived", "unarchived", "edited"),
}
