package planfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mooringdev/mooring/internal/drift"
)

// A jsonReader streams JSON. Its errors never quote the text: what is near the place may be a secret.
type jsonReader struct {
	*jsontext.Decoder
	names names
}

func newJSON(r io.Reader) *jsonReader {
	return &jsonReader{Decoder: jsontext.NewDecoder(r, jsonOptions...), names: names{}}
}

var jsonOptions = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// names keeps one copy of each attribute name, of which a large stack has few, and many times.
type names map[string]string

// maxNames bounds what is kept: beyond it the texts are map keys, not attribute names.
const maxNames = 10_000

func (n names) of(raw []byte) string {
	if s, ok := n[string(raw)]; ok {
		return s
	}
	s := string(raw)
	if len(n) < maxNames {
		n[s] = s
	}
	return s
}

// object calls field for each name of the object that comes next; field must read the value. Null is an object without names.
func (d *jsonReader) object(field func(name string) error) error {
	if null, err := d.begin(jsontext.KindBeginObject); null || err != nil {
		return err
	}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.name()
		if err != nil {
			return err
		}
		if err := field(name); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return jsonError(err)
}

// array calls elem for each element of the array that comes next; elem must read the value. Null is an array without elements.
func (d *jsonReader) array(elem func() error) error {
	if null, err := d.begin(jsontext.KindBeginArray); null || err != nil {
		return err
	}
	for d.PeekKind() != jsontext.KindEndArray {
		if err := elem(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return jsonError(err)
}

func (d *jsonReader) begin(kind jsontext.Kind) (null bool, err error) {
	t, err := d.ReadToken()
	switch {
	case err != nil:
		return false, jsonError(err)
	case t.Kind() == jsontext.KindNull:
		return true, nil
	case t.Kind() != kind:
		return false, damaged("expected %s and found %s in JSON", kind, t.Kind())
	}
	return false, nil
}

// name reads the name of an object's next member.
func (d *jsonReader) name() (string, error) {
	raw, err := d.ReadValue()
	if err != nil {
		return "", jsonError(err)
	}
	if n := len(raw); n >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return d.names.of(raw[1 : n-1]), nil
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	return string(text), jsonError(err)
}

// text reads a string; null is the empty one.
func (d *jsonReader) text() (string, error) {
	t, err := d.ReadToken()
	switch {
	case err != nil:
		return "", jsonError(err)
	case t.Kind() == jsontext.KindNull:
		return "", nil
	case t.Kind() != jsontext.KindString:
		return "", damaged("expected a string and found %s in JSON", t.Kind())
	}
	return t.String(), nil
}

func (d *jsonReader) skip() error { return jsonError(d.SkipValue()) }

// copyTo appends the text of the value that comes next.
func (d *jsonReader) copyTo(to *[]byte) error {
	v, err := d.ReadValue()
	*to = append(*to, v...)
	return jsonError(err)
}

// value reads the value that comes next.
func (d *jsonReader) value() (drift.Value, error) { return d.valueOf(0) }

// valueOf reads the value that comes next; if it is an object, then probably one of that many members.
func (d *jsonReader) valueOf(members int) (drift.Value, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, jsonError(err)
	}
	switch t.Kind() {
	case jsontext.KindNull:
		return nil, nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return t.Bool(), nil
	case jsontext.KindString:
		return t.String(), nil
	case jsontext.KindNumber:
		return json.Number(t.String()), nil
	case jsontext.KindBeginArray:
		list := []drift.Value{}
		for d.PeekKind() != jsontext.KindEndArray {
			v, err := d.value()
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.ReadToken()
		return list, jsonError(err)
	}
	object := make(map[string]drift.Value, members)
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.name()
		if err != nil {
			return nil, err
		}
		if object[name], err = d.value(); err != nil {
			return nil, err
		}
	}
	_, err = d.ReadToken()
	return object, jsonError(err)
}

// parse reads a whole text as one value, probably an object of that many members. The reader is used for nothing else.
func (d *jsonReader) parse(raw []byte, members int) (drift.Value, error) {
	d.Reset(bytes.NewBuffer(raw), jsonOptions...)
	v, err := d.valueOf(members)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, damaged("text follows a JSON value")
	}
	return v, nil
}

// jsonError says that a file ends early or is no JSON.
func jsonError(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("it ends early")
	case errors.As(err, &syntax):
		return damaged("its JSON has an error at byte %d", syntax.ByteOffset)
	}
	return damaged("%v", err)
}
