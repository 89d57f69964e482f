package file_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/file"
)

// An export is a file of one document with n records, written while it is read.
type export struct {
	n, at int
	rest  string
}

func (e *export) Read(p []byte) (int, error) {
	for e.rest == "" {
		switch {
		case e.at == 0:
			e.rest = `{"Records":[` + record("0")
		case e.at < e.n:
			e.rest = "," + record(fmt.Sprint(e.at))
		case e.at == e.n:
			e.rest = "]}"
		default:
			return 0, io.EOF
		}
		e.at++
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

type exports struct{ n int }

func (e exports) Glob(string) ([]string, error)      { return []string{"export.json"}, nil }
func (e exports) Open(string) (io.ReadCloser, error) { return io.NopCloser(&export{n: e.n}), nil }

// TestMemoryDoesNotGrow reads a document of four times the size with the same memory: the size of a log is not the limit of what can be read.
func TestMemoryDoesNotGrow(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // each core has some records in its hands
	small, large := held(t, 15_000), held(t, 60_000)
	if more := 45_000 * len(record("00000")); large > small+uint64(more)/2 {
		t.Errorf("%d KiB were held at once, and %d KiB for a quarter of the records", large>>10, small>>10)
	}
}

// held is the most memory that reading n records takes.
func held(t *testing.T, n int) uint64 {
	t.Helper()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, peak, read := m.HeapAlloc, uint64(0), 0
	for e, err := range file.New([]string{"*"}, exports{n}).Query(context.Background(), audit.Query{}) {
		if err != nil || e.ID == "" {
			t.Fatalf("event %q, %v", e.ID, err)
		}
		if read++; read%1500 == 0 {
			runtime.GC() // what is garbage does not count
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	if read != n || peak < before {
		t.Fatalf("%d events, want %d", read, n)
	}
	return peak - before
}
