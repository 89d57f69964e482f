package attribution_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/driftbench/attribution"
)

// explain runs the public command in this process.
func explain(dir string) func(context.Context, string, []string) ([]byte, error) {
	return func(ctx context.Context, findings string, events []string) ([]byte, error) {
		var stdout, stderr bytes.Buffer
		app := &cli.App{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Dir: dir, Now: time.Now}
		args := []string{"explain", "--findings", findings, "--format", "json"}
		for _, e := range events {
			args = append(args, "--events", e)
		}
		if code := app.Run(ctx, args); code != cli.ExitClean {
			return nil, fmt.Errorf("explain ended with %d: %s", code, stderr.String())
		}
		return stdout.Bytes(), nil
	}
}

// TestSimulated: nobody is ever named for what somebody else did, and whoever is named with confidence did it.
func TestSimulated(t *testing.T) {
	temp := t.TempDir()
	r, err := attribution.Run(context.Background(), attribution.Options{Seed: 1, Count: 4, Temp: temp, Explain: explain(temp)})
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := r.Write(&table, true); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*attribution.Score{r.Simulated, r.Real} {
		if len(s.WrongNames) > 0 || s.Given["confirmed"].Rate() < 0.99 || s.Found.Rate() < 0.95 {
			t.Error(table.String())
		}
	}
	for reason, share := range r.Simulated.Abstained {
		if share.Right < share.Of {
			t.Errorf("%s: %s\n%s", reason, share, table.String())
		}
	}
	if r.Simulated.Claims < 300 || r.Real.Found.Of < 40 {
		t.Errorf("too few cases: %d answers, %d real records", r.Simulated.Claims, r.Real.Found.Of)
	}
}
