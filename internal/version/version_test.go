package version_test

import (
	"os"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/version"
)

func TestVersionFileAgrees(t *testing.T) {
	b, err := os.ReadFile("../../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(b)); got != version.Version {
		t.Errorf("VERSION says %q, the program %q", got, version.Version)
	}
}
