// Command gen remakes the plan files of testdata/plans that need a cloud: a stack on a simulated AWS, changed behind the engine's back.
// make.sh calls it.
//
// usage: go run ./testdata/gen TOFU TERRAFORM     in the folder of package planfile
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen TOFU TERRAFORM")
		os.Exit(2)
	}
	for i, engine := range []string{"tofu", "terraform"} {
		program, err := filepath.Abs(os.Args[i+1])
		if err == nil {
			err = remake(engine, program)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "gen:", engine+":", err)
			os.Exit(1)
		}
	}
}

// remake applies before.tf, changes the cloud, and plans after.tf.
func remake(engine, program string) (err error) {
	aws, err := schemas.AWS()
	if err != nil {
		return err
	}
	cloud, err := simcloud.New(simcloud.Options{Seed: 1}, aws)
	if err != nil {
		return err
	}
	attach, stop, err := cloud.Serve(context.Background())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	dir, err := os.MkdirTemp("", "planfile-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	e := stack{program: program, dir: dir, env: append(os.Environ(), "TF_REATTACH_PROVIDERS="+attach, "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1")}

	if err := e.use("before.tf"); err != nil {
		return err
	}
	for _, args := range [][]string{{"init"}, {"apply", "-auto-approve"}} {
		if _, err := e.run(args...); err != nil {
			return err
		}
	}
	if err := behindTheEnginesBack(cloud); err != nil {
		return err
	}
	if err := e.use("after.tf"); err != nil {
		return err
	}
	if _, err := e.run("plan", "-lock=false", "-out=plan"); err != nil {
		return err
	}
	shown, err := e.run("show", "-json", "plan")
	if err != nil {
		return err
	}
	known, err := e.run("providers", "schema", "-json")
	if err != nil {
		return err
	}
	plan, err := os.ReadFile(filepath.Join(dir, "plan"))
	if err != nil {
		return err
	}
	if known, err = usedSchemas(known, shown); err != nil {
		return err
	}
	if shown, err = without(shown, "planned_values", "prior_state", "configuration"); err != nil { // large, and not read
		return err
	}
	to := filepath.Join("testdata", "plans", engine, "cloud")
	return errors.Join(
		os.WriteFile(to+".tfplan", plan, 0o644), os.WriteFile(to+".show.json", shown, 0o644), os.WriteFile(to+".schemas.json", known, 0o644),
	)
}

// behindTheEnginesBack is what a person does in the console.
func behindTheEnginesBack(cloud *simcloud.Cloud) error {
	by := simcloud.By{
		Actor: trail.Person("alice@example.com", "AdministratorAccess", "203.0.113.7"), Via: audit.ViaConsole,
		At: time.Date(2026, 11, 20, 17, 3, 11, 0, time.UTC),
	}
	object := func(typ, attribute string, value any) (string, error) {
		for _, o := range cloud.Objects() {
			if a := o.Attributes(); o.Type == typ && (a[attribute] == value || fmt.Sprint(a[attribute]) == fmt.Sprint(value)) {
				return o.ID, nil
			}
		}
		return "", fmt.Errorf("no %s with %s = %v", typ, attribute, value)
	}
	type edit struct {
		typ, attribute string
		value          any
		mutate         func(map[string]any)
	}
	first := func(v any) map[string]any { return v.([]any)[0].(map[string]any) }
	for _, e := range []edit{
		{"aws_instance", "private_ip", "10.0.1.10", func(a map[string]any) { a["instance_type"] = "t3.large" }},
		{"aws_instance", "private_ip", "10.0.1.11", func(a map[string]any) {
			tags := a["tags"].(map[string]any)
			tags["Name"], tags["Owner"] = "renamed", "alice"
		}},
		{"aws_instance", "private_ip", "10.0.1.12", func(a map[string]any) { a["ebs_optimized"] = true }},
		{"aws_security_group", "name", "web", func(a map[string]any) {
			rule := map[string]any{}
			for k, v := range first(a["ingress"]) {
				rule[k] = v
			}
			rule["from_port"], rule["to_port"] = int64(22), int64(22)
			a["ingress"] = append(a["ingress"].([]any), rule)
		}},
		{"aws_lb_target_group", "name", "web", func(a map[string]any) { first(a["health_check"])["path"] = "/up" }},
		{"aws_lb_target_group", "name", "api", func(a map[string]any) { first(a["health_check"])["path"] = "/conflict" }},
		{"aws_s3_bucket_versioning", "bucket", "acme-logs", func(a map[string]any) { first(a["versioning_configuration"])["status"] = "Suspended" }},
		{"aws_iam_role_policy", "name", "read", func(a map[string]any) {
			a["policy"] = `{"Statement":[{"Resource":["*"],"Effect":"Allow","Action":"s3:GetObject"}],"Version":"2012-10-17"}`
		}},
		{"aws_iam_role_policy", "name", "write", func(a map[string]any) {
			a["policy"] = strings.ReplaceAll(a["policy"].(string), "s3:PutObject", "s3:*")
		}},
		{"aws_vpc", "cidr_block", "10.0.0.0/16", func(a map[string]any) { a["enable_dns_hostnames"] = true }},
	} {
		id, err := object(e.typ, e.attribute, e.value)
		if err != nil {
			return err
		}
		if _, err := cloud.Change(by, e.typ, id, e.mutate); err != nil {
			return err
		}
	}
	id, err := object("aws_s3_bucket", "bucket", "acme-scratch")
	if err != nil {
		return err
	}
	_, err = cloud.Delete(by, "aws_s3_bucket", id)
	return err
}

// usedSchemas keeps the schemas of the types that the plan names.
func usedSchemas(all, shown []byte) ([]byte, error) {
	var schemas struct {
		Format    string                                `json:"format_version"`
		Providers map[string]map[string]json.RawMessage `json:"provider_schemas"`
	}
	if err := json.Unmarshal(all, &schemas); err != nil {
		return nil, err
	}
	for _, provider := range schemas.Providers {
		for kind, raw := range provider {
			if kind != "resource_schemas" && kind != "data_source_schemas" {
				delete(provider, kind)
				continue
			}
			var types map[string]json.RawMessage
			if err := json.Unmarshal(raw, &types); err != nil {
				return nil, err
			}
			for typ := range types {
				if !bytes.Contains(shown, []byte(`"type":"`+typ+`"`)) {
					delete(types, typ)
				}
			}
			cut, err := json.Marshal(types)
			if err != nil {
				return nil, err
			}
			provider[kind] = cut
		}
	}
	return json.Marshal(schemas)
}

func without(object []byte, names ...string) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(object, &fields); err != nil {
		return nil, err
	}
	for _, name := range names {
		delete(fields, name)
	}
	return json.Marshal(fields)
}

type stack struct {
	program, dir string
	env          []string
}

func (s stack) use(file string) error {
	code, err := os.ReadFile(filepath.Join("testdata", "gen", file))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, "main.tf"), code, 0o644)
}

func (s stack) run(args ...string) ([]byte, error) {
	cmd := exec.Command(s.program, append([]string{"-chdir=" + s.dir}, args...)...)
	cmd.Env = s.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", args[0], err, out, stderr.String())
	}
	return out, nil
}
