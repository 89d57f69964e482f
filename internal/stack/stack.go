// Package stack finds the stacks of a repository: which directories are root modules, in which variants they are planned, who owns
// them, and which files each of them reads.
//
// Start at [Discover]. [NewGraph] answers which stacks a file reaches. Everything reads an [io/fs.FS] whose root is the repository's
// root and nothing else: no process, no network, no clock.
//
// The rule, in the order in which it decides:
//
//  1. What people wrote down wins: stack blocks of Mooring's own configuration for their stack; else the lists of atlantis.yaml,
//     digger.yml, tfaction.yaml or Terramate's stack blocks for the whole repository (declared.go, foreign.go).
//  2. A terragrunt.hcl with a source, or that includes one, is a stack; what it points at is a module, never a stack (terragrunt.go).
//  3. A directory with a backend or cloud block is a stack. So is one with a provider block, a lock file or a local state file that no
//     module call points at, whose path does not speak of modules, examples, tests or templates, and that holds a resource or module
//     (classify.go).
//  4. What is left and holds configuration, and is no module of something else, is listed as [Unclassified] and never planned.
//  5. Variable files that set the same names are variants of one root, one stack each (variants.go).
//  6. Workspaces, variable files and backend settings that CI workflows name are filled in (workflows.go).
//
// Discovery reads the structure of blocks, not every expression: it parses only files that hold a block it needs. Configuration that
// cannot be parsed becomes a [Problem] of its stack and stops no other.
package stack

import (
	"fmt"
	"strings"
)

// A Stack is one root module with its workspace, variable files and backend: what one plan covers.
type Stack struct {
	ID            string   // Path, plus "@workspace" when not default; plus ":name" of the var file when several variants share both
	Path          string   // slash path of the root module from the repository's root; "." for the root itself
	Workspace     string   // "default" when none is named
	VarFiles      []string // passed with -var-file, relative to Path
	BackendConfig []string // passed with -backend-config: a file relative to Path, or key=value
	Env           map[string]string
	Owners        []string  // from configuration, else CODEOWNERS
	Why           string    // the signal that made this a stack, for people
	Skip          string    // why it is listed and not planned ("no resources", "needs configuration: ..."); "" to plan it
	Terragrunt    bool      // a unit of Terragrunt: it is planned by what Terragrunt makes of it
	Module        string    // of a Terragrunt unit: the module that it plans, as Path; "" when that is elsewhere or not known
	Problems      []Problem // what could not be read of it
}

// Unclassified is a directory with configuration that is not planned, and why not.
type Unclassified struct {
	Path     string
	Why      string
	Problems []Problem
}

// A Problem is a place that could not be read. Line is 0 when it is the whole file or directory.
type Problem struct {
	File    string // slash path from the repository's root
	Line    int
	Message string
}

// String is the problem as compilers write it.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// Code is the directory of the root module's code: Path, but for a Terragrunt unit whose module lies elsewhere in the repository.
func (s Stack) Code() string {
	if s.Terragrunt && s.Module != "" {
		return s.Module
	}
	return s.Path
}

// DefaultWorkspace is the name of the workspace that every stack has.
const DefaultWorkspace = "default"

// Slug is a stack's id as a file name and as a part of a branch name: "/" and "@" become "-", and so does whatever git or a file system
// would not take. Two ids can share a slug (a/b and a-b); [Slugs] keeps them apart.
func Slug(id string) string {
	if id == "." {
		return "root"
	}
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
			return r
		}
		return '-'
	}, strings.TrimPrefix(id, "./"))
	for strings.Contains(slug, "..") {
		slug = strings.ReplaceAll(slug, "..", ".-")
	}
	slug = strings.TrimRight(strings.TrimLeft(slug, ".-"), ".")
	if strings.HasSuffix(slug, ".lock") {
		slug += "-"
	}
	if slug == "" {
		return "root"
	}
	return slug
}
