package arch_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mooringdev/mooring/"

// A rule says what the packages that From matches must not import directly. Except lists packages that may.
type rule struct {
	name   string
	from   func(pkg string) bool
	forbid func(imported string) bool
}

func in(prefixes ...string) func(string) bool {
	return func(pkg string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return pkg == p || strings.HasPrefix(pkg, p+"/") })
	}
}

func exactly(names ...string) func(string) bool {
	return func(pkg string) bool { return slices.Contains(names, pkg) }
}

func outside(prefixes ...string) func(string) bool {
	inside := in(prefixes...)
	return func(pkg string) bool { return !inside(pkg) }
}

func either(fs ...func(string) bool) func(string) bool {
	return func(pkg string) bool {
		return slices.ContainsFunc(fs, func(f func(string) bool) bool { return f(pkg) })
	}
}

func prefix(ps ...string) func(string) bool {
	return func(pkg string) bool {
		return slices.ContainsFunc(ps, func(p string) bool { return strings.HasPrefix(pkg, p) })
	}
}

var stdlib = func(imported string) bool { return !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") }

// doesIO are the standard packages through which a pure package would reach files, the network, processes or the clock of the machine.
var doesIO = exactly("os", "os/exec", "os/signal", "net", "net/http", "syscall", "io/ioutil", "path/filepath")

var rules = []rule{
	{
		"the models import the standard library alone",
		exactly("internal/drift", "internal/audit"),
		func(i string) bool { return !stdlib(i) },
	},
	{
		"deciding does no I/O",
		either(in("internal/drift", "internal/blame", "internal/adopt/solve", "internal/policy", "internal/report", "internal/compare"), exactly("internal/audit", "internal/forge")),
		doesIO,
	},
	{
		"only engine and git start processes, and bench those that it measures",
		outside("internal/engine", "internal/git", "internal/bench"),
		exactly("os/exec"),
	},
	{
		"only the GitHub packages know go-github",
		outside("internal/forge/github", "internal/audit/github", "internal/bot", "internal/githubtest"),
		prefix("github.com/google/go-github", "github.com/bradleyfalzon/ghinstallation", "github.com/gofri/go-github-ratelimit"),
	},
	{
		"only action knows the Actions toolkit",
		outside("internal/action"),
		prefix("github.com/sethvargo/go-githubactions"),
	},
	{
		"only an audit/<log> package knows its vendor's SDK",
		outside("internal/audit"),
		prefix("github.com/aws/aws-sdk-go-v2/service/cloudtrail", "github.com/aws/aws-sdk-go-v2/service/athena", "github.com/Azure/azure-sdk-for-go", "google.golang.org/api", "cloud.google.com/go", "sigs.k8s.io/structured-merge-diff"),
	},
	{
		"scan is the only package that sees the whole line, and only the rim sees scan",
		outside("internal/cli", "internal/scan", "internal/action", "internal/bot", "internal/driftbench"),
		exactly(module + "internal/scan"),
	},
	{
		"nothing but main and its commands imports the commands",
		outside("cmd/mooring", "cmd/driftbench", "internal/cli", "internal/action"),
		in(module + "internal/cli"),
	},
}

func TestImportRules(t *testing.T) {
	for _, p := range list(t) {
		pkg := strings.TrimPrefix(p.ImportPath, module)
		for _, r := range rules {
			if !r.from(pkg) {
				continue
			}
			for _, i := range p.Imports {
				if r.forbid(i) {
					t.Errorf("%s imports %s, but %s", pkg, i, r.name)
				}
			}
		}
	}
}

// TestEveryPackageIsDocumented: a package doc is where a reader starts.
func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range list(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package documentation", p.ImportPath)
		}
	}
}

type pkg struct {
	ImportPath string
	Doc        string
	Imports    []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list named only %d packages", len(all))
	}
	return all
}
