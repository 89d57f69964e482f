// Command build makes the schema cuts of package schemas from whole provider schemas.
//
// Usage: go run ./internal/simcloud/schemas/build DIR, where DIR holds NAME-VERSION.json.gz, the JSON of `providers schema -json`.
// It writes NAME.json.gz beside package schemas. The types to keep are listed in keep.txt, one pattern a line after the provider's name.
package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

//go:embed keep.txt
var keep string

const target = "internal/simcloud/schemas"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/simcloud/schemas/build DIR")
		os.Exit(1)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "schemas/build:", err)
		os.Exit(1)
	}
}

// document is the part of the format that a cut rewrites; schemas are copied as they are.
type document struct {
	FormatVersion string              `json:"format_version"`
	Schemas       map[string]provider `json:"provider_schemas"`
}

type provider struct {
	Provider  json.RawMessage            `json:"provider"`
	Resources map[string]json.RawMessage `json:"resource_schemas"`
	Data      map[string]json.RawMessage `json:"data_source_schemas"`
}

func run(dir string) error {
	for _, line := range strings.Split(strings.TrimSpace(keep), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 || strings.HasPrefix(line, "#") {
			continue
		}
		file, patterns := words[0], words[1:]
		if err := cut(filepath.Join(dir, file+".json.gz"), filepath.Join(target, file[:strings.LastIndex(file, "-")]+".json.gz"), patterns); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func cut(from, to string, patterns []string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return err
	}
	var doc document
	if err := json.NewDecoder(unzipped).Decode(&doc); err != nil {
		return err
	}
	for address, p := range doc.Schemas {
		p.Resources, p.Data = kept(p.Resources, patterns, ""), kept(p.Data, patterns, "data.")
		doc.Schemas[address] = p
	}
	var out bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewEncoder(zipped).Encode(doc), zipped.Close()); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

func kept(all map[string]json.RawMessage, patterns []string, prefix string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for name, s := range all {
		for _, pattern := range patterns {
			if ok, err := path.Match(pattern, prefix+name); err == nil && ok {
				out[name] = s
			}
		}
	}
	return out
}
