package planfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mooringdev/mooring/internal/drift"
)

// readObject calls field for each name of the object that comes next; field must read the value. Null is an object without names.
func readObject(d *jsontext.Decoder, field func(name string) error) error {
	if null, err := begin(d, jsontext.KindBeginObject); null || err != nil {
		return err
	}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return stateError(err)
		}
		if err := field(name.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return stateError(err)
}

// readArray calls elem for each element of the array that comes next; elem must read the value. Null is an array without elements.
func readArray(d *jsontext.Decoder, elem func() error) error {
	if null, err := begin(d, jsontext.KindBeginArray); null || err != nil {
		return err
	}
	for d.PeekKind() != jsontext.KindEndArray {
		if err := elem(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return stateError(err)
}

func begin(d *jsontext.Decoder, kind jsontext.Kind) (null bool, err error) {
	t, err := d.ReadToken()
	switch {
	case err != nil:
		return false, stateError(err)
	case t.Kind() == jsontext.KindNull:
		return true, nil
	case t.Kind() != kind:
		return false, damaged("expected %s and found %s in JSON", kind, t.Kind())
	}
	return false, nil
}

// readString reads a string; null is the empty one.
func readString(d *jsontext.Decoder) (string, error) {
	t, err := d.ReadToken()
	switch {
	case err != nil:
		return "", stateError(err)
	case t.Kind() == jsontext.KindNull:
		return "", nil
	case t.Kind() != jsontext.KindString:
		return "", damaged("expected a string and found %s in JSON", t.Kind())
	}
	return t.String(), nil
}

// readValue reads the value that comes next.
func readValue(d *jsontext.Decoder) (drift.Value, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, stateError(err)
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
			v, err := readValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.ReadToken()
		return list, stateError(err)
	}
	object := map[string]drift.Value{}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, stateError(err)
		}
		key := name.String() // the token is valid only until the next read
		if object[key], err = readValue(d); err != nil {
			return nil, err
		}
	}
	_, err = d.ReadToken()
	return object, stateError(err)
}

// parseJSON reads a whole text as one value.
func parseJSON(raw []byte) (drift.Value, error) {
	d := newJSON(bytes.NewReader(raw))
	v, err := readValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, damaged("text follows a JSON value")
	}
	return v, nil
}

// stateError says that a file ends early or is no JSON, without quoting any of it: what is near the place may be a secret.
func stateError(err error) error {
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
