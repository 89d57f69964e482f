package planfile

import (
	"encoding/json"
	"errors"
	"io"
	"iter"

	"github.com/go-json-experiment/json/jsontext"

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
	dependsOn  []byte
}

func (i *stateInstance) key() instanceID { return instanceID{i.address, i.deposed} }

// instanceID names one object of a stack.
type instanceID struct{ address, deposed string }

// readState streams the instances of a state file of version 4 in the order in which they are written.
// The instance is reused: what is kept of it must be copied.
func readState(r io.Reader) iter.Seq2[*stateInstance, error] {
	return func(yield func(*stateInstance, error) bool) {
		s := stateReader{dec: newJSON(r), yield: yield}
		if err := s.file(); err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

func newJSON(r io.Reader) *jsontext.Decoder {
	return jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

var errStop = errors.New("reading was stopped by the caller")

type stateReader struct {
	dec   *jsontext.Decoder
	yield func(*stateInstance, error) bool
	inst  stateInstance
}

func (s *stateReader) file() error {
	version := ""
	err := readObject(s.dec, func(name string) error {
		switch name {
		case "version":
			v, err := s.dec.ReadValue()
			version = string(v)
			return stateError(err)
		case "resources":
			if version != "4" {
				return unsupported("state version %q", version)
			}
			return readArray(s.dec, s.resource)
		}
		return stateError(s.dec.SkipValue())
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
	return readObject(s.dec, func(name string) (err error) {
		switch name {
		case "module":
			h.module, err = readString(s.dec)
		case "mode":
			h.mode, err = readString(s.dec)
		case "type":
			h.typ, err = readString(s.dec)
		case "name":
			h.name, err = readString(s.dec)
		case "provider":
			h.provider, err = s.provider()
		case "instances":
			if h.mode == "" || h.typ == "" || h.name == "" {
				return unsupported("a state whose instances come before their resource")
			}
			err = readArray(s.dec, func() error { return s.instance(h) })
		default:
			err = stateError(s.dec.SkipValue())
		}
		return err
	})
}

func (s *stateReader) provider() (string, error) {
	config, err := readString(s.dec)
	if err != nil || config == "" {
		return "", err
	}
	return providerSource(config)
}

func (s *stateReader) instance(h header) error {
	i := &s.inst
	*i = stateInstance{mode: h.mode, typ: h.typ, provider: h.provider, attributes: i.attributes[:0], sensitive: i.sensitive[:0], dependsOn: i.dependsOn[:0]}
	var key drift.Value
	err := readObject(s.dec, func(name string) (err error) {
		switch name {
		case "index_key":
			key, err = readValue(s.dec)
		case "deposed":
			i.deposed, err = readString(s.dec)
		case "status":
			var status string
			status, err = readString(s.dec)
			i.tainted = status == "tainted"
		case "provider":
			i.provider, err = s.provider()
		case "attributes":
			err = s.copyValue(&i.attributes)
		case "sensitive_attributes":
			err = s.copyValue(&i.sensitive)
		case "dependencies":
			err = s.copyValue(&i.dependsOn)
		case "attributes_flat":
			err = unsupported("a state that was never upgraded to version 4")
		default:
			err = stateError(s.dec.SkipValue())
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

func (s *stateReader) copyValue(to *[]byte) error {
	v, err := s.dec.ReadValue()
	*to = append(*to, v...)
	return stateError(err)
}

// object decodes the attributes of an instance, nil when it has none.
func (i *stateInstance) object(t *drift.Type) (map[string]drift.Value, error) {
	if len(i.attributes) == 0 {
		return nil, nil
	}
	v, err := parseJSON(i.attributes)
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
			v, err := parseJSON(step.Value)
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
