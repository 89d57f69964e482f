package file_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/file"
)

// TestOddRecordsAreUsed: what is unusual about a record costs no more than that part of it.
func TestOddRecordsAreUsed(t *testing.T) {
	plain := record("1")
	when := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		text string
		id   string
		at   time.Time
	}{
		"a version nobody knows":  {strings.Replace(plain, `"1.11"`, `"99.7-beta"`, 1), "1", when},
		"a version of other type": {strings.Replace(plain, `"1.11"`, `{"major":2}`, 1), "1", when},
		"no id":                   {strings.Replace(plain, `"eventID":"1",`, ``, 1), "", when},
		"an id that is no text":   {strings.Replace(plain, `"eventID":"1"`, `"eventID":["1"]`, 1), "", when},
		"a time in the future":    {strings.Replace(plain, "2026-11-20", "2126-11-20", 1), "1", when.AddDate(100, 0, 0)},
		"epoch milliseconds":      {strings.Replace(plain, `"2026-11-20T10:00:00Z"`, `1795168800000`, 1), "1", when},
		"epoch seconds as text":   {strings.Replace(plain, `"2026-11-20T10:00:00Z"`, `"1795168800"`, 1), "1", when},
		"no time":                 {strings.Replace(plain, `"eventTime":"2026-11-20T10:00:00Z",`, ``, 1), "1", time.Time{}},
		"a time that is none":     {strings.Replace(plain, `2026-11-20T10:00:00Z`, `yesterday`, 1), "1", time.Time{}},
		"escapes and controls":    {strings.Replace(plain, `"a":`, `"\u0000\u001b[31m\u202e---":"@everyone ![x](http://e)","a":`, 1), "1", when},
		"text that is no UTF-8":   {strings.Replace(plain, `"a":`, "\"\xff\xfe\":\"\xc3\x28\",\"a\":", 1), "1", when},
		"a very long name":        {strings.Replace(plain, `"a":`, `"`+strings.Repeat("k", 1<<20)+`":1,"a":`, 1), "1", when},
		"deep nesting":            {strings.Replace(plain, `"a":`, `"deep":`+strings.Repeat(`[`, 5000)+strings.Repeat(`]`, 5000)+`,"a":`, 1), "1", when},
		"a field twice":           {strings.Replace(plain, `"a":`, `"a":1,"a":`, 1), "1", when},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			n := 0
			for e, err := range file.New([]string{"*"}, one(c.text)).Query(context.Background(), audit.Query{}) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; e.ID != c.id || !e.Time.Equal(c.at) || e.Operation != "CreateTags" || e.Actor.Name != "alice" {
					t.Errorf("got id %q at %v: %s by %s", e.ID, e.Time, e.Operation, e.Actor.Name)
				}
			}
			if n != 1 {
				t.Errorf("%d events, want 1", n)
			}
		})
	}
}

// TestRecordsWithoutIDsAreAllCounted: two records that carry no id are two, though they look alike.
func TestRecordsWithoutIDsAreAllCounted(t *testing.T) {
	bare := strings.Replace(record("1"), `"eventID":"1",`, ``, 1)
	stats, problems := audit.Collect(context.Background(), []audit.Source{file.New([]string{"*"}, one(bare+"\n"+bare+"\n"))}, audit.Query{}, func(audit.Event) {})
	if stats.Events != 2 || stats.Duplicates != 0 || len(problems) != 0 {
		t.Errorf("got %+v, %v", stats, problems)
	}
}
