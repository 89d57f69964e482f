package scan_test

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/git/fresh"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

func TestMain(m *testing.M) {
	enginetest.ServeVersion()
	os.Exit(m.Run())
}

// A yard is a repository whose stacks are applied with a real engine and a provider of several versions.
type yard struct {
	t     *testing.T
	dir   string
	env   []string
	repo  *fresh.Repo
	day   int
	cache string
	book  ledger.Ledger
}

func newYard(t *testing.T, versions ...string) *yard {
	t.Helper()
	y := &yard{t: t, dir: t.TempDir(), cache: t.TempDir(), book: ledger.Ledger{Store: &ledger.Dir{Path: t.TempDir()}}}
	y.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CHECKPOINT_DISABLE=1", "GIT_CONFIG_GLOBAL=" + os.DevNull}, enginetest.Versions(t, versions...)...)
	var err error
	if y.repo, err = fresh.Init(t.Context(), y.dir, y.env); err != nil {
		t.Fatal(err)
	}
	y.write(".gitignore", "*.tfstate\n*.tfstate.backup\n.terraform/\n")
	return y
}

func (y *yard) write(name, text string) {
	y.t.Helper()
	full := filepath.Join(y.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		y.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		y.t.Fatal(err)
	}
}

// engine runs the engine by hand in a stack.
func (y *yard) engine(stack string, args ...string) {
	y.t.Helper()
	cmd := exec.Command(enginetest.Tofu(y.t), append(args, "-no-color")...)
	cmd.Dir, cmd.Env = filepath.Join(y.dir, filepath.FromSlash(stack)), y.env
	if out, err := cmd.CombinedOutput(); err != nil {
		y.t.Fatalf("tofu %v in %s: %v\n%s", args, stack, err, out)
	}
}

func (y *yard) apply(stack string) {
	y.t.Helper()
	y.engine(stack, "init", "-input=false", "-upgrade")
	y.engine(stack, "apply", "-auto-approve", "-input=false")
}

func (y *yard) commit(author string) {
	y.t.Helper()
	y.day++
	c := fresh.Commit{Author: author, Email: "x@example.com", Date: time.Date(2026, 1, y.day, 0, 0, 0, 0, time.UTC), Message: "change"}
	if err := y.repo.Commit(y.t.Context(), c); err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) options() scan.Options {
	y.t.Helper()
	repo, err := git.Open(y.t.Context(), y.dir, y.env)
	if err != nil {
		y.t.Fatal(err)
	}
	c, err := config.Parse(nil, config.Name)
	if err != nil {
		y.t.Fatal(err)
	}
	return scan.Options{
		Root: y.dir, FS: os.DirFS(y.dir), Repo: repo, Config: c, Engine: enginetest.Tofu(y.t), Env: y.env, CacheDir: y.cache, Concurrency: 2,
		Now: func() time.Time { return time.Date(2026, 2, y.day, 0, 0, 0, 0, time.UTC) }, Progress: scan.NoProgress{}, Log: slog.New(slog.DiscardHandler),
	}
}

// scan scans, and remembers what it found.
func (y *yard) scan() *report.Results {
	y.t.Helper()
	y.day++
	o := y.options()
	entries, err := y.book.Entries(y.t.Context())
	if err != nil {
		y.t.Fatal(err)
	}
	past := ledger.Fold(entries, o.Now())
	if len(entries) > 0 {
		o.Memory = past
	}
	r, err := scan.Run(y.t.Context(), o)
	if err != nil {
		y.t.Fatal(err)
	}
	for _, s := range r.Stacks {
		for _, d := range s.Diagnostics {
			y.t.Logf("%s: %s", s.Stack.ID, d.Summary)
		}
	}
	before := ledger.Fold(entries, o.Now())
	moves := ledger.FindMoves(before, r, nil)
	if err := y.book.Append(y.t.Context(), append(moves.Entries, ledger.Record(before.With(moves.Entries), r)...)...); err != nil {
		y.t.Fatal(err)
	}
	return r
}

func simCode(version, body string) string {
	return "terraform {\n  backend \"local\" {}\n  required_providers {\n    sim = {\n      source  = \"example/sim\"\n      version = \"" + version + "\"\n    }\n  }\n}\n" + body
}

const twoServers = "resource \"sim_server\" \"a\" {\n  name = \"a\"\n}\nresource \"sim_server\" \"b\" {\n  name = \"b\"\n}\n"

// TestUpgradeIsRecognisedByTrying: what a provider's new version wants is one item, found by planning with the old one; what the code changed
// beside it is not in it. With no old version at hand the pattern tells it, and the item says so.
func TestUpgradeIsRecognisedByTrying(t *testing.T) {
	for name, c := range map[string]struct {
		forget  bool // the cache of providers
		after   string
		moves   []string
		tried   bool
		waiting int // findings that are no part of it
	}{
		"tried":                       {false, twoServers, []string{"sim_server.tier"}, true, 0},
		"tried, and the code changed": {false, strings.Replace(twoServers, "name = \"b\"\n", "name = \"b\"\n  size = \"big\"\n", 1), []string{"sim_server.tier"}, true, 1},
		"not at hand":                 {true, twoServers, []string{"sim_server.tier"}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := newYard(t, "1.0.0", "2.0.0")
			y.write("main.tf", simCode("1.0.0", twoServers))
			y.apply(".")
			y.commit("Ann")
			if r := y.scan(); r.Stacks[0].Status != report.StatusClean {
				t.Fatalf("at first it is %s", r.Stacks[0].Status)
			}
			y.write("main.tf", simCode("2.0.0", c.after))
			y.engine(".", "init", "-input=false", "-upgrade")
			y.commit("Ben")
			if c.forget {
				if err := os.RemoveAll(filepath.Join(y.cache, "plugins")); err != nil {
					t.Fatal(err)
				}
			}
			s := y.scan().Stacks[0]
			if len(s.Upgrades) != 1 {
				t.Fatalf("upgrades: %+v", s.Upgrades)
			}
			u := s.Upgrades[0]
			if u.From != "1.0.0" || u.To != "2.0.0" || u.Author != "Ben" || u.Tried != c.tried || u.Resources != 2 {
				t.Errorf("%+v", u)
			}
			if d := cmp.Diff(c.moves, u.Moves); d != "" {
				t.Error(d)
			}
			waiting := 0
			for i := range s.Findings {
				if !report.ByUpgrade(&s.Findings[i]) {
					waiting++
				}
			}
			if waiting != c.waiting || s.Status != report.StatusPending {
				t.Errorf("%s, and %d findings are not the upgrade's: %+v", s.Status, waiting, s.Findings)
			}
			var b bytes.Buffer
			if err := report.WriteText(&b, &report.Results{Stacks: []report.StackResult{s}}, report.TextOptions{Width: 200}); err != nil {
				t.Fatal(err)
			}
			t.Log(b.String())
		})
	}
}

// TestModuleUpgradeIsRecognised: a module that is called in another version, here beside its old one, is tried as well.
func TestModuleUpgradeIsRecognised(t *testing.T) {
	t.Parallel()
	y := newYard(t, "1.0.0")
	module := func(tier string) string {
		return "terraform {\n  required_providers {\n    sim = {\n      source = \"example/sim\"\n    }\n  }\n}\nresource \"sim_server\" \"this\" {\n  name = \"web\"\n  tier = \"" + tier + "\"\n}\n"
	}
	y.write("modules/web/v1/main.tf", module("small"))
	y.write("modules/web/v2/main.tf", module("large")+"resource \"sim_server\" \"more\" {\n  name = \"more\"\n}\n")
	root := func(version string) string {
		return simCode("1.0.0", "module \"web\" {\n  source = \"../../modules/web/"+version+"\"\n}\nresource \"sim_server\" \"own\" {\n  name = \"own\"\n}\n")
	}
	y.write("infra/prod/main.tf", root("v1"))
	y.apply("infra/prod")
	y.commit("Ann")
	y.scan()
	y.write("infra/prod/main.tf", root("v2"))
	y.commit("Ben")
	s := y.scan().Stacks[0]
	want := []report.Upgrade{{Kind: "module", Name: "web", From: "v1", To: "v2", Source: "../../modules/web/v2", Tried: true, Author: "Ben", Moves: []string{"sim_server (create)", "sim_server.tier"}, Resources: 2}}
	for i := range s.Upgrades {
		s.Upgrades[i].Commit = ""
	}
	if d := cmp.Diff(want, s.Upgrades); d != "" {
		t.Error(d)
	}
	for i := range s.Findings {
		if f := &s.Findings[i]; !report.ByUpgrade(f) {
			t.Errorf("%s is not the upgrade's: %s %s", f.Address, f.Kind, f.Reason)
		}
	}
}

// TestImpactShowsWhatTheBumpBrings: of a tree that raises a version and changes code besides, only what the version brings is told.
func TestImpactShowsWhatTheBumpBrings(t *testing.T) {
	t.Parallel()
	y := newYard(t, "1.0.0", "2.0.0")
	y.write("infra/prod/main.tf", simCode("1.0.0", twoServers))
	y.apply("infra/prod")
	y.commit("Ann")
	o := y.options()
	base, err := o.Repo.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	y.write("infra/prod/main.tf", simCode("2.0.0", strings.Replace(twoServers, "name = \"b\"\n", "name = \"b\"\n  size = \"big\"\n  tier = \"standard\"\n", 1)+"resource \"sim_server\" \"c\" {\n  name = \"c\"\n}\n"))
	y.engine("infra/prod", "init", "-input=false", "-upgrade")
	y.commit("Ben")
	r, err := scan.Impact(t.Context(), y.options(), base, true)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.WriteImpactMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	want := "| `infra/prod` | update `sim_server.a` (`tier`) |\n"
	if !strings.HasSuffix(b.String(), want) {
		t.Errorf("the note is\n%s\nand should end with\n%s", b.String(), want)
	}
}
