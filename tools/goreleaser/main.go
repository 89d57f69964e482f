// Command goreleaser reads .goreleaser.yaml with the loader of goreleaser itself, which refuses names it does not know. It is the part of
// `goreleaser check` that needs no whole goreleaser; the release workflow runs the rest.
package main

import (
	"fmt"
	"os"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

func main() {
	file, err := os.Open("../../.goreleaser.yaml")
	if err == nil {
		var project config.Project
		if project, err = config.LoadReader(file); err == nil && (len(project.Builds) == 0 || project.Checksum.NameTemplate != "SHA256SUMS") {
			err = fmt.Errorf("it builds nothing, or does not name its sums as the action expects")
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, ".goreleaser.yaml:", err)
		os.Exit(1)
	}
	fmt.Println(".goreleaser.yaml is sound")
}
