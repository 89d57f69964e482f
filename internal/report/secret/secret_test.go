package secret_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/report/secret"
)

// The secrets are put together here so that no scanner takes this file for a leak.
var (
	awsKey  = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
	ghToken = "ghp_" + strings.Repeat("a1B2", 9)
	jwt     = "eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiIxMjM0In0" + ".abcDEF-_"
	pem     = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE " + "KEY-----"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"private key inside a script", "before\n" + pem + "\nafter", "before\n(sensitive)\nafter"},
		{"private key cut short", pem[:40], "(sensitive)"},
		{"aws secret key alone", awsKey, "(sensitive)"},
		{"commit id is no key", "3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d", "3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d"},
		{"github token in prose", "use " + ghToken + " now", "use (sensitive) now"},
		{"jwt", jwt, "(sensitive)"},
		{"environment assignment", "export DB_PASSWORD=hunter22 PORT=80", "export DB_PASSWORD=(sensitive) PORT=80"},
		{"quoted assignment", `password = "hunter22"`, `password = "(sensitive)"`},
		{"yaml", "db:\n  password: hunter22\n  port: 80", "db:\n  password: (sensitive)\n  port: 80"},
		{"password in prose", "the password: field is missing", "the password: field is missing"},
		{"reference", `password = var.db_password`, `password = var.db_password`},
		{"token in a url", "git::https://abcd1234@example.com/x.git", "git::https://(sensitive)@example.com/x.git"},
		{"url", "postgres://app:hunter22@db:5432/x", "postgres://app:(sensitive)@db:5432/x"},
		{"azure connection string", "AccountName=a;AccountKey=" + strings.Repeat("Ab1+", 20) + "==;", "AccountName=a;AccountKey=(sensitive);"},
		{"json password", `{"user":"a","password":"hunter22"}`, `{"password":"(sensitive)","user":"a"}`},
		{"json environment", `[{"name":"DB_PASSWORD","value":"x1x1"},{"name":"PORT","value":"80"}]`, `[{"name":"DB_PASSWORD","value":"(sensitive)"},{"name":"PORT","value":"80"}]`},
		{"json without a secret keeps its form", `{ "a" : 1.0 }`, `{ "a" : 1.0 }`},
		{"secret by reference", `{"secret":"arn:aws:secretsmanager:eu-west-1:1:secret:x"}`, `{"secret":"arn:aws:secretsmanager:eu-west-1:1:secret:x"}`},
		{"plain", "t3.micro", "t3.micro"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := secret.Text(c.in); got != c.want {
				t.Errorf("Text(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	for _, n := range []string{"password", "master_password", "DB_PASSWORD", "clientSecret", "secret_string", "apiKey", "private_key_pem", "primary_access_key", "AUTH_TOKEN", "connectionString", "APIKey"} {
		if !secret.Named(n) {
			t.Errorf("%q should be a secret's name", n)
		}
	}
	for _, n := range []string{"", "name", "secret_arn", "password_length", "minimum_password_length", "http_tokens", "key_id", "kms_key_id", "token_validity", "secret_name", "passthrough_proxy", "max_password_age", "access_key_id", "tokenizer", "compass"} {
		if secret.Named(n) {
			t.Errorf("%q should not be a secret's name", n)
		}
	}
}

func TestValueKeepsWhatIsNoSecret(t *testing.T) {
	in := map[string]any{
		"password":       "hunter22",
		"pin":            json.Number("1"),
		"password_reset": true,
		"volume":         map[string]any{"secret": []any{map[string]any{"secret_name": "x"}}},
	}
	want := map[string]any{
		"password":       "(sensitive)",
		"pin":            json.Number("1"),
		"password_reset": true,
		"volume":         map[string]any{"secret": []any{map[string]any{"secret_name": "x"}}},
	}
	if got := secret.Value("", in); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if in["password"] != "hunter22" {
		t.Error("the value that was passed in was changed")
	}
}

func TestMaskingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"password", "=", ": ", "\"", "{", "}", ",", " ", "\n", "hunter22", ghToken, jwt, pem, pem[:30], awsKey, "://a:b@c", "https://ab@c", "Bearer ", "'", "key", "secret"})
		s := strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "")
		once := secret.Text(s)
		if twice := secret.Text(once); twice != once {
			t.Fatalf("Text(%q)\n once %q\ntwice %q", s, once, twice)
		}
		for _, leak := range []string{ghToken, "MIIEowIBAAKCAQEA"} {
			if strings.Contains(once, leak) {
				t.Fatalf("Text(%q) leaks: %q", s, once)
			}
		}
	})
}
