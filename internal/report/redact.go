package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report/secret"
	"github.com/mooringdev/mooring/internal/stack"
)

// Masked stands for a sensitive value in everything that is reported.
const Masked = secret.Mask

// Redact returns a copy of r that may be shown to anybody who may read the repository. It is the one gate for values: every face calls it.
//
// In the copy sensitive values are [Masked], and so are secrets that nobody marked (see package secret); access key ids and the environment
// of stacks are gone; names of people stand only beside verdicts that allow a name; text is valid UTF-8. Redacting twice changes nothing.
// File edits stay byte for byte: they are code of the repository, and adoption never writes a sensitive value.
func Redact(r *Results) *Results {
	out := *r
	out.ScannedAt = utc(r.ScannedAt)
	out.Tool = Tool{clean(r.Tool.Name), clean(r.Tool.Version)}
	out.Commit = clean(r.Commit)
	out.Warnings = each(r.Warnings, prose)
	out.Events.Sources = each(r.Events.Sources, clean)
	out.Stacks = each(r.Stacks, RedactStack)
	out.Groups = each(r.Groups, redactComparison)
	out.Elapsed = r.Elapsed.Truncate(time.Millisecond)
	return &out
}

// RedactStack is [Redact] for one stack.
func RedactStack(s StackResult) StackResult {
	s.Stack.ID, s.Stack.Path, s.Stack.Workspace = clean(s.Stack.ID), clean(s.Stack.Path), clean(s.Stack.Workspace)
	s.Stack.VarFiles = each(s.Stack.VarFiles, clean)
	s.Stack.BackendConfig = each(s.Stack.BackendConfig, Setting)
	s.Stack.Env = nil
	s.Stack.Owners = each(s.Stack.Owners, clean)
	s.Stack.Why, s.Stack.Skip = prose(s.Stack.Why), prose(s.Stack.Skip)
	s.Stack.Problems = each(s.Stack.Problems, func(p stack.Problem) stack.Problem {
		return stack.Problem{File: clean(p.File), Line: p.Line, Message: prose(p.Message)}
	})
	s.Engine = Tool{clean(s.Engine.Name), clean(s.Engine.Version)}
	s.Duration, s.EngineTime = s.Duration.Truncate(time.Millisecond), s.EngineTime.Truncate(time.Millisecond)
	s.Diagnostics = each(s.Diagnostics, redactDiagnostic)
	s.Hint = prose(s.Hint)
	s.Findings = each(s.Findings, redactFinding)
	s.Applies = each(s.Applies, func(a Apply) Apply {
		return Apply{utc(a.From), utc(a.To), clean(a.Run), clean(a.Principal)}
	})
	s.Proof = redactProof(s.Proof)
	s.Upgrades = each(s.Upgrades, redactUpgrade)
	s.Held, s.State = drift.ResourceIDs(strings.Join(s.Held, "")), clean(s.State)
	s.PutBack = each(s.PutBack, func(p PutBack) PutBack {
		return PutBack{clean(p.Address), drift.Kind(clean(string(p.Kind))), each(p.Paths, clean), redactAttribution(p.Attribution, nil)}
	})
	s.Files = slices.Clone(s.Files)
	s.Separate = each(s.Separate, func(a Adoption) Adoption {
		return Adoption{clean(a.Address), slices.Clone(a.Files), redactProof(a.Proof)}
	})
	return s
}

func redactProof(proof *adopt.Proof) *adopt.Proof {
	if proof == nil {
		return nil
	}
	p := *proof
	p.Engine, p.Version, p.Way = clean(p.Engine), clean(p.Version), clean(p.Way)
	p.Gone, p.Remaining, p.AlsoChecked = each(p.Gone, clean), each(p.Remaining, clean), each(p.AlsoChecked, clean)
	return &p
}

func redactDiagnostic(d engine.Diagnostic) engine.Diagnostic {
	d.Severity, d.File = clean(d.Severity), clean(d.File)
	d.Summary, d.Detail = prose(d.Summary), prose(d.Detail)
	return d
}

func redactFinding(f Finding) Finding {
	f.Address, f.Previous, f.Type, f.Provider = clean(f.Address), clean(f.Previous), clean(f.Type), clean(f.Provider)
	f.IDs = each(f.IDs, clean)
	f.Account, f.Region, f.Successor = clean(f.Account), clean(f.Region), clean(f.Successor)
	f.Window = drift.Window{From: utc(f.Window.From), To: utc(f.Window.To)}
	sensitive := f.SensitivePaths
	f.Changes = each(f.Changes, func(c drift.Change) drift.Change { return redactChange(c, sensitive) })
	if f.Attributes != nil {
		attrs, _ := redactTree("", f.Attributes, cutAll(sensitive)).(map[string]any)
		f.Attributes = attrs
	}
	f.SensitivePaths = each(f.SensitivePaths, clean)
	changes := f.Changes
	f.Attribution = each(f.Attribution, func(a blame.Attribution) blame.Attribution { return redactAttribution(a, changes) })
	f.Adoption = redactOutcome(f.Adoption, f.ID)
	if f.Decision != nil {
		d := redactDecision(*f.Decision)
		f.Decision = &d
	}
	f.Severity = policy.Severity{Level: clean(f.Severity.Level), Why: prose(f.Severity.Why)}
	where := make(map[string]Place, len(f.Where))
	for path, place := range f.Where {
		where[clean(path)] = Place{clean(place.File), place.Line}
	}
	f.Where = where
	f.Resource, f.Elsewhere = clean(f.Resource), clean(f.Elsewhere)
	return f
}

// redactDecision drops what a decision remembers of the values it was made about: a short secret can be guessed from its hash.
func redactDecision(d policy.Decision) policy.Decision {
	return policy.Decision{
		Action: clean(d.Action), By: clean(d.By), Reason: prose(d.Reason), At: utc(d.At), Until: utc(d.Until), Paths: each(d.Paths, clean),
		WhileUnchanged: d.WhileUnchanged, Others: each(d.Others, redactDecision),
	}
}

func redactChange(c drift.Change, sensitive []string) drift.Change {
	c.Path, c.Rule = clean(c.Path), clean(c.Rule)
	for _, s := range sensitive {
		c.Sensitive = c.Sensitive || covers(s, c.Path)
	}
	if c.Sensitive {
		c.Base, c.Code, c.Live = mask(c.Base), mask(c.Code), mask(c.Live)
		return c
	}
	below := below(sensitive, c.Path)
	name := lastName(c.Path)
	c.Base, c.Code, c.Live = redactTree(name, c.Base, below), redactTree(name, c.Code, below), redactTree(name, c.Live, below)
	return c
}

// mask hides a whole value. That there is none is no secret, nor is that it is not known yet.
func mask(v drift.Value) drift.Value {
	switch v.(type) {
	case nil, drift.Unknown:
		return v
	}
	return Masked
}

// redactTree masks what the sensitive paths cover below v, which stands under name, and the secrets that nobody marked.
func redactTree(name string, v drift.Value, sensitive [][]string) drift.Value {
	for _, s := range sensitive {
		if len(s) == 0 {
			return mask(v)
		}
	}
	switch v := v.(type) {
	case string:
		masked, _ := secret.Value(name, clean(v)).(string)
		return masked
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = redactTree(name, e, step(sensitive, strconv.Itoa(i)))
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out[clean(k)] = redactTree(k, v[k], step(sensitive, k))
		}
		// Pairs such as {"name": "DB_PASSWORD", "value": ...} show only from above.
		if pair, ok := secret.Value(name, textOf(out)).(map[string]any); ok {
			for _, k := range []string{"value", "Value"} {
				if _, was := out[k].(string); was {
					out[k] = pair[k]
				}
			}
		}
		return out
	}
	return secret.Value(name, v)
}

// textOf keeps the entries of an object that are text, so that looking at pairs does not walk the tree again.
func textOf(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if s, ok := v.(string); ok {
			out[k] = s
		}
	}
	return out
}

func step(paths [][]string, key string) [][]string {
	var out [][]string
	for _, p := range paths {
		if p[0] == key {
			out = append(out, p[1:])
		}
	}
	return out
}

func cutAll(paths []string) [][]string {
	var out [][]string
	for _, p := range paths {
		if s := segments(p); len(s) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// below returns what is left of those paths that lie below path.
func below(paths []string, path string) [][]string {
	var out [][]string
	n := len(segments(path))
	for _, p := range paths {
		if covers(path, p) {
			if s := segments(p); len(s) > n {
				out = append(out, s[n:])
			}
		}
	}
	return out
}

// names tells whether the verdict is sure enough to name who made the change.
func names(v blame.Verdict) bool {
	switch v {
	case blame.Confirmed, blame.Likely, blame.Automation, blame.OwnApply:
		return true
	}
	return false
}

func redactAttribution(a blame.Attribution, changes []drift.Change) blame.Attribution {
	a.Paths = each(a.Paths, clean)
	hidden := false
	for _, c := range changes {
		for _, p := range a.Paths {
			hidden = hidden || c.Sensitive && (covers(p, c.Path) || covers(c.Path, p))
		}
		hidden = hidden || c.Sensitive && len(a.Paths) == 0
	}
	a.Elements = each(a.Elements, func(e string) string {
		if hidden {
			return Masked
		}
		return prose(e)
	})
	if names(a.Verdict) {
		a.Actor = redactActor(a.Actor)
		a.SourceIP = clean(a.SourceIP)
	} else {
		a.Actor, a.SourceIP = audit.Actor{}, ""
	}
	a.Reason, a.Via, a.At = clean(a.Reason), audit.Via(clean(string(a.Via))), utc(a.At)
	a.Events = each(a.Events, redactEvent)
	a.Candidates = each(a.Candidates, func(c blame.Candidate) blame.Candidate {
		return blame.Candidate{Actor: redactActor(c.Actor), Via: audit.Via(clean(string(c.Via))), At: utc(c.At), Events: each(c.Events, redactEvent)}
	})
	a.RuledOut = each(a.RuledOut, func(o blame.RuledOut) blame.RuledOut {
		out := blame.RuledOut{Event: redactEvent(o.Event), Actor: redactActor(o.Actor), At: utc(o.At), Why: prose(o.Why)}
		if machine := out.Actor.Type == audit.ActorRole || out.Actor.Type == audit.ActorMachine || out.Actor.Type == audit.ActorService; !machine {
			out.Actor = audit.Actor{Type: out.Actor.Type} // a person did not do this: no name
		}
		return out
	})
	return a
}

func redactActor(a audit.Actor) audit.Actor {
	return audit.Actor{
		Name: prose(a.Name), Type: audit.ActorType(clean(string(a.Type))), Principal: prose(a.Principal), Issuer: prose(a.Issuer),
		Session: prose(a.Session), InvokedBy: prose(a.InvokedBy), SourceID: prose(a.SourceID),
	}
}

func redactEvent(e blame.EventRef) blame.EventRef {
	e.ID, e.Source, e.Operation = clean(e.ID), clean(e.Source), prose(e.Operation)
	e.Link = safeLink(e.Link)
	return e
}

func redactOutcome(o adopt.Outcome, id string) adopt.Outcome {
	if o.Status == "" {
		o.Status = adopt.StatusNone
	}
	o.FindingID = id
	o.Refusals = each(o.Refusals, func(r adopt.Refusal) adopt.Refusal {
		return adopt.Refusal{Path: clean(r.Path), Code: clean(r.Code), Detail: prose(r.Detail), Hint: prose(r.Hint)}
	})
	o.Edits = each(o.Edits, func(e adopt.EditRef) adopt.EditRef {
		return adopt.EditRef{File: clean(e.File), Line: e.Line, Path: clean(e.Path)}
	})
	o.Notes = each(o.Notes, prose)
	return o
}

// clean makes text valid UTF-8.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// prose is clean for text in which a secret may hide.
func prose(s string) string { return secret.Text(clean(s)) }

// Setting masks the value of key=value when the key is a secret's name.
func Setting(s string) string {
	key, value, ok := strings.Cut(clean(s), "=")
	if !ok {
		return prose(s)
	}
	masked, _ := secret.Value(key, value).(string)
	return key + "=" + masked
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Round(0)
}

// each maps a slice; nothing stays nothing.
func each[T any](in []T, f func(T) T) []T {
	if len(in) == 0 {
		return nil
	}
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}
