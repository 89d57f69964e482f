package bot_test

import (
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/githubtest"
)

var update = flag.Bool("update", false, "rewrite golden files")

type example struct {
	Name     string
	Examples []json.RawMessage
}

func examples(t *testing.T) []example {
	t.Helper()
	f, err := os.Open("testdata/webhooks/examples.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEveryExample sends every example of GitHub's webhooks through the server, as it is and as one of an installation, does what they ask for, and
// compares the outcomes with the list. None may panic, be lost, or be given up.
func TestEveryExample(t *testing.T) {
	w := newWorld(t, githubtest.Options{}, nil)
	var list strings.Builder
	count := 0
	for _, x := range examples(t) {
		for i, payload := range x.Examples {
			count++
			var fields map[string]any
			if err := json.Unmarshal(payload, &fields); err != nil {
				t.Fatal(err)
			}
			action := fmt.Sprint(fields["action"])
			if fields["action"] == nil {
				action = "-"
			}
			_, plain := w.deliver(x.Name, fmt.Sprintf("plain-%s-%d", strings.ReplaceAll(x.Name, "_", "-"), i), payload, nil)
			if fields["installation"] == nil {
				fields["installation"] = map[string]any{"id": githubtest.InstallationID}
			}
			installed, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			id := fmt.Sprintf("installed-%s-%d", strings.ReplaceAll(x.Name, "_", "-"), i)
			status, outcome := w.deliver(x.Name, id, installed, nil)
			if status != 202 && status != 200 {
				t.Errorf("%s %d: %d %s", x.Name, i, status, outcome)
			}
			w.settle()
			if outcome == "queued" {
				_, done, err := w.store.Known(t.Context(), "delivery:"+id)
				if err != nil || done == "" {
					t.Errorf("%s %d: the job ended with %q, %v", x.Name, i, done, err)
				}
				outcome += ": " + done
			}
			fmt.Fprintf(&list, "%s %s %d: %s; of an installation: %s\n", x.Name, action, i, plain, outcome)
		}
	}
	if count < 300 {
		t.Errorf("there are only %d examples", count)
	}
	if dead, err := w.store.Dead(t.Context(), 10); err != nil || len(dead) != 0 {
		t.Errorf("given up: %+v, %v", dead, err)
	}
	if strings.Contains(w.log.String(), "panic") {
		t.Errorf("there was a panic:\n%s", w.log)
	}
	const golden = "testdata/webhooks/outcomes.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(list.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), list.String()); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}
