package connect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/connect"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// aws answers for STS and CloudTrail. CloudTrail answers those alone who come with the keys of the role.
func aws(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	signer := r.Header.Get("Authorization")
	switch {
	case strings.Contains(string(body), "Action=AssumeRole") && strings.Contains(signer, "Credential=AKIDPERSON/"):
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>
			<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	case strings.Contains(string(body), "Action=GetCallerIdentity"):
		fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>444455556666</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	case strings.Contains(signer, "Credential=ASIAROLE/") && strings.Contains(signer, "/eu-west-1/") && strings.Contains(string(body), "ReadOnly"):
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprint(w, `{"Events":[{"EventId":"a","CloudTrailEvent":"{\"eventID\":\"a\",\"eventName\":\"CreateTags\",\"eventTime\":\"2026-11-21T08:00:00Z\"}"}]}`)
	case strings.Contains(signer, "Credential=ASIAROLE/"):
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprint(w, `{"Events":[]}`)
	default:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"ExpiredTokenException","message":"expired"}`)
	}
}

// environment is what the tests run in; nothing of this machine is asked.
func environment(t *testing.T, more map[string]string) func(string) string {
	t.Helper()
	for key, value := range map[string]string{"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials", "HOME": ""} {
		t.Setenv(key, filepath.Join(t.TempDir(), value))
	}
	ts := httptest.NewServer(http.HandlerFunc(aws))
	t.Cleanup(ts.Close)
	return func(key string) string {
		return map[string]string{"AWS_ENDPOINT_URL": ts.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDPERSON", "AWS_SECRET_ACCESS_KEY": "s"}[key] + more[key]
	}
}

func read(s audit.Source) (ids []string, problems []*audit.SourceError) {
	for e, err := range s.Query(context.Background(), audit.Query{From: now.Add(-time.Hour), To: now}) {
		var problem *audit.SourceError
		if errors.As(err, &problem) {
			problems = append(problems, problem)
		} else {
			ids = append(ids, e.ID)
		}
	}
	return ids, problems
}

func TestTheRoleIsAssumed(t *testing.T) {
	o := connect.Options{Getenv: environment(t, nil), Now: func() time.Time { return now }, RoleARN: "arn:aws:iam::111122223333:role/audit-read"}
	s := connect.Lookup(context.Background(), o, nil)
	if got := s.Capabilities().Accounts; len(got) != 1 || got[0] != "111122223333" {
		t.Errorf("covers %v, want the account of the role", got)
	}
	if ids, problems := read(s); len(ids) != 1 || len(problems) != 0 {
		t.Errorf("got %v, %v", ids, problems)
	}
}

func TestWithoutARoleTheAccountIsAskedFor(t *testing.T) {
	s := connect.Lookup(context.Background(), connect.Options{Getenv: environment(t, nil), Now: func() time.Time { return now }}, nil)
	if got := s.Capabilities().Accounts; len(got) != 1 || got[0] != "444455556666" {
		t.Errorf("covers %v", got)
	}
	ids, problems := read(s)
	if len(ids) != 0 || len(problems) == 0 || !strings.Contains(problems[0].Error(), "expired") {
		t.Errorf("got %v, %v; want to be told of expired credentials", ids, problems)
	}
}

func TestAProfileThatDoesNotExistIsAProblem(t *testing.T) {
	o := connect.Options{Getenv: environment(t, map[string]string{"AWS_PROFILE": "nobody"}), Now: func() time.Time { return now }}
	for _, s := range []audit.Source{
		connect.Lookup(context.Background(), o, nil), connect.Bucket(context.Background(), o, connect.BucketOptions{Bucket: "trail"}),
		connect.Athena(context.Background(), o, connect.AthenaOptions{Table: "security.cloudtrail"}),
	} {
		ids, problems := read(s)
		if len(ids) != 0 || len(problems) != 1 || !strings.Contains(problems[0].Error(), "nobody") || s.Capabilities().Provider != "aws" {
			t.Errorf("got %v, %v", ids, problems)
		}
	}
}
