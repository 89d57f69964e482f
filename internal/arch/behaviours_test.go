package arch_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// behaviours is how many numbered rules docs/github.md holds.
const behaviours = 40

// TestEveryBehaviourHasATest: each rule about GitHub has a test with its number in the name, and a line in docs/github.md.
func TestEveryBehaviourHasATest(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^func Test(B\d\d)_\w+\(t \*testing\.T\)`)
	tests := map[string]bool{}
	err = filepath.WalkDir(filepath.Join(root, "internal"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllSubmatch(source, -1) {
			tests[string(m[1])] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs", "github.md"))
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= behaviours; n++ {
		number := fmt.Sprintf("B%02d", n)
		if !tests[number] {
			t.Errorf("no test has %s_ in its name", number)
		}
		if !strings.Contains(string(doc), "| "+number+" |") {
			t.Errorf("docs/github.md does not say what %s is", number)
		}
	}
}
