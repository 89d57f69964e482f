package planfile

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/mooringdev/mooring/internal/drift"
)

// maxDepth bounds how deep a value may nest. Schemas end far above it; only a forged dynamic value does not.
const maxDepth = 512

// decodeMsgpack reads a value of the plan message. The engines write it as cty does: by type, sets as arrays, numbers too large for
// msgpack as text, dynamic values as a pair of type and value, unknown values (refined or not) as extensions.
func decodeMsgpack(raw []byte, t *drift.Type) (drift.Value, error) {
	return newValueDecoder().decode(raw, t)
}

// A valueDecoder decodes one value after the other.
type valueDecoder struct {
	*msgpack.Decoder
	names names
	name  []byte
}

func newValueDecoder() *valueDecoder {
	return &valueDecoder{Decoder: msgpack.NewDecoder(nil), names: names{}}
}

func (d *valueDecoder) decode(raw []byte, t *drift.Type) (drift.Value, error) {
	r := bytes.NewReader(raw)
	d.Reset(r)
	v, err := d.value(t, 0)
	if err != nil {
		return nil, err
	}
	if r.Len() != 0 {
		return nil, unsupported("%d bytes follow a value", r.Len())
	}
	return v, nil
}

func (d *valueDecoder) value(t *drift.Type, depth int) (drift.Value, error) {
	if depth > maxDepth {
		return nil, unsupported("a value nests deeper than %d", maxDepth)
	}
	code, err := d.PeekCode()
	if err != nil {
		return nil, damaged("value: %v", err)
	}
	switch {
	case code == msgpcode.Nil:
		return nil, d.failed(d.DecodeNil())
	case msgpcode.IsExt(code):
		return drift.Unknown{}, d.failed(d.Skip())
	}
	switch t.Kind {
	case "string":
		s, err := d.DecodeString()
		return s, d.failed(err)
	case "bool":
		b, err := d.DecodeBool()
		return b, d.failed(err)
	case "number":
		return d.number(code)
	case "dynamic":
		return d.dynamic(depth)
	case "list", "set":
		return d.array(func(int) *drift.Type { return t.Elem }, depth)
	case "tuple":
		return d.array(func(i int) *drift.Type {
			if i < len(t.Elems) {
				return t.Elems[i]
			}
			return nil
		}, depth)
	case "map":
		return d.object(func(string) *drift.Type { return t.Elem }, depth)
	case "object":
		return d.object(func(name string) *drift.Type { return t.Fields[name] }, depth)
	}
	return nil, unsupported("type %q", t.Kind)
}

func (*valueDecoder) failed(err error) error {
	if err != nil {
		return unsupported("value: %v", err)
	}
	return nil
}

func (d *valueDecoder) number(code byte) (drift.Value, error) {
	switch {
	case msgpcode.IsString(code):
		s, err := d.DecodeString()
		if _, _, numErr := big.ParseFloat(s, 10, 512, big.ToNearestEven); err == nil && numErr != nil {
			return nil, unsupported("a number is written as text that is none")
		}
		return json.Number(s), d.failed(err)
	case code == msgpcode.Float, code == msgpcode.Double:
		f, err := d.DecodeFloat64()
		if err != nil {
			return nil, d.failed(err)
		}
		return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), nil
	case code == msgpcode.Uint64:
		u, err := d.DecodeUint64()
		return json.Number(strconv.FormatUint(u, 10)), d.failed(err)
	}
	i, err := d.DecodeInt64()
	return json.Number(strconv.FormatInt(i, 10)), d.failed(err)
}

func (d *valueDecoder) dynamic(depth int) (drift.Value, error) {
	if n, err := d.DecodeArrayLen(); err != nil || n != 2 {
		return nil, unsupported("a dynamic value is no pair of type and value")
	}
	raw, err := d.DecodeBytes()
	if err != nil {
		return nil, d.failed(err)
	}
	t, err := parseType(raw)
	if err != nil {
		return nil, unsupported("%v", err)
	}
	return d.value(t, depth+1)
}

func (d *valueDecoder) array(elem func(int) *drift.Type, depth int) (drift.Value, error) {
	n, err := d.DecodeArrayLen()
	if err != nil {
		return nil, d.failed(err)
	}
	list := make([]drift.Value, 0, min(n, 1024))
	for i := range n {
		t := elem(i)
		if t == nil {
			return nil, unsupported("an element without a type")
		}
		v, err := d.value(t, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (d *valueDecoder) object(field func(string) *drift.Type, depth int) (drift.Value, error) {
	n, err := d.DecodeMapLen()
	if err != nil {
		return nil, d.failed(err)
	}
	object := make(map[string]drift.Value, min(n, 1024))
	for range n {
		name, err := d.fieldName()
		if err != nil {
			return nil, err
		}
		t := field(name)
		if t == nil {
			return nil, unsupported("attribute %q is not in the schema", name)
		}
		if object[name], err = d.value(t, depth+1); err != nil {
			return nil, err
		}
	}
	return object, nil
}

func (d *valueDecoder) fieldName() (string, error) {
	n, err := d.DecodeBytesLen()
	if err != nil || n < 0 {
		return "", unsupported("the name of an attribute is no text")
	}
	if n > maxName {
		return "", unsupported("the name of an attribute has %d bytes", n)
	}
	d.name = slices.Grow(d.name[:0], n)[:n]
	if err := d.ReadFull(d.name); err != nil {
		return "", d.failed(err)
	}
	return d.names.of(d.name), nil
}

// maxName is the length up to which a map key is believed.
const maxName = 1 << 20
