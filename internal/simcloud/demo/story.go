package demo

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

const (
	account    = "111122223333"
	region     = "eu-west-1"
	sinceApply = 19*24*time.Hour + 22*time.Hour // the last apply, before now
)

// The people and things of the story.
var (
	alice     = trail.Person("alice@example.com", "AdministratorAccess", "203.0.113.7")
	bob       = trail.Person("bob@example.com", "DatabaseAdministrator", "203.0.113.18")
	carol     = trail.Person("carol@example.com", "PowerUserAccess", "203.0.113.52")
	migration = trail.Pipeline("db-migration", "run-311")
	savings   = trail.Pipeline("cost-savings", "nightly-1120")
	scaler    = trail.Service("ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService", "AutoScaling-UpdateService")
)

// An event of the story: who, how, how long before now, and to which object.
type event struct {
	who    trail.Actor
	via    audit.Via
	ago    time.Duration
	typ    string
	id     string
	mutate func(attributes map[string]any) // nil: the object is deleted
}

// story is what happens between the last apply and now, oldest first.
var story = []event{
	// Carol tries what happens without versioning, and forgets. The code's answer is one entry of a map, through a module and a condition.
	{carol, audit.ViaConsole, 62 * time.Hour, "aws_s3_bucket_versioning", "acme-exports", func(a map[string]any) {
		block(a, "versioning_configuration")["status"] = "Suspended"
	}},
	// A job that saves money shortens log retention.
	{savings, audit.ViaSDK, 31*time.Hour + 12*time.Minute, "aws_cloudwatch_log_group", "/acme/exports", func(a map[string]any) { a["retention_in_days"] = 14 }},
	// Bob shortens backups before a migration, and moves the maintenance window, of which the code says nothing...
	{bob, audit.ViaCLI, 24*time.Hour + 20*time.Minute, "aws_db_instance", "prod-main", func(a map[string]any) {
		a["backup_retention_period"] = 1
		a["maintenance_window"] = "mon:03:00-mon:03:30"
	}},
	// Carol lets the exporter delete files.
	{carol, audit.ViaConsole, 23 * time.Hour, "aws_iam_role_policy", "acme-exporter:exports", func(a map[string]any) {
		a["policy"] = rewrite(a["policy"], func(doc map[string]any) {
			first := doc["Statement"].([]any)[0].(map[string]any)
			first["Action"] = append(first["Action"].([]any), "s3:DeleteObject")
		})
	}},
	// Somebody removes an alarm that was too loud.
	{carol, audit.ViaConsole, 22*time.Hour + 40*time.Minute, "aws_cloudwatch_metric_alarm", "prod-db-connections", nil},
	// Alice opens SSH to the world for a quarter of an hour, as she thinks.
	{alice, audit.ViaConsole, 15*time.Hour + 56*time.Minute + 49*time.Second, "aws_security_group", "web-prod-lb", func(a map[string]any) {
		a["ingress"] = append(a["ingress"].([]any), map[string]any{
			"description": "debugging", "protocol": "tcp", "from_port": 22, "to_port": 22, "self": false, "cidr_blocks": []string{"0.0.0.0/0"},
			"ipv6_cidr_blocks": []any{}, "prefix_list_ids": []any{}, "security_groups": []any{},
		})
	}},
	// The service scales out on its own.
	{scaler, audit.ViaService, 14*time.Hour + 20*time.Minute, "aws_ecs_service", "web-prod", func(a map[string]any) { a["desired_count"] = 6 }},
	// Carol opens the dashboard in the editor and presses save: the same content in another order.
	{carol, audit.ViaConsole, 13 * time.Hour, "aws_cloudwatch_dashboard", "exports", func(a map[string]any) { a["dashboard_body"] = reorder(a["dashboard_body"]) }},
}

// happen plays the story.
func (w *World) happen(now time.Time) error {
	for _, e := range story {
		by := simcloud.By{Actor: e.who, Via: e.via, At: now.Add(-e.ago).Truncate(time.Second)}
		id, err := w.named(e.typ, e.id)
		if err != nil {
			return err
		}
		var deed simcloud.Deed
		if e.mutate == nil {
			deed, err = w.Cloud.Delete(by, e.typ, id)
		} else {
			deed, err = w.Cloud.Change(by, e.typ, id, e.mutate)
		}
		if err != nil {
			return err
		}
		w.Deeds = append(w.Deeds, deed)
	}
	return w.ambiguous(now)
}

// ambiguous: twelve minutes after Bob a migration job asks for the same backups. Nothing changes any more, and no log can tell whose
// change it is that stands.
func (w *World) ambiguous(now time.Time) error {
	bobs, err := w.deed("aws_db_instance")
	if err != nil {
		return err
	}
	for _, r := range w.Cloud.Records() {
		if len(bobs.Records) == 0 || r.ID != bobs.Records[0] {
			continue
		}
		again := r
		again.Actor, again.Via, again.Time = migration, audit.ViaSDK, r.Time.Add(12*time.Minute)
		again.Request = map[string]any{"dBInstanceIdentifier": "prod-main", "backupRetentionPeriod": 1, "applyImmediately": true, "allowMajorVersionUpgrade": false}
		w.Cloud.Log(again)
		return nil
	}
	return fmt.Errorf("the change of aws_db_instance left no record")
}

func (w *World) deed(typ string) (simcloud.Deed, error) {
	for _, d := range w.Deeds {
		if d.Type == typ {
			return d, nil
		}
	}
	return simcloud.Deed{}, fmt.Errorf("nothing happened to an %s", typ)
}

// named finds an object by what people call it.
func (w *World) named(typ, name string) (string, error) {
	o, err := w.Cloud.Object(typ, name)
	if err == nil {
		return o.ID, nil
	}
	for _, o := range w.Cloud.Objects() {
		if o.Type != typ {
			continue
		}
		a := o.Attributes()
		for _, attribute := range []string{"name", "alarm_name", "dashboard_name"} {
			if a[attribute] == name {
				return o.ID, nil
			}
		}
	}
	return "", err
}

func block(a map[string]any, name string) map[string]any {
	return a[name].([]any)[0].(map[string]any)
}

// rewrite edits a JSON text.
func rewrite(text any, edit func(doc map[string]any)) string {
	var doc map[string]any
	if err := json.Unmarshal([]byte(text.(string)), &doc); err != nil {
		panic("demo: a policy that is no JSON: " + err.Error())
	}
	edit(doc)
	b, err := json.Marshal(doc)
	if err != nil {
		panic("demo: " + err.Error())
	}
	return string(b)
}

// reorder writes a dashboard as the console's editor does: indented, the type of a widget first.
func reorder(text any) string {
	var doc struct {
		Widgets []struct {
			Type       string          `json:"type"`
			X          int             `json:"x"`
			Y          int             `json:"y"`
			Width      int             `json:"width"`
			Height     int             `json:"height"`
			Properties json.RawMessage `json:"properties"`
		} `json:"widgets"`
	}
	if err := json.Unmarshal([]byte(text.(string)), &doc); err != nil {
		panic("demo: a dashboard that is no JSON: " + err.Error())
	}
	b, err := json.MarshalIndent(doc, "", "    ")
	if err != nil {
		panic("demo: " + err.Error())
	}
	return string(b)
}
