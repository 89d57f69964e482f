package stack

// A Stack is one root module with its workspace, variable files and backend: what one plan covers.
type Stack struct {
	ID            string   // Path, plus "@workspace" when not default; plus ":name" of the var file when several variants share both
	Path          string   // slash path of the root module from the repository's root; "." for the root itself
	Workspace     string   // "default" when none is named
	VarFiles      []string // passed with -var-file, relative to Path
	BackendConfig []string // passed with -backend-config: a file relative to Path, or key=value
	Env           map[string]string
	Owners        []string // from configuration, else CODEOWNERS
	Why           string   // the signal that made this a stack, for people
	Skip          string   // why it is listed and not planned ("no resources", "needs configuration: ..."); "" to plan it
	Terragrunt    bool
}
