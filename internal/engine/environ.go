package engine

import (
	"slices"
	"strings"

	"github.com/mattn/go-shellwords"
)

// An environ is a process environment, KEY=VALUE; of entries with one key the last counts, as for package os/exec.
type environ []string

func (e environ) get(key string) string {
	for _, entry := range slices.Backward(e) {
		if k, v, ok := strings.Cut(entry, "="); ok && k == key {
			return v
		}
	}
	return ""
}

func (e environ) has(key string) bool {
	return slices.ContainsFunc(e, func(entry string) bool { return strings.HasPrefix(entry, key+"=") })
}

// without drops the entries whose key drop accepts.
func (e environ) without(drop func(key string) bool) environ {
	return slices.DeleteFunc(slices.Clone(e), func(entry string) bool {
		key, _, _ := strings.Cut(entry, "=")
		return drop(key)
	})
}

// ours are the variables of engines that Mooring sets itself, or that would change what its commands do. The arguments in TF_CLI_ARGS*
// that say something about the stack are kept as arguments: see keptArgs.
func ours(key string) bool {
	switch key {
	case "TF_DATA_DIR", "TF_WORKSPACE", "TF_INPUT", "TF_IN_AUTOMATION", "CHECKPOINT_DISABLE", "TF_APPEND_USER_AGENT", "TF_CLI_ARGS":
		return true
	}
	return strings.HasPrefix(key, "TF_CLI_ARGS_")
}

// logging are the variables that make an engine write its log to stderr, where Mooring looks for the reason of a failure.
func logging(key string) bool {
	return key == "TF_LOG" || key == "TF_LOG_CORE" || key == "TF_LOG_PROVIDER"
}

// maxSocketPath is how many bytes the path of a socket can have with its final zero, on the system that has the least (macOS).
const maxSocketPath = 104

// environ is the environment of every command of a stack, without a workspace.
func (e *Engine) environ(w Workdir) environ {
	caller := environ(w.Env)
	env := caller.without(ours)
	if !caller.has("TF_LOG_PATH") {
		env = env.without(logging)
	}
	env = append(env, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1")
	if agent := strings.TrimSpace(caller.get("TF_APPEND_USER_AGENT") + " " + e.UserAgent); agent != "" {
		env = append(env, "TF_APPEND_USER_AGENT="+agent)
	}
	if len(w.Temp)+len("/plugin4294967295") < maxSocketPath {
		// Providers listen on sockets there. One that is killed leaves its own behind.
		env = append(env, "TMPDIR="+w.Temp)
	}
	if w.PluginCache != "" && !caller.has("TF_PLUGIN_CACHE_DIR") {
		env = append(env, "TF_PLUGIN_CACHE_DIR="+w.PluginCache)
	}
	return env
}

// keptFlags are the flags of the caller's TF_CLI_ARGS and TF_CLI_ARGS_<command> that say what the stack is. All others are dropped: they
// would change what Mooring's own commands do (-target, -out, -json, -refresh=false, -upgrade, ...).
var keptFlags = map[string][]string{
	"init": {"backend-config", "plugin-dir", "var", "var-file"},
	"plan": {"var", "var-file", "parallelism"},
}

// keptArgs are the arguments that the caller's environment gives for a command. What cannot be split into words is left to the engine's
// own judgement of the same environment elsewhere: it is dropped.
func (e *Engine) keptArgs(env environ, name string) []string {
	var kept []string
	for _, key := range []string{"TF_CLI_ARGS", "TF_CLI_ARGS_" + name} {
		words, err := shellwords.Parse(env.get(key))
		if err != nil {
			continue
		}
		for i := 0; i < len(words); i++ {
			flag, _, joined := strings.Cut(strings.TrimLeft(words[i], "-"), "=")
			takesNext := !joined && i+1 < len(words) && slices.Contains([]string{"backend-config", "plugin-dir", "var", "var-file", "parallelism", "target", "replace", "out", "state", "lock-timeout"}, flag)
			if !strings.HasPrefix(words[i], "-") || !slices.Contains(keptFlags[name], flag) || name == "init" && strings.HasPrefix(flag, "var") && !e.earlyVariables() {
				if takesNext {
					i++
				}
				continue
			}
			kept = append(kept, words[i])
			if takesNext {
				i++
				kept = append(kept, words[i])
			}
		}
	}
	return kept
}
