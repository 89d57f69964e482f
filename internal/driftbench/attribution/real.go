package attribution

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

//go:embed real.json
var realFile []byte

// A reading says what one operation of a log changes, put down by hand from the API's documentation and the records. Texts hold places of the record
// in braces: {a.b} (of the request for CloudTrail, of protoPayload for Google, of the record for others), {json:a} the JSON text of a place, {last:a}
// its last step, {body:a} of Azure's request body. A text that is one place keeps the type; one that begins with = is JSON.
type reading struct {
	Log        string            `json:"log"`
	Op         string            `json:"op"`
	Type       string            `json:"type"`
	IDs        []string          `json:"ids"`
	Attributes map[string]string `json:"attributes"`
	Changes    map[string]string `json:"changes"` // path -> live value
	Kind       string            `json:"kind"`    // deleted, unmanaged (made); "" changed
}

// A realCase is a real record with the finding it explains.
type realCase struct {
	reading
	id      string // of the record, in the log that is written
	finding drift.Finding
	names   []string // what the record calls its actor
	atom    string   // the part of its ids that others are renamed to resemble
	record  map[string]any
}

const realAccount, realRegion = account, "eu-west-1"

// real runs the cases of real records.
func (o Options) real(ctx context.Context) (*Score, error) {
	events, err := o.realEvents()
	if err != nil {
		return nil, err
	}
	var table []reading
	if err := json.Unmarshal(realFile, &table); err != nil {
		return nil, fmt.Errorf("real.json: %w", err)
	}
	r := rand.New(rand.NewPCG(uint64(o.Seed), 0x7265616c))
	used := map[*rawEvent]bool{}
	var cases []*realCase
	for n, row := range table {
		if c := pickReal(row, events, used, n); c != nil {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("no real records fit: look at %s", o.Data)
	}
	dir := filepath.Join(o.Temp, fmt.Sprint("real-", o.Seed))
	logs := filepath.Join(dir, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return nil, err
	}
	if err := writeReal(r, logs, cases, events, used); err != nil {
		return nil, err
	}
	st := report.StackResult{Stack: stack.Stack{ID: "infra/real", Path: "infra/real", Workspace: "default"}, Status: report.StatusDrifted}
	for _, c := range cases {
		st.Findings = append(st.Findings, report.Finding{Finding: c.finding})
	}
	answer, err := o.ask(ctx, filepath.Join(dir, "findings.json"), &report.Results{ScannedAt: scannedAt, Tool: report.Tool{Name: "mooring"}, Stacks: []report.StackResult{st}}, filepath.Join(logs, "*"))
	if err != nil {
		return nil, err
	}
	return scoreReal(answer, cases)
}

// scoreReal: an answer is right when its proof is the record that the case was made of and its name is that record's actor.
func scoreReal(answer []byte, cases []*realCase) (*Score, error) {
	var doc document
	if err := json.Unmarshal(answer, &doc); err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	entries := map[string][]entry{}
	for _, st := range doc.Stacks {
		for _, f := range st.Findings {
			entries[f.ID] = f.Attribution
		}
	}
	s := newScore()
	for _, c := range cases {
		met := false
		for i := range entries[c.finding.ID] {
			e := &entries[c.finding.ID][i]
			proof := slices.ContainsFunc(e.Events, func(ev struct{ ID, Operation string }) bool { return strings.Contains(ev.ID, c.id) })
			says := e.Actor != nil && e.Actor.Name != ""
			name := says && c.calls(e.Actor.Name)
			right := proof && name
			if says && !name {
				s.WrongNames = append(s.WrongNames, fmt.Sprintf("%s of %s: %s names %s, not %s", c.Op, c.Type, e.Verdict, e.Actor.Name, strings.Join(c.names, " or ")))
			}
			if says {
				s.Named++
			}
			s.Claims++
			in(s.Given, e.Verdict).add(right)
			met = met || right
		}
		s.Found.add(met)
		in(s.Families, c.Type).add(met)
		in(s.Formats, c.Log).add(met)
		if !met {
			s.Failures = append(s.Failures, fmt.Sprintf("not met: %s of %s (%s): got %s", c.Op, c.Type, c.finding.ID, describeAll(entries[c.finding.ID])))
		}
	}
	return s, nil
}

// calls tells whether a name is one that the record gives its actor; a role and its session may be joined.
func (c *realCase) calls(name string) bool {
	if contains(c.names, name) {
		return true
	}
	for _, part := range strings.Split(name, "/") {
		if !contains(c.names, part) {
			return false
		}
	}
	return true
}

// pickReal makes a case of the first record that a row of the table fits wholly.
func pickReal(row reading, events []*rawEvent, used map[*rawEvent]bool, n int) *realCase {
	for _, e := range events {
		if e.log != row.Log || e.operation() != row.Op || e.failed() || used[e] || len(e.actors()) == 0 {
			continue
		}
		if c := row.of(e, n); c != nil {
			used[e] = true
			return c
		}
	}
	return nil
}

func (row reading) of(e *rawEvent, n int) *realCase {
	first, _ := e.fill(row.IDs[0]).(string)
	expr, _, _ := strings.Cut(strings.TrimPrefix(row.IDs[0][strings.IndexByte(row.IDs[0], '{'):], "{"), "}")
	name, _ := e.value(expr).(string)
	atom := name[strings.LastIndexAny(name, "/:")+1:]
	if first == "" || len(atom) < 4 || atom == "..." || strings.Trim(atom, "*") == "" {
		return nil
	}
	c := &realCase{reading: row, id: fmt.Sprintf("00000000-0000-4000-8000-%012x", n), atom: atom + fmt.Sprintf("%03x", n)}
	renamed := &rawEvent{e.log, settled(e, atom, c.atom)}
	identify(renamed, c.id, scannedAt.AddDate(0, 0, -2).Add(time.Duration(n)*time.Minute))
	c.record, c.names = renamed.record, renamed.actors()
	c.finding = drift.Finding{
		ID: fmt.Sprintf("f_%016x", n), Address: row.Type + ".case" + strconv.Itoa(n), Type: row.Type, Kind: drift.KindDrift, Action: "update",
		Window: drift.Window{From: cleanAt, To: scannedAt}, Attributes: map[string]drift.Value{},
	}
	if row.Log == "cloudtrail" {
		c.finding.Account, c.finding.Region = realAccount, realRegion
	}
	if row.Kind != "" {
		c.finding.Kind = drift.Kind(row.Kind)
	}
	for _, pattern := range row.IDs {
		id, ok := renamed.fill(pattern).(string)
		if !ok {
			return nil
		}
		c.finding.IDs = append(c.finding.IDs, id)
	}
	for name, pattern := range row.Attributes {
		if c.finding.Attributes[name] = renamed.fill(pattern); c.finding.Attributes[name] == nil {
			return nil
		}
	}
	paths := make([]string, 0, len(row.Changes))
	for path := range row.Changes {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		live := renamed.fill(row.Changes[path])
		if live == nil || live == "" {
			return nil
		}
		c.finding.Changes = append(c.finding.Changes, drift.Change{Path: path, Kind: drift.KindDrift, Rule: "row 2", Base: other(live), Code: other(live), Live: live})
	}
	return c
}

// other is what an attribute may have been before.
func other(live any) any {
	switch x := live.(type) {
	case bool:
		return !x
	case []any:
		return []any{}
	case string:
		if x == "true" || x == "false" {
			return map[string]string{"true": "false", "false": "true"}[x]
		}
		return nil
	}
	return nil
}
