package stack

import (
	"bytes"
	"io/fs"
	"path"
	"strings"

	"github.com/hmarr/codeowners"
)

// assignOwners gives every stack without owners those that CODEOWNERS names for its configuration.
func (t *tree) assignOwners(found []candidate) {
	rules := t.codeowners()
	for i := range found {
		s := &found[i].Stack
		if s.Owners == nil {
			s.Owners = ownersOf(rules, t.mainFile(s.Path))
		}
	}
}

// mainFile is the file that stands for a stack: its owners are the stack's.
func (t *tree) mainFile(p string) string {
	d := t.dirs[p]
	switch {
	case d == nil || len(d.files) == 0:
		return path.Join(p, "main.tf")
	case d.has("main.tf") || d.facts == nil:
		return path.Join(p, "main.tf")
	}
	return path.Join(p, d.facts.files[0])
}

// codeowners reads the file where GitHub looks for it. Lines that it would not understand are left out, as GitHub does.
func (t *tree) codeowners() codeowners.Ruleset {
	for _, file := range []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"} {
		src, err := fs.ReadFile(t.fsys, file)
		if err != nil {
			continue
		}
		var rules codeowners.Ruleset
		for line := range bytes.Lines(src) {
			if rule, err := codeowners.ParseFile(bytes.NewReader(line)); err == nil {
				rules = append(rules, rule...)
			}
		}
		return rules
	}
	return nil
}

func ownersOf(rules codeowners.Ruleset, file string) []string {
	rule, err := rules.Match(strings.TrimPrefix(file, "./"))
	if err != nil || rule == nil {
		return nil
	}
	var owners []string
	for _, o := range rule.Owners {
		owners = append(owners, o.String())
	}
	return owners
}
