package githubtest

import (
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
)

// A Check is a check run.
type Check struct {
	ID          int64
	Name        string
	SHA         string
	ExternalID  string
	Status      string // queued, in_progress, completed
	Conclusion  string
	Title       string
	Summary     string
	Text        string
	Annotations []Annotation
	Actions     []map[string]any
	By          *User
	Started     time.Time
	Completed   time.Time
}

// An Annotation is a remark of a check run on lines of a file.
type Annotation struct {
	Path    string `json:"path"`
	Start   int    `json:"start_line"`
	End     int    `json:"end_line"`
	Level   string `json:"annotation_level"`
	Message string `json:"message"`
	Title   string `json:"title"`
}

// maxAnnotations is how many annotations one request may carry.
const maxAnnotations = 50

func (s *Server) checkRoutes() []*route {
	const checks = "/repos/{owner}/{repo}/check-runs"
	return []*route{
		{method: http.MethodPost, template: checks, need: "checks=write", handle: s.createCheck},
		{method: http.MethodGet, template: checks + "/{check_run_id}", need: "checks=read", handle: s.getCheck},
		{method: http.MethodPatch, template: checks + "/{check_run_id}", need: "checks=write", handle: s.editCheck},
		{method: http.MethodGet, template: "/repos/{owner}/{repo}/commits/{ref}/check-runs", need: "checks=read", handle: s.listChecks},
	}
}

// Checks lists the check runs, oldest first.
func (s *Server) Checks() []Check {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Check
	for _, k := range s.checks {
		x := *k
		x.Annotations = slices.Clone(k.Annotations)
		out = append(out, x)
	}
	return out
}

// Rerequest is a person's click on "Re-run" of a check.
func (s *Server) Rerequest(login string, id int64) {
	s.t.Helper()
	s.checkEvent(login, id, "rerequested", map[string]any{})
}

// RequestAction is a person's click on one of the buttons of a check.
func (s *Server) RequestAction(login string, id int64, action string) {
	s.t.Helper()
	s.checkEvent(login, id, "requested_action", map[string]any{"requested_action": map[string]any{"identifier": action}})
}

func (s *Server) checkEvent(login string, id int64, action string, payload map[string]any) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.checks {
		if k.ID == id {
			payload["check_run"] = s.checkJSON(k)
			s.emit(s.users[login], "check_run", action, payload)
			return
		}
	}
	s.t.Fatalf("githubtest: there is no check run %d", id)
}

func (s *Server) check(c *call) *Check {
	id := int64(c.number("check_run_id"))
	for _, k := range s.checks {
		if k.ID == id {
			return k
		}
	}
	return nil
}

func (s *Server) checkJSON(k *Check) map[string]any {
	url := "https://api.github.com/repos/" + s.owner + "/" + s.name + "/check-runs/" + stringOf(k.ID)
	nullable := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	date := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return stamp(t)
	}
	return map[string]any{
		"id": k.ID, "name": k.Name, "head_sha": k.SHA, "node_id": "CR_" + stringOf(k.ID), "external_id": k.ExternalID, "url": url,
		"html_url": "https://github.com/" + s.owner + "/" + s.name + "/runs/" + stringOf(k.ID), "details_url": "https://github.com/" + s.owner + "/" + s.name + "/runs/" + stringOf(k.ID), "status": k.Status, "conclusion": nullable(k.Conclusion),
		"started_at": date(k.Started), "completed_at": date(k.Completed), "pull_requests": []any{}, "app": nil,
		"check_suite": map[string]any{"id": 5},
		"output": map[string]any{
			"title": nullable(k.Title), "summary": nullable(k.Summary), "text": nullable(k.Text), "annotations_count": len(k.Annotations), "annotations_url": url + "/annotations",
		},
	}
}

// checkInput is what creating and editing have in common; nil leaves a field as it is.
type checkInput struct {
	Name       *string
	Status     *string
	Conclusion *string
	ExternalID *string    `json:"external_id"`
	Started    *time.Time `json:"started_at"`
	Completed  *time.Time `json:"completed_at"`
	Actions    []map[string]any
	Output     *struct {
		Title, Summary, Text string
		Annotations          []Annotation
	}
}

// apply refuses what GitHub refuses and writes the rest to k.
func (in checkInput) apply(k *Check, now time.Time) *answer {
	if in.Output != nil {
		for field, text := range map[string]string{"summary": in.Output.Summary, "text": in.Output.Text} {
			if utf8.RuneCountInString(text) > maxBody-1 {
				return invalid("CheckRun", field, "custom", "Only 65535 characters are allowed; "+stringOf(int64(utf8.RuneCountInString(text)))+" were supplied.")
			}
		}
		if len(in.Output.Annotations) > maxAnnotations {
			return invalid("CheckRun", "annotations", "custom", "annotations exceeds a maximum quantity of 50")
		}
	}
	if len(in.Actions) > 3 {
		return invalid("CheckRun", "actions", "custom", "actions exceeds a maximum quantity of 3")
	}
	set := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&k.Name, in.Name)
	set(&k.Status, in.Status)
	set(&k.ExternalID, in.ExternalID)
	if in.Conclusion != nil {
		k.Conclusion, k.Status, k.Completed = *in.Conclusion, "completed", now // a conclusion completes it
	}
	if in.Started != nil {
		k.Started = *in.Started
	}
	if in.Completed != nil {
		k.Completed, k.Status = *in.Completed, "completed"
	}
	if in.Actions != nil {
		k.Actions = in.Actions
	}
	if in.Output != nil {
		k.Title, k.Summary, k.Text = in.Output.Title, in.Output.Summary, in.Output.Text
		k.Annotations = append(k.Annotations, in.Output.Annotations...) // GitHub adds them up
	}
	return nil
}

func (s *Server) createCheck(c *call) *answer {
	var in struct {
		checkInput
		SHA string `json:"head_sha"`
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	if !c.token.App {
		return fail(http.StatusForbidden, "You must authenticate via a GitHub App.")
	}
	if _, err := s.repo.CommitObject(plumbing.NewHash(in.SHA)); err != nil {
		return fail(http.StatusUnprocessableEntity, "No commit found for SHA: "+in.SHA)
	}
	k := &Check{SHA: in.SHA, Status: "queued", By: c.user(), Started: s.now}
	if a := in.apply(k, s.now); a != nil {
		return a
	}
	k.ID = s.id()
	s.checks = append(s.checks, k)
	s.emit(c.user(), "check_run", "created", map[string]any{"check_run": s.checkJSON(k)})
	return created(s.checkJSON(k))
}

func (s *Server) editCheck(c *call) *answer {
	k := s.check(c)
	if k == nil {
		return notFound()
	}
	var in checkInput
	if a := c.decode(&in); a != nil {
		return a
	}
	if k.By.ID != c.user().ID {
		return fail(http.StatusForbidden, "Invalid app_id `"+stringOf(appID)+"` - check run can only be modified by the GitHub App that created it.")
	}
	before := k.Status
	if a := in.apply(k, s.now); a != nil {
		return a
	}
	if before != "completed" && k.Status == "completed" {
		s.emit(c.user(), "check_run", "completed", map[string]any{"check_run": s.checkJSON(k)})
	}
	return ok(s.checkJSON(k))
}

func (s *Server) getCheck(c *call) *answer {
	k := s.check(c)
	if k == nil {
		return notFound()
	}
	return ok(s.checkJSON(k))
}

func (s *Server) listChecks(c *call) *answer {
	sha := s.resolve(c.params["ref"])
	if sha.IsZero() {
		return fail(http.StatusUnprocessableEntity, "No commit found for SHA: "+c.params["ref"])
	}
	list := []any{}
	for _, k := range slices.Backward(s.checks) {
		if k.SHA != sha.String() || c.query.Get("check_name") != "" && c.query.Get("check_name") != k.Name {
			continue
		}
		list = append(list, s.checkJSON(k))
	}
	return s.pageIn(c, "check_runs", list)
}
