package adopt

import (
	"maps"
	"os"
	"regexp"
)

// Hints are the refusals with what a person can do, for tests.
func Hints() map[string]string { return maps.Clone(hints) }

var constantLine = regexp.MustCompile(`(?m)^\t(Code\w+) += "([a-z_]+)"`)

// Constants are the codes that this package adds to the solver's, with the names of their constants.
func Constants() map[string]string {
	src, err := os.ReadFile("refusal.go")
	if err != nil {
		panic(err)
	}
	out := map[string]string{}
	for _, m := range constantLine.FindAllStringSubmatch(string(src), -1) {
		out[m[2]] = m[1]
	}
	return out
}
