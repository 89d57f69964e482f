package trail_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

var update = flag.Bool("update", false, "rewrite the expected calls")

// TestCalls: each file of testdata holds a change and the calls that the log of its cloud would show.
func TestCalls(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var c trail.Change
			if err := json.Unmarshal(archive.Files[0].Data, &c); err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(calls(trail.Calls(c)), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			if *update {
				archive.Files[1].Data = got
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), string(got)); diff != "" {
				t.Errorf("%scalls (-want +got):\n%s", archive.Comment, diff)
			}
		})
	}
}

// call is what a case compares.
type call struct {
	Service   string                  `json:"service"`
	Operation string                  `json:"operation"`
	Region    string                  `json:"region,omitempty"`
	Target    string                  `json:"target,omitempty"`
	Request   map[string]any          `json:"request,omitempty"`
	Response  any                     `json:"response,omitempty"`
	Changes   []trail.AttributeChange `json:"changes,omitempty"`
}

func calls(all []trail.Call) []call {
	out := []call{}
	for _, c := range all {
		out = append(out, call{c.Service, c.Operation, c.Region, c.Target, c.Request, c.Response, c.Changes})
	}
	return out
}
