package engine_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

const queueCode = `
resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  visibility_timeout_seconds = 30
}
`

// TestRunningProvider plans with a provider that runs already (TF_REATTACH_PROVIDERS), as the simulated cloud's does. No lock file knows its
// version, so its schemas are asked for once a run and never stored; what the provider says between two plans is seen.
func TestRunningProvider(t *testing.T) {
	aws, err := schemas.AWS()
	if err != nil {
		t.Fatal(err)
	}
	eachEngine(t, func(t *testing.T, plain *engine.Engine) {
		cloud, err := simcloud.New(simcloud.Options{Seed: 7}, aws)
		if err != nil {
			t.Fatal(err)
		}
		attach, stop, err := cloud.Serve(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}()
		l := newLab(t, plain, ".", map[string]string{"main.tf": queueCode})
		l.env = append(l.env, "TF_REATTACH_PROVIDERS="+attach, "TF_CLI_CONFIG_FILE="+os.DevNull)
		l.apply()
		e, commands := recorded(t, plain)
		l.engine = e
		if p := l.read(l.plan(l.workdir())); p.Clean != 1 || len(p.Instances) != 0 {
			t.Errorf("after the apply: %+v", p)
		}
		alice := simcloud.By{Actor: trail.Person("alice@example.com", "Admin", "203.0.113.7"), Via: audit.ViaConsole, At: time.Date(2026, 11, 20, 17, 3, 11, 0, time.UTC)}
		for _, o := range cloud.Objects() {
			_, err = cloud.Change(alice, o.Type, o.ID, func(a map[string]any) { a["visibility_timeout_seconds"] = 60 })
		}
		if err != nil {
			t.Fatal(err)
		}
		s := l.plan(l.workdir())
		i := instance(t, l.read(s), "aws_sqs_queue.jobs")
		const leaf = "visibility_timeout_seconds"
		if i.Action != drift.ActionUpdate || i.Base[leaf] != json.Number("30") || i.Live[leaf] != json.Number("60") || i.Code[leaf] != json.Number("30") || i.Schema == nil {
			t.Errorf("%s: %v, %v, %v, schema %v", i.Action, i.Base[leaf], i.Live[leaf], i.Code[leaf], i.Schema)
		}
		p, way, err := s.Replan(context.Background(), map[string][]byte{"main.tf": []byte(strings.Replace(queueCode, "30", "60", 1))})
		if err != nil || way != engine.WayOffline || len(p.Instances) != 0 {
			t.Errorf("way %s, %v, %+v", way, err, p)
		}
		if got := strings.Join(commands(), " "); got != "init init init plan plan plan providers providers" {
			t.Errorf("commands: %s", got)
		}
	})
}
