package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/report"
)

func written(t interface{ Fatalf(string, ...any) }, r *report.Results) []byte {
	var b bytes.Buffer
	if err := report.WriteJSON(&b, r); err != nil {
		t.Fatalf("write: %v", err)
	}
	return b.Bytes()
}

// TestDigest: what was written fits its digest, also after a formatter went over it; what was edited does not.
func TestDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := written(t, anyResults().Draw(t, "results"))
		if err := report.CheckDigest(doc); err != nil {
			t.Fatalf("as written: %v", err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, doc); err != nil {
			t.Fatalf("compact: %v", err)
		}
		if err := report.CheckDigest(compact.Bytes()); err != nil {
			t.Fatalf("reformatted: %v", err)
		}
	})
	doc := string(written(t, sample()))
	for name, edited := range map[string]string{
		"a value":     strings.Replace(doc, `"live": `, `"live": "x", "was": `, 1),
		"a status":    strings.Replace(doc, `"status": "drifted"`, `"status": "clean"`, 1),
		"the digest":  strings.Replace(doc, `"digest": "sha256:`, `"digest": "sha256:0`, 1),
		"a new field": strings.Replace(doc, `"version": 1`, `"version": 1, "more": true`, 1),
		"its kind":    doc[:strings.LastIndex(doc, `"sha256:`)] + "7}",
	} {
		if edited == doc {
			t.Fatalf("%s was not edited", name)
		}
		if err := report.CheckDigest([]byte(edited)); !errors.Is(err, report.ErrDigest) {
			t.Errorf("%s edited: %v", name, err)
		}
	}
	if err := report.CheckDigest([]byte(doc[:len(doc)/2])); err == nil || !strings.Contains(err.Error(), "too early") {
		t.Errorf("half a document: %v", err)
	}
	if err := report.CheckDigest([]byte(`{"version":1,"stacks":[]}`)); err != nil {
		t.Errorf("written by hand: %v", err)
	}
}
