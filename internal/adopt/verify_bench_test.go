package adopt_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/drift"
)

// BenchmarkVerification measures adoption with its proof, by a real engine, against one offline plan of the same stack: aim, under 1.5 times
// that plan. Some objects of a stack were changed by hand; all are adopted at once.
func BenchmarkVerification(b *testing.B) {
	for _, size := range []struct{ resources, changed int }{{100, 1}, {1000, 10}} {
		b.Run(fmt.Sprintf("%d-resources-%d-changed", size.resources, size.changed), func(b *testing.B) {
			files := &txtar.Archive{Files: []txtar.File{{Name: "infra/provider.tf", Data: []byte("provider \"aws\" {\n  region = \"eu-west-1\"\n}\n")}}}
			for first := 0; first < size.resources; first += 100 {
				var text strings.Builder
				for i := first; i < first+100; i++ {
					fmt.Fprintf(&text, "resource \"aws_sqs_queue\" \"q%d\" {\n  name                       = \"q%d\"\n  visibility_timeout_seconds = 30\n}\n\n", i, i)
				}
				files.Files = append(files.Files, txtar.File{Name: fmt.Sprintf("infra/queues%d.tf", first), Data: []byte(text.String())})
			}
			l := newLab(b, "infra", files)
			for i := range size.changed {
				l.change("aws_sqs_queue", "name", fmt.Sprintf("q%d", i*size.resources/size.changed), func(a map[string]any) { a["visibility_timeout_seconds"] = int64(90) })
			}
			var whole, plan time.Duration
			var plans int
			var heap uint64
			for b.Loop() {
				in := l.input(nil)
				in.Planner = &counted{Planner: in.Planner, took: &plan, plans: &plans}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := time.Now()
				r, err := adopt.Solve(context.Background(), in)
				whole += time.Since(began)
				runtime.ReadMemStats(&after)
				if err != nil {
					b.Fatal(err)
				}
				for _, o := range r.Outcomes {
					if o.Status != adopt.StatusReady {
						b.Fatal(o)
					}
				}
				heap += after.TotalAlloc - before.TotalAlloc
			}
			n := float64(b.N)
			b.ReportMetric(float64(plan.Milliseconds())/float64(plans), "ms/plan")
			b.ReportMetric(float64(plans)/n, "plans")
			b.ReportMetric(float64(whole.Milliseconds())/n, "ms/adoption")
			b.ReportMetric(float64(whole)/float64(plan)*float64(plans)/n, "times-a-plan")
			b.ReportMetric(float64(heap)/n/1e6, "MB-allocated")
		})
	}
}

// counted is a planner whose plans are counted and timed.
type counted struct {
	adopt.Planner
	took  *time.Duration
	plans *int
}

func (c *counted) Replan(ctx context.Context, files map[string][]byte) (*drift.Plan, string, error) {
	began := time.Now()
	p, way, err := c.Planner.Replan(ctx, files)
	*c.took += time.Since(began)
	*c.plans++
	return p, way, err
}
