package solve

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// language are the functions of the language as both engines document them. Those that files, templates and the engine's own state decide are
// answered elsewhere or not at all, and stand in elsewhere.
const language = `abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 basename bcrypt can ceil chomp chunklist cidrhost
cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact concat contains csvdecode dirname distinct element endswith file filebase64
filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512 flatten floor format formatdate formatlist indent index
issensitive join jsondecode jsonencode keys length log lookup lower matchkeys max md5 merge min nonsensitive one parseint pathexpand plantimestamp pow range
regex regexall replace reverse rsadecrypt sensitive setintersection setproduct setsubtract setunion sha1 sha256 sha512 signum slice sort split startswith
strcontains strrev substr sum templatefile textdecodebase64 textencodebase64 timeadd timecmp timestamp title tobool tolist tomap tonumber toset tostring
transpose trim trimprefix trimspace trimsuffix try upper urlencode uuid uuidv5 values yamldecode yamlencode zipmap`

func TestLanguageFunctions(t *testing.T) {
	w := NewWorld(nil, nil)
	table := w.functions(nil)
	for name := range strings.FieldsSeq(language) {
		if _, ok := table[name]; !ok {
			t.Errorf("%s() is not there", name)
		}
	}
	for _, name := range impure {
		if _, ok := languageFunctions[name]; !ok {
			t.Errorf("%s() is made unknown and does not exist", name)
		}
	}
}

// TestOwnFunctions: the examples of the language's documentation, for what no library has in the language's form.
func TestOwnFunctions(t *testing.T) {
	table := NewWorld(nil, nil).functions(nil)
	vars := map[string]cty.Value{"later": cty.UnknownVal(cty.String), "flags": cty.ListVal([]cty.Value{cty.UnknownVal(cty.Bool), cty.True})}
	for text, want := range map[string]string{
		`alltrue(["true", true])`: "true", `alltrue([true, false])`: "false", `alltrue([])`: "true", `alltrue([true, null])`: "false",
		`anytrue([])`: "false", `anytrue([false, true])`: "true", `anytrue(flags)`: "true", `alltrue(flags)`: "?",
		`startswith("hello", "he")`: "true", `endswith("hello", "he")`: "false", `strcontains("hello", "ell")`: "true", `startswith(later, "x")`: "?",
		`length([1, 2])`: "2", `length("a\u0301b")`: "2", `length({ a = 1 })`: "1", `length(toset(["a", "a"]))`: "1", `length(later)`: "?", `length([later, 1])`: "2",
		`index(["a", "b"], "b")`: "1", `index(["a", later], "b")`: "?",
		`lookup({ a = "x" }, "a", "y")`: "x", `lookup({ a = "x" }, "b", "y")`: "y", `lookup(tomap({ a = "x" }), "b", "y")`: "y", `lookup(tomap({ a = "x" }), "a")`: "x",
		`lookup({ a = "x", b = 1 }, later, "y")`:                     "?",
		`join(",", matchkeys(["i-1", "i-2"], ["eu", "us"], ["us"]))`: "i-2",
		`one([])`: "null", `one(["a"])`: "a", `one(toset(["b"]))`: "b",
		`replace("1 + 2", "+", "-")`: "1 - 2", `replace("hello world", "/w.*d/", "all")`: "hello all", `replace("a.b", ".", "x")`: "axb", `replace("a/b", "/", "x")`: "axb",
		`sum([10, "13.5", 6])`: "29.5",
		`timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00+01:00")`: "0", `timecmp("2017-11-22T00:00:00Z", "2018-11-22T00:00:00Z")`: "-1",
		`join(",", transpose({ a = ["1", "2"], b = ["2"] })["2"])`: "a,b",
		`issensitive(sensitive("a"))`:                              "true", `issensitive("a")`: "false", `nonsensitive(sensitive("a"))`: "a",
		`base64sha256("hello world")`:                      "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=",
		`textencodebase64("Hello", "UTF-16LE")`:            "SABlAGwAbABvAA==",
		`textdecodebase64("SABlAGwAbABvAA==", "UTF-16LE")`: "Hello",
		`timestamp()`: "?", `uuid()`: "?",
		`cidrsubnet("10.1.2.0/24", 4, 15)`: "10.1.2.240/28", `cidrhost("10.12.112.0/20", 16)`: "10.12.112.16",
		`coalesce("", "b")`: "b", `urlencode("a b")`: "a+b", `md5("a")`: "0cc175b9c0f1b6a831c399e269772661",
		`tostring(1)`: "1", `join(",", tolist(toset(["b", "a"])))`: "a,b",
		`lookup({}, "a")`: "error", `one(["a", "b"])`: "error", `sum([])`: "error", `index(["a"], "b")`: "error", `length(1)`: "error", `replace("a", "/(/", "")`: "error",
	} {
		e, diags := hclsyntax.ParseExpression([]byte(text), "x", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(text, diags)
		}
		v, diags := e.Value(&hcl.EvalContext{Variables: vars, Functions: table})
		got := "error"
		if !diags.HasErrors() {
			v, _ = v.UnmarkDeep()
			s, ok := textOfValue(v)
			got = s
			if !ok {
				got = "?"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if names := slices.Collect(strings.FieldsSeq(language)); !slices.IsSorted(names) {
		t.Error("the list of functions is not sorted")
	}
}

func textOfValue(v cty.Value) (string, bool) {
	switch {
	case !v.IsKnown():
		return "", false
	case v.IsNull():
		return "null", true
	}
	return text(v)
}
