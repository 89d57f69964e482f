package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/scan"
)

// TestDoctorLooksAtEveryLog guards that each configured log has a line of its own: what was found, as whom, what the log can know; or what is wrong.
func TestDoctorLooksAtEveryLog(t *testing.T) {
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.Contains(string(body), "Action=GetCallerIdentity"):
			w.Header().Set("Content-Type", "text/xml")
			fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/drift</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".LookupEvents") && strings.Contains(string(body), "ReadOnly"):
			fmt.Fprint(w, `{"Events":[{"EventId":"a","CloudTrailEvent":"{\"eventID\":\"a\",\"eventName\":\"CreateTags\",\"eventSource\":\"ec2.amazonaws.com\",\"eventTime\":\"2026-11-21T08:00:00Z\"}"}]}`)
		case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".LookupEvents"):
			fmt.Fprint(w, `{"Events":[]}`)
		case strings.HasSuffix(r.URL.Path, "/v2/entries:list") && strings.Contains(string(body), "acme-quiet"):
			fmt.Fprint(w, `{}`)
		default:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"error":{"code":403,"message":"no"}}`)
		}
	}))
	defer ts.Close()
	root := t.TempDir()
	for key, name := range map[string]string{"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"} {
		t.Setenv(key, filepath.Join(root, name))
	}
	if err := os.WriteFile(filepath.Join(root, "log.json"), []byte(`{"eventID":"b","eventName":"CreateTags","eventSource":"ec2.amazonaws.com","eventTime":"2020-01-01T00:00:00Z"}`+"\n"+`{"hello":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse([]byte(`
audit "cloudtrail" "events" {}
audit "gcp" "quiet" { projects = ["acme-quiet"] }
audit "gcp" "closed" { projects = ["acme-closed"] }
audit "kubernetes" "shop" { kubeconfig = "none" }
audit "file" "export" { paths = ["log.json"] }
`), config.Name)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	var got []string
	for _, k := range checkLogs(context.Background(), scan.Options{
		Root: root, Config: c, Now: func() time.Time { return now },
		Env: []string{"AWS_ENDPOINT_URL=" + ts.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s", "GOOGLE_OAUTH_ACCESS_TOKEN=t", "GOOGLE_LOGGING_CUSTOM_ENDPOINT=" + ts.URL + "/v2/"},
	}) {
		got = append(got, strings.ReplaceAll(k.state+" "+k.what+": "+k.found, root, "."))
	}
	want := []string{
		"ok audit log cloudtrail events: 1 write event of the last day; read as arn:aws:iam::111122223333:user/drift; kept 90 days; late by up to 15 minutes",
		"note audit log gcp quiet: 0 write events of the last day; kept 400 days; late by up to 5 minutes",
		"bad audit log gcp closed: google cloud logging of projects/acme-closed: not allowed; grant roles/logging.viewer",
		"bad audit log kubernetes shop: kubernetes: find the cluster to ask: stat ./none: no such file or directory",
		"ok audit log file: 1 write event; 1 unreadable, for example ./log.json: record at byte 110: no known audit log has such records",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDoctorWithoutLogs(t *testing.T) {
	c, err := config.Parse(nil, config.Name)
	if err != nil {
		t.Fatal(err)
	}
	if got := checkLogs(context.Background(), scan.Options{Config: c, Now: time.Now}); len(got) != 1 || got[0].state != "note" || !strings.Contains(got[0].found, "nobody is named") {
		t.Errorf("got %v", got)
	}
}

// TestDoctorAsksWhoseCredentials guards that every cloud that the stacks are in is asked whose credentials these are, and that a refusal says how
// they come into a workflow, without a secret.
func TestDoctorAsksWhoseCredentials(t *testing.T) {
	refuse := false
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/xml")
		if refuse || !strings.Contains(string(body), "Action=GetCallerIdentity") {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>111122223333</Account><Arn>arn:aws:sts::111122223333:assumed-role/drift/ci</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}))
	defer ts.Close()
	root := t.TempDir()
	for key, name := range map[string]string{"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"} {
		t.Setenv(key, filepath.Join(root, name))
	}
	reached := []scan.StackReached{
		{Reached: engine.Reached{Backend: "s3"}, Err: errors.New("no credentials")},
		{Reached: engine.Reached{Backend: "local", Providers: []string{"registry.opentofu.org/hashicorp/aws", "registry.opentofu.org/hashicorp/google-beta", "registry.opentofu.org/hashicorp/random"}}},
	}
	clouds := scan.Clouds(reached)
	if diff := cmp.Diff([]scan.Cloud{scan.AWS, scan.Google}, clouds); diff != "" {
		t.Fatal(diff)
	}
	o := scan.Options{Root: root, Now: time.Now, Env: []string{
		"AWS_ENDPOINT_URL=" + ts.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=hunter2hunter2", "GOOGLE_CREDENTIALS={}",
	}}
	got := checkClouds(context.Background(), o, clouds)
	want := check{"ok", "credentials for aws", "arn:aws:sts::111122223333:assumed-role/drift/ci", ""}
	if got[0] != want || got[1].state != "bad" || !strings.Contains(got[1].hint, "google-github-actions/auth") {
		t.Errorf("got %v", got)
	}
	refuse = true
	got = checkClouds(context.Background(), o, clouds[:1])
	if got[0].state != "bad" || !strings.Contains(got[0].found, "expired") || !strings.Contains(got[0].hint, "id-token: write") || strings.Contains(got[0].found, "hunter2") {
		t.Errorf("got %v", got)
	}
}
