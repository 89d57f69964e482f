// Package schemas holds cuts of real provider schemas: the types that the demo and the tests use. Where they come from is in NOTICE.md.
//
// Start at [AWS]. The files are made by the program in build/ from the whole schemas.
package schemas

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

//go:embed *.json.gz
var files embed.FS

// AWS is a cut of hashicorp/aws 6.47.0.
func AWS() (*schema.Provider, error) { return read("aws") }

// Google is a cut of hashicorp/google 6.50.0.
func Google() (*schema.Provider, error) { return read("google") }

// AzureRM is a cut of hashicorp/azurerm 4.79.0.
func AzureRM() (*schema.Provider, error) { return read("azurerm") }

// Kubernetes is hashicorp/kubernetes 1.13.4, whole.
func Kubernetes() (*schema.Provider, error) { return read("kubernetes") }

// GitHub is integrations/github 4.4.0, whole.
func GitHub() (*schema.Provider, error) { return read("github") }

func read(name string) (*schema.Provider, error) {
	b, err := files.ReadFile(name + ".json.gz")
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	all, err := schema.Parse(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("schema of %s: it holds %d providers", name, len(all))
	}
	return all[0], nil
}
