// Command build writes the table of package models from the API models in the source of github.com/aws/aws-sdk-go v1.55.8 (Apache-2.0):
//
//	go run ./internal/modelgen/build "$(go mod download -json github.com/aws/aws-sdk-go@v1.55.8 | jq -r .Dir)" internal/blame/models/operations.txt.gz
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: build SDK-DIR OUT")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// api is the part of api-2.json that is used.
type api struct {
	Metadata   struct{ EndpointPrefix string }
	Operations map[string]struct{ Input struct{ Shape string } }
	Shapes     map[string]struct{ Members map[string]json.RawMessage }
}

var reads = []string{"Get", "List", "Describe", "Head", "Lookup", "Search", "Query", "Scan", "BatchGet", "Check", "Estimate", "Simulate", "Validate", "Preview",
	"Discover", "Test", "Poll", "Select"}

func generate(dir, out string) error {
	files, err := filepath.Glob(filepath.Join(dir, "models/apis/*/*/api-2.json"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no API models in %s: is it the source of aws-sdk-go?", dir)
	}
	members := map[string][]string{} // "service Operation"
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var a api
		if err := json.Unmarshal(text, &a); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		service := strings.TrimPrefix(a.Metadata.EndpointPrefix, "api.")
		for operation, o := range a.Operations {
			if slices.ContainsFunc(reads, func(verb string) bool { return strings.HasPrefix(operation, verb) }) {
				continue
			}
			key := service + " " + operation
			for member := range a.Shapes[o.Input.Shape].Members {
				if !slices.Contains(members[key], member) { // two versions of one API
					members[key] = append(members[key], member)
				}
			}
		}
	}
	return write(out, members)
}

func write(out string, members map[string][]string) error {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(z)
	keys := make([]string, 0, len(members))
	for key := range members {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		slices.Sort(members[key])
		if _, err := fmt.Fprintf(w, "%s %s\n", key, strings.Join(members[key], ",")); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}
