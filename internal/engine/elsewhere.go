package engine

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/planfile"
)

// An Elsewhere names a plan that another program made: Terragrunt, Atlantis, a remote service.
type Elsewhere struct {
	File     string // absolute path: the output of show -json, or a saved plan
	Module   string // absolute path of the root module, whose lock file names the providers
	CacheDir string // Mooring's cache folder: schemas that an earlier scan left there make values comparable as their types say
}

// ReadElsewhere reads a plan that was not made here, without an engine and without credentials. Tool is what the plan says of its maker;
// Name is "" where it does not say.
func ReadElsewhere(ctx context.Context, e Elsewhere) (p *drift.Plan, name, version string, err error) {
	f, err := os.Open(e.File)
	if err != nil {
		return nil, "", "", &Failure{Stage: "read", Err: err, Hint: "make it with: tofu show -json PLAN > FILE"}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head, err := bufio.NewReader(f).Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", "", &Failure{Stage: "read", Err: err}
	}
	if string(head) == "PK" {
		p, name, version, err = e.saved(ctx)
	} else {
		p, version, err = e.shown(f)
	}
	if err == nil {
		return p, name, version, nil
	}
	if ctx.Err() != nil {
		return nil, "", "", ctx.Err()
	}
	return nil, "", "", &Failure{
		Stage: "read", Err: fmt.Errorf("%s: %w", filepath.Base(e.File), err), Hint: "give the output of: tofu show -json PLAN (or terraform show -json PLAN), which holds all that is needed",
	}
}

func (e Elsewhere) shown(f *os.File) (*drift.Plan, string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, "", err
	}
	lock, _ := os.ReadFile(filepath.Join(e.Module, ".terraform.lock.hcl"))
	return planfile.ParseForeign(f, e.schemas(lock))
}

// saved reads a saved plan, which carries its lock file. Its registry tells the engines apart.
func (e Elsewhere) saved(ctx context.Context) (*drift.Plan, string, string, error) {
	lock, err := planfile.Entry(e.File, planfile.EntryLock)
	if err != nil {
		return nil, "", "", err
	}
	version, err := planfile.MakerVersion(e.File)
	if err != nil {
		return nil, "", "", err
	}
	name := "terraform"
	for source := range lockedProviders(lock) {
		if host := filepath.Dir(filepath.Dir(filepath.FromSlash(source))); host == "registry.opentofu.org" {
			name = "tofu"
		}
	}
	p, err := planfile.Read(ctx, planfile.Input{File: e.File, Engine: name, Version: version, Schemas: e.schemas(lock)})
	return p, name, version, err
}

// schemas are those that an earlier scan left in the cache.
func (e Elsewhere) schemas(lock []byte) *planfile.Schemas {
	versions := map[string]string{}
	for source, p := range lockedProviders(lock) {
		versions[source] = cmp.Or(p.version, "0")
	}
	known, _ := planfile.SchemaStore{Dir: filepath.Join(e.CacheDir, "schemas")}.Load(versions)
	if inside, err := planfile.ParseSchemas(strings.NewReader(builtinSchema)); err == nil {
		known.Merge(inside)
	}
	return known
}

// builtinSchema is what every engine says of the one managed resource of its own provider, which no lock file names.
const builtinSchema = `{"format_version":"1.0","provider_schemas":{"terraform.io/builtin/terraform":{"resource_schemas":{"terraform_data":{"version":0,"block":{"attributes":{
	"id":{"type":"string","computed":true},"input":{"type":"dynamic","optional":true},"output":{"type":"dynamic","computed":true},
	"triggers_replace":{"type":"dynamic","optional":true}}}}}}}}`
