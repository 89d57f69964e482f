package cloudtrail_test

import (
	"testing"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

func decode(t *testing.T, text string) audit.Event {
	t.Helper()
	v, err := tree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	e, err := cloudtrail.Decode(v)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestCaller guards who is taken for a person: a machine that is shown as one is the worst mistake.
func TestCaller(t *testing.T) {
	const sso = "AWSReservedSSO_Admin_0123456789abcdef"
	cases := map[string]struct {
		identity, more string
		name           string
		kind           audit.ActorType
		via            audit.Via
	}{
		"IAM user":                 {`{"type":"IAMUser","userName":"alice"}`, `"userAgent":"aws-cli/2.15"`, "alice", audit.ActorHuman, audit.ViaCLI},
		"IAM user of a pipeline":   {`{"type":"IAMUser","userName":"ci-deployer"}`, ``, "ci-deployer", audit.ActorMachine, ""},
		"root":                     {`{"type":"Root","arn":"arn:aws:iam::1:root"}`, ``, "root", audit.ActorHuman, ""},
		"single sign-on":           {`{"type":"AssumedRole","principalId":"A:bob@example.com","arn":"arn:aws:sts::1:assumed-role/` + sso + `/bob@example.com","sessionContext":{"sessionIssuer":{"userName":"` + sso + `"}}}`, ``, "bob@example.com", audit.ActorHuman, ""},
		"source identity":          {`{"type":"AssumedRole","principalId":"A:x","sessionContext":{"sourceIdentity":"carol@example.com","sessionIssuer":{"userName":"Ops"}}}`, ``, "carol@example.com", audit.ActorHuman, ""},
		"session named by person":  {`{"type":"AssumedRole","principalId":"A:dave.jones","sessionContext":{"sessionIssuer":{"userName":"Admin"}}}`, ``, "dave.jones", audit.ActorHuman, ""},
		"session named by nobody":  {`{"type":"AssumedRole","principalId":"A:session-1","sessionContext":{"sessionIssuer":{"userName":"Admin"}}}`, ``, "Admin/session-1", audit.ActorRole, ""},
		"instance profile":         {`{"type":"AssumedRole","principalId":"A:i-0abc","sessionContext":{"sessionIssuer":{"userName":"app"}}}`, ``, "app/i-0abc", audit.ActorMachine, ""},
		"SDK default session":      {`{"type":"AssumedRole","principalId":"A:aws-go-sdk-169","sessionContext":{"sessionIssuer":{"userName":"app"}}}`, ``, "app/aws-go-sdk-169", audit.ActorMachine, ""},
		"workflow":                 {`{"type":"AssumedRole","principalId":"A:GitHubActions","sessionContext":{"sessionIssuer":{"userName":"deploy"},"webIdFederationData":{"federatedProvider":"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}}}`, ``, "deploy/GitHubActions", audit.ActorMachine, ""},
		"person in pipeline role":  {`{"type":"AssumedRole","principalId":"A:dave","sessionContext":{"sessionIssuer":{"userName":"terraform-apply"}}}`, ``, "terraform-apply/dave", audit.ActorMachine, ""},
		"service":                  {`{"type":"AWSService","invokedBy":"autoscaling.amazonaws.com"}`, ``, "autoscaling.amazonaws.com", audit.ActorService, audit.ViaService},
		"service for a person":     {`{"type":"IAMUser","userName":"alice","invokedBy":"cloudformation.amazonaws.com"}`, ``, "cloudformation.amazonaws.com", audit.ActorService, audit.ViaService},
		"service-linked role":      {`{"type":"AssumedRole","principalId":"A:AutoScaling","sessionContext":{"sessionIssuer":{"userName":"AWSServiceRoleForAutoScaling"}}}`, ``, "AWSServiceRoleForAutoScaling", audit.ActorService, audit.ViaService},
		"console":                  {`{"type":"IAMUser","userName":"alice","invokedBy":"signin.amazonaws.com"}`, `"userAgent":"signin.amazonaws.com"`, "alice", audit.ActorHuman, audit.ViaConsole},
		"console, said by AWS":     {`{"type":"IAMUser","userName":"alice"}`, `"userAgent":"AWS Internal","sessionCredentialFromConsole":"true"`, "alice", audit.ActorHuman, audit.ViaConsole},
		"Terraform in S3 brackets": {`{"type":"IAMUser","userName":"alice"}`, `"userAgent":"[APN/1.0 HashiCorp/1.0 Terraform/1.5.7 (+https://www.terraform.io) terraform-provider-aws/5.0]"`, "alice", audit.ActorHuman, audit.ViaTerraform},
		"nothing":                  {`{}`, ``, "", "", ""},
		"wrong types":              {`{"type":1,"userName":[],"sessionContext":"x"}`, ``, "", "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			more := c.more
			if more != "" {
				more = "," + more
			}
			e := decode(t, `{"eventName":"CreateTags","eventTime":"2026-11-20T10:00:00Z","userIdentity":`+c.identity+more+`}`)
			if e.Actor.Name != c.name || e.Actor.Type != c.kind || e.Via != c.via {
				t.Errorf("got %q (%s) via %q, want %q (%s) via %q", e.Actor.Name, e.Actor.Type, e.Via, c.name, c.kind, c.via)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	cases := map[string]struct {
		fields    string
		activity  audit.Activity
		status    audit.Status
		dry       bool
		truncated bool
	}{
		"write":                  {`"eventName":"ModifyInstanceAttribute"`, audit.ActivityUpdate, audit.StatusSuccess, false, false},
		"read by flag":           {`"eventName":"Whatever","readOnly":true`, audit.ActivityRead, audit.StatusSuccess, false, false},
		"read by verb":           {`"eventName":"DescribeInstances"`, audit.ActivityRead, audit.StatusSuccess, false, false},
		"a verb is a whole word": {`"eventName":"Listen"`, audit.ActivityUpdate, audit.StatusSuccess, false, false},
		"delete":                 {`"eventName":"DeleteFunction20150331"`, audit.ActivityDelete, audit.StatusSuccess, false, false},
		"failure":                {`"eventName":"CreateTags","errorCode":"Client.UnauthorizedOperation"`, audit.ActivityCreate, audit.StatusFailure, false, false},
		"dry run":                {`"eventName":"CreateTags","errorCode":"Client.DryRunOperation"`, audit.ActivityCreate, audit.StatusFailure, true, false},
		"omitted":                {`"eventName":"CreateTags","requestParameters":{"omitted":true,"originalSize":104920,"reason":"too large"}`, audit.ActivityCreate, audit.StatusSuccess, false, true},
		"text that is not JSON":  {`"eventName":"CreateTags","requestParameters":"{\"a\":"`, audit.ActivityCreate, audit.StatusSuccess, false, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := decode(t, `{"eventTime":"2026-11-20T10:00:00Z",`+c.fields+`}`)
			if e.Activity != c.activity || e.Status != c.status || e.DryRun != c.dry || e.Truncated != c.truncated {
				t.Errorf("got %v %v dry=%v truncated=%v", e.Activity, e.Status, e.DryRun, e.Truncated)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"eventName":"CreateTags","eventTime":"2026-11-20T10:00:00Z","userIdentity":{"type":"AssumedRole"}}`))
	f.Add([]byte(`{"detail-type":"x","detail":{"eventName":[]}}`))
	f.Add([]byte(`{"CloudTrailEvent":"{}"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := tree.Parse(text)
		if err != nil {
			return
		}
		e, err := cloudtrail.Decode(v)
		if err == nil && e.Operation == "" {
			t.Error("an event without an operation")
		}
	})
}
