package blame_test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

func writeArchive(t *testing.T, name string, a *txtar.Archive) {
	t.Helper()
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}
