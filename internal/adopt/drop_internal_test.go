package adopt

import (
	"strings"
	"testing"
)

// TestRemovedBlock: the form that each engine takes. OpenTofu's schema had no lifecycle in it before 1.10, Terraform's wants one.
func TestRemovedBlock(t *testing.T) {
	const short = "removed {|\tfrom = a_b.c|}"
	const long = "removed {|\tfrom = a_b.c||\tlifecycle {|\t\tdestroy = false|\t}|}"
	for _, c := range []struct{ engine, version, want string }{
		{"terraform", "1.5.7", ""},
		{"terraform", "1.6.6", ""},
		{"terraform", "1.7.0", long},
		{"terraform", "1.14.0-rc1", long},
		{"tofu", "1.6.3", ""},
		{"tofu", "1.7.0", short},
		{"tofu", "1.9.4", short},
		{"tofu", "1.10.0-alpha1", long},
		{"tofu", "1.12.6", long},
		{"tofu", "", ""},
	} {
		if got := strings.Join(removedBlock(c.engine, c.version, "a_b.c"), "|"); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.engine, c.version, got, c.want)
		}
	}
}
