package drift

import (
	"slices"
	"strings"
	"testing"
)

func TestIdentify(t *testing.T) {
	for _, c := range []struct {
		name, typ, attributes, account, region string
		ids                                    []string
	}{
		{"aws with arn", "aws_instance", `{"id":"i-0abc","arn":"arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc","availability_zone":"eu-west-1a"}`,
			"111122223333", "eu-west-1", []string{"i-0abc", "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc"}},
		{"aws without account in the arn", "aws_s3_bucket", `{"id":"b","arn":"arn:aws:s3:::b","region":"us-east-1"}`,
			"", "us-east-1", []string{"b", "arn:aws:s3:::b"}},
		{"aws without arn", "aws_route", `{"id":"r-1","owner_id":"111122223333"}`, "111122223333", "", []string{"r-1"}},
		{"aws zone", "aws_thing", `{"id":"t","availability_zone":"us-west-2-lax-1a"}`, "", "us-west-2", []string{"t"}},
		{"id is the arn", "aws_lb", `{"id":"arn:aws:x:eu-west-1:1:y","arn":"arn:aws:x:eu-west-1:1:y"}`, "1", "eu-west-1", []string{"arn:aws:x:eu-west-1:1:y"}},
		{"google", "google_compute_instance",
			`{"id":"projects/p/zones/europe-west1-b/instances/a","self_link":"https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-b/instances/a","project":"p","zone":"europe-west1-b","instance_id":"42"}`,
			"p", "europe-west1", []string{"projects/p/zones/europe-west1-b/instances/a", "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-b/instances/a", "42"}},
		{"google by id alone", "google_thing", `{"id":"projects/p/locations/europe-west1/things/a"}`, "p", "europe-west1", []string{"projects/p/locations/europe-west1/things/a"}},
		{"azure", "azurerm_thing", `{"id":"/subscriptions/ABC-1/resourceGroups/rg/providers/X/y/z","location":"westeurope"}`,
			"abc-1", "westeurope", []string{"/subscriptions/ABC-1/resourceGroups/rg/providers/X/y/z"}},
		{"kubernetes", "kubernetes_config_map", `{"id":"ns/a","metadata":[{"uid":"u-1","name":"a"}]}`, "", "", []string{"ns/a", "u-1"}},
		{"path of somebody else", "x_thing", `{"id":"a/regions/b/c"}`, "", "", []string{"a/regions/b/c"}},
		{"nothing", "x_thing", `{"id":null,"arn":7}`, "", "", nil},
		{"too long for an id", "x_thing", `{"id":"` + strings.Repeat("x", maxID+1) + `"}`, "", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ids, account, region := identify(c.typ, object(t, c.attributes), nil)
			if !slices.Equal(ids, c.ids) || account != c.account || region != c.region {
				t.Errorf("got %q, account %q, region %q", ids, account, region)
			}
		})
	}
}

// What is secret is no name to look for in logs.
func TestIdentifyKeepsSecrets(t *testing.T) {
	ids, _, _ := identify("x_token", object(t, `{"id":"s3cr3t","arn":"a"}`), sensitivePaths([]string{"id"}))
	if !slices.Equal(ids, []string{"a"}) {
		t.Errorf("got %q", ids)
	}
}

func TestFindingID(t *testing.T) {
	a := FindingID("infra/prod", "x.a", "")
	if !strings.HasPrefix(a, "f_") || len(a) != 18 {
		t.Errorf("got %q", a)
	}
	for _, other := range []string{FindingID("infra/dev", "x.a", ""), FindingID("infra/prod", "x.b", ""), FindingID("infra/prod", "x.a", "d")} {
		if other == a {
			t.Error("two objects share an ID")
		}
	}
}
