package driftbench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
)

// Options say what to measure.
type Options struct {
	Projects  []Project
	Seed      int64
	Cases     int    // per project
	Stacks    int    // at most, per project
	PerRound  int    // cases changed at once in one stack
	Workers   int    // rounds at once
	Engine    string // path of tofu or terraform
	Schemas   string // directory of whole provider schemas, NAME-VERSION.json.gz; "": the cuts that the repository holds
	Temp      string // where the labs go; made and removed by the caller
	Keep      string // where applied labs are kept for later runs; "": nowhere
	Baselines bool
	Kind      string       // pick only changes whose form or sort holds this ("block", "removed"); single blocks go then, too; "": all
	Address   string       // run only the cases of addresses that hold this, each by itself; "": all
	Log       func(string) // told about progress, one line each; may be nil
}

func (o Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(fmt.Sprintf(format, args...))
	}
}

// schemasOf reads the schemas once; they are large.
var schemaCache = struct {
	sync.Mutex
	known map[string]map[string]*schema.Provider
}{known: map[string]map[string]*schema.Provider{}}

// readSchemas gives the known providers by the last part of their source.
func readSchemas(dir string) (map[string]*schema.Provider, error) {
	schemaCache.Lock()
	defer schemaCache.Unlock()
	if known := schemaCache.known[dir]; known != nil {
		return known, nil
	}
	known := map[string]*schema.Provider{}
	for name, cut := range map[string]func() (*schema.Provider, error){
		"aws": schemas.AWS, "azurerm": schemas.AzureRM, "google": schemas.Google, "kubernetes": schemas.Kubernetes, "github": schemas.GitHub,
	} {
		p, err := cut()
		if err != nil {
			return nil, err
		}
		if known[name] = p; dir == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, name+"-*.json.gz"))
		if err != nil || len(files) == 0 {
			continue
		}
		whole, err := wholeSchema(files)
		if err != nil {
			return nil, err
		}
		// The cuts are corrected by hand in places: what they hold is preferred.
		for typ, o := range whole.Resources {
			if p.Resources[typ] == nil {
				p.Resources[typ] = o
			}
		}
		for typ, o := range whole.Data {
			if p.Data[typ] == nil {
				p.Data[typ] = o
			}
		}
	}
	schemaCache.known[dir] = known
	return known, nil
}

// wholeSchema reads the file that holds most types: of several versions some are provider blocks alone.
func wholeSchema(files []string) (*schema.Provider, error) {
	slices.SortFunc(files, strings.Compare)
	var best *schema.Provider
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all, err := schema.Parse(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, p := range all {
			if best == nil || len(p.Resources) >= len(best.Resources) {
				best = p
			}
		}
	}
	return best, nil
}
