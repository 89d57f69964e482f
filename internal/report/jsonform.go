package report

import (
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
)

// FormatVersion is the version of the JSON form. Fields are only ever added to a version.
const FormatVersion = 1

// The types below are the JSON form, field for field; its schema is docs/findings.schema.json. Times and objects that are not known are left
// out or null, lists are never null.
type (
	jsonResults struct {
		Version   int          `json:"version"`
		ScannedAt *time.Time   `json:"scanned_at"`
		Tool      jsonTool     `json:"tool"`
		Commit    string       `json:"commit,omitempty"`
		Partial   bool         `json:"partial,omitempty"`
		Shard     string       `json:"shard,omitempty"`
		ElapsedMS int64        `json:"elapsed_ms,omitempty"`
		Warnings  []string     `json:"warnings,omitempty"`
		Events    *jsonReading `json:"events,omitempty"`
		Stacks    []jsonStack  `json:"stacks"`

		Groups []jsonComparison `json:"groups,omitempty"`
		Digest string           `json:"digest,omitempty"`
	}
	jsonTool struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	jsonReading struct {
		Events     int      `json:"events"`
		Unreadable int      `json:"unreadable"`
		Sources    []string `json:"sources"`
	}
	jsonStack struct {
		ID            string              `json:"id"`
		Path          string              `json:"path"`
		Workspace     string              `json:"workspace"`
		VarFiles      []string            `json:"var_files,omitempty"`
		BackendConfig []string            `json:"backend_config,omitempty"`
		Owners        []string            `json:"owners,omitempty"`
		Why           string              `json:"why,omitempty"`
		Skip          string              `json:"skip,omitempty"`
		Terragrunt    bool                `json:"terragrunt,omitempty"`
		Problems      []jsonProblem       `json:"problems,omitempty"`
		Status        Status              `json:"status"`
		Engine        jsonTool            `json:"engine"`
		DurationMS    int64               `json:"duration_ms"`
		EngineMS      int64               `json:"engine_ms,omitempty"`
		Diagnostics   []engine.Diagnostic `json:"diagnostics"`
		Hint          string              `json:"hint,omitempty"`
		Findings      []jsonFinding       `json:"findings"`
		Applies       []jsonApply         `json:"applies"`
		Proof         *jsonProof          `json:"proof,omitempty"`
		Files         []jsonFile          `json:"files,omitempty"`
		Separate      []jsonSeparate      `json:"separate,omitempty"`
		Upgrades      []jsonUpgrade       `json:"upgrades,omitempty"`
		Held          string              `json:"held,omitempty"`
		State         string              `json:"state,omitempty"`
		PutBack       []jsonPutBack       `json:"put_back,omitempty"`
	}
	// A jsonPutBack is a difference of an earlier scan that somebody made go.
	jsonPutBack struct {
		Address     string          `json:"address"`
		Kind        drift.Kind      `json:"kind"`
		Paths       []string        `json:"paths"`
		Attribution jsonAttribution `json:"attribution"`
	}
	// A jsonUpgrade is what another version of a provider, module or engine moves.
	jsonUpgrade struct {
		Kind      string   `json:"kind"`
		Name      string   `json:"name"`
		From      string   `json:"from"`
		To        string   `json:"to"`
		Commit    string   `json:"commit,omitempty"`
		Author    string   `json:"author,omitempty"`
		Source    string   `json:"source,omitempty"`
		Tried     bool     `json:"tried,omitempty"`
		Changelog string   `json:"changelog,omitempty"`
		Moves     []string `json:"moves"`
		Resources int      `json:"resources"`
	}
	// A jsonSeparate is the verified edits of one resource alone.
	jsonSeparate struct {
		Address string     `json:"address"`
		Proof   *jsonProof `json:"proof,omitempty"`
		Files   []jsonFile `json:"files"`
	}
	jsonProblem struct {
		File    string `json:"file"`
		Line    int    `json:"line,omitempty"`
		Message string `json:"message"`
	}
	jsonApply struct {
		From      *time.Time `json:"from"`
		To        *time.Time `json:"to"`
		Run       string     `json:"run,omitempty"`
		Principal string     `json:"principal,omitempty"`
	}
	jsonFinding struct {
		ID             string                 `json:"id"`
		Address        string                 `json:"address"`
		Previous       string                 `json:"previous,omitempty"`
		Type           string                 `json:"type"`
		Provider       string                 `json:"provider"`
		Kind           drift.Kind             `json:"kind"`
		Reason         string                 `json:"reason,omitempty"`
		Action         string                 `json:"action"`
		IDs            []string               `json:"ids"`
		Account        string                 `json:"account"`
		Region         string                 `json:"region"`
		Successor      string                 `json:"successor,omitempty"`
		Window         *jsonWindow            `json:"window"`
		Severity       *jsonSeverity          `json:"severity,omitempty"`
		Changes        []jsonChange           `json:"changes"`
		Attributes     map[string]drift.Value `json:"attributes,omitempty"`
		SensitivePaths []string               `json:"sensitive_paths,omitempty"`
		Where          []jsonPlace            `json:"where,omitempty"`
		Resource       string                 `json:"resource,omitempty"`
		Elsewhere      string                 `json:"elsewhere,omitempty"`
		Attribution    []jsonAttribution      `json:"attribution"`
		Adoption       *jsonAdoption          `json:"adoption"`
		Decision       *jsonDecision          `json:"decision"`
	}
	jsonWindow struct {
		From *time.Time `json:"from"`
		To   *time.Time `json:"to"`
	}
	jsonSeverity struct {
		Level string `json:"level"`
		Why   string `json:"why"`
	}
	jsonChange struct {
		Path      string      `json:"path"`
		Kind      drift.Kind  `json:"kind"`
		Rule      string      `json:"rule,omitempty"`
		Base      drift.Value `json:"base"`
		Code      drift.Value `json:"code"`
		Live      drift.Value `json:"live"`
		Sensitive bool        `json:"sensitive"`
	}
	// A jsonPlace is a line of code: of the resource block, or of the attribute at path.
	jsonPlace struct {
		Path string `json:"path,omitempty"`
		File string `json:"file"`
		Line int    `json:"line"`
	}
	jsonAttribution struct {
		Paths      []string        `json:"paths"`
		Elements   []string        `json:"elements,omitempty"`
		Verdict    string          `json:"verdict"`
		Reason     string          `json:"reason"`
		Actor      *jsonActor      `json:"actor"`
		Via        string          `json:"via"`
		At         *time.Time      `json:"at"`
		SourceIP   string          `json:"source_ip"`
		Events     []jsonEvent     `json:"events"`
		Candidates []jsonCandidate `json:"candidates,omitempty"`
		RuledOut   []jsonRuledOut  `json:"ruled_out,omitempty"`
	}
	jsonActor struct {
		Name      string `json:"name"`
		Type      string `json:"type"`
		Principal string `json:"principal"`
		Issuer    string `json:"issuer,omitempty"`
		Session   string `json:"session,omitempty"`
		InvokedBy string `json:"invoked_by,omitempty"`
		SourceID  string `json:"source_identity,omitempty"`
	}
	jsonEvent struct {
		ID        string `json:"id"`
		Source    string `json:"source"`
		Operation string `json:"operation"`
		Link      string `json:"link"`
		Verified  bool   `json:"verified,omitempty"`
	}
	jsonCandidate struct {
		Actor  *jsonActor  `json:"actor"`
		Via    string      `json:"via,omitempty"`
		At     *time.Time  `json:"at"`
		Events []jsonEvent `json:"events"`
	}
	jsonRuledOut struct {
		Event jsonEvent  `json:"event"`
		Actor *jsonActor `json:"actor,omitempty"`
		At    *time.Time `json:"at"`
		Why   string     `json:"why"`
	}
	jsonAdoption struct {
		Status   string        `json:"status"`
		Reason   string        `json:"reason"`
		Refusals []jsonRefusal `json:"refusals,omitempty"`
		Edits    []jsonEdit    `json:"edits"`
		Notes    []string      `json:"notes,omitempty"`
	}
	jsonRefusal struct {
		Path   string `json:"path,omitempty"`
		Code   string `json:"code,omitempty"`
		Detail string `json:"detail"`
		Hint   string `json:"hint,omitempty"`
	}
	jsonEdit struct {
		File string `json:"file"`
		Line int    `json:"line"`
		Path string `json:"path,omitempty"`
	}
	jsonDecision struct {
		Action         string         `json:"action"`
		By             string         `json:"by"`
		Reason         string         `json:"reason"`
		At             *time.Time     `json:"at,omitempty"`
		Until          *time.Time     `json:"until,omitempty"`
		Paths          []string       `json:"paths,omitempty"`
		WhileUnchanged bool           `json:"while_unchanged,omitempty"`
		Others         []jsonDecision `json:"others,omitempty"`
	}
	jsonProof struct {
		Engine      jsonTool   `json:"engine"`
		Way         string     `json:"way"`
		Plans       int        `json:"plans"`
		Before      jsonCounts `json:"before"`
		After       jsonCounts `json:"after"`
		Gone        []string   `json:"gone"`
		Remaining   []string   `json:"remaining"`
		AlsoChecked []string   `json:"also_checked"`
	}
	jsonCounts struct {
		Create  int `json:"create"`
		Update  int `json:"update"`
		Replace int `json:"replace"`
		Delete  int `json:"delete"`
	}
	// A jsonFile is a verified edit: the whole file before and after. Null before: the file is new; null after: it is deleted.
	jsonFile struct {
		Path     string  `json:"path"`
		Encoding string  `json:"encoding,omitempty"` // "base64" when the content is no UTF-8 text
		Before   *string `json:"before"`
		After    *string `json:"after"`
	}
)

func timePtr(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func timeOf(t *time.Time) time.Time {
	if t == nil || t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// mapTo maps a slice to another; the answer is never nil, so that JSON shows a list.
func mapTo[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// orNone turns an empty slice into none, the form in which results are kept.
func orNone[T any](in []T) []T {
	if len(in) == 0 {
		return nil
	}
	return in
}
