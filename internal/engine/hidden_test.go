package engine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRedactor(t *testing.T) {
	hide := redactor(environ{"AWS_SECRET_ACCESS_KEY=abcdefgh12345", "TOKEN=short", "PGPASSWORD=hunter2hunter2", "HOME=/home/someone"})
	for in, want := range map[string]string{
		"key abcdefgh12345 is bad":                      "key (redacted) is bad",
		"postgres://user:pw!x@db.example/x is refused":  "postgres://user:(redacted)@db.example/x is refused",
		"in /home/someone, a short one: hunter2hunter2": "in /home/someone, a short one: (redacted)",
		"https://example.com:8080/a@b":                  "https://example.com:8080/a@b",
		"git::https://ghp0token@example.com/x.git":      "git::https://(redacted)@example.com/x.git",
		"git::ssh://git@example.com/x.git":              "git::ssh://git@example.com/x.git",
	} {
		if got := hide(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// TestPrivateValues: what comes from outside of the repository, and what the code calls sensitive, is not repeated, in whatever way it is quoted.
func TestPrivateValues(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.tf": `variable "marked" {
  sensitive = true
  default   = { inner = ["default-value"] }
}
variable "filed" {
  sensitive = true
}
variable "maybe" {
  sensitive = var.unreadable
}
variable "plain" {
  default = "plain-default"
}
`,
		"more.tf.json":            `{"variable": {"json": {"sensitive": true, "default": "json-default"}}}`,
		"terraform.tfvars":        "filed = \"filed-value\"\nplain = \"plain-value\"\nmaybe = \"maybe-value\"\n",
		"a.auto.tfvars.json":      `{"marked": {"inner": ["auto-value", 1234567]}}`,
		"more.tfvars":             "filed = \"more-value\"\n",
		"given.tfvars":            "json = \"given-value\"\n",
		"prod.tfbackend":          "password = \"backend-file\"\nbucket = \"the-bucket\"\n",
		"not-read-by-itself.json": `{"filed": "not-read-value"}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := Workdir{Root: dir, Path: ".", VarFiles: []string{"given.tfvars"}, BackendConfig: []string{"secret_key=backend-value", "region=eu-west-1", "prod.tfbackend"},
		Env: []string{"TF_VAR_any=any-value", "TF_VAR_long=any-value-and-more", "TF_VAR_flag=false", "TF_VAR_env=prod", `TF_VAR_object={"a":"object-value","n":["list-value"]}`,
			"TF_VAR_pem=first line of it\nsecond line of it", `TF_VAR_quoted=a"quote"d`, "TF_CLI_ARGS_plan=-var cli=cli-value -var='other=other-value' -var-file more.tfvars -parallelism=5", "TF_CLI_ARGS_init=-backend-config=token=init-value"}}
	s := &Saved{Engine: &Engine{Name: "tofu", Version: "1.12.6"}, Workdir: w, config: readConfiguration(dir), module: dir}
	hide := redactor(environ(w.Env), s.private()...)
	for in, want := range map[string]string{
		"default-value json-default":                    "(the value of var.marked) (the value of var.json)",
		"filed-value maybe-value":                       "(the value of var.filed) (the value of var.maybe)",
		"auto-value 1234567":                            "(the value of var.marked) (the value of var.marked)",
		"given-value more-value init-value":             "(the value of var.json) (the value of var.filed) (redacted)",
		"any-value and any-value-and-more":              "(the value of var.any) and (the value of var.long)",
		`"object-value" list-value`:                     `"(the value of var.object)" (the value of var.object)`,
		"│ second line of it\n│ first line of it":       "│ (the value of var.pem)\n│ (the value of var.pem)",
		`first line of it\nsecond line of it`:           "(the value of var.pem)",
		`"a\"quote\"d"`:                                 `"(the value of var.quoted)"`,
		"cli-value other-value":                         "(the value of var.cli) (the value of var.other)",
		"backend-value backend-file the-bucket":         "(redacted) (redacted) the-bucket",
		"plain-default plain-value false prod":          "plain-default plain-value false prod",
		"eu-west-1, 5 at a time, not-read-value, inner": "eu-west-1, 5 at a time, not-read-value, inner",
	} {
		if got := hide(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
