package githubtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Dispatch is a workflow_dispatch or repository_dispatch that was received.
type Dispatch struct {
	Workflow string // the file's name; "" for a repository_dispatch
	Ref      string
	Inputs   map[string]any // of a repository_dispatch its client_payload
	Event    string         // of a repository_dispatch its event_type
	Run      int64          // the run that it started
}

// A Run is a run of a workflow. It waits until the test finishes it.
type Run struct {
	ID         int64
	Workflow   string
	Event      string // workflow_dispatch or repository_dispatch
	Branch     string
	SHA        string
	Actor      *User
	Status     string // queued or completed
	Conclusion string // success, failure, cancelled; "" while it is not completed
	Title      string // run-name, which a workflow may set
	Created    time.Time
	Updated    time.Time
}

func (s *Server) runRoutes() []*route {
	const repo = "/repos/{owner}/{repo}"
	return []*route{
		{method: http.MethodPost, template: repo + "/actions/workflows/{workflow_id}/dispatches", need: "actions=write", handle: s.dispatchWorkflow},
		{method: http.MethodPost, template: repo + "/dispatches", need: "contents=write", handle: s.dispatchRepository},
		{method: http.MethodGet, template: repo + "/actions/runs", need: "actions=read", handle: s.listRuns},
		{method: http.MethodGet, template: repo + "/actions/runs/{run_id}", need: "actions=read", handle: s.getRun},
	}
}

// Dispatches lists the dispatch events that were received.
func (s *Server) Dispatches() []Dispatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// Runs lists the runs, oldest first.
func (s *Server) Runs() []Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Run
	for _, r := range s.runs {
		out = append(out, *r)
	}
	return out
}

// FinishRun ends a run with a conclusion: success, failure, cancelled.
func (s *Server) FinishRun(id int64, conclusion string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.existingRun(id)
	r.Status, r.Conclusion, r.Updated = "completed", conclusion, s.now
	s.emit(r.Actor, "workflow_run", "completed", s.runPayload(r))
}

// TitleRun gives a run a name, as run-name of the workflow file does.
func (s *Server) TitleRun(id int64, title string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.existingRun(id)
	r.Title = title
}

// StartRun starts a run of a workflow on the default branch for another reason than a dispatch (schedule, push) and returns its id.
func (s *Server) StartRun(login, workflow, event string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.startRun(s.users[login], workflow, event, s.opts.DefaultBranch).ID
}

func (s *Server) run(id int64) *Run {
	for _, r := range s.runs {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// existingRun is run for one that the test knows to be there.
func (s *Server) existingRun(id int64) *Run {
	s.t.Helper()
	r := s.run(id)
	if r == nil {
		s.t.Fatalf("githubtest: there is no run %d", id)
	}
	return r
}

func (s *Server) startRun(by *User, workflow, event, branch string) *Run {
	r := &Run{ID: s.id(), Workflow: workflow, Event: event, Branch: branch, SHA: s.tip(branch).String(), Actor: by, Status: "queued", Title: workflow, Created: s.now, Updated: s.now}
	s.runs = append(s.runs, r)
	s.emit(by, "workflow_run", "requested", s.runPayload(r))
	return r
}

func (s *Server) runPayload(r *Run) map[string]any {
	path := ".github/workflows/" + r.Workflow
	workflow := map[string]any{"id": workflowID(r.Workflow), "name": r.Workflow, "path": path, "state": "active"}
	return map[string]any{"workflow_run": s.runJSON(r), "workflow": workflow}
}

// workflowID is a number that stands for the name of a workflow file.
func workflowID(name string) int64 {
	id := int64(161335)
	for _, c := range name {
		id = id*31%1_000_003 + int64(c)
	}
	return id
}

func (s *Server) runJSON(r *Run) map[string]any {
	url := "https://api.github.com/repos/" + s.owner + "/" + s.name + "/actions/runs/" + stringOf(r.ID)
	var conclusion any
	if r.Conclusion != "" {
		conclusion = r.Conclusion
	}
	return map[string]any{
		"id": r.ID, "name": r.Workflow, "node_id": "WFR_" + stringOf(r.ID), "head_branch": r.Branch, "head_sha": r.SHA, "run_number": 1, "run_attempt": 1, "event": r.Event, "status": r.Status,
		"conclusion": conclusion, "workflow_id": workflowID(r.Workflow), "path": ".github/workflows/" + r.Workflow, "display_title": r.Title, "url": url,
		"html_url": "https://github.com/" + s.owner + "/" + s.name + "/actions/runs/" + stringOf(r.ID), "pull_requests": []any{},
		"created_at": stamp(r.Created), "updated_at": stamp(r.Updated), "run_started_at": stamp(r.Created), "actor": r.Actor.json(), "triggering_actor": r.Actor.json(),
		"repository": s.repositoryJSON(&Token{User: &User{}}), "head_repository": s.repositoryJSON(&Token{User: &User{}}), "head_commit": s.headCommit(r.SHA),
	}
}

func (s *Server) dispatchWorkflow(c *call) *answer {
	var in struct {
		Ref     string         `json:"ref"`
		Inputs  map[string]any `json:"inputs"`
		Details bool           `json:"return_run_details"`
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	branch := strings.TrimPrefix(in.Ref, "refs/heads/")
	if s.tip(branch).IsZero() {
		return fail(http.StatusUnprocessableEntity, "No ref found for: "+in.Ref)
	}
	workflow := c.params["workflow_id"]
	if s.strictWorkflows() && s.fileAt(branch, ".github/workflows/"+workflow) == "" {
		return notFound()
	}
	r := s.startRun(c.user(), workflow, "workflow_dispatch", branch)
	if title, ok := in.Inputs["title"].(string); ok && title != "" && strings.Contains(s.fileAt(branch, ".github/workflows/"+workflow), "run-name: ${{ inputs.title") {
		r.Title = title
	}
	s.events = append(s.events, Dispatch{Workflow: workflow, Ref: in.Ref, Inputs: in.Inputs, Run: r.ID})
	if in.Details {
		j := s.runJSON(r)
		return ok(map[string]any{"workflow_run_id": r.ID, "run_url": j["url"], "html_url": j["html_url"]})
	}
	return &answer{status: http.StatusNoContent}
}

// strictWorkflows tells whether the repository has any workflow: then one that it has not is refused. A repository without any takes each.
func (s *Server) strictWorkflows() bool {
	commit, err := s.repo.CommitObject(s.tip(s.opts.DefaultBranch))
	if err != nil {
		return false
	}
	files, err := s.flatten(commit.TreeHash)
	if err != nil {
		return false
	}
	for path := range files {
		if strings.HasPrefix(path, ".github/workflows/") {
			return true
		}
	}
	return false
}

func (s *Server) dispatchRepository(c *call) *answer {
	var in struct {
		EventType string         `json:"event_type"`
		Payload   map[string]any `json:"client_payload"`
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	if in.EventType == "" || len(in.EventType) > 100 {
		return invalid("RepositoryDispatch", "event_type", "invalid", "")
	}
	r := s.startRun(c.user(), "", "repository_dispatch", s.opts.DefaultBranch)
	s.events = append(s.events, Dispatch{Event: in.EventType, Ref: s.opts.DefaultBranch, Inputs: in.Payload, Run: r.ID})
	return &answer{status: http.StatusNoContent}
}

func (s *Server) listRuns(c *call) *answer {
	list := []any{}
	for _, r := range slices.Backward(s.runs) { // newest first
		switch {
		case c.query.Get("event") != "" && c.query.Get("event") != r.Event,
			c.query.Get("branch") != "" && c.query.Get("branch") != r.Branch,
			c.query.Get("head_sha") != "" && c.query.Get("head_sha") != r.SHA,
			c.query.Get("actor") != "" && !strings.EqualFold(c.query.Get("actor"), r.Actor.Login),
			c.query.Get("status") != "" && c.query.Get("status") != r.Status && c.query.Get("status") != r.Conclusion:
			continue
		}
		list = append(list, s.runJSON(r))
	}
	return s.pageIn(c, "workflow_runs", list)
}

// pageIn is page for lists that come inside an object with their length.
func (s *Server) pageIn(c *call, name string, list []any) *answer {
	return ok(map[string]any{"total_count": len(list), name: s.page(c, list).body})
}

func (s *Server) getRun(c *call) *answer {
	r := s.run(int64(c.number("run_id")))
	if r == nil {
		return notFound()
	}
	return ok(s.runJSON(r))
}
