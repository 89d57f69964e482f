package engine

import (
	"context"
	"sync"

	"github.com/mooringdev/mooring/internal/drift"
)

// An Engine is a tofu or terraform program on this machine.
type Engine struct {
	Name    string // "tofu" or "terraform"
	Path    string // absolute path of the program
	Version string // 1.12.6
	Source  string // how it was found, for people: "PATH", ".opentofu-version, downloaded", "built from source", ...

	UserAgent string // appended to what the engine and its providers call themselves, e.g. "mooring/1.2.0"
	Cache     string // Mooring's cache folder, for provider schemas; "" keeps none

	known memo // what was asked of this engine before
}

// A Workdir is what one init and plan run in.
type Workdir struct {
	Root          string            // absolute path of the repository's tree
	Path          string            // slash path of the root module under Root
	Workspace     string            // "" or "default": none is selected
	VarFiles      []string          // relative to Path
	BackendConfig []string          // -backend-config values
	Files         map[string][]byte // put in place of what the tree has, by slash path from Root: what another tool generates for the plan
	Env           []string          // the whole environment of the process, KEY=VALUE; the caller removes Mooring's own secrets
	Temp          string            // a directory for the plan file and data directory, made 0700 by the caller, who removes it
	PluginCache   string            // TF_PLUGIN_CACHE_DIR when Env has none; "" for none
}

// A Saved is a saved plan on disk with the means to read it and to plan edited code against what it saw.
// Close deletes the plan file, which holds secrets. Read, Live and Replan may be called at the same time.
type Saved struct {
	Engine      *Engine
	Workdir     Workdir      // as given; Workspace is the one that was planned
	File        string       // plan file, mode 0600 under Workdir.Temp
	DataDir     string       // data directory that init filled: .terraform of the copy that was planned
	Diagnostics []Diagnostic // warnings of a plan that succeeded

	env    environ
	hide   func(string) string // redacts an engine's words
	config *configuration
	module string // absolute path of the root module in the repository
	layout layout
	tree   string // the copy that was planned
	dir    string // the root module in it

	mu    sync.Mutex
	trees []string // copies made for Replan
	free  []string // those of them that are not in use
}

// A Replanner plans edited code. It is what package adopt needs of an engine; *Saved implements it.
type Replanner interface {
	// Replan plans the stack with the given files (slash path from the repository's root to new content; nil content deletes the file)
	// in place of those in the tree, against the live values that the saved plan read. way is "offline" or "full".
	Replan(ctx context.Context, files map[string][]byte) (p *drift.Plan, way string, err error)
}

// A Failure is an engine command that did not succeed. It is a result, not a crash: it becomes a stack's diagnostics.
type Failure struct {
	Stage       string // install, terragrunt, init, workspace, plan, show, read
	Diagnostics []Diagnostic
	Hint        string // what a person can do, one line; "" when nothing is known
	Err         error
}

func (f *Failure) Error() string {
	for _, d := range f.Diagnostics {
		if d.Severity == "error" {
			return f.Stage + ": " + d.Summary
		}
	}
	if f.Err != nil {
		return f.Stage + ": " + f.Err.Error()
	}
	return f.Stage + " did not succeed"
}

func (f *Failure) Unwrap() error { return f.Err }

// A Diagnostic is one message of an engine, or of Mooring about a stack.
type Diagnostic struct {
	Severity string `json:"severity"` // error or warning
	Summary  string `json:"summary"`
	Detail   string `json:"detail,omitempty"`
	File     string `json:"file,omitempty"` // slash path from the repository's root
	Line     int    `json:"line,omitempty"`
}
