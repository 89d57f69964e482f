package githubtest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// An Analysis is an upload of code scanning results.
type Analysis struct {
	ID       string
	SHA      string
	Ref      string
	SARIF    []byte   // unpacked
	Category []string // of each run: runAutomationDetails.id
	Results  int
	Errors   []string // why GitHub could not process it; nil when it could
}

// The limits of an upload.
const (
	maxSARIF      = 10 << 20 // packed
	maxRuns       = 20
	maxRunResults = 25000
)

func (s *Server) scanningRoutes() []*route {
	const sarifs = "/repos/{owner}/{repo}/code-scanning/sarifs"
	return []*route{
		{method: http.MethodPost, template: sarifs, need: "security_events=write", handle: s.uploadSARIF},
		{method: http.MethodGet, template: sarifs + "/{sarif_id}", need: "security_events=read", handle: s.getSARIF},
	}
}

// Analyses lists the uploads of code scanning results.
func (s *Server) Analyses() []Analysis {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Analysis
	for _, a := range s.analyses {
		out = append(out, *a)
	}
	return out
}

func (s *Server) uploadSARIF(c *call) *answer {
	var in struct {
		SHA   string `json:"commit_sha"`
		Ref   string
		SARIF string
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	if _, err := s.repo.CommitObject(plumbing.NewHash(in.SHA)); err != nil {
		return notFound()
	}
	if !strings.HasPrefix(in.Ref, "refs/") {
		return fail(http.StatusBadRequest, "ref is not a full reference")
	}
	packed, err := base64.StdEncoding.DecodeString(in.SARIF)
	if err != nil {
		return fail(http.StatusBadRequest, "sarif is not base64")
	}
	if len(packed) > maxSARIF {
		return fail(http.StatusRequestEntityTooLarge, "The SARIF file is too large")
	}
	unpacked, err := gunzip(packed)
	if err != nil {
		return fail(http.StatusBadRequest, "sarif is not gzip")
	}
	a := &Analysis{ID: fmt.Sprintf("47177e22-5596-11eb-80a1-%012x", s.id()), SHA: in.SHA, Ref: in.Ref, SARIF: unpacked}
	a.judge()
	s.analyses = append(s.analyses, a)
	return &answer{http.StatusAccepted, map[string]any{"id": a.ID, "url": "https://api.github.com/repos/" + s.owner + "/" + s.name + "/code-scanning/sarifs/" + a.ID}}
}

func gunzip(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// judge says what GitHub says of an upload when it has processed it.
func (a *Analysis) judge() {
	var doc struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID         string
						Properties struct{ Tags []string }
					}
				}
			}
			AutomationDetails struct{ ID string }
			Results           []struct {
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
					}
				}
			}
		}
	}
	refuse := func(format string, args ...any) { a.Errors = append(a.Errors, fmt.Sprintf(format, args...)) }
	if err := json.Unmarshal(a.SARIF, &doc); err != nil {
		refuse("invalid JSON: %v", err)
		return
	}
	if doc.Version != "2.1.0" {
		refuse("version %q is not supported", doc.Version)
	}
	if len(doc.Runs) > maxRuns {
		refuse("%d runs, more than %d", len(doc.Runs), maxRuns)
	}
	seen := map[string]bool{}
	for _, r := range doc.Runs {
		if r.Tool.Driver.Name == "" {
			refuse("a run does not name its tool")
		}
		key := r.Tool.Driver.Name + "\x00" + r.AutomationDetails.ID
		if seen[key] {
			refuse("two runs of the tool %s have the category %q", r.Tool.Driver.Name, r.AutomationDetails.ID)
		}
		seen[key] = true
		a.Category = append(a.Category, r.AutomationDetails.ID)
		a.Results += len(r.Results)
		if len(r.Results) > maxRunResults {
			refuse("%d results in a run, more than %d", len(r.Results), maxRunResults)
		}
		for _, rule := range r.Tool.Driver.Rules {
			if len(rule.Properties.Tags) > 20 {
				refuse("rule %s has %d tags, more than 20", rule.ID, len(rule.Properties.Tags))
			}
		}
		for i, result := range r.Results {
			switch {
			case result.Message.Text == "":
				refuse("result %d has no message", i)
			case len(result.Locations) == 0 || result.Locations[0].PhysicalLocation.ArtifactLocation.URI == "":
				refuse("result %d has no location in a file", i)
			}
		}
	}
}

func (s *Server) getSARIF(c *call) *answer {
	for _, a := range s.analyses {
		if a.ID != c.params["sarif_id"] {
			continue
		}
		if a.Errors != nil {
			return ok(map[string]any{"processing_status": "failed", "errors": a.Errors})
		}
		return ok(map[string]any{"processing_status": "complete", "analyses_url": "https://api.github.com/repos/" + s.owner + "/" + s.name + "/code-scanning/analyses?sarif_id=" + a.ID})
	}
	return notFound()
}
