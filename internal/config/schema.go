package config

import "github.com/hashicorp/hcl/v2"

// The structs below mirror the file. Tags: hcl is gohcl's; default is the value, in HCL, that holds when the setting is absent; doc is
// its meaning; oneof lists the only values; kind names a check of kinds (see check.go).

type fileBlock struct {
	Engine      *engineBlock      `hcl:"engine,block" doc:"the program that plans"`
	Stacks      *stacksBlock      `hcl:"stacks,block" doc:"which stacks are watched"`
	Stack       []*stackBlock     `hcl:"stack,block" doc:"how one stack is planned; the label is its path, or path@workspace"`
	Audit       []*auditBlock     `hcl:"audit,block" doc:"where audit records come from; the labels are the kind of log and a name"`
	Attribution *attributionBlock `hcl:"attribution,block" doc:"who changed what, and how people are shown"`
	Rule        []*ruleBlock      `hcl:"rule,block" doc:"what to do about findings; the label is the rule's name"`
	Publish     *publishBlock     `hcl:"publish,block" doc:"what is opened on the forge"`
	Group       []*groupBlock     `hcl:"group,block" doc:"environments of one design, for mooring compare; found by itself where it can be"`
	Commands    *commandsBlock    `hcl:"commands,block" doc:"what people may do by comment"`
	Ledger      *ledgerBlock      `hcl:"ledger,block" doc:"the memory"`
}

type engineBlock struct {
	Name    string `hcl:"name,optional" oneof:"tofu terraform" doc:"which engine; without it the repository's version files and lock files decide, then what is on PATH"`
	Version string `hcl:"version,optional" kind:"version" doc:"exact version; without it the repository's version files and required_version decide"`
}

type stacksBlock struct {
	Include []string `hcl:"include,optional" kind:"glob" doc:"paths to watch; without it, all that are found"`
	Exclude []string `hcl:"exclude,optional" kind:"glob" doc:"paths not to watch; wins over include"`
	MaxAge  string   `hcl:"max_age,optional" default:"\"24h\"" kind:"duration" doc:"plan a stack at least this often, even when no audit record points at it"`
}

type stackBlock struct {
	ID            string            `hcl:"id,label"`
	Workspace     string            `hcl:"workspace,optional" doc:"workspace to select"`
	VarFiles      []string          `hcl:"var_files,optional" kind:"path" doc:"variable files, relative to the stack"`
	BackendConfig []string          `hcl:"backend_config,optional" doc:"-backend-config values: files relative to the stack, or key=value"`
	Owners        []string          `hcl:"owners,optional" kind:"owner" doc:"users, teams or addresses; without it, CODEOWNERS"`
	Env           map[string]string `hcl:"env,optional" kind:"env" doc:"environment variables of the engine"`
	Range         hcl.Range         `hcl:",def_range"`
}

type auditBlock struct {
	Log       string    `hcl:"log,label"`
	Name      string    `hcl:"name,label"`
	Body      hcl.Body  `hcl:",remain"`
	Range     hcl.Range `hcl:",def_range"`
	NameRange hcl.Range `hcl:"name,label_range"`
}

type attributionBlock struct {
	Identity string `hcl:"identity,optional" default:"\"full\"" oneof:"full role hash off" doc:"how people are shown: by name, by role only, as a hash, or not at all"`
	SourceIP bool   `hcl:"source_ip,optional" default:"false" doc:"show the address a change came from"`
	Lookback string `hcl:"lookback,optional" default:"\"30d\"" kind:"duration" doc:"how far back logs are searched when the last apply is not known"`
}

type ruleBlock struct {
	Name      string         `hcl:"name,label"`
	When      hcl.Expression `hcl:"when,attr" doc:"expression over resource, change, finding, actor, event, stack and now; the rule holds where it is true"`
	Action    string         `hcl:"action,attr" oneof:"ignore issue pull_request escalate" doc:"leave it alone, open an issue, open a pull request too, or rank it first"`
	Reason    string         `hcl:"reason,optional" doc:"why, shown to people; required for ignore"`
	Until     string         `hcl:"until,optional" kind:"date" doc:"day on which the rule ends (00:00 UTC)"`
	Range     hcl.Range      `hcl:",def_range"`
	NameRange hcl.Range      `hcl:"name,label_range"`
}

type publishBlock struct {
	Issues              string   `hcl:"issues,optional" default:"\"stack\"" oneof:"stack none" doc:"one issue per stack, or none"`
	Groups              string   `hcl:"groups,optional" default:"\"dashboard\"" oneof:"issue dashboard none" doc:"what a scan says of the groups of environments that group blocks declare: one issue per group besides a section on the dashboard and in reports, that section alone, or nothing"`
	PullRequests        string   `hcl:"pull_requests,optional" default:"\"stack\"" oneof:"stack resource none" doc:"one adoption pull request per stack, per resource, or none"`
	MaxOpenIssues       int      `hcl:"max_open_issues,optional" default:"20" kind:"count" doc:"open issues at the same time; the rest waits on the dashboard"`
	MaxOpenPullRequests int      `hcl:"max_open_pull_requests,optional" default:"10" kind:"count" doc:"open adoption pull requests at the same time"`
	PullRequestsPerHour int      `hcl:"pull_requests_per_hour,optional" default:"2" kind:"count" doc:"new pull requests in an hour"`
	FirstRun            string   `hcl:"first_run,optional" default:"\"quiet\"" oneof:"quiet full" doc:"open only the dashboard on the first run, or everything"`
	Labels              []string `hcl:"labels,optional" default:"[\"drift\"]" kind:"label" doc:"labels of issues and pull requests"`
	Assign              string   `hcl:"assign,optional" default:"\"owners\"" oneof:"owners none" doc:"whom issues are assigned to"`
	AskActor            bool     `hcl:"ask_actor,optional" default:"false" doc:"also request a review from the person who made the change, when that is confirmed"`
	Check               string   `hcl:"check,optional" default:"\"neutral\"" oneof:"neutral failure none" doc:"what the check run mooring/drift of the App concludes on pull requests that touch a drifted stack"`
	WriteInterval       string   `hcl:"write_interval,optional" default:"\"1s\"" kind:"duration" doc:"pause between writes to the forge"`
}

type groupBlock struct {
	Name   string    `hcl:"name,label"`
	Stacks []string  `hcl:"stacks" doc:"stack ids, in the order of promotion"`
	Range  hcl.Range `hcl:",def_range"`
}

type commandsBlock struct {
	Revert *revertBlock `hcl:"revert,block" doc:"/drift revert, which applies the code again"`
}

type revertBlock struct {
	Enabled bool     `hcl:"enabled,optional" default:"false" doc:"whether the command works at all"`
	Allow   []string `hcl:"allow,optional" kind:"owner" doc:"users and teams who may; without it, who maintains the repository"`
}

type ledgerBlock struct {
	Branch string `hcl:"branch,optional" default:"\"mooring/ledger\"" kind:"branch" doc:"orphan branch that holds it"`
}
