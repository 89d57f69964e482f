package comparison

import (
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

var byHand = simcloud.By{Actor: trail.User("mallory", "203.0.113.9"), Via: audit.ViaConsole, At: time.Date(2026, 10, 20, 14, 0, 0, 0, time.UTC)}

func (b *bench) changedByHand(t *target, _ string) *plant {
	e := b.one()
	return &plant{
		Case: Case{How: "changed by hand", Class: string(compare.Drift), Path: t.attribute},
		live: func(w *world) error {
			_, err := w.clouds[e].Change(w.by(e, t), t.typ, t.ids[e], func(a map[string]any) { a[t.attribute] = t.value })
			return err
		},
	}
}

// by is who changes an object by hand, in the object's own region.
func (w *world) by(e int, t *target) simcloud.By {
	by := byHand
	if o, err := w.clouds[e].Object(t.typ, t.ids[e]); err == nil {
		by.Region = o.Region
	}
	return by
}

func (b *bench) deletedByHand(t *target, _ string) *plant {
	if !t.unread {
		return nil
	}
	e := b.one()
	return &plant{
		Case: Case{How: "deleted by hand", Class: string(compare.Drift)},
		live: func(w *world) error {
			_, err := w.clouds[e].Delete(w.by(e, t), t.typ, t.ids[e])
			return err
		},
	}
}
