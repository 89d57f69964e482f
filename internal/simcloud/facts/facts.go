// Package facts is what the simulated cloud knows about resource types beyond their schema: how ids and ARNs look, which attributes the
// provider defaults, which changes replace a resource, which values it rewrites.
//
// Everything is one line of facts.txt or of a file beside it; the format is described there. Start at [Known] for what is said of a type
// and at [Env.Compute] for values. A type without any line still works: values are made up from the name and type of the attribute.
package facts

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"
)

//go:embed *.txt
var files embed.FS

// Verbs of the fact files.
const (
	verbSet       = "set"       // set TYPE ATTRIBUTE RECIPE: the cloud's value where code gives none
	verbDefault   = "default"   // default TYPE ATTRIBUTE VALUE: the provider's default, known in the plan
	verbReplace   = "replace"   // replace TYPE ATTRIBUTE...: a change replaces the resource
	verbKeepBlock = "keepblock" // keepblock TYPE BLOCK...: absent from code, the cloud's blocks stay and are no difference
	verbJSON      = "json"      // json TYPE ATTRIBUTE...: two texts of the same meaning are no difference
	verbVolatile  = "volatile"  // volatile TYPE ATTRIBUTE...: changes whenever anything else does
	verbFold      = "fold"      // fold TYPE ATTRIBUTE...: compared without regard to case
)

// A line is one fact.
type line struct {
	verb, pattern string
	words         []string
}

var (
	load  sync.Once
	exact map[string][]line // by type
	globs []line            // pattern types, in file order
)

func parse() {
	exact = map[string][]line{}
	names, err := files.ReadDir(".")
	if err != nil {
		panic("simcloud facts: " + err.Error()) // embedded: cannot happen in a built program
	}
	for _, entry := range names {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			panic("simcloud facts: " + err.Error())
		}
		if err := read(entry.Name(), string(text)); err != nil {
			panic("simcloud facts: " + err.Error())
		}
	}
}

func read(file, text string) error {
	for n, raw := range strings.Split(text, "\n") {
		raw = strings.TrimSpace(raw)
		if raw == "" || strings.HasPrefix(raw, "#") {
			continue
		}
		words := strings.Fields(raw)
		if len(words) < 3 {
			return fmt.Errorf("%s:%d: want a verb, a type and an attribute", file, n+1)
		}
		l := line{verb: words[0], pattern: words[1], words: words[2:]}
		switch l.verb {
		case verbSet, verbDefault:
			if len(words) < 4 {
				return fmt.Errorf("%s:%d: %s needs a value", file, n+1, l.verb)
			}
			// The value is the rest of the line, blanks and all.
			l.words = []string{words[2], strings.TrimSpace(raw[strings.Index(raw, words[2])+len(words[2]):])}
		case verbReplace, verbKeepBlock, verbJSON, verbVolatile, verbFold:
		default:
			return fmt.Errorf("%s:%d: unknown verb %q", file, n+1, l.verb)
		}
		if strings.ContainsAny(l.pattern, "*?[") {
			globs = append(globs, l)
		} else {
			exact[l.pattern] = append(exact[l.pattern], l)
		}
	}
	return nil
}

// A Type is what is known of one resource type. The maps may be nil; they must not be changed.
type Type struct {
	Name      string
	Defaults  map[string]string
	Replace   map[string]bool
	KeepBlock map[string]bool
	JSON      map[string]bool
	Volatile  map[string]bool
	Fold      map[string]bool

	recipes map[string][]string // in order of preference
}

var known sync.Map // type name -> *Type

// Known gives what is known of a type. It never returns nil.
func Known(name string) *Type {
	if t, ok := known.Load(name); ok {
		return t.(*Type)
	}
	load.Do(parse)
	t := &Type{
		Name: name, Defaults: map[string]string{}, Replace: map[string]bool{}, KeepBlock: map[string]bool{},
		JSON: map[string]bool{}, Volatile: map[string]bool{}, Fold: map[string]bool{}, recipes: map[string][]string{},
	}
	for _, l := range exact[name] {
		t.add(l)
	}
	for _, l := range globs {
		if ok, err := path.Match(l.pattern, name); err == nil && ok {
			t.add(l)
		}
	}
	actual, _ := known.LoadOrStore(name, t)
	return actual.(*Type)
}

func (t *Type) add(l line) {
	flags := map[string]map[string]bool{
		verbReplace: t.Replace, verbKeepBlock: t.KeepBlock, verbJSON: t.JSON, verbVolatile: t.Volatile, verbFold: t.Fold,
	}[l.verb]
	switch l.verb {
	case verbSet:
		t.recipes[l.words[0]] = append(t.recipes[l.words[0]], l.words[1])
	case verbDefault:
		if _, ok := t.Defaults[l.words[0]]; !ok {
			t.Defaults[l.words[0]] = l.words[1]
		}
	default:
		for _, attribute := range l.words {
			flags[attribute] = true
		}
	}
}
