package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// behindProxy is the script command "proxy FILE": a proxy through which alone a GitHub Enterprise Server of the name ghe.example.com is reached. It
// writes what it was asked for to FILE, and the script's environment names it.
func behindProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: proxy file")
	}
	log := ts.MkAbs(args[0])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = fmt.Fprintln(f, r.Method, r.URL)
			_ = f.Close()
		}
		w.Header().Set("Content-Type", "application/json")
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		case r.URL.String() == "http://ghe.example.com/api/graphql":
			fmt.Fprint(w, `{"data":{"viewer":{"login":"mooring[bot]","databaseId":7}}}`)
		case r.URL.String() == "http://ghe.example.com/api/v3/repos/acme/infra":
			fmt.Fprint(w, `{"id":1,"name":"infra","full_name":"acme/infra","default_branch":"trunk","owner":{"login":"acme"}}`)
		default:
			http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
		}
	}))
	ts.Defer(server.Close)
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		ts.Setenv(name, server.URL)
	}
	ts.Setenv("NO_PROXY", strings.Join([]string{"localhost", "127.0.0.1"}, ","))
}
