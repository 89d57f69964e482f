package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected errors")

// TestB19_ErrorsPointAndSuggest loads each file of testdata/err and compares the message, which is the second file of the archive.
func TestB19_ErrorsPointAndSuggest(t *testing.T) {
	files, err := filepath.Glob("testdata/err/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Load(fstest.MapFS{Name: {Data: archive.Files[0].Data}}, Name)
			var bad *Error
			if !errors.As(err, &bad) {
				t.Fatalf("Load = %v, want an Error", err)
			}
			got := bad.Error() + "\n"
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "error", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(archive.Files) != 2 {
				t.Fatal("the case has no expected error: run with -update")
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func load(t *testing.T, src string) *Config {
	t.Helper()
	c, err := Load(fstest.MapFS{Name: {Data: []byte(src)}}, Name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	c, err := Load(fstest.MapFS{}, Name)
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Stacks:      Stacks{MaxAge: 24 * time.Hour},
		Attribution: Attribution{Identity: IdentityFull, Lookback: 30 * 24 * time.Hour},
		Publish: Publish{
			Issues: "stack", Groups: "dashboard", PullRequests: "stack", MaxOpenIssues: 20, MaxOpenPullRequests: 10, PullRequestsPerHour: 2, FirstRun: "quiet",
			Labels: []string{"drift"}, Assign: "owners", Check: "neutral", WriteInterval: time.Second,
		},
		Ledger: Ledger{Branch: "mooring/ledger"},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	for _, src := range []string{"\n", "# nothing\n", "publish {}\nstacks {}\nledger {}\nattribution {}\ncommands {\n  revert {}\n}\n"} {
		if got := load(t, src); !cmp.Equal(got.Publish, want.Publish) || !cmp.Equal(got.Stacks, want.Stacks) || got.Ledger != want.Ledger || got.Attribution != want.Attribution {
			t.Errorf("defaults with %q: %+v", src, got)
		}
	}
}

// TestB19_ZeroIsNotUnset guards against the zero value of Go being taken for absence.
func TestB19_ZeroIsNotUnset(t *testing.T) {
	c := load(t, `
publish {
  max_open_issues        = 0
  pull_requests_per_hour = 0
  labels                 = []
  write_interval         = "0s"
}
attribution {
  source_ip = false
}
`)
	if c.Publish.MaxOpenIssues != 0 || c.Publish.PullRequestsPerHour != 0 || len(c.Publish.Labels) != 0 || c.Publish.WriteInterval != 0 {
		t.Errorf("zeros became %+v", c.Publish)
	}
	if c.Publish.MaxOpenPullRequests != 10 {
		t.Errorf("a setting beside them lost its default: %d", c.Publish.MaxOpenPullRequests)
	}
}

func TestEverySetting(t *testing.T) {
	src, err := os.ReadFile("testdata/ok/every-setting.hcl")
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, string(src))
	if c.Engine != (Engine{"tofu", "1.12.6"}) || c.Declared[0].Env["TF_VAR_region"] != "eu-west-1" || c.Declared[0].Range.Start.Line == 0 {
		t.Errorf("engine or stack: %+v %+v", c.Engine, c.Declared)
	}
	var settings []any
	for _, a := range c.Audit {
		settings = append(settings, a.Settings)
	}
	if diff := cmp.Diff([]any{
		&CloudTrail{Regions: []string{"eu-west-1", "us-east-1"}, RoleARN: "arn:aws:iam::111122223333:role/audit-read", Cache: true},
		&CloudTrail{},
		&CloudTrail{Bucket: "acme-trail", BucketRegion: "eu-west-1", Prefix: "org", Verify: true, Cache: true},
		&AuditFile{Paths: []string{"audit/*.json.gz"}},
		&Azure{Subscriptions: []string{"00000000-1111-2222-3333-444455556666"}},
		&GCP{
			Projects: []string{"acme-prod"}, Folders: []string{"123456789012"}, Organizations: []string{"210987654321"},
			Views: []string{"projects/acme-logs/locations/global/buckets/org/views/_AllLogs"}, DataAccess: true, Impersonate: "audit@acme-prod.iam.gserviceaccount.com",
		},
		&BigQuery{Dataset: "acme-logs.audit", Project: "acme-drift", DataAccess: true, MaxGiB: 20, Impersonate: "audit@acme-prod.iam.gserviceaccount.com"},
		&Athena{
			Table: "security.cloudtrail", Region: "eu-west-1", Workgroup: "mooring", Output: "s3://acme-athena/mooring/", Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1"},
			MaxGiB: 20, RoleARN: "arn:aws:iam::111122223333:role/audit-read",
		},
		&GitHub{Organization: "acme", TokenVariable: "AUDIT_TOKEN"},
		&Kubernetes{Kubeconfig: "ops/kubeconfig", Context: "reader"},
	}, settings); diff != "" {
		t.Errorf("audit:\n%s", diff)
	}
	if len(c.Rules) != 1 || !c.Rules[0].Until.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("rules: %+v", c.Rules)
	}
	if c.Revert.Enabled || !cmp.Equal(c.Revert.Allow, []string{"@acme/platform"}) || len(c.Groups) != 1 {
		t.Errorf("revert or groups: %+v %+v", c.Revert, c.Groups)
	}
	for _, s := range Reference() {
		name := s.Name[strings.LastIndex(s.Name, ".")+1:]
		if !strings.Contains(string(src), name) {
			t.Errorf("the file of every setting lacks %s", s.Name)
		}
	}
}

func TestReference(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Reference() {
		if s.Meaning == "" || s.Type == "" || seen[s.Name] {
			t.Errorf("setting without meaning or type, or twice: %+v", s)
		}
		seen[s.Name] = true
	}
	for _, name := range []string{"publish.max_open_issues", "commands.revert.allow", `stack "...".var_files`, `audit "file" "...".paths`, `rule "...".when`} {
		if !seen[name] {
			t.Errorf("the reference lacks %s", name)
		}
	}
}

// TestTags guards the struct tags: checks exist, and only single blocks have defaults, since gohcl makes repeated ones itself.
func TestTags(t *testing.T) {
	var walk func(t reflect.Type, repeated bool)
	walk = func(typ reflect.Type, repeated bool) {
		for i := range typ.NumField() {
			field := typ.Field(i)
			if kind := field.Tag.Get("kind"); kind != "" && kinds[kind] == nil {
				t.Errorf("%s.%s: no check called %q", typ, field.Name, kind)
			}
			if repeated && field.Tag.Get("default") != "" {
				t.Errorf("%s.%s: a default in a repeated block is lost", typ, field.Name)
			}
			if isBlock(field) {
				walk(elementStruct(field), repeated || field.Type.Kind() == reflect.Slice)
			}
		}
	}
	walk(reflect.TypeFor[fileBlock](), false)
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{"0s": 0, "90m": 90 * time.Minute, "30d": 720 * time.Hour, "2w": 336 * time.Hour, "1d12h": 36 * time.Hour, "250ms": 250 * time.Millisecond, "1.5h": 90 * time.Minute} {
		if got, err := ParseDuration(s); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "5", "d", "-1h", "1 day", "1.5d", "1y", "9999999999d", "1h x", "9999999999999h"} {
		if got, err := ParseDuration(s); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", s, got)
		}
	}
}
