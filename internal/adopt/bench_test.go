package adopt_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/mooringdev/mooring/internal/adopt"
)

// BenchmarkSolve measures adoption without an engine: findings of a stack of many resources, where every edit must be weighed against the
// instances that it might move. The time per finding is the metric to look at. Stacks are measured as people keep them, a hundred resources
// to a file, and as the worst case, all in one file: that file is parsed again after every edit.
func BenchmarkSolve(b *testing.B) {
	for _, size := range []struct{ resources, findings, perFile int }{{100, 10, 100}, {5000, 10, 100}, {5000, 100, 100}, {5000, 10, 5000}} {
		b.Run(fmt.Sprintf("%d-resources-%d-findings-%d-a-file", size.resources, size.findings, size.perFile), func(b *testing.B) {
			s := &sketch{live: map[string]int{}, files: fstest.MapFS{}}
			var names []string
			for i := range size.resources {
				name := fmt.Sprintf("r%d", i)
				s.live["a_b."+name] = 1
				if i < size.perFile && i%(size.perFile/size.findings) == 0 {
					s.live["a_b."+name] = 2
				}
				if names = append(names, name); len(names) < size.perFile {
					continue
				}
				if i < size.perFile {
					s.code = blocks(names...)
				} else {
					s.files[fmt.Sprintf("part%d.tf", i)] = &fstest.MapFile{Data: []byte(blocks(names...))}
				}
				names = nil
			}
			for b.Loop() {
				r := s.solve(b, nil)
				if len(r.Outcomes) != size.findings {
					b.Fatalf("%d outcomes, want %d", len(r.Outcomes), size.findings)
				}
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
