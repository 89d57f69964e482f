package planfile

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mooringdev/mooring/internal/drift"
)

// resource is the [drift.ResourceID] of an instance of a state. Of its attributes only those that name it are decoded.
func (i *stateInstance) resource() (string, error) {
	if len(i.attributes) == 0 || i.deposed != "" {
		return "", nil
	}
	ids := map[string]string{}
	d := i.parser
	d.Reset(bytes.NewBuffer(i.attributes), jsonOptions...)
	err := d.object(func(name string) error {
		switch name {
		case "arn", "self_link", "id":
			if d.PeekKind() != jsontext.KindString {
				return d.skip()
			}
			v, err := d.text()
			ids[name] = v
			return err
		case "metadata":
			v, err := d.value()
			ids["uid"] = uidOf(v)
			return err
		}
		return d.skip()
	})
	if err != nil {
		return "", damaged("state of %s: %v", i.address, err)
	}
	return drift.ResourceID(i.provider, i.typ, func(name string) string { return ids[name] }), nil
}

// uidOf is the uid in the metadata of a Kubernetes object.
func uidOf(metadata drift.Value) string {
	list, _ := metadata.([]drift.Value)
	if len(list) != 1 {
		return ""
	}
	object, _ := list[0].(map[string]drift.Value)
	uid, _ := object["uid"].(string)
	return uid
}

// lineage reads what tells a state from every other, wherever it is kept. Engines note it beside the refreshed state alone.
func (a *archive) lineage() (lineage string, err error) {
	r, err := a.open(EntryLive)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	found := errors.New("found")
	d := newJSON(r)
	err = d.object(func(name string) error {
		if name != "lineage" {
			return d.skip()
		}
		if lineage, err = d.text(); err != nil {
			return err
		}
		return found
	})
	if errors.Is(err, found) {
		err = nil
	}
	return lineage, err
}
