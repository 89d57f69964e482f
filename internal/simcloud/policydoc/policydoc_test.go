package policydoc_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/simcloud/policydoc"
)

// TestRender: each file holds the arguments of the data source and the text that the provider renders.
func TestRender(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var arguments map[string]any
			if err := json.Unmarshal(archive.Files[0].Data, &arguments); err != nil {
				t.Fatal(err)
			}
			got, minified, err := policydoc.Render(arguments)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSuffix(string(archive.Files[1].Data), "\n"), got); diff != "" {
				t.Errorf("%s(-want +got):\n%s", archive.Comment, diff)
			}
			var long, short any
			if json.Unmarshal([]byte(got), &long) != nil || json.Unmarshal([]byte(minified), &short) != nil || !cmp.Equal(long, short) || strings.Contains(minified, "\n") {
				t.Errorf("the short form is not the long one on a line: %s", minified)
			}
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	for _, arguments := range []map[string]any{
		{"source_policy_documents": []any{"no json"}},
		{"statement": []any{map[string]any{"condition": []any{map[string]any{"test": "StringEquals"}}}}},
	} {
		if _, _, err := policydoc.Render(arguments); err == nil {
			t.Errorf("%v was rendered", arguments)
		}
	}
}
