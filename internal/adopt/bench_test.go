package adopt_test

import (
	"fmt"
	"testing"

	"github.com/mooringdev/mooring/internal/adopt"
)

// BenchmarkSolve measures adoption without an engine: findings of a stack of many resources, where every edit must be weighed against the
// instances that it might move. The time per finding is the metric to look at.
func BenchmarkSolve(b *testing.B) {
	for _, size := range []struct{ resources, findings int }{{100, 10}, {5000, 10}, {5000, 100}} {
		b.Run(fmt.Sprintf("%d-resources-%d-findings", size.resources, size.findings), func(b *testing.B) {
			s := &sketch{live: map[string]int{}}
			var names []string
			for i := range size.resources {
				name := fmt.Sprintf("r%d", i)
				names = append(names, name)
				s.live["a_b."+name] = 1
				if i%(size.resources/size.findings) == 0 {
					s.live["a_b."+name] = 2
				}
			}
			s.code = blocks(names...)
			for b.Loop() {
				r := s.solve(b, nil)
				for _, o := range r.Outcomes {
					if o.Status != adopt.StatusReady {
						b.Fatal(o)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*size.findings), "ms/finding")
		})
	}
}
