package migration_test

import (
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/driftbench/migration"
)

// TestSmall: in forty-two cases and more, each in worlds of its own, every finding stays what it was and every upgrade is told from all else.
func TestSmall(t *testing.T) {
	r := migration.Run(1, 3)
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	t.Log(b.String())
	if n := len(migration.Migrations()) + len(migration.Upgrades()); n < 40 {
		t.Errorf("only %d kinds of case", n)
	}
	for _, s := range r.Scores() {
		if s.Faultless != s.Cases {
			t.Errorf("%s: %d of %d cases are faultless", s.Class, s.Faultless, s.Cases)
		}
	}
}
