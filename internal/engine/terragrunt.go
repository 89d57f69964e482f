package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// FindTerragrunt looks for Terragrunt on the PATH of an environment.
func FindTerragrunt(env []string) (program string, ok bool) { return lookPath(env, "terragrunt") }

// ErrUnitLeftOut is what Unfold says of a unit whose own configuration tells Terragrunt to leave it out.
var ErrUnitLeftOut = errors.New("terragrunt leaves this unit out: its configuration says skip or exclude")

// A Unit is what Terragrunt would have an engine plan: a root module with its inputs, generated files and backend.
type Unit struct {
	Workdir      // to plan in place of the one that was given
	Foreign bool // its module is not code of the repository: Root is where Terragrunt downloaded it to
}

// Unfold asks Terragrunt what it would have the engine plan for the unit at w.Path, and plans nothing. Module is where the unit's module lies in
// the repository as far as discovery knows, "" when it does not.
//
// Terragrunt runs on a copy of the tree, as `terragrunt plan`, with a stand-in for the engine (see seam): it evaluates its configuration, downloads
// the source, generates files, runs its hooks for init and plan, reads the outputs of dependencies, and would then plan; the stand-in notes
// with what, and ends. It asks nothing, makes no bucket and changes none. What it noted is planned like every other stack, so that base, live and
// proof are the same as without Terragrunt.
func (e *Engine) Unfold(ctx context.Context, terragrunt string, w Workdir, module string) (*Unit, error) {
	temp, err := filepath.EvalSymlinks(w.Temp)
	if err != nil {
		return nil, fmt.Errorf("run terragrunt: %w", err)
	}
	root := filepath.Clean(w.Root)
	s := &seam{engine: e, out: filepath.Join(temp, "seam"), tree: filepath.Join(temp, "terragrunt"), root: root}
	s.unit = filepath.Join(s.tree, filepath.FromSlash(w.Path))
	for _, dir := range []string{s.out, s.tree} {
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("run terragrunt: %w", err)
		}
	}
	l := layout{base: root, whole: map[string]bool{root: true}, above: map[string]bool{}, skip: filepath.Clean(w.Temp)}
	if err := l.make(s.tree); err != nil {
		return nil, err
	}
	env, err := s.write(environ(w.Env))
	if err != nil {
		return nil, err
	}
	hide := redactor(env)
	run := &Engine{Name: "terragrunt", Path: terragrunt}
	out, err := run.run(ctx, command{cwd: s.unit, args: []string{"plan", "-input=false"}, env: env})
	if err != nil {
		return nil, err
	}
	if out.code != 0 {
		said := strings.ReplaceAll(hide(out.stderr), s.tree+string(filepath.Separator), "")
		return nil, &Failure{
			Stage: "terragrunt", Err: fmt.Errorf("it ended with status %d%s: %s", out.code, out.killed, lastWords(said)),
			Hint: "`terragrunt plan` must succeed in " + w.Path + " without asking anything; dependencies must be applied or have mock_outputs, and the state's bucket must be there",
		}
	}
	return s.read(w, module)
}

// lastWords is the end of what a program said, short enough for a diagnostic.
func lastWords(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return clip(strings.Join(lines[max(0, len(lines)-6):], "\n"), maxSummary)
}

// A seam is the place between Terragrunt and the engine, where a script takes the engine's place.
type seam struct {
	engine *Engine
	out    string // what the script notes
	tree   string // the copy of the repository that Terragrunt runs in
	root   string // the repository
	unit   string // the unit in the copy
}

// The script lets everything through but init and plan of the unit itself: dependencies are asked for their outputs by the real engine.
// What Terragrunt wrote for this one plan (values that are null) is gone when it ends, so the module is copied while it is there.
const seamScript = `#!/bin/sh
# Stands where Terragrunt looks for the engine, and notes what it would have planned.
here=$(pwd -P)
command=
for word in "$@"; do
  case "$word" in -*) ;; *) command=$word; break ;; esac
done
case "$command" in
plan)
  if [ ! -e "$MOORING_SEAM/plan" ]; then
    env -0 >"$MOORING_SEAM/env" && cp -R . "$MOORING_SEAM/module" && printf '%s\0' "$here" "$@" >"$MOORING_SEAM/plan" || exit 1
  fi
  exit 0 ;;
init)
  printf '%s\0' "$here" "$@" >"$MOORING_SEAM/init-$$" || exit 1
  case "$here/" in "$MOORING_UNIT"/ | "$MOORING_UNIT"/.terragrunt-cache/*) exit 0 ;; esac ;;
esac
exec "$MOORING_ENGINE" "$@"
`

// steering are the variables of Terragrunt that would change where it works, what it starts or what it answers by itself.
func steering(key string) bool {
	name, ok := strings.CutPrefix(key, "TERRAGRUNT_")
	if !ok {
		name, ok = strings.CutPrefix(key, "TG_")
	}
	return ok && slices.ContainsFunc([]string{
		"TFPATH", "TF_PATH", "NON_INTERACTIVE", "DOWNLOAD", "WORKING_DIR", "CONFIG", "DEBUG", "INPUTS_DEBUG", "OUT_DIR", "JSON_OUT_DIR", "PROVIDER_CACHE", "NO_AUTO_INIT",
		"DISABLE_BUCKET_UPDATE", "FAIL_ON_STATE_BUCKET_CREATION", "BACKEND_", "NO_COLOR", "LOG_", "TF_FORWARD_STDOUT", "FORWARD_TF_STDOUT", "ALL",
	}, func(s string) bool { return strings.HasPrefix(name, s) })
}

// write makes the script, and the environment that Terragrunt runs in.
func (s *seam) write(caller environ) (environ, error) {
	script := filepath.Join(s.out, "engine")
	if err := os.Mkdir(s.out, 0o700); err != nil {
		return nil, fmt.Errorf("run terragrunt: %w", err)
	}
	if err := os.WriteFile(script, []byte(seamScript), 0o700); err != nil {
		return nil, fmt.Errorf("run terragrunt: %w", err)
	}
	env := caller.without(func(key string) bool { return ours(key) || steering(key) || logging(key) })
	env = append(env, "CHECKPOINT_DISABLE=1", "MOORING_SEAM="+s.out, "MOORING_UNIT="+s.unit, "MOORING_ENGINE="+s.engine.Path)
	for _, prefix := range []string{"TERRAGRUNT_", "TG_"} { // the second since 0.73
		env = append(env, prefix+"DISABLE_BUCKET_UPDATE=true", prefix+"FAIL_ON_STATE_BUCKET_CREATION=true", prefix+"NO_COLOR=true")
	}
	return append(env, "TERRAGRUNT_TFPATH="+script, "TG_TF_PATH="+script, "TG_BACKEND_BOOTSTRAP=false"), nil
}

// read makes a Workdir of what the script noted.
func (s *seam) read(w Workdir, module string) (*Unit, error) {
	plan, err := fields(filepath.Join(s.out, "plan"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrUnitLeftOut
	}
	if err != nil {
		return nil, fmt.Errorf("read what terragrunt would plan: %w", err)
	}
	env, err := fields(filepath.Join(s.out, "env"))
	if err != nil {
		return nil, fmt.Errorf("read what terragrunt would plan: %w", err)
	}
	here, args := plan[0], plan[1:]
	u := &Unit{Workdir: w}
	moved := s.place(u, here, module)
	copied := filepath.Join(s.out, "module")
	if u.Files, err = s.overlay(u, copied, moved); err != nil {
		return nil, fmt.Errorf("read what terragrunt would plan: %w", err)
	}
	u.Env = s.environ(environ(w.Env), env, args, moved)
	u.VarFiles = append(slices.Clone(w.VarFiles), s.varFiles(u, args, moved)...)
	init, err := s.initArgs(here)
	if err != nil {
		return nil, err
	}
	for _, value := range flagValues(init, "backend-config") {
		u.BackendConfig = append(u.BackendConfig, moved.Replace(value))
	}
	if err := os.RemoveAll(s.out); err != nil || u.Foreign {
		return u, err
	}
	return u, os.RemoveAll(s.tree)
}

// fields reads what printf or env separated by zero bytes.
func fields(name string) ([]string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00"), nil
}

// place says where the module that Terragrunt was about to plan is planned instead: in the repository where it is a copy of code there, else
// where it was downloaded to. The result maps paths of the copy to what they mean there.
func (s *seam) place(u *Unit, here, module string) *strings.Replacer {
	const cacheFolder = ".terragrunt-cache"
	source := here // the folder that the source was copied to
	if rel, err := filepath.Rel(filepath.Join(s.unit, cacheFolder), here); err == nil && filepath.IsLocal(rel) {
		parts := strings.Split(filepath.ToSlash(rel), "/")
		source = filepath.Join(s.unit, cacheFolder, filepath.Join(parts[:min(2, len(parts))]...))
	}
	inside, _ := filepath.Rel(source, here)
	original := filepath.Join(s.root, filepath.FromSlash(module))
	if module == "" || !sameCode(original, here) {
		u.Foreign, u.Root, u.Path = true, source, filepath.ToSlash(inside)
		return strings.NewReplacer(source, source, s.tree, s.root)
	}
	u.Path = path.Clean(module)
	pairs := []string{here, original}
	if outer, ok := strings.CutSuffix(original, string(filepath.Separator)+inside); ok && inside != "." {
		pairs = append(pairs, source, outer)
	}
	return strings.NewReplacer(append(pairs, s.tree, s.root)...)
}

// sameCode tells whether a folder is a copy of a module: every file of the module is there, and at least one is as it was.
func sameCode(module, folder string) bool {
	entries, err := os.ReadDir(module)
	if err != nil {
		return false
	}
	same := false
	for _, entry := range entries {
		if entry.IsDir() || !isConfiguration(entry.Name()) {
			continue
		}
		there, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return false
		}
		here, err := os.ReadFile(filepath.Join(module, entry.Name()))
		same = same || err == nil && bytes.Equal(here, there)
	}
	return same
}

// overlay are the files of the module that Terragrunt added or wrote anew, by their slash paths from u.Root.
func (s *seam) overlay(u *Unit, copied string, moved *strings.Replacer) (map[string][]byte, error) {
	original := filepath.Join(u.Root, filepath.FromSlash(u.Path))
	files := map[string][]byte{}
	err := filepath.WalkDir(copied, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".terraform" || entry.Name() == ".terragrunt-cache" || entry.Name() == ".git"):
			return fs.SkipDir
		case !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), ".terragrunt") || entry.Name() == "terragrunt.hcl":
			return nil
		}
		if info, err := entry.Info(); err != nil || info.Size() > copyLimit {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(copied, name)
		if err != nil {
			return err
		}
		if had, err := os.ReadFile(filepath.Join(original, rel)); err != nil || !bytes.Equal(had, content) {
			files[path.Join(u.Path, filepath.ToSlash(rel))] = []byte(moved.Replace(string(content)))
		}
		return nil
	})
	return files, err
}

// environ is the environment that Terragrunt gave the engine, with what the caller told the engine and Terragrunt was not shown.
func (s *seam) environ(caller, noted environ, args []string, moved *strings.Replacer) environ {
	env := noted.without(func(key string) bool {
		switch key {
		case "PWD", "OLDPWD", "SHLVL", "_", "MOORING_SEAM", "MOORING_UNIT", "MOORING_ENGINE", "TERRAGRUNT_TFPATH", "TG_TF_PATH":
			return true
		}
		return ours(key)
	})
	for i, entry := range env {
		key, value, _ := strings.Cut(entry, "=")
		env[i] = key + "=" + moved.Replace(value)
	}
	for _, entry := range caller {
		if key, _, _ := strings.Cut(entry, "="); ours(key) || logging(key) {
			env = append(env, entry)
		}
	}
	var words []string
	for _, value := range flagValues(args, "var") {
		words = append(words, quoted("-var="+moved.Replace(value)))
	}
	if len(words) > 0 {
		env = append(env, "TF_CLI_ARGS_plan="+strings.TrimSpace(env.get("TF_CLI_ARGS_plan")+" "+strings.Join(words, " ")))
	}
	return env
}

// quoted is a word as a shell reads it.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// varFiles are the variable files that extra_arguments name, as the module sees them.
func (s *seam) varFiles(u *Unit, args []string, moved *strings.Replacer) []string {
	var out []string
	for _, name := range flagValues(args, "var-file") {
		name = moved.Replace(name)
		if rel, err := filepath.Rel(filepath.Join(u.Root, filepath.FromSlash(u.Path)), name); err == nil && filepath.IsAbs(name) && within(u.Root, name) {
			name = filepath.ToSlash(rel)
		}
		out = append(out, name)
	}
	return out
}

// initArgs are the arguments of the init that came before the plan in the same folder.
func (s *seam) initArgs(here string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(s.out, "init-*"))
	if err != nil {
		return nil, fmt.Errorf("read what terragrunt would initialise: %w", err)
	}
	for _, name := range names {
		noted, err := fields(name)
		if err != nil {
			return nil, fmt.Errorf("read what terragrunt would initialise: %w", err)
		}
		if noted[0] == here {
			return noted[1:], nil
		}
	}
	return nil, nil
}

// flagValues are the values that arguments give a flag, as -flag=value or as -flag value.
func flagValues(args []string, flag string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		switch {
		case name != flag || !strings.HasPrefix(args[i], "-"):
		case joined:
			out = append(out, value)
		case i+1 < len(args):
			i++
			out = append(out, args[i])
		}
	}
	return out
}
