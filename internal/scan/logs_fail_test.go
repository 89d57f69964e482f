package scan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/mooringdev/mooring/internal/audit/pace"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

// clouds answers for CloudTrail, Athena, Cloud Logging, BigQuery and GitHub on one address. Cloud Logging always knows who changed the firewall; the
// others answer as broken says.
type clouds struct{ broken func(http.ResponseWriter) }

func (c clouds) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/v2/entries:list") {
		fmt.Fprint(w, `{"entries":[{"insertId":"g1","logName":"projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity","timestamp":"2026-11-21T06:00:00Z",
			"resource":{"type":"gce_firewall_rule","labels":{"project_id":"acme-prod"}},
			"protoPayload":{"serviceName":"compute.googleapis.com","methodName":"v1.compute.firewalls.patch","resourceName":"projects/acme-prod/global/firewalls/web",
			"authenticationInfo":{"principalEmail":"ann@example.com"},"request":{"priority":"900"}}}]}`)
		return
	}
	c.broken(w)
}

const results = `{"version":1,"scanned_at":"2026-11-21T09:00:00Z","tool":{"name":"mooring","version":"1"},"stacks":[{"id":"prod","path":"prod","workspace":"default","status":"drifted",
 "findings":[
  {"id":"f_google","address":"google_compute_firewall.web","type":"google_compute_firewall","provider":"registry.opentofu.org/hashicorp/google","kind":"drift","action":"update",
   "ids":["projects/acme-prod/global/firewalls/web"],"account":"acme-prod","window":{"from":"2026-11-20T09:00:00Z","to":"2026-11-21T09:00:00Z"},
   "changes":[{"path":"priority","kind":"drift","base":1000,"code":1000,"live":900}],"attributes":{"name":"web","project":"acme-prod"}},
  {"id":"f_aws","address":"aws_instance.web","type":"aws_instance","provider":"registry.opentofu.org/hashicorp/aws","kind":"drift","action":"update",
   "ids":["i-0abc"],"account":"111122223333","region":"eu-west-1","window":{"from":"2026-11-20T09:00:00Z","to":"2026-11-21T09:00:00Z"},
   "changes":[{"path":"instance_type","kind":"drift","base":"t3.micro","code":"t3.micro","live":"t3.large"}]},
  {"id":"f_github","address":"github_repository.web","type":"github_repository","provider":"registry.opentofu.org/integrations/github","kind":"drift","action":"update",
   "ids":["web"],"window":{"from":"2026-11-20T09:00:00Z","to":"2026-11-21T09:00:00Z"},
   "changes":[{"path":"has_wiki","kind":"drift","base":true,"code":true,"live":false}]},
  {"id":"f_kube","address":"kubernetes_config_map.settings","type":"kubernetes_config_map","provider":"registry.opentofu.org/hashicorp/kubernetes","kind":"drift","action":"update",
   "ids":["shop/settings"],"window":{"from":"2026-11-20T09:00:00Z","to":"2026-11-21T09:00:00Z"},
   "changes":[{"path":"data[\"mode\"]","kind":"drift","base":"a","code":"a","live":"b"}]}]}]}`

const blocks = `
audit "cloudtrail" "events" {}
audit "cloudtrail" "trail" { bucket = "trail" }
audit "athena" "lake" { table = "security.cloudtrail" }
audit "gcp" "prod" { projects = ["acme-prod"] }
audit "bigquery" "org" { dataset = "acme-logs.audit" }
audit "github" "acme" { organization = "acme" }
audit "kubernetes" "shop" { kubeconfig = "no-such-file" }
audit "file" "export" { paths = ["export/*.json.gz"] }
`

// TestSomeLogsFail guards the promise that a log which cannot be read is a warning and the reason on what it leaves unexplained, and takes nothing
// from what the others know.
func TestSomeLogsFail(t *testing.T) {
	answer := func(code int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	tests := []struct {
		name   string
		broken func(http.ResponseWriter)
		reason string   // of what AWS and GitHub would have explained
		say    []string // what the warnings say
	}{
		{"expired", answer(400, `{"__type":"ExpiredTokenException","message":"x"}`), "", []string{"cloudtrail events: cloudtrail in us-east-1: the credentials have expired", "athena lake: athena table security.cloudtrail: the credentials have expired"}},
		{"not allowed", answer(403, `{"__type":"AccessDeniedException","message":"x","error":{"code":403,"message":"x"}}`), blame.ReasonNoPermission,
			[]string{"grant cloudtrail:LookupEvents", "athena lake", "grant roles/bigquery.dataViewer", "github acme"}},
		{"throttled for ever", answer(429, `{"__type":"ThrottlingException","message":"x","error":{"code":429,"message":"x"}}`), blame.ReasonSourceFailed,
			[]string{"cloudtrail events", "cloudtrail trail", "athena lake", "bigquery org: bigquery dataset acme-logs.audit: the quota is used up", "github acme"}},
		{"half pages", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"Events":[{"Event`)
		}, blame.ReasonSourceFailed, []string{"cloudtrail events", "athena lake", "bigquery org", "github acme"}},
		{"nonsense", answer(200, `"hello"`), blame.ReasonSourceFailed, []string{"athena lake", "bigquery org", "github acme"}},
		{"hung up", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, blame.ReasonSourceFailed, []string{"cloudtrail events", "cloudtrail trail", "athena lake", "bigquery org", "github acme"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			attributed, r := attribute(t, clouds{test.broken})
			said := strings.Join(attributed.Warnings, "\n")
			for _, want := range append(test.say, "kubernetes shop", "audit log file: audit file", "truncated gzip") {
				if !strings.Contains(said, want) {
					t.Errorf("no warning says %q:\n%s", want, said)
				}
			}
			for _, f := range r.Stacks[0].Findings {
				if len(f.Attribution) != 1 {
					t.Errorf("%s: %d attributions", f.ID, len(f.Attribution))
					continue
				}
				a := f.Attribution[0]
				if f.ID == "f_google" {
					if a.Verdict != blame.Confirmed || a.Actor.Name != "ann@example.com" {
						t.Errorf("what Cloud Logging knows is lost: %+v", a)
					}
					continue
				}
				if a.Verdict != blame.None || a.Actor.Name != "" || a.Reason == "" || a.Reason == blame.ReasonNoMatch || a.Reason == blame.ReasonNoSource || test.reason != "" && f.ID != "f_kube" && a.Reason != test.reason {
					t.Errorf("%s: %s because %q, want none because %q", f.ID, a.Verdict, a.Reason, test.reason)
				}
			}
		})
	}
}

// attribute explains the results from all logs of the configuration.
func attribute(t *testing.T, server clouds) (scan.Attributed, *report.Results) {
	t.Helper()
	ts := httptest.NewServer(server)
	defer ts.Close()
	root := t.TempDir()
	for key, value := range map[string]string{"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials", "AWS_EC2_METADATA_DISABLED": "true"} {
		if strings.HasSuffix(key, "FILE") {
			value = filepath.Join(root, value)
		}
		t.Setenv(key, value)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(bytes.Repeat([]byte(`{"eventName":"x"}`+"\n"), 1000)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "export"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "export", "cut.json.gz"), packed.Bytes()[:packed.Len()-8], 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse([]byte(blocks), config.Name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.ReadJSON(strings.NewReader(results))
	if err != nil {
		t.Fatal(err)
	}
	now := r.ScannedAt
	sources := scan.Sources(context.Background(), c, scan.SourceOptions{
		Root: root, Now: func() time.Time { return now }, Backoff: pace.Backoff{Attempts: 2, First: time.Millisecond, Most: 2 * time.Millisecond},
		Env: []string{
			"AWS_ENDPOINT_URL=" + ts.URL, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "GOOGLE_OAUTH_ACCESS_TOKEN=token",
			"GOOGLE_LOGGING_CUSTOM_ENDPOINT=" + ts.URL + "/v2/", "GOOGLE_BIGQUERY_CUSTOM_ENDPOINT=" + ts.URL + "/", "GITHUB_AUDIT_TOKEN=secret", "GITHUB_API_URL=" + ts.URL,
		},
	})
	stacks := []*report.StackResult{&r.Stacks[0]}
	attributed := scan.Attribute(context.Background(), stacks, scan.AttributeOptions{Sources: sources, Config: c, Now: now, Progress: scan.NoProgress{}})
	if text, err := json.Marshal(attributed); err != nil || bytes.Contains(text, []byte("secret")) {
		t.Errorf("a secret is told: %s, %v", text, err)
	}
	return attributed, r
}
