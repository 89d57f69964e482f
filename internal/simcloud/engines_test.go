package simcloud_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

var (
	alice     = trail.Person("alice@example.com", "AdministratorAccess", "203.0.113.7")
	yesterday = time.Date(2026, 11, 20, 17, 3, 11, 0, time.UTC)
	byAlice   = simcloud.By{Actor: alice, Via: audit.ViaConsole, At: yesterday}
)

// TestDriftIsSeen is the whole life of a world: apply, nothing to do, somebody changes things, the plan would undo it, the log says who.
func TestDriftIsSeen(t *testing.T) {
	code, err := os.ReadFile("testdata/web.tf")
	if err != nil {
		t.Fatal(err)
	}
	for name, engine := range engines(t) {
		t.Run(name, func(t *testing.T) {
			c := cloud(t, schemas.AWS)
			r := newRoot(t, engine, serve(t, c), string(code))
			r.apply()
			r.clean()
			web, err := c.Object("aws_instance", "web-0")
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				typ, id string
				mutate  func(map[string]any)
			}{
				{"aws_instance", web.ID, func(a map[string]any) { a["instance_type"] = "t3.large" }},
				{"aws_instance", web.ID, func(a map[string]any) { a["tags"].(map[string]any)["owner"] = "alice" }},
				{"aws_security_group", "web", func(a map[string]any) {
					a["ingress"] = append(a["ingress"].([]any), map[string]any{"protocol": "tcp", "from_port": 22, "to_port": 22, "self": false, "description": "",
						"cidr_blocks": []string{"0.0.0.0/0"}, "ipv6_cidr_blocks": []any{}, "prefix_list_ids": []any{}, "security_groups": []any{}})
				}},
				{"aws_s3_bucket_versioning", "acme-logs", func(a map[string]any) {
					a["versioning_configuration"].([]any)[0].(map[string]any)["status"] = "Suspended"
				}},
				// The provider takes these two policies for one: no difference.
				{"aws_iam_role_policy", "web:read", func(a map[string]any) {
					a["policy"] = `{"Statement":{"Resource":["*"],"Effect":"Allow","Action":"s3:GetObject"},"Version":"2012-10-17"}`
				}},
			} {
				if _, err := c.Change(byAlice, step.typ, step.id, step.mutate); err != nil {
					t.Fatal(err)
				}
			}
			p := r.plan()
			want := map[string]string{"aws_instance.web[0]": "update", "aws_security_group.web": "update", "aws_s3_bucket_versioning.logs": "update"}
			if got := differing(p); !mapsEqual(got, want) {
				t.Errorf("the plan changes %v, want %v", got, want)
			}
			if before, after := change(t, p, "aws_instance.web[0]", "instance_type"); before != "t3.large" || after != "t3.micro" {
				t.Errorf("instance_type goes from %v to %v", before, after)
			}
			want0 := map[string]any{"Name": "web-0", "team": "platform", "owner": "alice"}
			if before, _ := change(t, p, "aws_instance.web[0]", "tags_all"); !mapsEqual(before.(map[string]any), want0) {
				t.Errorf("tags_all is %v, want %v", before, want0)
			}
			var operations []string
			for _, rec := range c.Records() {
				if rec.Actor == alice {
					operations = append(operations, rec.Operation)
				}
			}
			slices.Sort(operations)
			if got := strings.Join(operations, " "); got != "AuthorizeSecurityGroupIngress CreateTags ModifyInstanceAttribute PutBucketVersioning PutRolePolicy" {
				t.Errorf("alice's operations in the log are %s", got)
			}
			// An apply undoes it, and says so as the engine.
			r.apply()
			r.clean()
			deeds := c.Deeds()
			if last := deeds[len(deeds)-1]; last.Via != audit.ViaTerraform || last.Engine == "" {
				t.Errorf("the last deed is %+v, want one of the engine", last)
			}
		})
	}
}

// TestManyProviders: several providers in one root module, each with its own log.
func TestManyProviders(t *testing.T) {
	code, err := os.ReadFile("testdata/many.tf")
	if err != nil {
		t.Fatal(err)
	}
	for name, engine := range engines(t) {
		t.Run(name, func(t *testing.T) {
			c := cloud(t, schemas.AWS, schemas.Google, schemas.AzureRM, schemas.Kubernetes, schemas.GitHub)
			r := newRoot(t, engine, serve(t, c), string(code))
			r.apply()
			r.clean()
			logs := map[string]bool{}
			for _, rec := range c.Records() {
				logs[rec.Provider] = true
			}
			if len(logs) != 5 {
				t.Errorf("records of %v, want all five providers", logs)
			}
		})
	}
}

// TestRegionsAndAccounts: aliases are configured apart, so one name can exist in two regions and two accounts.
func TestRegionsAndAccounts(t *testing.T) {
	c := cloud(t, schemas.AWS)
	r := newRoot(t, enginetest.Tofu(t), serve(t, c), `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
provider "aws" {
  alias  = "other"
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/deploy"
  }
}
resource "aws_cloudwatch_log_group" "here" {
  name = "app"
}
resource "aws_cloudwatch_log_group" "us" {
  provider = aws.us
  name     = "app"
}
resource "aws_cloudwatch_log_group" "other" {
  provider = aws.other
  name     = "app"
}
resource "aws_cloudwatch_log_group" "inline" {
  region = "eu-north-1"
  name   = "app"
}
data "aws_caller_identity" "other" {
  provider = aws.other
}
output "account" {
  value = data.aws_caller_identity.other.account_id
}
`)
	r.apply()
	r.clean()
	var places []string
	for _, o := range c.Objects() {
		places = append(places, o.Account+" "+o.Region)
	}
	want := []string{"111122223333 eu-north-1", "111122223333 eu-west-1", "111122223333 us-east-1", "444455556666 eu-west-1"}
	if !slices.Equal(places, want) {
		t.Errorf("log groups are in %v, want %v", places, want)
	}
	if _, err := c.Object("aws_cloudwatch_log_group", "app"); err == nil {
		t.Error("a name that exists four times was found")
	}
	by := byAlice
	by.Region = "us-east-1"
	if _, err := c.Change(by, "aws_cloudwatch_log_group", "app", func(a map[string]any) { a["retention_in_days"] = 7 }); err != nil {
		t.Fatal(err)
	}
	if got := differing(r.plan()); !mapsEqual(got, map[string]string{"aws_cloudwatch_log_group.us": "update"}) {
		t.Errorf("the plan changes %v", got)
	}
}

const bucket = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}
`

// TestGoneAndFound: an object that somebody deleted is made again, and one that somebody made can be imported.
func TestGoneAndFound(t *testing.T) {
	for name, engine := range engines(t) {
		t.Run(name, func(t *testing.T) {
			c := cloud(t, schemas.AWS)
			r := newRoot(t, engine, serve(t, c), bucket)
			r.apply()
			if _, err := c.Delete(byAlice, "aws_s3_bucket", "acme-b"); err != nil {
				t.Fatal(err)
			}
			if got := differing(r.plan()); !mapsEqual(got, map[string]string{"aws_s3_bucket.b": "create"}) {
				t.Errorf("after the bucket is gone the plan changes %v", got)
			}
			if _, err := c.Create(byAlice, "aws_s3_bucket", map[string]any{"bucket": "acme-found"}); err != nil {
				t.Fatal(err)
			}
			r.write(bucket + `
import {
  to = aws_s3_bucket.found
  id = "acme-found"
}
resource "aws_s3_bucket" "found" {
  bucket = "acme-found"
}
`)
			r.apply()
			r.clean()
			if code, out := r.run("apply", "-auto-approve", "-destroy"); code != 0 || len(c.Objects()) != 0 {
				t.Errorf("destroy left %d objects: %s", len(c.Objects()), out)
			}
		})
	}
}

// TestReplaces: what a provider cannot change in place is replaced.
func TestReplaces(t *testing.T) {
	c := cloud(t, schemas.AWS)
	r := newRoot(t, enginetest.Tofu(t), serve(t, c), bucket)
	r.apply()
	r.write(strings.ReplaceAll(bucket, "acme-b", "acme-c"))
	if got := differing(r.plan()); !mapsEqual(got, map[string]string{"aws_s3_bucket.b": "delete,create"}) {
		t.Errorf("another name for a bucket plans %v", got)
	}
}

// TestManyAtOnce: several engines share one cloud.
func TestManyAtOnce(t *testing.T) {
	c := cloud(t, schemas.AWS)
	attach := serve(t, c)
	tofu := enginetest.Tofu(t)
	var all sync.WaitGroup
	for _, name := range []string{"one", "two", "three"} {
		r := newRoot(t, tofu, attach, strings.ReplaceAll(bucket, "acme-b", "acme-"+name))
		all.Go(func() {
			if code, out := r.run("apply", "-auto-approve"); code != 0 {
				t.Errorf("%s: %s", name, out)
			}
		})
	}
	all.Wait()
	if n := len(c.Objects()); n != 3 {
		t.Errorf("%d objects, want 3", n)
	}
}

// TestNothingIsLeft: stopping leaves no goroutine and no socket, whether by stop, twice, or by the context.
func TestNothingIsLeft(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, byContext := range []bool{false, true} {
		c := cloud(t, schemas.AWS)
		ctx, cancel := context.WithCancel(context.Background())
		attach, stop, err := c.Serve(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r := newRoot(t, enginetest.Tofu(t), attach, bucket)
		r.apply()
		if byContext {
			cancel()
		}
		for range 2 {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
		cancel()
		var entries map[string]struct {
			Addr struct{ Network, String string }
		}
		if err := json.Unmarshal([]byte(attach), &entries); err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if _, err := os.Stat(filepath.Dir(e.Addr.String)); e.Addr.Network == "unix" && !os.IsNotExist(err) {
				t.Errorf("%s is still there: %v", e.Addr.String, err)
			}
		}
	}
}
