package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// digestField is the last field of a document: a hash of all that it says. It tells a document that was cut, mixed up or edited from one
// that is as a scan wrote it. It is no signature: whoever can write the file can write the field.
const (
	digestField  = "digest"
	digestPrefix = "sha256:"
)

// ErrDigest says that a findings document is not what it was when it was written.
var ErrDigest = errors.New("the findings document was changed after it was written: its digest does not fit")

// CheckDigest tells whether a findings document is as [WriteJSON] wrote it, white space and the order of fields aside. A document without a
// digest, as people write it by hand, passes. What it says is read by [ReadJSON].
func CheckDigest(data []byte) error {
	var document map[string]any
	if err := decode(data, &document); err != nil {
		return err
	}
	said, ok := document[digestField]
	if !ok {
		return nil
	}
	is, err := digestOf(document)
	if err != nil {
		return err
	}
	if said != is {
		return ErrDigest
	}
	return nil
}

// digestOf hashes a document without its digest, in a form that does not depend on white space and the order of fields.
func digestOf(document map[string]any) (string, error) {
	delete(document, digestField)
	canonical, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("hashing findings: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return digestPrefix + hex.EncodeToString(sum[:]), nil
}

// sealed is the form with its digest.
func sealed(form jsonResults) (jsonResults, error) {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(form); err != nil {
		return form, fmt.Errorf("writing findings as JSON: %w", err)
	}
	var document map[string]any
	if err := decode(b.Bytes(), &document); err != nil {
		return form, err
	}
	var err error
	form.Digest, err = digestOf(document)
	return form, err
}
