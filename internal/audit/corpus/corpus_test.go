package corpus_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/file"
)

var update = flag.Bool("update", false, "rewrite golden files")

const vendored = "../file/testdata/events"

// records are the lines of a packed file: one record each, as its origin keeps them.
func records(t *testing.T, name string) [][]byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			out = append(out, bytes.Clone(line))
		}
	}
	if err := errors.Join(lines.Err(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no records in %s: %v", dir, err)
	}
	return list
}

// A line of a golden file is what an event says, with hashes in place of what was asked and answered.
type line struct {
	audit.Event
	Request, Response string `json:",omitempty"`
}

func hashed(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))[:12]
}

// TestGolden holds every vendored record against what was read of it when somebody last looked.
func TestGolden(t *testing.T) {
	for _, name := range files(t, vendored) {
		golden := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(name), ".jsonl.gz")+".golden")
		t.Run(filepath.Base(golden), func(t *testing.T) {
			var got bytes.Buffer
			for _, text := range records(t, name) {
				events, err := file.Decode(text)
				if err != nil {
					fmt.Fprintf(&got, "unreadable: %v\n", err)
				}
				for _, e := range events {
					l := line{Event: e, Request: hashed(e.Request), Response: hashed(e.Response)}
					out, err := json.Marshal(l)
					if err != nil {
						t.Fatal(err)
					}
					got.Write(append(out, '\n'))
				}
			}
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("-want +got, run with -update when that is meant:\n%s", diff)
			}
		})
	}
}

// ways are the wrappings in which the same records come from clouds and shippers. Each writes all records of a file, and reads as the records do.
var ways = map[string]func(list [][]byte) []byte{
	"lines":       func(list [][]byte) []byte { return bytes.Join(list, []byte("\n")) },
	"Windows":     func(list [][]byte) []byte { return append([]byte("\ufeff"), bytes.Join(list, []byte("\r\n"))...) },
	"array":       wrapped("[", ",\n", "]"),
	"one object":  wrapped(`{"Records":[`, ",", `],"count":3}`),
	"REST":        wrapped(`{"count":1,"value":[`, ",", `],"nextLink":null}`),
	"EventList":   wrapped(`{"kind":"EventList","metadata":{},"items":[`, ",", "]}\n"),
	"run on":      func(list [][]byte) []byte { return bytes.Join(list, nil) },
	"gzip":        func(list [][]byte) []byte { return packed(bytes.Join(list, []byte("\n"))) },
	"gzip pieces": func(list [][]byte) []byte { return pieces(list) },
	"shipped": func(list [][]byte) []byte { // as text in a field
		var b bytes.Buffer
		for _, r := range list {
			text, _ := json.Marshal(map[string]any{"@timestamp": "2020-01-01T00:00:00Z", "message": string(r)})
			b.Write(append(text, '\n'))
		}
		return b.Bytes()
	},
}

func wrapped(before, between, after string) func([][]byte) []byte {
	return func(list [][]byte) []byte {
		return []byte(before + string(bytes.Join(list, []byte(between))) + after)
	}
}

func packed(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text) // into memory
	_ = z.Close()
	return b.Bytes()
}

func pieces(list [][]byte) []byte {
	var b bytes.Buffer
	for _, r := range list {
		b.Write(packed(append(bytes.Clone(r), '\n')))
	}
	return b.Bytes()
}

// memory is one file.
type memory []byte

func (m memory) Glob(string) ([]string, error)      { return []string{"a"}, nil }
func (m memory) Open(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m)), nil }
func read(t *testing.T, text []byte) (events, bad []string) {
	t.Helper()
	for e, err := range file.New([]string{"*"}, memory(text)).Query(context.Background(), audit.Query{}) {
		if err != nil {
			bad = append(bad, err.Error())
			continue
		}
		e.Offset = 0
		out, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(out))
	}
	slices.Sort(events)
	return events, bad
}

// TestHowARecordCameMakesNoDifference: all vendored records, in every wrapping, are the same events.
func TestHowARecordCameMakesNoDifference(t *testing.T) {
	for _, name := range files(t, vendored) {
		list := records(t, name)
		want, bad := read(t, ways["lines"](list))
		if len(want) == 0 || len(bad) > 0 {
			t.Errorf("%s: %d events, %q", name, len(want), bad)
		}
		for way, write := range ways {
			got, bad := read(t, write(list))
			if diff := cmp.Diff(want, got); diff != "" || len(bad) > 0 {
				t.Errorf("%s, %s: %q\n%s", filepath.Base(name), way, bad, diff)
			}
		}
	}
}

// explained are the records that say nothing which could be used, and why.
var explained = map[string]string{
	"no methodName": "Google Cloud entries without a method: what was done is not in them",
}

// TestCounts reads the whole corpus where it is at hand, else the vendored cut, and lists what it read. Every record must be an event, be left out on
// purpose (a stage of a Kubernetes call that is not its last), or be explained.
func TestCounts(t *testing.T) {
	dir := vendored
	if shared := os.Getenv("MOORING_SHARED_DATA"); shared != "" {
		dir = filepath.Join(shared, "audit-events")
	}
	type count struct{ records, events, without, explained, failed int }
	total := map[string]*count{}
	t.Logf("%-62s %8s %8s %8s %9s %8s", "file", "records", "events", "without", "explained", "failed")
	for _, name := range files(t, dir) {
		c := count{}
		for i, text := range records(t, name) {
			c.records++
			events, err := file.Decode(text)
			c.events += len(events)
			switch {
			case err == nil && len(events) == 0:
				c.without++
			case err != nil && explained[err.Error()] != "":
				c.explained++
			case err != nil:
				c.failed++
				t.Errorf("%s, record %d: %v", filepath.Base(name), i+1, err)
			}
		}
		t.Logf("%-62s %8d %8d %8d %9d %8d", filepath.Base(name), c.records, c.events, c.without, c.explained, c.failed)
		log, _, _ := strings.Cut(filepath.Base(name), ".")
		if total[log] == nil {
			total[log] = &count{}
		}
		sum := total[log]
		sum.records, sum.events, sum.without, sum.explained, sum.failed = sum.records+c.records, sum.events+c.events, sum.without+c.without, sum.explained+c.explained, sum.failed+c.failed
	}
	for _, log := range slices.Sorted(maps.Keys(total)) {
		c := total[log]
		t.Logf("%-62s %8d %8d %8d %9d %8d", "all of "+log, c.records, c.events, c.without, c.explained, c.failed)
		if c.events == 0 {
			t.Errorf("nothing was read of %s", log)
		}
	}
}
