// Package tree reads fields of decoded JSON without caring whether they have the type they should have.
//
// Audit logs hold anything anywhere: a missing or mistyped field reads as the zero value, never as a panic. Start with [Get].
package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// Parse decodes one JSON value, numbers as json.Number. Anything after the value is an error.
func Parse(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// Get walks object keys. It returns nil when any step is missing or not an object.
func Get(v any, path ...string) any {
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// Has tells whether v is an object that holds key.
func Has(v any, key string) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	_, ok = m[key]
	return ok
}

// Map returns the object at path, or nil.
func Map(v any, path ...string) map[string]any {
	m, _ := Get(v, path...).(map[string]any)
	return m
}

// List returns the array at path, or nil.
func List(v any, path ...string) []any {
	l, _ := Get(v, path...).([]any)
	return l
}

// String returns the scalar at path as text; "" for null, objects and arrays.
func String(v any, path ...string) string {
	switch s := Get(v, path...).(type) {
	case string:
		return s
	case json.Number:
		return s.String()
	case bool:
		return strconv.FormatBool(s)
	}
	return ""
}

// First returns the first of the named fields of v that is not empty text.
func First(v any, keys ...string) string {
	for _, key := range keys {
		if s := String(v, key); s != "" {
			return s
		}
	}
	return ""
}

// True tells whether the scalar at path is true, as a boolean or as text.
func True(v any, path ...string) bool { return strings.EqualFold(String(v, path...), "true") }

// Int returns the whole number at path, or 0.
func Int(v any, path ...string) int64 {
	n, err := strconv.ParseInt(String(v, path...), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// JSON returns the value at path, decoding it when it is text that holds JSON.
func JSON(v any, path ...string) any {
	got := Get(v, path...)
	if s, ok := got.(string); ok {
		if in, ok := Embedded(s); ok {
			return in
		}
	}
	return got
}

// Embedded decodes text that holds a JSON object or array.
func Embedded(s string) (any, bool) {
	t := strings.TrimSpace(s)
	if t == "" || (t[0] != '{' && t[0] != '[') {
		return nil, false
	}
	v, err := Parse([]byte(t))
	return v, err == nil
}

var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 MST",
	"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05Z0700", "01/02/2006 15:04:05",
}

// Time reads a time as logs write it: RFC 3339 and its relatives, or seconds, milli-, micro- or nanoseconds since 1970. The result is UTC.
func Time(s string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f <= 0 || f > 9e18 {
		return time.Time{}, false
	}
	switch {
	case f < 1e11:
		return time.UnixMilli(int64(f * 1000)).UTC(), true
	case f < 1e14:
		return time.UnixMilli(int64(f)).UTC(), true
	case f < 1e17:
		return time.UnixMicro(int64(f)).UTC(), true
	}
	return time.Unix(0, int64(f)).UTC(), true
}
