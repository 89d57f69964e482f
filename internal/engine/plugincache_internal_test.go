package engine

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"
)

// TestCached compares lock files with what a provider cache holds.
func TestCached(t *testing.T) {
	cache := t.TempDir()
	pkg := filepath.Join(cache, "registry.example.org", "acme", "one", "1.0.0", platform())
	if err := os.MkdirAll(pkg, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(pkg, "terraform-provider-one")
	if err := os.WriteFile(program, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	sum, err := dirhash.HashDir(pkg, "", dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	lock := func(source string, hashes string) string {
		return "provider \"registry.example.org/acme/" + source + "\" {\n  version = \"1.0.0\"\n  hashes = [" + hashes + "]\n}\n"
	}
	vouched := lock("one", `"zh:00", "`+sum+`"`)
	for _, test := range []struct {
		name, lock     string
		complete, fits bool
	}{
		{"no lock file", "", false, true},
		{"vouches for what is there", vouched, true, true},
		{"names one that is not there", vouched + lock("two", `"h1:aaaa"`), false, true},
		{"checksums of another platform", lock("one", `"h1:aaaa", "zh:00"`), false, false},
		{"no checksums", lock("one", ""), false, false},
	} {
		complete, fits := (&Engine{}).cached(cache, lockedProviders([]byte(test.lock)))
		if complete != test.complete || fits != test.fits {
			t.Errorf("%s: complete %t, fits %t", test.name, complete, fits)
		}
	}
	e := &Engine{}
	if complete, _ := e.cached(cache, lockedProviders([]byte(vouched))); !complete {
		t.Error("not complete")
	}
	if err := os.WriteFile(program, []byte("another program"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, fits := e.cached(cache, lockedProviders([]byte(vouched))); fits {
		t.Error("a package that was changed is still vouched for")
	}
}
