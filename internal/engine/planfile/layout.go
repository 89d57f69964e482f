package planfile

import "github.com/hashicorp/go-version"

// layouts names the engines whose message layout was compared with `show -json`, and the first version that is no longer covered.
// Terraform from 1.6 on is under a licence that keeps its source from being consulted; OpenTofu's versions of one major share the layout,
// and a field that a later one adds is noticed.
var layouts = map[string]struct{ from, below *version.Version }{
	"tofu":      {from: version.Must(version.NewVersion("1.6")), below: version.Must(version.NewVersion("2"))},
	"terraform": {from: version.Must(version.NewVersion("1.3")), below: version.Must(version.NewVersion("1.6"))},
}

func layoutKnown(engine, text string) bool {
	l, ok := layouts[engine]
	v, err := version.NewVersion(text)
	if !ok || err != nil {
		return false
	}
	v = v.Core()
	return v.GreaterThanOrEqual(l.from) && v.LessThan(l.below)
}

// limits reads from a message that is otherwise not known whether the plan covers the whole stack. These fields have kept their numbers
// since plan version 3; what does not read as expected says nothing.
func limits(raw []byte) string {
	var p planMessage
	err := fields(raw, func(f field) error {
		switch f.num {
		case 1:
			p.version = f.number
		case 5, 16:
			p.targets++
		case 17:
			p.mode = f.number
		}
		return nil
	})
	if err != nil || p.version != 3 {
		return ""
	}
	return p.incomplete()
}
