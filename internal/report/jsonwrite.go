package report

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/stack"
)

// WriteJSON writes what a scan found, redacted, as the published JSON document. Values are whole: only people's faces shorten them.
func WriteJSON(w io.Writer, r *Results) error {
	form, err := sealed(formOf(Redact(r)))
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(form); err != nil {
		return fmt.Errorf("writing findings as JSON: %w", err)
	}
	return nil
}

func formOf(r *Results) jsonResults {
	out := jsonResults{
		Version: FormatVersion, ScannedAt: timePtr(r.ScannedAt), Tool: jsonTool(r.Tool), Commit: r.Commit,
		Partial: r.Partial, Shard: r.Shard, ElapsedMS: r.Elapsed.Milliseconds(), Warnings: r.Warnings, Stacks: mapTo(r.Stacks, stackForm),
	}
	if r.Events.Events != 0 || r.Events.Unreadable != 0 || len(r.Events.Sources) > 0 {
		out.Events = &jsonReading{r.Events.Events, r.Events.Unreadable, list0(r.Events.Sources)}
	}
	out.Groups = orNone(mapTo(r.Groups, comparisonForm))
	return out
}

func list0(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func stackForm(s StackResult) jsonStack {
	out := jsonStack{
		ID: s.Stack.ID, Path: s.Stack.Path, Workspace: s.Stack.Workspace, VarFiles: s.Stack.VarFiles, BackendConfig: s.Stack.BackendConfig,
		Owners: s.Stack.Owners, Why: s.Stack.Why, Skip: s.Stack.Skip, Terragrunt: s.Stack.Terragrunt,
		Problems: orNone(mapTo(s.Stack.Problems, func(p stack.Problem) jsonProblem { return jsonProblem(p) })),
		Status:   s.Status, Engine: jsonTool(s.Engine), DurationMS: s.Duration.Milliseconds(), EngineMS: s.EngineTime.Milliseconds(),
		Diagnostics: mapTo(s.Diagnostics, func(d engine.Diagnostic) engine.Diagnostic { return d }), Hint: s.Hint,
		Findings: mapTo(s.Findings, findingForm),
		Applies: mapTo(s.Applies, func(a Apply) jsonApply {
			return jsonApply{timePtr(a.From), timePtr(a.To), a.Run, a.Principal}
		}),
		Files: orNone(mapTo(s.Files, fileForm)), Held: strings.Join(s.Held, ""), State: s.State,
	}
	out.Proof = proofForm(s.Proof)
	out.Upgrades = orNone(mapTo(s.Upgrades, func(u Upgrade) jsonUpgrade {
		return jsonUpgrade{u.Kind, u.Name, u.From, u.To, u.Commit, u.Author, u.Source, u.Tried, u.Changelog(), list0(u.Moves), u.Resources}
	}))
	out.PutBack = orNone(mapTo(s.PutBack, func(p PutBack) jsonPutBack {
		return jsonPutBack{p.Address, p.Kind, list0(p.Paths), attributionForm(p.Attribution)}
	}))
	out.Separate = orNone(mapTo(s.Separate, func(a Adoption) jsonSeparate {
		return jsonSeparate{a.Address, proofForm(a.Proof), mapTo(a.Files, fileForm)}
	}))
	return out
}

func proofForm(p *adopt.Proof) *jsonProof {
	if p == nil {
		return nil
	}
	return &jsonProof{
		Engine: jsonTool{p.Engine, p.Version}, Way: p.Way, Plans: p.Plans, Before: jsonCounts(p.Before), After: jsonCounts(p.After),
		Gone: list0(p.Gone), Remaining: list0(p.Remaining), AlsoChecked: list0(p.AlsoChecked),
	}
}

func findingForm(f Finding) jsonFinding {
	out := jsonFinding{
		ID: f.ID, Address: f.Address, Previous: f.Previous, Type: f.Type, Provider: f.Provider, Kind: f.Kind, Reason: f.Reason, Action: f.Action,
		IDs: list0(f.IDs), Account: f.Account, Region: f.Region, Resource: f.Resource, Elsewhere: f.Elsewhere,
		Changes: mapTo(f.Changes, func(c drift.Change) jsonChange {
			return jsonChange{c.Path, c.Kind, c.Rule, c.Base, c.Code, c.Live, c.Sensitive}
		}),
		Attributes: f.Attributes, SensitivePaths: f.SensitivePaths, Successor: f.Successor,
		Attribution: mapTo(f.Attribution, attributionForm),
		Adoption: &jsonAdoption{
			Status: string(f.Adoption.Status),
			Refusals: orNone(mapTo(f.Adoption.Refusals, func(r adopt.Refusal) jsonRefusal {
				return jsonRefusal{r.Path, r.Code, r.Detail, r.Hint}
			})),
			Edits: mapTo(f.Adoption.Edits, func(e adopt.EditRef) jsonEdit { return jsonEdit{e.File, e.Line, e.Path} }),
			Notes: f.Adoption.Notes,
		},
	}
	if len(f.Adoption.Refusals) > 0 {
		out.Adoption.Reason = f.Adoption.Refusals[0].Detail
	}
	if !f.Window.From.IsZero() || !f.Window.To.IsZero() {
		out.Window = &jsonWindow{timePtr(f.Window.From), timePtr(f.Window.To)}
	}
	if f.Severity.Level != "" || f.Severity.Why != "" {
		out.Severity = &jsonSeverity{f.Severity.Level, f.Severity.Why}
	}
	for _, path := range slices.Sorted(maps.Keys(f.Where)) {
		out.Where = append(out.Where, jsonPlace{path, f.Where[path].File, f.Where[path].Line})
	}
	if d := f.Decision; d != nil {
		form := decisionForm(*d)
		out.Decision = &form
	}
	return out
}

func decisionForm(d policy.Decision) jsonDecision {
	return jsonDecision{d.Action, d.By, d.Reason, timePtr(d.At), timePtr(d.Until), d.Paths, d.WhileUnchanged, orNone(mapTo(d.Others, decisionForm))}
}

func attributionForm(a blame.Attribution) jsonAttribution {
	return jsonAttribution{
		Paths: list0(a.Paths), Elements: a.Elements, Verdict: string(a.Verdict), Reason: a.Reason, Actor: actorForm(a.Actor), Via: string(a.Via),
		At: timePtr(a.At), SourceIP: a.SourceIP, Events: mapTo(a.Events, eventForm),
		Candidates: orNone(mapTo(a.Candidates, func(c blame.Candidate) jsonCandidate {
			return jsonCandidate{actorForm(c.Actor), string(c.Via), timePtr(c.At), mapTo(c.Events, eventForm)}
		})),
		RuledOut: orNone(mapTo(a.RuledOut, func(o blame.RuledOut) jsonRuledOut {
			return jsonRuledOut{eventForm(o.Event), actorForm(o.Actor), timePtr(o.At), o.Why}
		})),
	}
}

func actorForm(a audit.Actor) *jsonActor {
	if a == (audit.Actor{}) {
		return nil
	}
	return &jsonActor{a.Name, string(a.Type), a.Principal, a.Issuer, a.Session, a.InvokedBy, a.SourceID}
}

func eventForm(e blame.EventRef) jsonEvent {
	return jsonEvent{e.ID, e.Source, e.Operation, e.Link, e.Verified}
}

func fileForm(f adopt.File) jsonFile {
	out := jsonFile{Path: f.Path}
	text := func(b []byte) *string {
		if b == nil {
			return nil
		}
		s := string(b)
		if out.Encoding == "base64" {
			s = base64.StdEncoding.EncodeToString(b)
		}
		return &s
	}
	if !utf8.Valid(f.Before) || !utf8.Valid(f.After) {
		out.Encoding = "base64"
	}
	out.Before, out.After = text(f.Before), text(f.After)
	return out
}
