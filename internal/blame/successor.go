package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
	"github.com/mooringdev/mooring/internal/drift"
)

// successors finds, for objects that are gone, those that people made in their place: of the same type, account and region, under the same name.
// Where the cloud chooses ids the new object has another one, so that the state still holds the one that is gone.
type successors struct {
	gone map[string][]*subject      // deleted objects that have a name, by type
	said map[string]map[string]bool // of the calls that make such a type, by record: the names in them
}

func newSuccessors(all []*subject) *successors {
	s := &successors{gone: map[string][]*subject{}, said: map[string]map[string]bool{}}
	for _, sub := range all {
		if sub.Finding.Kind == drift.KindDeleted && givenName(sub.Finding) != "" {
			s.gone[sub.Finding.Type] = append(s.gone[sub.Finding.Type], sub)
		}
	}
	return s
}

// looking tells whether there is anything to find.
func (s *successors) looking() bool { return len(s.gone) > 0 }

// see remembers what a call says that makes an object of a type of which one is gone.
func (s *successors) see(e *audit.Event) {
	if !s.looking() || e.Provider != "aws" || e.Status == audit.StatusFailure {
		return
	}
	kind, ok := makers()[serviceName(e)+" "+baseOperation(e.Operation)]
	if !ok || len(s.gone[kind]) == 0 || len(s.said) >= maxMakings {
		return
	}
	s.said[e.Source+"\x00"+e.ID] = namesIn(e.Request)
}

// of is the id of the finding about the object that a made one replaces, "" when there is none or more than one.
func (s *successors) of(m making) string {
	found := ""
	for _, sub := range s.gone[m.kind] {
		f := sub.Finding
		switch {
		case !s.said[m.at.ref.Source+"\x00"+m.at.ref.ID][givenName(f)],
			f.Account != "" && m.account != "" && f.Account != m.account,
			f.Region != "" && m.region != "" && f.Region != m.region,
			m.at.at.Before(sub.from), slices.Contains(f.IDs, m.ids[0]):
		case found != "":
			return ""
		default:
			found = f.ID
		}
	}
	return found
}

// namesIn are the names that a request gives: what stands under a key that ends in one of nameKeys, and the value of a tag Name.
func namesIn(request any) map[string]bool {
	out := map[string]bool{}
	var walk func(v any, key string)
	walk = func(v any, key string) {
		switch t := v.(type) {
		case map[string]any:
			if tree.String(t, "key") == "Name" {
				out[tree.String(t, "value")] = true
			}
			for k, e := range t {
				walk(e, fold(k))
			}
		case []any:
			for _, e := range t {
				walk(e, key)
			}
		case string:
			if slices.ContainsFunc(nameKeys, func(end string) bool { return strings.HasSuffix(key, end) }) {
				out[t] = true
			}
		}
	}
	walk(request, "")
	delete(out, "")
	return out
}

var nameKeys = []string{"name", "identifier", "bucket"}

// nameAttributes hold the name that people give an object, the most telling first.
var nameAttributes = []string{"name", "bucket", "identifier", "cluster_identifier", "function_name", "cluster_name", "table_name", "domain_name"}

// givenName is the name that people gave an object: an attribute of its own, else the tag Name. "" when it has none, or a sensitive one.
func givenName(f drift.Finding) string {
	for _, attribute := range nameAttributes {
		if s, ok := f.Attributes[attribute].(string); ok && s != "" && !slices.Contains(f.SensitivePaths, attribute) {
			return s
		}
	}
	if slices.ContainsFunc(f.SensitivePaths, func(p string) bool { return strings.HasPrefix(p, "tags") }) {
		return ""
	}
	tags, _ := f.Attributes["tags"].(map[string]drift.Value)
	name, _ := tags["Name"].(string)
	return name
}

// bornBeside tells whether a call made another object of the same name: what it came back with has other ids than the object that is gone.
func (s *subject) bornBeside(e *audit.Event) bool {
	if s.Finding.Kind != drift.KindDeleted || e.Provider != "aws" || makers()[serviceName(e)+" "+baseOperation(e.Operation)] != s.Finding.Type {
		return false
	}
	born := newIDs(e.Response, s.kind)
	return len(born) > 0 && !slices.ContainsFunc(born, func(id string) bool {
		return slices.ContainsFunc(s.Finding.IDs, func(own string) bool { return fold(own) == fold(id) || fold(lastName(own)) == fold(id) })
	})
}
