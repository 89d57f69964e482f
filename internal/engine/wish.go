package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/go-version"
)

// A wish is what is known of the engine that a stack wants.
type wish struct {
	name    string // tofu or terraform
	firm    bool   // somebody chose the name, so the other engine will not do
	reason  string // what decided, for people: ".opentofu-version"; "" when nothing did
	version string // what the version must be, as written; "" for any
	match   func(v *version.Version) bool
}

// accepts tells whether a version will do. Pre-releases count as the release they lead to.
func (w *wish) accepts(text string) bool {
	v, err := version.NewVersion(text)
	return err == nil && (w.match == nil || w.match(v))
}

func (w *wish) because() string {
	switch {
	case w.reason == "":
		return ""
	case w.version == "":
		return " (wanted by " + w.reason + ")"
	}
	return fmt.Sprintf(" %s (wanted by %s)", w.version, w.reason)
}

// note is because as an afterthought of Engine.Source.
func (w *wish) note() string {
	if w.reason == "" {
		return ""
	}
	return ", " + w.reason
}

// exact is the one version that will do, or "".
func (w *wish) exact() string {
	v, err := version.NewVersion(w.version)
	if err != nil {
		return ""
	}
	return v.String()
}

// readWish reads what configuration, version files, code and lock file say.
func readWish(r Request) (*wish, error) {
	c := readConfiguration(r.Dir)
	w := &wish{name: r.Name}
	if r.Program != "" {
		w.name = r.Program
	}
	if w.name != "" {
		if oldest[w.name] == nil {
			return nil, fmt.Errorf("engine %q is not known: it can be tofu or terraform", w.name)
		}
		w.firm, w.reason = true, "configuration"
	}
	if r.Version != "" {
		if err := w.bound(r.Version, "engine.version"); err != nil {
			return nil, err
		}
	}
	if file := findVersionFile(r, w.name); file != nil && (w.name == "" || w.version == "") {
		w.name, w.firm, w.reason = file.engine, true, file.name
		if w.version == "" {
			if err := w.fromFile(file); err != nil {
				return nil, err
			}
		}
	}
	if w.version == "" && len(c.RequiredVersions) > 0 {
		if err := w.bound(strings.Join(c.RequiredVersions, ", "), "required_version"); err != nil {
			return nil, err
		}
	}
	if w.name == "" {
		w.fromCode(r.Dir)
	}
	return w, nil
}

// fromCode takes the engine's name from what only one of them writes or reads.
func (w *wish) fromCode(dir string) {
	w.name = "tofu"
	why := ""
	if names, _ := filepath.Glob(filepath.Join(dir, "*.tofu")); len(names) > 0 {
		w.firm, why = true, filepath.Base(names[0])
	} else {
		switch hosts := lockedHosts(dir); {
		case hosts["registry.opentofu.org"]:
			why = "lock file with providers of registry.opentofu.org"
		case hosts["registry.terraform.io"]:
			w.name, why = "terraform", "lock file with providers of registry.terraform.io"
		}
	}
	if w.reason != "" && why != "" {
		why = " and " + why
	}
	w.reason += why
}

func lockedHosts(dir string) map[string]bool {
	hosts := map[string]bool{}
	lock, err := os.ReadFile(filepath.Join(dir, ".terraform.lock.hcl"))
	if err != nil {
		return hosts
	}
	for provider := range lockedProviders(lock) {
		host, _, _ := strings.Cut(provider, "/")
		hosts[host] = true
	}
	return hosts
}

// bound sets what the version must be: a version, or a constraint as required_version has it.
func (w *wish) bound(text, why string) error {
	text = strings.TrimPrefix(strings.TrimSpace(text), "v")
	constraints, err := version.NewConstraint(text)
	if err != nil {
		return fmt.Errorf("%s %q: %w", why, text, err)
	}
	w.version, w.match = text, func(v *version.Version) bool { return constraints.Check(v.Core()) }
	if v, err := version.NewVersion(text); err == nil {
		w.match = func(have *version.Version) bool { return have.Equal(v) || v.Prerelease() == "" && have.Core().Equal(v) }
	}
	if w.reason == "" || w.reason == "configuration" {
		w.reason = why
	}
	return nil
}

// A versionFile is a file by which version managers choose an engine.
type versionFile struct {
	engine string // tofu or terraform
	name   string // as people know it
	text   string // what it asks for
}

// findVersionFile looks for a version file from the root module's folder up to the repository's root. The nearest folder decides; in one
// folder OpenTofu's file goes first. A name that is chosen already narrows it to that engine's files.
func findVersionFile(r Request, name string) *versionFile {
	for dir := filepath.Clean(r.Dir); ; dir = filepath.Dir(dir) {
		for _, f := range versionFilesIn(dir) {
			if name == "" || f.engine == name {
				return &f
			}
		}
		if dir == filepath.Clean(r.Root) || !within(r.Root, dir) {
			return nil
		}
	}
}

func versionFilesIn(dir string) []versionFile {
	var out []versionFile
	for _, f := range []versionFile{{engine: "tofu", name: ".opentofu-version"}, {engine: "terraform", name: ".terraform-version"}} {
		for _, line := range fileLines(filepath.Join(dir, f.name)) {
			f.text = line
			out = append(out, f)
			break
		}
	}
	for _, line := range fileLines(filepath.Join(dir, ".tool-versions")) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "opentofu", "tofu":
			out = append(out, versionFile{engine: "tofu", name: ".tool-versions", text: fields[1]})
		case "terraform":
			out = append(out, versionFile{engine: "terraform", name: ".tool-versions", text: fields[1]})
		}
	}
	return out
}

// fileLines reads the lines of a file that say something.
func fileLines(path string) []string {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// fromFile takes the version from a version file: a version, or one of the words that version managers know.
func (w *wish) fromFile(f *versionFile) error {
	switch text, pattern, _ := strings.Cut(f.text, ":"); {
	case text == "latest" && pattern != "":
		re, err := regexp.Compile(pattern)
		if err != nil {
			return fmt.Errorf("%s: %q: %w", f.name, f.text, err)
		}
		w.version, w.match = f.text, func(v *version.Version) bool { return v.Prerelease() == "" && re.MatchString(v.String()) }
		return nil
	case text == "latest", text == "latest-allowed", text == "min-required", text == "system":
		return nil // whatever required_version allows
	}
	return w.bound(f.text, f.name)
}
