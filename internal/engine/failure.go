package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// failure makes the result of a command that did not succeed.
func (s *Saved) failure(stage string, raw []rawDiagnostic, out exit) *Failure {
	f := &Failure{Stage: stage, Diagnostics: diagnosticsOf(raw, s.Workdir, s.hide)}
	switch {
	case out.killed != "":
		f.Err = fmt.Errorf("%s was ended by a signal (%s)", s.Engine.Name, out.killed)
		f.Hint = "the machine may have run out of memory; give the job more, or lower -parallelism with TF_CLI_ARGS_plan"
		return f
	default:
		f.Err = fmt.Errorf("%s exited with status %d", s.Engine.Name, out.code)
	}
	if !hasError(f.Diagnostics) {
		// Before an engine knows that it is to speak JSON it speaks in words.
		f.Diagnostics = append(f.Diagnostics, diagnosticsOf(textDiagnostics(out.stderr), s.Workdir, s.hide)...)
	}
	if tail := strings.TrimSpace(out.stderr); !hasError(f.Diagnostics) && tail != "" {
		f.Err = fmt.Errorf("%w: %s", f.Err, clip(s.hide(tail), maxDetail))
	}
	if stage == "init" {
		f.Diagnostics = append(s.missingModules(), f.Diagnostics...)
	}
	f.Hint = s.hint(f)
	return f
}

func hasError(ds []Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == "error" })
}

// missingModules says where local modules are called that are not there: engines only name the folder.
func (s *Saved) missingModules() []Diagnostic {
	var out []Diagnostic
	for _, m := range s.config.Missing {
		file, err := filepath.Rel(s.Workdir.Root, filepath.Join(m.Dir, m.File))
		if err != nil {
			continue
		}
		out = append(out, Diagnostic{
			Severity: "error", Summary: fmt.Sprintf("the module %q is not there", m.Source),
			Detail: "No such folder in this checkout; it may be in a submodule, or be made by a step that did not run.", File: filepath.ToSlash(file), Line: m.Line,
		})
	}
	return out
}

// A cause is a usual reason of failure. Engines give their errors no codes, so it is known by words of theirs; nothing but the hint that
// people read depends on it.
type cause struct {
	stages string     // stages it belongs to, "" for any
	words  [][]string // any of these groups, whose words all occur, in lower case
	hint   string
}

// causes are tried in order: the more specific first.
var causes = []cause{
	{"", [][]string{{"error acquiring the state lock"}, {"state lock"}}, "somebody holds the state's lock; Mooring asks for none, so a wrapper or a backend setting does: look for it"},
	{"init", [][]string{{"doesn't match any of the checksums"}, {"checksums", "lock file"}}, "record this platform's checksums: run `{engine} providers lock -platform={platform}` and commit .terraform.lock.hcl"},
	{"init", [][]string{{"locked provider", "does not match configured version constraint"}}, "the lock file and required_providers disagree: run `{engine} init -upgrade` and commit .terraform.lock.hcl"},
	{"", [][]string{{"unsupported terraform core version"}, {"unsupported opentofu core version"}, {"this module is not compatible with"}}, "the code asks for another engine version than this one ({engine} {version}): set engine.version in .mooring.hcl, or a version file"},
	{"", [][]string{{"no valid credential sources"}, {"no valid credential"}, {"expiredtoken"}, {"invalidclienttokenid"}, {"signaturedoesnotmatch"}, {"invalidaccesskeyid"}, {"could not find default credentials"}, {"unable to locate credentials"}, {"authorizationfailed", "token"}, {"password authentication failed"}, {"authentication failed"}, {"role \"", "does not exist"}, {"401 unauthorized"}, {"building azurerm client"}}, "check the credentials this job runs with: they are missing, expired or wrong"},
	{"", [][]string{{"accessdenied"}, {"access denied"}, {"403"}, {"forbidden"}, {"permission denied"}, {"not authorized to perform"}}, "the credentials are good but may not do this; a scan needs to read the state and every resource in it"},
	{"init", [][]string{{"registry"}, {"could not connect to", "host"}, {"failed to query available provider packages"}, {"failed to resolve provider packages"}}, "the provider or module could not be fetched: check its name and version, and that the registry or the mirror in TF_CLI_CONFIG_FILE can be reached from here"},
	{"", [][]string{{"no such host"}, {"connection refused"}, {"i/o timeout"}, {"network is unreachable"}, {"context deadline exceeded"}, {"tls handshake"}}, "a service could not be reached from here: check the address, the network and the proxy settings"},
	{"", [][]string{{"nosuchbucket"}, {"bucket", "does not exist"}}, "the state's bucket does not exist under that name in that region: check the backend settings"},
	{"init", [][]string{{"backend", "required"}, {"the attribute", "is required by the backend"}, {"missing required argument"}, {"missing required value"}, {"missing region"}, {"required field is not set"}}, "the backend block is partial: name its file or values with backend_config of the stack in .mooring.hcl"},
	{"", [][]string{{"inconsistent dependency lock file"}, {"required plugins are not installed"}, {"missing required provider"}}, "a provider is missing: check required_providers and .terraform.lock.hcl"},
	{"", [][]string{{"failed to read variables file"}, {"given variables file"}}, "check var_files of the stack in .mooring.hcl: they are relative to the root module"},
	{"", [][]string{{"decrypt"}, {"encryption"}}, "the state is encrypted: give the job the same key settings, e.g. in TF_ENCRYPTION"},
}

func (s *Saved) hint(f *Failure) string {
	if names := s.missingVariables(f); len(names) > 0 {
		return "set " + strings.Join(names, ", ") + ": with var_files or env (TF_VAR_" + names[0] + ") of the stack in .mooring.hcl, or in the job's environment"
	}
	var text strings.Builder
	for _, d := range f.Diagnostics {
		if d.Severity == "error" {
			text.WriteString(strings.Join(strings.Fields(strings.ToLower(d.Summary+" "+d.Detail)), " ") + "\n")
		}
	}
	if f.Err != nil {
		text.WriteString(strings.ToLower(f.Err.Error()))
	}
	for _, c := range causes {
		if (c.stages == "" || c.stages == f.Stage) && slices.ContainsFunc(c.words, func(group []string) bool {
			return !slices.ContainsFunc(group, func(word string) bool { return !strings.Contains(text.String(), word) })
		}) {
			return strings.NewReplacer("{engine}", s.Engine.Name, "{version}", s.Engine.Version, "{platform}", platform()).Replace(c.hint)
		}
	}
	return ""
}

// missingVariables names the root variables whose declaration an error about a missing value points at.
func (s *Saved) missingVariables(f *Failure) []string {
	var names []string
	for _, v := range s.config.Variables {
		if slices.ContainsFunc(f.Diagnostics, func(d Diagnostic) bool {
			return d.Severity == "error" && (d.Summary == "No value for required variable" || d.Summary == "Variable not provided via -var, tfvars files, or env") &&
				d.File == path.Join(s.Workdir.Path, v.File) && v.Lines[0] <= d.Line && d.Line <= v.Lines[1]
		}) {
			names = append(names, v.Name)
		}
	}
	return names
}

// noteUnpinned warns of providers that the committed lock file does not pin: the plan used whatever was newest.
func (s *Saved) noteUnpinned(before []byte) {
	pinned := lockedProviders(before)
	if len(pinned) == 0 {
		return // a stack without a lock file has chosen not to pin any
	}
	for address, version := range s.providers() {
		if pinned[address].version == "" {
			s.Diagnostics = append(s.Diagnostics, Diagnostic{
				Severity: "warning", Summary: fmt.Sprintf("the lock file does not pin %s; planned with %s", address, version),
				Detail: "Run `" + s.Engine.Name + " init` and commit .terraform.lock.hcl, or scans and applies may use different versions.",
				File:   path.Join(s.Workdir.Path, ".terraform.lock.hcl"),
			})
		}
	}
}

// validated reads the answer of validate -json.
func validated(text string) []rawDiagnostic {
	var answer struct {
		Diagnostics []rawDiagnostic `json:"diagnostics"`
	}
	if i := strings.IndexByte(text, '{'); i < 0 || json.Unmarshal([]byte(text[i:]), &answer) != nil {
		return nil
	}
	return answer.Diagnostics[:min(len(answer.Diagnostics), maxDiagnostics)]
}

// AsFailure finds the Failure in an error of this package: a result to show, where other errors are reasons to stop.
func AsFailure(err error) (*Failure, bool) {
	var f *Failure
	ok := errors.As(err, &f)
	return f, ok
}

func platform() string { return runtime.GOOS + "_" + runtime.GOARCH }
