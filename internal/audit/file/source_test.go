package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/file"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// record is a CloudTrail record with an id.
func record(id string) string {
	return `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"alice","arn":"arn:aws:iam::1:user/alice"},"eventTime":"2026-11-20T10:00:00Z",` +
		`"eventSource":"ec2.amazonaws.com","eventName":"CreateTags","awsRegion":"eu-west-1","requestParameters":{"a":"b \" { [ c"},"eventID":"` + id + `","readOnly":false}`
}

// files serves a map of names as Files.
type files struct{ fstest.MapFS }

func (f files) Glob(pattern string) ([]string, error)   { return fs.Glob(f.MapFS, pattern) }
func (f files) Open(name string) (io.ReadCloser, error) { return f.MapFS.Open(name) }
func one(text string) files                             { return files{fstest.MapFS{"a.json": {Data: []byte(text)}}} }
func read(t *testing.T, f file.Files) (ids, bad, failed []string) {
	t.Helper()
	for e, err := range file.New([]string{"*"}, f).Query(context.Background(), audit.Query{}) {
		var unreadable *audit.Unreadable
		switch {
		case errors.As(err, &unreadable):
			bad = append(bad, fmt.Sprintf("%d: %v", unreadable.Offset, unreadable.Err))
		case err != nil:
			failed = append(failed, err.Error())
		default:
			ids = append(ids, e.ID)
		}
	}
	return ids, bad, failed
}

func pack(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestForms(t *testing.T) {
	a, b := record("1"), record("2")
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	cases := map[string]struct {
		text                string
		events, bad, failed int
	}{
		"lines":                         {text: a + "\n" + b + "\n", events: 2},
		"CRLF":                          {text: a + "\r\n" + b + "\r\n", events: 2},
		"BOM":                           {text: "\xEF\xBB\xBF" + a, events: 1},
		"one after the other":           {text: a + b, events: 2},
		"array":                         {text: "[" + a + ",\n" + b + "]", events: 2},
		"Records":                       {text: `{"Records":[` + a + "," + b + `]}`, events: 2},
		"Records after fields":          {text: `{"x":{"y":[1]},"Records":[` + a + "," + b + `],"z":{"q":"]}"}}` + "\n" + `{"Records":[` + a + "]}", events: 3},
		"Records of none":               {text: `{"Records":[]}`},
		"spread over lines":             {text: strings.ReplaceAll(a, ",", ",\n   "), events: 1},
		"EventBridge":                   {text: `{"detail-type":"AWS API Call via CloudTrail","detail":` + a + `}`, events: 1},
		"LookupEvents":                  {text: `{"Events":[{"EventId":"1","CloudTrailEvent":"` + quoted.Replace(a) + `"}],"NextToken":"x"}`, events: 1},
		"CloudWatch Logs":               {text: `{"logGroup":"g","logEvents":[{"id":"0","timestamp":1,"message":"` + quoted.Replace(a) + `"}]}`, events: 1},
		"gzip":                          {text: pack(t, a+"\n"+b), events: 2},
		"gzip in two members":           {text: pack(t, a+"\n") + pack(t, b), events: 2},
		"truncated gzip":                {text: pack(t, strings.Repeat(a+"\n", 2000))[:1200], events: -1, bad: 1, failed: 1},
		"empty":                         {text: ""},
		"white space":                   {text: "\n \n"},
		"not JSON":                      {text: "hello\n", bad: 1},
		"another kind of JSON":          {text: `{"hello":1}`, bad: 1},
		"wrong types everywhere":        {text: `{"eventSource":1,"eventName":["x"],"eventTime":{},"userIdentity":[],"requestParameters":"(","resources":{}}`, bad: 1},
		"cut in the middle":             {text: a + "\n" + b[:100], events: 1, bad: 1},
		"envelope cut off":              {text: `{"Records":[` + a + "," + b, events: 2, bad: 1},
		"a broken line between":         {text: a + "\n" + b[:100] + "\n" + a, events: 2, bad: 1},
		"a line cut inside an object":   {text: a + "\n" + `{"eventName":"x","k":{"y":1},` + "\n" + b, events: 2, bad: 1},
		"an unclosed record in Records": {text: `{"Records":[` + a + `,{"eventName":"x","k":{"y":1},` + b + `,` + b + `]}`, events: 3, bad: 1},
		"a number that is none":         {text: a + "\n" + `{"eventName":"x","eventSource":1.e}` + "\n" + b, events: 2, bad: 1},
		"10 MB in one record":           {text: strings.Replace(a, `"a":"b`, `"a":"`+strings.Repeat("x", 10<<20)+`b`, 1) + "\n" + b, events: 2},
		"100 MB in one record":          {text: strings.Replace(a, `"a":"b`, `"a":"`+strings.Repeat("x", 100<<20)+`b`, 1) + "\n" + b, events: 1, bad: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ids, bad, failed := read(t, one(c.text))
			if (c.events >= 0 && len(ids) != c.events) || len(bad) != c.bad || len(failed) != c.failed {
				t.Errorf("got %d events, unreadable %q, failed %q; want %d, %d, %d", len(ids), bad, failed, c.events, c.bad, c.failed)
			}
		})
	}
}

func TestUnreadableNamesFileAndOffset(t *testing.T) {
	first := record("1") + "\n"
	for _, err := range file.New([]string{"*"}, one(first+`{"hello":1}`)).Query(context.Background(), audit.Query{}) {
		var bad *audit.Unreadable
		if errors.As(err, &bad) && (bad.File != "a.json" || bad.Offset != int64(len(first))) {
			t.Errorf("got %s at %d, want a.json at %d", bad.File, bad.Offset, len(first))
		}
	}
}

func TestNoMatchIsSaid(t *testing.T) {
	_, _, failed := read(t, files{fstest.MapFS{}})
	if len(failed) != 1 || !strings.Contains(failed[0], `no audit file matches "*"`) {
		t.Errorf("got %q", failed)
	}
}

// zeros is an endless run of one byte, cut at n.
func TestBombIsRefused(t *testing.T) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 400 {
		if _, err := z.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, failed := read(t, one(b.String()))
	if len(failed) != 1 || !strings.Contains(failed[0], "unpacks to more than") {
		t.Errorf("got %q", failed)
	}
}

func TestReadsAreSkippedButSessionsKept(t *testing.T) {
	nested := strings.Replace(record("nested"), `{"a":"b \" { [ c"}`, `{"mountPoints":[{"readOnly":true}]}`, 1)
	readOnly := strings.Replace(record("read"), `"readOnly":false`, `"readOnly":true`, 1)
	session := strings.NewReplacer(`"readOnly":false`, `"readOnly": true`, "CreateTags", "AssumeRoleWithSAML").Replace(record("session"))
	var ids []string
	for e, err := range file.New([]string{"*"}, one(nested+"\n"+readOnly+"\n"+session)).Query(context.Background(), audit.Query{WriteOnly: true}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	if strings.Join(ids, " ") != "nested session" {
		t.Errorf("got %v", ids)
	}
}

func TestStoppingEarlyLeavesNothingRunning(t *testing.T) {
	text := strings.Repeat(record("1")+"\n", 20000)
	for _, err := range file.New([]string{"*"}, one(text)).Query(context.Background(), audit.Query{}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

// TestRealRecords decodes real records of every log and lists, by source, how many it read.
func TestRealRecords(t *testing.T) {
	got := map[string]int{}
	for e, err := range file.New([]string{"testdata/events"}, file.Disk{}).Query(context.Background(), audit.Query{}) {
		if err != nil {
			t.Error(err)
			continue
		}
		got[e.Source]++
		if e.Operation == "" || e.Provider == "" || (e.Time.IsZero() && e.Source == "cloudtrail" && !strings.Contains(e.File, "cloud-custodian")) {
			t.Errorf("%s at %d: operation %q, provider %q, time %v", e.File, e.Offset, e.Operation, e.Provider, e.Time)
		}
	}
	want := map[string]int{"azure": 6, "cloudtrail": 51, "gcp": 61, "github": 2, "kube": 40}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestWholeCorpus reads the whole corpus where it is at hand; every record that is not used must say why.
func TestWholeCorpus(t *testing.T) {
	dir := "testdata/events"
	if shared := os.Getenv("MOORING_SHARED_DATA"); shared != "" {
		dir = filepath.Join(shared, "audit-events")
	}
	explained := map[string]bool{"no methodName": true}
	n := 0
	for _, err := range file.New([]string{dir}, file.Disk{}).Query(context.Background(), audit.Query{}) {
		n++
		var bad *audit.Unreadable
		if err != nil && (!errors.As(err, &bad) || !explained[bad.Err.Error()]) {
			t.Error(err)
		}
	}
	if n == 0 {
		t.Errorf("nothing in %s", dir)
	}
}

func TestCollectCountsAndGoesOn(t *testing.T) {
	good := file.New([]string{"*"}, one(record("1")+"\n"+record("1")+"\n{\"hello\":1}\n"+record("2")))
	missing := file.New([]string{"nothing"}, one(""))
	n := 0
	stats, problems := audit.Collect(context.Background(), []audit.Source{good, missing, panics{}}, audit.Query{}, func(audit.Event) { n++ })
	if n != 2 || stats.Events != 2 || stats.Duplicates != 1 || stats.Unreadable != 1 || len(problems) != 2 {
		t.Errorf("got %d events, %+v, %+v", n, stats, problems)
	}
}

// panics is a source with a bug.
type panics struct{}

func (panics) Name() string                     { return "panics" }
func (panics) Capabilities() audit.Capabilities { return audit.Capabilities{} }
func (panics) Query(context.Context, audit.Query) iter.Seq2[audit.Event, error] {
	return func(func(audit.Event, error) bool) { panic("bug") }
}

func BenchmarkCloudTrail(b *testing.B) {
	var text bytes.Buffer
	z := gzip.NewWriter(&text)
	size := 0
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for i := range 20000 {
		r := record(fmt.Sprint(i))
		if i%5 != 0 {
			r = strings.Replace(r, `"readOnly":false`, `"readOnly":true`, 1)
		}
		r = strings.Replace(r, "2026-11-20T10:00:00Z", start.Add(time.Duration(i)*time.Second).Format(time.RFC3339), 1) + "\n"
		size += len(r)
		if _, err := io.WriteString(z, r); err != nil {
			b.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	for _, writeOnly := range []bool{false, true} {
		b.Run(fmt.Sprintf("writeOnly=%v", writeOnly), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				n := 0
				for _, err := range file.New([]string{"*"}, one(text.String())).Query(context.Background(), audit.Query{WriteOnly: writeOnly}) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n == 0 {
					b.Fatal("no events")
				}
			}
		})
	}
}
