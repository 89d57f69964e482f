package cli_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/demo"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// A hand changes objects of the site's cloud, a minute apart, and its records join the log that scans read.
type hand struct {
	t     *testing.T
	site  *site
	world *demo.World
	at    time.Time
}

func (s *site) hand(t *testing.T) *hand {
	t.Helper()
	w, err := demo.Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	return &hand{t, s, w, s.now}
}

func (h *hand) by(name string, via audit.Via) simcloud.By {
	h.at = h.at.Add(time.Minute)
	return simcloud.By{Actor: trail.Person(name, "AdministratorAccess", "203.0.113.99"), Via: via, At: h.at}
}

func (h *hand) change(by simcloud.By, typ, name string, mutate func(map[string]any)) {
	h.t.Helper()
	if _, err := h.world.Cloud.Change(by, typ, name, mutate); err != nil {
		h.t.Fatal(err)
	}
}

// log writes what happened since the site's scan as one more file of the trail.
func (h *hand) log() {
	h.t.Helper()
	fresh := slices.DeleteFunc(h.world.Cloud.Records(), func(r trail.Record) bool { return !r.Time.After(h.site.now) })
	content, err := trail.CloudTrail(fresh)
	if err != nil {
		h.t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		h.t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.site.dir, "audit", "later.json.gz"), b.Bytes(), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// was gives the values that the state of a stack holds of the resource that an attribute names: those before somebody touched it.
func (h *hand) was(stack, typ, attribute, name string) map[string]any {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.site.dir, stack, "*.tfstate"))
	if err != nil || len(files) != 1 {
		h.t.Fatalf("state files %q, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		h.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal(text, &state); err != nil {
		h.t.Fatal(err)
	}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			if r.Type == typ && i.Attributes[attribute] == name {
				return i.Attributes
			}
		}
	}
	h.t.Fatalf("%s has no %s %s", stack, typ, name)
	return nil
}

// TestPutBack: what people put back by hand between two scans is told with their names where the log says so, in the comment that closes an
// issue and in the one that tells of news; who wrote something else of the same objects is not named.
func TestPutBack(t *testing.T) {
	s := newSite(t)
	hub := s.hub(t)
	hub.publish(t, cli.ExitClean)
	data, prod := hub.byTitle("Drift in infra/data"), hub.byTitle("Drift in infra/prod")

	h := s.hand(t)
	h.change(h.by("dora@example.com", audit.ViaConsole), "aws_s3_bucket_versioning", "acme-exports", func(a map[string]any) {
		a["versioning_configuration"].([]any)[0].(map[string]any)["status"] = "Enabled"
	})
	h.change(h.by("erik@example.com", audit.ViaCLI), "aws_iam_role_policy", "acme-exporter:exports", func(a map[string]any) {
		a["policy"] = strings.Replace(a["policy"].(string), `,"s3:DeleteObject"`, "", 1)
	})
	h.change(h.by("gil@example.com", audit.ViaCLI), "aws_cloudwatch_log_group", "/acme/exports", func(a map[string]any) {
		a["retention_in_days"] = 7 // not what the code says either
	})
	h.change(h.by("erik@example.com", audit.ViaCLI), "aws_cloudwatch_log_group", "/acme/exports", func(a map[string]any) {
		a["retention_in_days"] = h.was("infra/data", "aws_cloudwatch_log_group", "name", "/acme/exports")["retention_in_days"]
	})
	h.change(h.by("fay@example.com", audit.ViaConsole), "aws_security_group", "web-prod-lb", func(a map[string]any) {
		a["ingress"] = h.was("infra/prod", "aws_security_group", "name", "web-prod-lb")["ingress"]
	})
	h.change(h.by("gil@example.com", audit.ViaConsole), "aws_security_group", "web-prod-lb", func(a map[string]any) {
		a["tags"].(map[string]any)["ticket"] = "OPS-7"
	})
	alarm := h.was("infra/prod", "aws_cloudwatch_metric_alarm", "alarm_name", "prod-db-connections")
	if _, err := h.world.Cloud.Create(h.by("fay@example.com", audit.ViaCLI), "aws_cloudwatch_metric_alarm", alarm); err != nil {
		t.Fatal(err)
	}
	h.log()

	out := filepath.Join(t.TempDir(), "later.json")
	s.now = s.now.Add(time.Hour)
	hub.Advance(time.Hour)
	if code, text := s.run(t, hub.env, "scan", "--quiet", "--engine", enginetest.Tofu(t), "--format", "json", "--out", out); code != cli.ExitDrift {
		t.Fatalf("scan ended with %d:\n%s", code, text)
	}
	hub.publish(t, cli.ExitClean, out)
	said := func(number int, state string) string {
		t.Helper()
		i := hub.Issue(number)
		if i.State != state || len(i.Comments) != 1 {
			t.Fatalf("#%d is %s with %d comments", number, i.State, len(i.Comments))
		}
		return i.Comments[0].Body
	}
	closed, news := said(data, "closed"), said(prod, "open")
	for _, want := range []string{
		"**`dora@example.com`** put `module.bucket[\"acme-exports\"].aws_s3_bucket_versioning.this.versioning_configuration[0].status` back, 21 Nov 2026 09:01, console ([`PutBucketVersioning`](",
		"**`erik@example.com`** put `aws_iam_role_policy.exporter.policy` back, 21 Nov 2026 09:02, command line",
		"**`erik@example.com`** put `aws_cloudwatch_log_group.exports.retention_in_days` back, 21 Nov 2026 09:04",
	} {
		if !strings.Contains(closed, want) {
			t.Errorf("the comment that closes does not say %s:\n%s", want, closed)
		}
	}
	if strings.Contains(closed, "gil@") {
		t.Errorf("somebody who put nothing back is named:\n%s", closed)
	}
	_, gone, _ := strings.Cut(news, "No longer different: ")
	for _, want := range []string{
		"Probably **`fay@example.com`** put `module.web.aws_security_group.lb.ingress` back, 21 Nov 2026 09:05, console",
		"**`fay@example.com`** made `aws_cloudwatch_metric_alarm.db[\"connections\"]` again, 21 Nov 2026 09:07, command line",
	} {
		if !strings.Contains(gone, want) {
			t.Errorf("the comment does not say %s:\n%s", want, news)
		}
	}
	if strings.Contains(gone, "gil@") || !strings.Contains(news, "gil@example.com") {
		t.Errorf("who tagged the group made that new, and put nothing back:\n%s", news)
	}
	hub.Forget()
	if hub.publish(t, cli.ExitClean, out); hub.Mutations() != 0 {
		t.Errorf("publishing again made %d writes", hub.Mutations())
	}
}
