package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/engine/source"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// canaryCode has a canary in every kind of place where code keeps secrets, far from what drifts: a patch shows the lines around its edits.
const canaryCode = `terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
  backend "http" {}
}

provider "aws" {
  region     = "eu-west-1"
  access_key = "AKIAIOSFODNN7EXAMPLE"
  secret_key = var.provider_key
}

resource "aws_ssm_parameter" "code" {
  name  = "/app/code"
  type  = "SecureString"
  value = var.from_environment
}

resource "aws_ssm_parameter" "file" {
  name  = "/app/file"
  type  = "SecureString"
  value = var.from_file
}

resource "aws_db_instance" "main" {
  identifier              = "main"
  instance_class          = "db.t3.micro"
  engine                  = "postgres"
  username                = "app"
  password                = var.from_default
  skip_final_snapshot     = true
  allocated_storage       = 20
  backup_retention_period = 7
}

resource "aws_sns_topic" "hook" {
  name            = "hook"
  delivery_policy = jsonencode({ http = { password = "old-password-in-code", retries = 3 } })
}

resource "aws_lambda_function" "job" {
  function_name = "job"
  role          = "arn:aws:iam::111122223333:role/job"
  handler       = "index.handler"
  runtime       = "nodejs22.x"
  filename      = "job.zip"
  environment {
    variables = {
      API_TOKEN = "placeholder"
      MODE      = "fast"
    }
  }
}

resource "aws_sqs_queue" "work" {
  name = "work"
  tags = { Team = "core" }
}

output "secret" {
  value     = aws_ssm_parameter.code.value
  sensitive = true
}
`

const canaryVariables = `variable "provider_key" {
  type      = string
  sensitive = true
}

variable "from_environment" {
  type      = string
  sensitive = true
}

variable "from_file" {
  type      = string
  sensitive = true
}

variable "from_default" {
  type      = string
  default   = "canary-default-7f3a"
  sensitive = true
}
`

// brokenCode cannot be planned, and says a secret in its error.
const brokenCode = `terraform {
  backend "local" {}
}

resource "terraform_data" "this" {}

variable "api_token" {
  type = string
  validation {
    condition     = length(var.api_token) < 3
    error_message = "The value ${var.api_token} is too long."
  }
}
`

// tellingCode cannot be planned either: its errors say values of variables whose names promise nothing, wherever they come from.
const tellingCode = `terraform {
  backend "local" {}
}

variable "greeting" {
  type = string
  validation {
    condition     = length(var.greeting) < 3
    error_message = "Not ${var.greeting}."
  }
}

variable "from_file" {
  type      = string
  sensitive = true
}

variable "from_given_file" {
  type      = string
  sensitive = true
}

variable "from_default" {
  type      = string
  default   = "canary-hidden-default-c0de"
  sensitive = true
}

variable "settings" {
  type = map(string)
}

resource "terraform_data" "this" {
  lifecycle {
    precondition {
      condition     = length(nonsensitive(var.from_file)) < 3
      error_message = "Neither ${nonsensitive(var.from_file)} nor ${nonsensitive(var.from_given_file)}, ${nonsensitive(var.from_default)} or ${jsonencode(var.settings)}."
    }
  }
}
`

// awayCode calls modules at addresses with a token and a password.
const awayCode = `terraform {
  backend "local" {}
}

module "away" {
  source = "git::https://canary-module-user-a0a0@127.0.0.1:1/away.git"
}

module "far" {
  source = "git::https://someone:canary-module-password-a0a1@127.0.0.1:1/far.git?ref=v1"
}
`

// A stateServer keeps one state, behind a password.
func stateServer(t *testing.T, password string) string {
	t.Helper()
	var mu sync.Mutex
	var state []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if _, given, ok := r.BasicAuth(); !ok || given != password {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		switch r.Method {
		case http.MethodGet:
			if state == nil {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			_, _ = w.Write(state)
		default:
			body, err := io.ReadAll(r.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			state = body
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// A cage is a repository full of canaries, and the cloud that its stack lives in.
type cage struct {
	t         *testing.T
	dir, temp string
	env       []string
	now       time.Time
}

func (c *cage) write(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cage) git(args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "git", append([]string{"-C", c.dir, "-c", "user.name=T", "-c", "user.email=t@example.com"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("git %v: %v", args, err)
	}
	return string(out)
}

// objects are the contents of every object of the repository by id.
func (c *cage) objects() map[string]string {
	out := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(c.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")), "\n") {
		id, kind, _ := strings.Cut(line, " ")
		if kind == "tree" {
			out[id] = c.git("ls-tree", id)
			continue
		}
		out[id] = c.git("cat-file", kind, id)
	}
	return out
}

// mooring runs a command and returns everything that it printed.
func (c *cage) mooring(args ...string) (int, string) {
	var out bytes.Buffer
	app := &cli.App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Env: c.env, Now: func() time.Time { return c.now }}
	code := app.Run(c.t.Context(), append([]string{"-C", c.dir}, args...))
	return code, out.String()
}

// TestNoCanarySings puts a secret into every kind of place that Mooring reads, runs everything that writes, and looks for them in all of it.
func TestNoCanarySings(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	c := &cage{t: t, dir: filepath.Join(t.TempDir(), "repo"), temp: t.TempDir(), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	aws, err := schemas.AWS()
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := simcloud.New(simcloud.Options{}, aws)
	if err != nil {
		t.Fatal(err)
	}
	attach, stop, err := cloud.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	backend := stateServer(t, "canary-backend-11c0")
	c.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + c.temp, "CHECKPOINT_DISABLE=1", "TF_REATTACH_PROVIDERS=" + attach,
		"MOORING_CACHE_DIR=" + filepath.Join(cache, "mooring"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull,
		"AWS_SECRET_ACCESS_KEY=canary-process-env-90aa", "AWS_SESSION_TOKEN=canary-session-env-90ab",
		"TF_VAR_from_environment=canary-variable-env-5d1e", "TF_VAR_api_token=canary-error-text-2f2f", "TF_VAR_provider_key=canary-provider-77e2",
		"TF_VAR_greeting=canary-plain-name-1b1b", `TF_VAR_settings={"mode":"canary-inside-object-1b1c"}`, "TF_LOG=trace", enginetest.Cache(t)}, enginetest.Mirror(t)...)
	c.write("app/main.tf", canaryCode)
	c.write("app/variables.tf", canaryVariables)
	c.write("app/terraform.tfvars", "from_file = \"canary-tfvars-02bd\"\n")
	c.write("broken/main.tf", brokenCode)
	c.write("telling/main.tf", tellingCode)
	c.write("telling/terraform.tfvars", "from_file = \"canary-own-file-2c2c\"\n")
	c.write("telling/given.tfvars", "from_given_file = \"canary-given-file-2c2d\"\n")
	c.write("away/main.tf", awayCode)
	c.write("state/main.tf", "terraform {\n  backend \"http\" {}\n}\n\nresource \"terraform_data\" \"this\" {}\n")
	c.write(".mooring.hcl", fmt.Sprintf(`stack "app" {
  backend_config = ["address=%s", "username=mooring", "password=canary-backend-11c0"]
}
stack "broken" {}
stack "telling" {
  var_files = ["given.tfvars"]
}
stack "away" {}
stack "state" {
  backend_config = ["address=http://someone:canary-state-address-3d3d@127.0.0.1:1/state", "password=canary-state-password-3d3e", "retry_max=0"]
}
publish {
  first_run = "full"
}
`, backend))
	c.git("init", "-q", "-b", "main")
	c.git("add", "-A")
	c.git("commit", "-q", "-m", "first")

	recipe, _ := source.Lookup("tofu")
	tofu := &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: recipe.Version, UserAgent: "mooring/test", Cache: t.TempDir()}
	w := engine.Workdir{Root: c.dir, Path: "app", Env: c.env, Temp: t.TempDir(), BackendConfig: []string{"address=" + backend, "username=mooring", "password=canary-backend-11c0"}}
	if err := tofu.Apply(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	setTo := func(key string, value any) func(map[string]any) { return func(m map[string]any) { m[key] = value } }
	by := simcloud.By{Actor: trail.Person("alice@example.com", "Admin", "203.0.113.7"), Via: audit.ViaConsole, At: c.now.Add(-2 * time.Hour)}
	for _, e := range []struct {
		typ    string
		mutate func(map[string]any)
	}{
		{"aws_ssm_parameter", setTo("value", "canary-live-value-3b9c")},
		{"aws_db_instance", func(m map[string]any) { m["backup_retention_period"], m["password"] = 1, "canary-live-password-c41d" }},
		{"aws_sns_topic", setTo("delivery_policy", `{"http":{"password":"canary-json-ee07","retries":5}}`)},
		{"aws_lambda_function", func(m map[string]any) {
			vars := m["environment"].([]any)[0].(map[string]any)["variables"].(map[string]any)
			vars["API_TOKEN"], vars["MODE"] = "canary-map-key-a1f0", "slow"
		}},
		{"aws_sqs_queue", setTo("tags", map[string]any{"Team": "core", "Note": "-----BEGIN RSA PRIVATE KEY-----\ncanary-pem-66d2\n-----END RSA PRIVATE KEY-----"})},
	} {
		i := slices.IndexFunc(cloud.Objects(), func(o simcloud.Object) bool { return o.Type == e.typ })
		if i < 0 {
			t.Fatal("no ", e.typ)
		}
		if _, err := cloud.Change(by, e.typ, cloud.Objects()[i].ID, e.mutate); err != nil {
			t.Fatal(err)
		}
	}
	c.write("audit/log.json", canaryLog(t, cloud.Records()))

	// What the repository says already may stay where it is; nothing new may say it.
	before := c.objects()
	said := map[string]string{}
	outDir := filepath.Join(t.TempDir(), "out")
	for _, format := range []string{"text", "json", "markdown", "sarif", "junit", "html", "github", "ocsf", "prometheus"} {
		file := filepath.Join(t.TempDir(), "report")
		code, text := c.mooring("scan", "--engine", tofu.Path, "--events", "audit/*.json", "--format", format, "--out", file)
		if code != cli.ExitDrift {
			t.Fatalf("scan --format %s ended with %d:\n%s", format, code, text)
		}
		said["scan "+format] = text + content(t, file)
	}
	results := filepath.Join(t.TempDir(), "results.json")
	for name, args := range map[string][]string{
		"publish":  {"scan", "--engine", tofu.Path, "--events", "audit/*.json", "--publish", "dir:" + outDir, "--format", "json", "--out", results},
		"adopt":    {"adopt", "--engine", tofu.Path},
		"branch":   {"adopt", "--engine", tofu.Path, "--stack", "app", "--branch", "by-hand"},
		"explain":  {"explain", "--engine", tofu.Path, "--events", "audit/*.json"},
		"doctor":   {"doctor"},
		"stacks":   {"stacks", "--format", "json"},
		"verbose":  {"scan", "--engine", tofu.Path, "--stack", "app", "--no-adopt"},
		"one name": {"adopt", "--engine", tofu.Path, "--stack", "app", "aws_lambda_function.job"},
	} {
		_, said[name] = c.mooring(args...)
	}
	said["ledger"] = c.mooringText("ledger", "log")
	for id, text := range c.objects() {
		if _, old := before[id]; !old {
			said["git object "+id] = text
		}
	}
	for _, dir := range []string{outDir, c.temp, filepath.Dir(results)} {
		maps.Copy(said, files(t, dir))
	}
	if !strings.Contains(said["adopt"], "backup_retention_period = 1") || !strings.Contains(said["adopt"], "sensitive") || len(said) < 20 {
		t.Errorf("the test does not reach what it looks at:\n%s", said["adopt"])
	}
	for _, want := range []string{"Not (the value of var.greeting).", "Neither (the value of var.from_file) nor (the value of var.from_given_file), (the value of var.from_default) or",
		"git::https://(sensitive)@127.0.0.1:1/away.git", "http://someone:(sensitive)@127.0.0.1:1/state"} {
		if !strings.Contains(said["scan json"], want) {
			t.Errorf("the engines' words are not told: no %q", want)
		}
	}
	canary := regexp.MustCompile(`canary-[a-z-]+[0-9a-f]{4}`)
	for _, where := range slices.Sorted(maps.Keys(said)) {
		for _, found := range slices.Compact(slices.Sorted(slices.Values(canary.FindAllString(said[where], -1)))) {
			i := strings.Index(said[where], found)
			t.Errorf("%s: %s sings: %q", where, found, said[where][max(0, i-120):min(len(said[where]), i+60)])
		}
	}
}

func (c *cage) mooringText(args ...string) string {
	_, text := c.mooring(args...)
	return text
}

// canaryLog is the log as CloudTrail writes it, with secrets in request bodies, answers and user agents.
func canaryLog(t *testing.T, records []trail.Record) string {
	t.Helper()
	log, err := trail.CloudTrail(records)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Records []map[string]any }
	if err := json.Unmarshal(log, &doc); err != nil {
		t.Fatal(err)
	}
	for _, r := range doc.Records {
		r["userAgent"] = "curl/8.0 (token=canary-agent-5a5a; Authorization: Bearer canary-bearer-5a5b)"
		if request, ok := r["requestParameters"].(map[string]any); ok {
			request["masterUserPassword"] = "canary-request-b7b7"
			request["clientToken"] = "canary-token-b7b8"
		}
		if response, ok := r["responseElements"].(map[string]any); ok {
			response["secretAccessKey"] = "canary-response-d8d8"
		}
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func content(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// files are the contents of every file below a directory, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		out[path] = content(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
