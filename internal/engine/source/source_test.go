package source

import (
	"strings"
	"testing"
)

// TestRecipesPinWhatTheySay keeps the versions in [Recipes] and in the go.mod files together.
func TestRecipesPinWhatTheySay(t *testing.T) {
	for _, r := range Recipes {
		mod, err := recipes.ReadFile("recipes/" + r.folder + "/go.mod.txt")
		if err != nil {
			t.Fatal(err)
		}
		sum, err := recipes.ReadFile("recipes/" + r.folder + "/go.sum.txt")
		if err != nil {
			t.Fatal(err)
		}
		var pinned string
		for line := range strings.Lines(string(mod)) {
			fields := strings.Fields(strings.TrimPrefix(line, "require "))
			if len(fields) >= 2 && strings.HasPrefix(fields[1], "v") && (r.pkg == fields[0] || strings.HasPrefix(r.pkg, fields[0]+"/")) {
				pinned = fields[0] + " " + fields[1]
			}
		}
		if !strings.HasSuffix(pinned, " v"+r.Version) {
			t.Errorf("%s: the recipe says %s, its go.mod %q", r.Name, r.Version, pinned)
		}
		if !strings.Contains(string(sum), pinned+" h1:") {
			t.Errorf("%s: go.sum has no hash of %s", r.Name, pinned)
		}
		for _, name := range []string{r.Name, r.folder} {
			if found, ok := Lookup(name); !ok || found.Name != r.Name {
				t.Errorf("%s is not found by %q", r.Name, name)
			}
		}
	}
}
