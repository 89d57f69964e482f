package planfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"github.com/mooringdev/mooring/internal/drift"
)

// stateInstance is one instance object of a state, its attributes undecoded. The raw fields are valid until the next instance is read.
type stateInstance struct {
	address    string
	mode       string // managed or data
	typ        string
	provider   string
	deposed    string
	tainted    bool
	attributes []byte // JSON object, nil for none
	sensitive  []byte // JSON array of paths, nil for none
	parser     *jsonReader
}

func (i *stateInstance) key() instanceID { return instanceID{i.address, i.deposed} }

// instanceID names one object of a stack.
type instanceID struct{ address, deposed string }

// readState streams the instances of a state file of version 4 in the order in which they are written.
// The instance is reused: what is kept of it must be copied.
func readState(r io.Reader) iter.Seq2[*stateInstance, error] {
	return func(yield func(*stateInstance, error) bool) {
		s := stateReader{dec: newJSON(r), yield: yield}
		s.inst.parser = newJSON(new(bytes.Buffer))
		if err := s.file(); err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

var errStop = errors.New("reading was stopped by the caller")

type stateReader struct {
	dec   *jsonReader
	yield func(*stateInstance, error) bool
	inst  stateInstance
}

func (s *stateReader) file() error {
	version := ""
	err := s.dec.object(func(name string) error {
		switch name {
		case "version":
			v, err := s.dec.ReadValue()
			version = string(v)
			return jsonError(err)
		case "resources":
			if version != "4" {
				return unsupported("state version %q", version)
			}
			return s.dec.array(s.resource)
		}
		return s.dec.skip()
	})
	if err == nil && version != "4" {
		return unsupported("state version %q", version)
	}
	return err
}

// header is what the instances of one resource share.
type header struct{ module, mode, typ, name, provider string }

func (s *stateReader) resource() error {
	var h header
	return s.dec.object(func(name string) (err error) {
		switch name {
		case "module":
			h.module, err = s.dec.text()
		case "mode":
			h.mode, err = s.dec.text()
		case "type":
			h.typ, err = s.dec.text()
		case "name":
			h.name, err = s.dec.text()
		case "provider":
			h.provider, err = s.provider()
		case "instances":
			if h.mode == "" || h.typ == "" || h.name == "" {
				return unsupported("a state whose instances come before their resource")
			}
			err = s.dec.array(func() error { return s.instance(h) })
		default:
			err = s.dec.skip()
		}
		return err
	})
}

func (s *stateReader) provider() (string, error) {
	config, err := s.dec.text()
	if err != nil || config == "" {
		return "", err
	}
	return providerSource(config)
}

func (s *stateReader) instance(h header) error {
	i := &s.inst
	*i = stateInstance{mode: h.mode, typ: h.typ, provider: h.provider, attributes: i.attributes[:0], sensitive: i.sensitive[:0], parser: i.parser}
	var key drift.Value
	err := s.dec.object(func(name string) (err error) {
		switch name {
		case "index_key":
			key, err = s.dec.value()
		case "deposed":
			i.deposed, err = s.dec.text()
		case "status":
			var status string
			status, err = s.dec.text()
			i.tainted = status == "tainted"
		case "provider":
			i.provider, err = s.provider()
		case "attributes":
			err = s.dec.copyTo(&i.attributes)
		case "sensitive_attributes":
			err = s.dec.copyTo(&i.sensitive)
		case "attributes_flat":
			err = unsupported("a state that was never upgraded to version 4")
		default:
			err = s.dec.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	suffix, err := instanceKey(key)
	if err != nil {
		return err
	}
	i.address = resourceAddress(h) + suffix
	if !s.yield(i, nil) {
		return errStop
	}
	return nil
}

func resourceAddress(h header) string {
	address := h.typ + "." + h.name
	if h.mode != "managed" {
		address = h.mode + "." + address
	}
	if h.module != "" {
		address = h.module + "." + address
	}
	return address
}

// object decodes the attributes of an instance, nil when it has none.
func (i *stateInstance) object(t *drift.Type) (map[string]drift.Value, error) {
	if len(i.attributes) == 0 {
		return nil, nil
	}
	members := 0
	if t != nil {
		members = len(t.Fields)
	}
	v, err := i.parser.parse(i.attributes, members)
	if err != nil {
		return nil, damaged("state of %s: %v", i.address, err)
	}
	object, ok := unwrap(v, t).(map[string]drift.Value)
	if !ok {
		return nil, unsupported("state of %s: its attributes are no object", i.address)
	}
	return object, nil
}

// sensitivePaths returns the paths that the state marks sensitive.
func (i *stateInstance) sensitivePaths() ([][]any, error) {
	if len(i.sensitive) == 0 {
		return nil, nil
	}
	var marked [][]struct {
		Type  string          `json:"type"`
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(i.sensitive, &marked); err != nil {
		return nil, unsupported("sensitive paths of %s", i.address)
	}
	paths := make([][]any, 0, len(marked))
	for _, steps := range marked {
		var path []any
		for _, step := range steps {
			v, err := i.parser.parse(step.Value, 0)
			if err != nil {
				return nil, unsupported("sensitive paths of %s", i.address)
			}
			if step.Type == "index" {
				v = unwrap(v, dynamicType)
			}
			s := stepOf(v)
			if s == nil {
				break
			}
			path = append(path, s)
		}
		paths = append(paths, path)
	}
	return paths, nil
}
