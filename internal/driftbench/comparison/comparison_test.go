package comparison_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/driftbench"
	"github.com/mooringdev/mooring/internal/driftbench/comparison"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

var (
	design = flag.String("design", "assets-backup", "the designs to measure, separated by commas")
	rounds = flag.Int("rounds", 1, "rounds per design")
	seed   = flag.Int64("seed", 2, "equal seeds give equal cases")
)

// TestSmall: in a small design every planted difference is shown in its class, and nothing else appears.
func TestSmall(t *testing.T) {
	projects, err := driftbench.Projects("../data/repos")
	if err != nil {
		t.Fatal(err)
	}
	o := comparison.Options{
		Options: driftbench.Options{Projects: projects, Seed: *seed, Engine: enginetest.Tofu(t), Schemas: "../data/schemas", Temp: t.TempDir(), Log: func(s string) { t.Log(s) }},
		Rounds:  *rounds, PerRound: 8, Path: os.Getenv("PATH"),
	}
	for _, l := range comparison.Layouts() {
		if slices.Contains(strings.Split(*design, ","), l.Name) {
			o.Layouts = append(o.Layouts, l)
		}
	}
	r, err := comparison.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteFailures(&b); err != nil {
		t.Fatal(err)
	}
	t.Log(b.String())
	if r.Planted() < 5 {
		t.Errorf("only %d cases: the track measures nothing", r.Planted())
	}
	for _, c := range r.Cases {
		if c.Verdict != comparison.Right && c.Verdict != comparison.NotPlanted {
			t.Errorf("%s: %s of %s %s is %s and was shown as %v: %s", c.Verdict, c.How, c.Key, c.Path, c.Class, c.Shown, c.Detail)
		}
	}
	if len(r.Stray) > 0 {
		t.Errorf("nobody planted %+v", r.Stray)
	}
}
