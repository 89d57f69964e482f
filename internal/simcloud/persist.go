package simcloud

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// saved is a cloud on disk: gzip JSON. Audit records are not part of it; they are in the logs.
type saved struct {
	Version int           `json:"version"`
	Options Options       `json:"options"`
	Applier By            `json:"applier"`
	Objects []savedObject `json:"objects"`
}

type savedObject struct {
	Type     string          `json:"type"`
	ID       string          `json:"id"`
	Account  string          `json:"account"`
	Region   string          `json:"region"`
	Created  time.Time       `json:"created"`
	Modified time.Time       `json:"modified"`
	Value    json.RawMessage `json:"value"`
}

const savedVersion = 1

// Save writes the live objects to a file and keeps it up to date with every later change.
func (c *Cloud) Save(file string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.save(file); err != nil {
		return err
	}
	c.file = file
	return nil
}

func (c *Cloud) save(file string) error {
	doc := saved{Version: savedVersion, Options: c.opts, Applier: c.applier}
	for _, o := range c.sorted() {
		v, err := ctyjson.Marshal(o.Value, c.types[o.Type].Type)
		if err != nil {
			return fmt.Errorf("simulated cloud: save %s %q: %w", o.Type, o.ID, err)
		}
		doc.Objects = append(doc.Objects, savedObject{Type: o.Type, ID: o.ID, Account: o.Account, Region: o.Region, Created: o.Created, Modified: o.Modified, Value: v})
	}
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(zipped).Encode(doc), zipped.Close()); err != nil {
		return fmt.Errorf("simulated cloud: save: %w", err)
	}
	return replace(file, b.Bytes())
}

// replace writes a file in one step, so that a reader never sees half of it.
func replace(file string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return fmt.Errorf("simulated cloud: save: %w", err)
	}
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("simulated cloud: save: %w", err), os.Remove(temp.Name()))
	}
	return nil
}

// Load reads a cloud that Save wrote. Later changes are saved to the same file. The error wraps [fs.ErrNotExist] when there is no file.
func Load(file string, providers ...*schema.Provider) (*Cloud, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("simulated cloud: %w", err)
		}
		return nil, fmt.Errorf("simulated cloud: load: %w", err)
	}
	var doc saved
	zipped, err := gzip.NewReader(bytes.NewReader(b))
	if err == nil {
		err = json.NewDecoder(zipped).Decode(&doc)
	}
	if err != nil {
		return nil, fmt.Errorf("simulated cloud: %s is damaged: %w", file, err)
	}
	if doc.Version != savedVersion {
		return nil, fmt.Errorf("simulated cloud: %s has version %d, this program reads version %d: make the demo anew", file, doc.Version, savedVersion)
	}
	c, err := New(doc.Options, providers...)
	if err != nil {
		return nil, err
	}
	for _, o := range doc.Objects {
		typ, ok := c.types[o.Type]
		if !ok {
			return nil, fmt.Errorf("simulated cloud: %s holds a %s, which no given provider has", file, o.Type)
		}
		v, err := ctyjson.Unmarshal(o.Value, typ.Type)
		if err != nil {
			return nil, fmt.Errorf("simulated cloud: %s: %s %q: %w", file, o.Type, o.ID, err)
		}
		live := &Object{Type: o.Type, ID: o.ID, Provider: c.owner[o.Type], Account: o.Account, Region: o.Region, Value: v, Created: o.Created, Modified: o.Modified}
		c.objects[live.key()] = live
		c.note(live)
	}
	c.applier, c.file = doc.Applier, file
	return c, nil
}
