package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
)

// The shape of mooring compare --format json. Fields are only ever added; docs/comparison.schema.json describes it.
type jsonComparisons struct {
	Version    int              `json:"version"`
	ComparedAt time.Time        `json:"compared_at"`
	Tool       jsonTool         `json:"tool"`
	Commit     string           `json:"commit,omitempty"`
	Groups     []jsonComparison `json:"groups"`
	Warnings   []string         `json:"warnings"`
}

type jsonComparison struct {
	Name         string            `json:"name"`
	Found        string            `json:"found"`
	Ordered      bool              `json:"ordered"`
	Environments []jsonEnvironment `json:"environments"`
	Normalised   []jsonToken       `json:"normalised"`
	Matched      int               `json:"matched"`
	Same         int               `json:"same"`
	Chosen       int               `json:"left_to_provider"`
	Counts       map[string]int    `json:"counts"`
	Differences  []jsonDifference  `json:"differences"`
}

type jsonEnvironment struct {
	Name      string `json:"name"`
	Stack     string `json:"stack"`
	Resources int    `json:"resources"`
	Problem   string `json:"problem,omitempty"`
}

type jsonToken struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
	Used   int      `json:"used"`
}

type jsonDifference struct {
	ID           string            `json:"id"`
	Class        string            `json:"class"`
	Side         string            `json:"side"`
	Reason       string            `json:"reason"`
	Because      string            `json:"because"`
	Address      string            `json:"address"`
	Type         string            `json:"type,omitempty"`
	Path         string            `json:"path,omitempty"`
	Sensitive    bool              `json:"sensitive"`
	Environments []jsonCell        `json:"environments"`
	Decided      []string          `json:"decided_by,omitempty"`
	Places       []jsonWhere       `json:"places,omitempty"`
	Commit       *jsonHistory      `json:"commit,omitempty"`
	Findings     []string          `json:"findings,omitempty"`
	Attribution  []jsonAttribution `json:"attribution,omitempty"`
	Decision     *jsonDecision     `json:"decision"`
}

type jsonCell struct {
	Environment string      `json:"environment"`
	Address     string      `json:"address,omitempty"`
	State       string      `json:"state"`
	Apart       bool        `json:"apart"`
	Code        drift.Value `json:"code"`
	Live        drift.Value `json:"live"`
	Moved       bool        `json:"moved,omitempty"` // live is not what the code says
}

type jsonWhere struct {
	Environment string `json:"environment"`
	File        string `json:"file"`
	Line        int    `json:"line"`
}

type jsonHistory struct {
	ID      string    `json:"id"`
	Author  string    `json:"author"`
	Subject string    `json:"subject"`
	Time    time.Time `json:"time"`
	AgeDays int       `json:"age_days"`
	Age     int64     `json:"age_seconds"`
}

// WriteComparisonsJSON writes comparisons as JSON.
func WriteComparisonsJSON(w io.Writer, r *Comparisons) error {
	r = RedactComparisons(r)
	doc := jsonComparisons{Version: 1, ComparedAt: r.ComparedAt, Tool: jsonTool{r.Tool.Name, r.Tool.Version}, Commit: r.Commit, Groups: []jsonComparison{}, Warnings: list0(r.Warnings)}
	for _, g := range r.Groups {
		doc.Groups = append(doc.Groups, comparisonForm(g))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(doc)
}

func comparisonForm(g *compare.Comparison) jsonComparison {
	out := jsonComparison{
		Name: g.Group, Found: g.How, Ordered: g.Ordered, Environments: []jsonEnvironment{}, Normalised: []jsonToken{},
		Matched: g.Matched, Same: g.Same, Chosen: g.Chosen, Counts: map[string]int{}, Differences: []jsonDifference{},
	}
	for _, e := range g.Environments {
		out.Environments = append(out.Environments, jsonEnvironment{e.Name, e.Stack, e.Resources, e.Problem})
	}
	for _, t := range usedTokens(g) {
		out.Normalised = append(out.Normalised, jsonToken{t.Name, list0(t.Values), t.Used})
	}
	for _, class := range compare.Classes {
		out.Counts[string(class)] = g.Count(class)
	}
	for i := range g.Differences {
		out.Differences = append(out.Differences, differenceForm(g, &g.Differences[i]))
	}
	return out
}

func differenceForm(g *compare.Comparison, d *compare.Difference) jsonDifference {
	out := jsonDifference{
		ID: d.ID, Class: string(d.Class), Side: string(d.Side), Reason: d.Reason, Because: d.Because, Address: d.Address, Type: d.Type, Path: d.Path,
		Sensitive: d.Sensitive, Decided: d.Decided, Findings: d.Findings,
	}
	apart := map[int]bool{}
	for _, i := range d.Apart {
		apart[i] = true
	}
	for i, cell := range d.Cells {
		state := string(cell.State)
		if state == "" {
			state = "unknown"
		}
		out.Environments = append(out.Environments, jsonCell{g.Environments[i].Name, d.Addresses[i], state, apart[i], cell.Code, cell.Live, cell.Moved})
	}
	for _, p := range d.Places {
		out.Places = append(out.Places, jsonWhere{g.Environments[p.Environment].Name, p.File, p.Line})
	}
	if c := d.Commit; c != nil {
		out.Commit = &jsonHistory{c.ID, c.Author, c.Subject, c.Time, int(d.Age.Hours() / 24), int64(d.Age.Seconds())}
	}
	for _, a := range d.Attribution {
		out.Attribution = append(out.Attribution, attributionForm(a))
	}
	if d.Decision != nil {
		form := decisionForm(*d.Decision)
		out.Decision = &form
	}
	return out
}
