// Package models knows which parameters the writing operations of AWS have: what a call could have written when its record does not show it.
//
// [Members] is all there is. The table is generated from AWS's own API models (see internal/modelgen/build) and holds names only; it is Apache-2.0 like its
// origin, github.com/aws/aws-sdk-go v1.55.8. Operations newer than that are not in it.
package models

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"
)

//go:embed operations.txt.gz
var packed []byte

var table = sync.OnceValue(func() map[string]string {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("models: embedded table: " + err.Error())
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic("models: embedded table: " + err.Error())
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		service, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		operation, members, _ := strings.Cut(rest, " ")
		out[service+" "+operation] = members
	}
	return out
})

// Members lists the parameters of an operation, as the API names them. It returns false for operations that it does not know; service is an event
// source without .amazonaws.com, operation a name without its version suffix.
func Members(service, operation string) ([]string, bool) {
	members, ok := table()[service+" "+operation]
	if !ok || members == "" {
		return nil, ok
	}
	return strings.Split(members, ","), true
}
