package engine

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// Engines and providers quote values in their errors, whether or not somebody called them sensitive. What Mooring repeats of an engine's words
// says none of these:
//   - the environment's values whose names are a secret's;
//   - the values of variables that come from outside of the repository: TF_VAR_* and -var, whatever they are called;
//   - the values that variable files, defaults and backend settings give to what is declared sensitive or has a secret's name;
//   - passwords and tokens in addresses.

// A private value is one that is not repeated; from says where it came from and stands in its place.
type private struct{ value, from string }

// Values shorter than these are not replaced: they are words of any sentence.
const (
	shortestSecret   = 8 // in the environment, by the name alone
	shortestVariable = 5
)

// addresses are URLs with a user and a password, or with a user alone, which is a token where web pages are served.
var (
	urlUser  = regexp.MustCompile(`(://[^/\s:@"']*:)[^/\s@"']+@`)
	urlToken = regexp.MustCompile(`(?i)(https?://)[^/\s:@"']+@`)
)

// redactor hides what must not reach a report from an engine's words: private values, and what addresses hold besides the address.
func redactor(env environ, more ...private) func(string) string {
	all := slices.Concat(privateEnv(env), more)
	var texts []private
	for _, p := range all {
		for _, text := range forms(p.value) {
			texts = append(texts, private{text, p.from})
		}
	}
	// Where two begin at one place, the longer is meant; a Replacer takes the first.
	slices.SortStableFunc(texts, func(a, b private) int { return cmp.Compare(len(b.value), len(a.value)) })
	pairs := make([]string, 0, 2*len(texts))
	for _, p := range texts {
		pairs = append(pairs, p.value, "("+cmp.Or(p.from, "redacted")+")")
	}
	values := strings.NewReplacer(pairs...)
	return func(s string) string {
		s = urlUser.ReplaceAllString(values.Replace(s), "${1}(redacted)@")
		return urlToken.ReplaceAllString(s, "${1}(redacted)@")
	}
}

// forms are the ways in which a value may be quoted: as it is, with escapes, and line by line where it has several.
func forms(value string) []string {
	out := []string{value}
	quoted := strconv.Quote(value)
	if q := quoted[1 : len(quoted)-1]; q != value {
		out = append(out, q)
	}
	if lines := strings.Split(value, "\n"); len(lines) > 1 {
		for _, l := range lines {
			if l = strings.TrimSpace(l); len(l) >= shortestSecret {
				out = append(out, l)
			}
		}
	}
	return out
}

func privateEnv(env environ) []private {
	var out []private
	for _, entry := range env {
		key, value, _ := strings.Cut(entry, "=")
		name, variable := strings.CutPrefix(key, "TF_VAR_")
		switch {
		case variable:
			out = append(out, leaves("the value of var."+name, value)...)
		case len(value) >= shortestSecret && secretName(key):
			out = append(out, private{value: value})
		}
	}
	return out
}

// leaves are the texts in a value as an environment or a command line gives it: the whole, and what is in it when it is a list or an object.
func leaves(from, value string) []private {
	if !telling(value) {
		return nil
	}
	out := []private{{value, from}}
	if !strings.ContainsAny(value[:1], "[{") {
		return out
	}
	e, diags := hclsyntax.ParseExpression([]byte(value), "value", hcl.InitialPos)
	if diags.HasErrors() {
		return out
	}
	return append(out, texts(from, e)...)
}

// telling tells whether a value is one that a sentence would not hold by itself.
func telling(value string) bool {
	_, err := strconv.ParseBool(value)
	return len(value) >= shortestVariable && err != nil && value != "null"
}

// texts are the texts and long numbers of a constant expression.
func texts(from string, e hcl.Expression) []private {
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		return nil
	}
	var out []private
	_ = cty.Walk(v, func(_ cty.Path, x cty.Value) (bool, error) {
		if !x.IsKnown() || x.IsNull() {
			return false, nil
		}
		text := ""
		switch x.Type() {
		case cty.String:
			text = x.AsString()
		case cty.Number:
			text = x.AsBigFloat().Text('f', -1)
		}
		if telling(text) {
			out = append(out, private{text, from})
		}
		return true, nil
	})
	return out
}

// private are the values that a stack's own settings keep: what its variable files and defaults say of sensitive variables, what -var gives, and
// backend settings with a secret's name.
func (s *Saved) private() []private {
	var out []private
	sensitive := map[string]bool{}
	for _, v := range s.config.Variables {
		if v.Sensitive {
			sensitive[v.Name] = true
		}
		if v.Sensitive && v.Default != nil {
			out = append(out, texts("the value of var."+v.Name, v.Default)...)
		}
	}
	files, backend := slices.Concat(autoVarFiles(s.module), s.Workdir.VarFiles), slices.Clone(s.Workdir.BackendConfig)
	for _, command := range []string{"init", "plan"} {
		args := s.Engine.keptArgs(s.Workdir.Env, command)
		for i, arg := range args {
			flag, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			if !joined && i+1 < len(args) {
				value = args[i+1]
			}
			switch flag {
			case "var-file":
				files = append(files, value)
			case "backend-config":
				backend = append(backend, value)
			case "var":
				name, value, _ := strings.Cut(value, "=")
				out = append(out, leaves("the value of var."+name, value)...)
			}
		}
	}
	for _, file := range files {
		for name, e := range s.settings(file) {
			if sensitive[name] {
				out = append(out, texts("the value of var."+name, e)...)
			}
		}
	}
	for _, setting := range backend {
		name, value, ok := strings.Cut(setting, "=")
		if ok && secretName(name) && telling(value) {
			out = append(out, private{value: value})
		}
		if ok {
			continue
		}
		for name, e := range s.settings(setting) {
			if secretName(name) {
				out = append(out, texts("", e)...)
			}
		}
	}
	return out
}

// autoVarFiles are the names of the variable files that engines read by themselves.
func autoVarFiles(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var out []string
	for _, e := range entries {
		name := e.Name()
		if plain := strings.TrimSuffix(name, ".json"); plain == "terraform.tfvars" || strings.HasSuffix(plain, ".auto.tfvars") {
			out = append(out, name)
		}
	}
	return out
}

// settings are the attributes of a variable file or of one with backend settings, named from the root module. What cannot be read is the
// engine's to say.
func (s *Saved) settings(name string) map[string]hcl.Expression {
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.module, path)
	}
	src, err := os.ReadFile(path)
	if inside, outside := filepath.Rel(s.Workdir.Root, path); outside == nil {
		if given, ok := s.Workdir.Files[filepath.ToSlash(inside)]; ok {
			src, err = given, nil
		}
	}
	if err != nil {
		return nil
	}
	var file *hcl.File
	if strings.HasSuffix(name, ".json") {
		file, _ = hcljson.Parse(src, name)
	} else {
		file, _ = hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	}
	if file == nil || file.Body == nil {
		return nil
	}
	attributes, _ := file.Body.JustAttributes()
	out := make(map[string]hcl.Expression, len(attributes))
	for key, a := range attributes {
		out[key] = a.Expr
	}
	return out
}

func secretName(key string) bool {
	key = strings.ToUpper(key)
	for _, word := range []string{"SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "PRIVATE_KEY", "ACCESS_KEY", "API_KEY", "CREDENTIAL"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return strings.HasPrefix(key, "PGPASS")
}
