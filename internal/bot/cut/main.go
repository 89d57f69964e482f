// Command cut makes internal/bot/testdata/webhooks/examples.json.gz: what npm's @octokit/webhooks-examples holds for github.com, without its
// descriptions.
//
//	npm pack @octokit/webhooks-examples@7.6.1 && tar xzf octokit-webhooks-examples-7.6.1.tgz
//	go run ./internal/bot/cut package/api.github.com/index.json internal/bot/testdata/webhooks/examples.json.gz
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cut:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want two arguments: index.json and the file to write")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var all []struct {
		Name     string            `json:"name"`
		Examples []json.RawMessage `json:"examples"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	if text, err = json.Marshal(all); err != nil {
		return err
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(args[1], b.Bytes(), 0o644)
}
