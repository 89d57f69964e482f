package planfile

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/mooringdev/mooring/internal/drift"
)

// BenchmarkReadAndClassify reads a saved plan and classifies it: one instance in a hundred, or every one, drifted.
// The target is 100,000 resources in 10 s and 2 GiB.
func BenchmarkReadAndClassify(b *testing.B) {
	for _, size := range []struct{ n, drifted int }{{10_000, 100}, {100_000, 100}, {100_000, 1}} {
		b.Run(fmt.Sprintf("%d/1in%d", size.n, size.drifted), func(b *testing.B) {
			in := Input{File: large(b, size.n, size.drifted).write(b), Engine: "tofu", Version: "1.12.6", Schemas: syntheticSchemas(b)}
			debug.FreeOSMemory() // what the generator left
			var most uint64
			b.ReportAllocs()
			for b.Loop() {
				p, err := Read(context.Background(), in)
				if err != nil {
					b.Fatal(err)
				}
				findings := drift.Classify(p, nil, drift.Options{Stack: "s"})
				if len(findings) != size.n/size.drifted {
					b.Fatalf("%d findings", len(findings))
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapSys-m.HeapReleased)
				runtime.KeepAlive(p)
				runtime.KeepAlive(findings)
			}
			b.ReportMetric(float64(most)/(1<<20), "MiB-heap")
		})
	}
}

// BenchmarkSchemas loads a provider of 1,600 resource types, as large as the largest, from the store and decodes twenty, as a stack uses them.
func BenchmarkSchemas(b *testing.B) {
	all := syntheticSchemas(b)
	types := all.providers[syntheticProvider].resources
	for i := range 1600 {
		types[fmt.Sprintf("x_type_%d", i)] = &typeSchema{raw: types["x_thing"].raw}
	}
	store, versions := SchemaStore{Dir: b.TempDir()}, map[string]string{syntheticProvider: "1.0.0"}
	if err := store.Save(all, versions); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		loaded, missing := store.Load(versions)
		if len(missing) > 0 {
			b.Fatal(missing)
		}
		for i := range 20 {
			if loaded.Resource(syntheticProvider, fmt.Sprintf("x_type_%d", i)) == nil {
				b.Fatal(i)
			}
		}
	}
}
