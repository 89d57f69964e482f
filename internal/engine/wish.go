package engine

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
)

// A wish is what is known of the engine that a stack wants.
type wish struct {
	name    string // tofu or terraform
	known   bool   // something speaks for the name; else it is the default
	firm    bool   // somebody chose the name, so the other engine will not do
	reason  string // what decided, for people: ".opentofu-version"; "" when nothing did
	version string // what the version must be, as written; "" for any
	match   func(name string, v *version.Version, lenient bool) bool
}

// accepts tells whether an engine's version will do. Pre-releases count as the release they lead to.
// Leniently, OpenTofu's newer releases need not fit what is said to Terraform.
func (w *wish) accepts(name, text string, lenient bool) bool {
	v, err := version.NewVersion(text)
	return err == nil && (w.match == nil || w.match(name, v, lenient))
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
		w.known, w.firm, w.reason = true, true, "configuration"
	}
	if r.Version != "" {
		if err := w.bound(r.Version, "engine.version"); err != nil {
			return nil, err
		}
	}
	if file := findVersionFile(r, w.name); file != nil && (w.name == "" || w.version == "") {
		w.name, w.known, w.firm, w.reason = file.engine, true, true, file.name
		if w.version == "" {
			if err := w.fromFile(file); err != nil {
				return nil, err
			}
		}
	}
	if w.name == "" {
		w.fromCode(r.Dir)
	}
	if w.version == "" {
		if err := w.fromConfiguration(c); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// tofuIgnores is the first OpenTofu that leaves required_version in .tf files to Terraform.
var tofuIgnores = version.Must(version.NewVersion("1.12.0"))

// fromConfiguration takes the version from what the code requires of the engine.
func (w *wish) fromConfiguration(c *configuration) error {
	shared, err := versionMatcher("required_version", c.RequiredVersions)
	if err != nil {
		return err
	}
	tofu, err := versionMatcher("required_version or compatible_with", c.TofuVersions)
	if err != nil {
		return err
	}
	mine := c.RequiredVersions
	if w.name == "tofu" {
		mine = append(slices.Clone(mine), c.TofuVersions...)
	}
	if len(mine) == 0 {
		return nil
	}
	w.version = strings.Join(mine, ", ")
	if w.reason != "" {
		w.reason += " and "
	}
	w.reason += "required_version"
	w.match = func(name string, v *version.Version, lenient bool) bool {
		if name != "tofu" {
			return shared(v)
		}
		foreign := (lenient || w.known && w.name == "tofu") && v.Core().GreaterThanOrEqual(tofuIgnores)
		return tofu(v) && (foreign || shared(v))
	}
	return nil
}

// versionMatcher tells whether versions fit all the given constraints.
func versionMatcher(what string, texts []string) (func(*version.Version) bool, error) {
	constraints, err := version.NewConstraint(cmp.Or(strings.Join(texts, ", "), ">= 0"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return func(v *version.Version) bool { return constraints.Check(v.Core()) }, nil
}

// fromCode takes the engine's name from what only one of them writes or reads.
func (w *wish) fromCode(dir string) {
	w.name = "tofu"
	if names, _ := filepath.Glob(filepath.Join(dir, "*.tofu")); len(names) > 0 {
		w.known, w.firm, w.reason = true, true, filepath.Base(names[0])
		return
	}
	switch hosts := lockedHosts(dir); {
	case hosts["registry.opentofu.org"]:
		w.known, w.reason = true, "lock file with providers of registry.opentofu.org"
	case hosts["registry.terraform.io"]:
		w.name, w.known, w.reason = "terraform", true, "lock file with providers of registry.terraform.io"
	}
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
	matches, err := versionMatcher(fmt.Sprintf("%s %q", why, text), []string{text})
	if err != nil {
		return err
	}
	w.version, w.match = text, func(_ string, v *version.Version, _ bool) bool { return matches(v) }
	if v, err := version.NewVersion(text); err == nil && v.Prerelease() != "" {
		w.match = func(_ string, have *version.Version, _ bool) bool { return have.Equal(v) }
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
		w.version, w.match = f.text, func(_ string, v *version.Version, _ bool) bool {
			return v.Prerelease() == "" && re.MatchString(v.String())
		}
		return nil
	case text == "latest", text == "latest-allowed", text == "min-required", text == "system":
		return nil // whatever required_version allows
	}
	return w.bound(f.text, f.name)
}
