package report

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/stack"
)

// ReadJSON reads the document that [WriteJSON] writes. ReadJSON(WriteJSON(r)) equals Redact(r).
//
// Unknown fields are passed over, since fields are only ever added; an unknown version is refused. Paths may be written block.0.attr.
// An error names the place in the document; the caller names the file. Paths of files to write are checked to stay inside the repository.
func ReadJSON(r io.Reader) (*Results, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading findings: %w", err)
	}
	var head struct {
		Version *json.Number `json:"version"`
	}
	if err := decode(data, &head); err != nil {
		return nil, err
	}
	switch {
	case head.Version == nil:
		return nil, errors.New(`this is not a findings document: it has no "version"; write one with: mooring scan --format json`)
	case head.Version.String() != "1":
		return nil, fmt.Errorf("findings have version %s, this program reads version %d: use the version of mooring that wrote them, or scan again", visible(head.Version.String(), 40), FormatVersion)
	}
	var form jsonResults
	if err := decode(data, &form); err != nil {
		return nil, err
	}
	return results(form)
}

func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	err := d.Decode(into)
	if err == nil {
		if _, extra := d.Token(); extra != io.EOF {
			return fmt.Errorf("line %d: the findings document ends here, and more text follows", lineAt(data, d.InputOffset()))
		}
		return nil
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var moment *time.ParseError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: not valid JSON: %w", lineAt(data, syntax.Offset), err)
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: %s: expected %s, found %s", lineAt(data, kind.Offset), visible(kind.Field, 200), jsonName(kind.Type.String()), visible(kind.Value, 80))
	case errors.As(err, &moment):
		return fmt.Errorf("line %d: %q is not a time: write it like 2026-11-21T09:00:00Z", lineAt(data, int64(max(0, bytes.Index(data, []byte(moment.Value))))), visible(moment.Value, 80))
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: the findings document ends too early: was writing it interrupted?", lineAt(data, int64(len(data))))
	}
	return fmt.Errorf("reading findings: %w", err)
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
}

// jsonName says a Go type in the words of JSON.
func jsonName(t string) string {
	t = strings.TrimLeft(t, "*")
	switch {
	case t == "string" || strings.HasSuffix(t, ".Kind") || strings.HasSuffix(t, ".Status"):
		return "text"
	case t == "bool":
		return "true or false"
	case strings.HasPrefix(t, "int") || strings.HasSuffix(t, "Number"):
		return "a number"
	case strings.HasPrefix(t, "[]"):
		return "a list"
	}
	return "an object"
}

func results(form jsonResults) (*Results, error) {
	out := &Results{
		ScannedAt: timeOf(form.ScannedAt), Tool: Tool(form.Tool), Commit: form.Commit, Warnings: orNone(form.Warnings),
		Elapsed: time.Duration(form.ElapsedMS) * time.Millisecond, Partial: form.Partial, Shard: form.Shard,
	}
	if e := form.Events; e != nil {
		out.Events = EventStats{e.Events, e.Unreadable, orNone(e.Sources)}
	}
	seen := map[string]bool{}
	for i, s := range form.Stacks {
		if s.ID == "" {
			return nil, fmt.Errorf("stacks[%d]: the stack has no id", i)
		}
		if seen[s.ID] {
			return nil, fmt.Errorf("stacks[%d]: the stack %s is there twice", i, visible(s.ID, 120))
		}
		seen[s.ID] = true
		r, err := stackResult(s)
		if err != nil {
			return nil, fmt.Errorf("stacks[%d] (%s): %w", i, visible(s.ID, 120), err)
		}
		out.Stacks = append(out.Stacks, r)
	}
	for i, g := range form.Groups {
		r, err := readComparison(g)
		if err != nil {
			return nil, fmt.Errorf("groups[%d] (%s): %w", i, visible(g.Name, 120), err)
		}
		out.Groups = append(out.Groups, r)
	}
	return out, nil
}

func stackResult(s jsonStack) (StackResult, error) {
	out := StackResult{
		Stack: stack.Stack{
			ID: s.ID, Path: s.Path, Workspace: s.Workspace, VarFiles: orNone(s.VarFiles), BackendConfig: orNone(s.BackendConfig),
			Owners: orNone(s.Owners), Why: s.Why, Skip: s.Skip, Terragrunt: s.Terragrunt,
			Problems: orNone(mapTo(s.Problems, func(p jsonProblem) stack.Problem { return stack.Problem(p) })),
		},
		Status: s.Status, Engine: Tool(s.Engine), Hint: s.Hint, Diagnostics: orNone(mapTo(s.Diagnostics, func(d engine.Diagnostic) engine.Diagnostic { return d })),
		Duration: time.Duration(s.DurationMS) * time.Millisecond, EngineTime: time.Duration(s.EngineMS) * time.Millisecond,
		Applies: orNone(mapTo(s.Applies, func(a jsonApply) Apply { return Apply{timeOf(a.From), timeOf(a.To), a.Run, a.Principal} })),
		Held:    drift.ResourceIDs(s.Held), State: s.State,
	}
	if !slices.Contains([]Status{StatusClean, StatusDrifted, StatusPending, StatusFailed, StatusSkipped, ""}, s.Status) {
		return out, fmt.Errorf("status is %q: expected clean, drifted, pending, failed or skipped", visible(string(s.Status), 40))
	}
	for i, f := range s.Findings {
		r, err := finding(f)
		if err != nil {
			return out, fmt.Errorf("findings[%d] (%s): %w", i, visible(f.Address, 200), err)
		}
		out.Findings = append(out.Findings, r)
	}
	out.Proof = proof(s.Proof)
	var err error
	if out.Files, err = files(s.Files); err != nil {
		return out, err
	}
	for _, u := range s.Upgrades {
		out.Upgrades = append(out.Upgrades, Upgrade{u.Kind, u.Name, u.From, u.To, u.Source, u.Tried, u.Commit, u.Author, orNone(u.Moves), u.Resources})
	}
	out.PutBack = orNone(mapTo(s.PutBack, func(p jsonPutBack) PutBack {
		return PutBack{p.Address, p.Kind, orNone(mapTo(p.Paths, canonicalPath)), attribution(p.Attribution)}
	}))
	for i, a := range s.Separate {
		edits, err := files(a.Files)
		if err != nil {
			return out, fmt.Errorf("separate[%d]: %w", i, err)
		}
		out.Separate = append(out.Separate, Adoption{a.Address, edits, proof(a.Proof)})
	}
	return out, nil
}

func proof(p *jsonProof) *adopt.Proof {
	if p == nil {
		return nil
	}
	return &adopt.Proof{
		Engine: p.Engine.Name, Version: p.Engine.Version, Way: p.Way, Plans: p.Plans, Before: adopt.Counts(p.Before), After: adopt.Counts(p.After),
		Gone: orNone(p.Gone), Remaining: orNone(p.Remaining), AlsoChecked: orNone(p.AlsoChecked),
	}
}

func files(in []jsonFile) ([]adopt.File, error) {
	var out []adopt.File
	for i, f := range in {
		r, err := file(f)
		if err != nil {
			return nil, fmt.Errorf("files[%d]: %w", i, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func finding(f jsonFinding) (Finding, error) {
	out := Finding{Finding: drift.Finding{
		ID: f.ID, Address: f.Address, Previous: f.Previous, Type: f.Type, Provider: f.Provider, Kind: f.Kind, Reason: f.Reason, Action: f.Action,
		IDs: orNone(f.IDs), Account: f.Account, Region: f.Region, Successor: f.Successor, Attributes: f.Attributes, SensitivePaths: orNone(mapTo(f.SensitivePaths, canonicalPath)),
		Resource: f.Resource, Elsewhere: f.Elsewhere,
	}}
	if f.Address == "" {
		return out, errors.New("the finding has no address")
	}
	if w := f.Window; w != nil {
		out.Window = drift.Window{From: timeOf(w.From), To: timeOf(w.To)}
	}
	if s := f.Severity; s != nil {
		out.Severity = policy.Severity{Level: s.Level, Why: s.Why}
	}
	for _, c := range f.Changes {
		out.Changes = append(out.Changes, drift.Change{
			Path: canonicalPath(c.Path), Kind: c.Kind, Rule: c.Rule, Base: c.Base, Code: withUnknown(c.Code), Live: c.Live, Sensitive: c.Sensitive,
		})
	}
	if len(f.Where) > 0 {
		out.Where = map[string]Place{}
		for _, p := range f.Where {
			out.Where[canonicalPath(p.Path)] = Place{p.File, p.Line}
		}
	}
	out.Attribution = orNone(mapTo(f.Attribution, attribution))
	out.Adoption = adoption(f.Adoption, f.ID)
	if d := f.Decision; d != nil {
		read := decision(*d)
		out.Decision = &read
	}
	return out, nil
}

func decision(d jsonDecision) policy.Decision {
	return policy.Decision{
		Action: d.Action, By: d.By, Reason: d.Reason, At: timeOf(d.At), Until: timeOf(d.Until), Paths: orNone(mapTo(d.Paths, canonicalPath)),
		WhileUnchanged: d.WhileUnchanged, Others: orNone(mapTo(d.Others, decision)),
	}
}

// withUnknown turns the text for a value that is not known yet back into one. Only the code side can hold such values.
func withUnknown(v drift.Value) drift.Value {
	switch v := v.(type) {
	case string:
		if v == (drift.Unknown{}).String() {
			return drift.Unknown{}
		}
	case []any:
		for i := range v {
			v[i] = withUnknown(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withUnknown(v[k])
		}
	}
	return v
}

func attribution(a jsonAttribution) blame.Attribution {
	return blame.Attribution{
		Paths: orNone(mapTo(a.Paths, canonicalPath)), Elements: orNone(a.Elements), Verdict: blame.Verdict(a.Verdict), Reason: a.Reason, Actor: actor(a.Actor),
		Via: audit.Via(a.Via), At: timeOf(a.At), SourceIP: a.SourceIP, Events: orNone(mapTo(a.Events, event)),
		Candidates: orNone(mapTo(a.Candidates, func(c jsonCandidate) blame.Candidate {
			return blame.Candidate{Actor: actor(c.Actor), Via: audit.Via(c.Via), At: timeOf(c.At), Events: orNone(mapTo(c.Events, event))}
		})),
		RuledOut: orNone(mapTo(a.RuledOut, func(o jsonRuledOut) blame.RuledOut {
			return blame.RuledOut{Event: event(o.Event), Actor: actor(o.Actor), At: timeOf(o.At), Why: o.Why}
		})),
	}
}

func actor(a *jsonActor) audit.Actor {
	if a == nil {
		return audit.Actor{}
	}
	return audit.Actor{Name: a.Name, Type: audit.ActorType(a.Type), Principal: a.Principal, Issuer: a.Issuer, Session: a.Session, InvokedBy: a.InvokedBy, SourceID: a.SourceID}
}

func event(e jsonEvent) blame.EventRef {
	return blame.EventRef{ID: e.ID, Source: e.Source, Operation: e.Operation, Link: e.Link, Verified: e.Verified}
}

func adoption(a *jsonAdoption, id string) adopt.Outcome {
	out := adopt.Outcome{FindingID: id, Status: adopt.StatusNone}
	if a == nil {
		return out
	}
	if a.Status != "" {
		out.Status = adopt.Status(a.Status)
	}
	for _, r := range a.Refusals {
		out.Refusals = append(out.Refusals, adopt.Refusal{Path: canonicalPath(r.Path), Code: r.Code, Detail: r.Detail, Hint: r.Hint})
	}
	if len(out.Refusals) == 0 && a.Reason != "" {
		out.Refusals = []adopt.Refusal{{Detail: a.Reason}}
	}
	for _, e := range a.Edits {
		out.Edits = append(out.Edits, adopt.EditRef{File: e.File, Line: e.Line, Path: canonicalPath(e.Path)})
	}
	out.Notes = a.Notes
	return out
}

func file(f jsonFile) (adopt.File, error) {
	out := adopt.File{Path: f.Path}
	if !fs.ValidPath(f.Path) || f.Path == "." || slices.ContainsFunc(strings.Split(f.Path, "/"), func(s string) bool { return strings.EqualFold(s, ".git") }) || strings.ContainsAny(f.Path, "\\\x00") {
		return out, fmt.Errorf("the path %q does not name a file inside the repository", visible(f.Path, 200))
	}
	content := func(s *string) ([]byte, error) {
		switch {
		case s == nil:
			return nil, nil
		case f.Encoding == "base64":
			return base64.StdEncoding.DecodeString(*s)
		case f.Encoding != "":
			return nil, fmt.Errorf("the encoding %q is not known", visible(f.Encoding, 40))
		}
		return []byte(*s), nil
	}
	var err error
	if out.Before, err = content(f.Before); err != nil {
		return out, fmt.Errorf("%s: before: %w", visible(f.Path, 200), err)
	}
	if out.After, err = content(f.After); err != nil {
		return out, fmt.Errorf("%s: after: %w", visible(f.Path, 200), err)
	}
	return out, nil
}
