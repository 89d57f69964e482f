package planfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/zstd"
)

// schemaFormat is part of the name of stored files: raise it when their form changes, and older ones are simply not found.
const schemaFormat = "v1"

// A SchemaStore keeps the schemas of providers on disk, one file for each version of each provider, without descriptions.
// Several processes may share one directory.
type SchemaStore struct{ Dir string }

// Load returns the schemas of the named providers (source with host to version), and the sources that are not stored, sorted.
// A file that cannot be read counts as not stored: it is replaced by the next Save.
func (s SchemaStore) Load(versions map[string]string) (schemas *Schemas, missing []string) {
	schemas = NewSchemas()
	for source, version := range versions {
		p, err := s.load(source, version)
		if err != nil {
			missing = append(missing, source)
			continue
		}
		schemas.providers[source] = p
	}
	slices.Sort(missing)
	return schemas, missing
}

// Save stores those of the named providers that schemas holds.
func (s SchemaStore) Save(schemas *Schemas, versions map[string]string) error {
	for source, version := range versions {
		schemas.mu.Lock()
		p := schemas.providers[source]
		schemas.mu.Unlock()
		if p == nil {
			continue
		}
		if err := s.save(p, source, version); err != nil {
			return fmt.Errorf("store the schemas of %s %s: %w", source, version, err)
		}
	}
	return nil
}

func (s SchemaStore) file(source, version string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + version))
	return filepath.Join(s.Dir, "schemas-"+schemaFormat+"-"+hex.EncodeToString(sum[:12])+".json.zst")
}

func (s SchemaStore) load(source, version string) (*providerSchemas, error) {
	f, err := os.Open(s.file(source, version))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return parseProvider(newJSON(z))
}

func (s SchemaStore) save(p *providerSchemas, source, version string) (err error) {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.Dir, "schemas-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(f.Name())))
		}
	}()
	if err := p.write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	// Renaming makes the file appear whole or not at all, also to processes that read it now.
	return os.Rename(f.Name(), s.file(source, version))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// write cuts each schema to the fields that are used and writes all of them in the form that parseProvider reads.
func (p *providerSchemas) write(f *os.File) error {
	z, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	form := struct {
		Resources map[string]jsontext.Value `json:"resource_schemas"`
		Data      map[string]jsontext.Value `json:"data_source_schemas"`
	}{}
	if form.Resources, err = compact(p.resources); err == nil {
		form.Data, err = compact(p.data)
	}
	if err == nil {
		err = json.MarshalWrite(z, form, json.Deterministic(true))
	}
	return errors.Join(err, z.Close())
}

func compact(types map[string]*typeSchema) (map[string]jsontext.Value, error) {
	out := make(map[string]jsontext.Value, len(types))
	for name, t := range types {
		parsed, err := parseJSONSchema(t.raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if out[name], err = json.Marshal(parsed); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out, nil
}
