package compare

import (
	"time"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/policy"
)

// A Stack is one environment as a scan saw it.
type Stack struct {
	ID        string
	Path      string
	Workspace string
	VarFiles  []string
	Owners    []string
	Problem   string // why it could not be planned, for people; "" when it was. Then only what its files say is compared.
	Instances []Instance
	Tree      *module.Tree // nil when the configuration could not be read
	Findings  []Finding
	Versions  []Version
}

// An Instance is one managed resource instance: what the code says of it and what is there.
type Instance struct {
	Address, Type, Provider string
	Code                    map[string]drift.Value // nil: the code does not have it
	Live                    map[string]drift.Value // nil: it is not there
	Sensitive               []string               // paths; a prefix covers what is below
	Schema                  *drift.Block           // nil when it is not known
}

// A Finding is what a scan said of an instance.
type Finding struct {
	drift.Finding
	Attribution []blame.Attribution
	Decision    *policy.Decision
}

// A Version is what a stack uses of something that is upgraded.
type Version struct {
	Kind    string // engine, provider or module
	Name    string // tofu; the provider's source; the module's address
	Version string
	Source  string // of a module, without its version
	File    string // where it is written; "" when nowhere
	Line    int
}

// The kinds of a Version.
const (
	KindEngine   = "engine"
	KindProvider = "provider"
	KindModule   = "module"
)

// A Commit is one entry of the history.
type Commit struct {
	ID, Author, Subject string
	Time                time.Time
}

// History answers what version control knows. Its answers may be late or missing: then less is explained.
type History interface {
	// LastChange is the newest commit that changed lines of a file as it is now; nil when that is not known.
	LastChange(file string, first, last int) *Commit
	// Before is a file as it was before a commit; false when it was not there yet, or nothing is known.
	Before(c *Commit, file string) ([]byte, bool)
}

// Options say what to compare with. The zero value compares without history and rules.
type Options struct {
	History    History // nil: none
	Rules      []policy.Rule
	Now        time.Time
	DecodeYAML func(string) (drift.Value, error)
}
