package simcloud

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/policydoc"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// A dataRule answers one data source with what it computes.
type dataRule func(s *session, env facts.Env, config cty.Value) (map[string]any, error)

// dataRules are the data sources that only render or that say where one is.
var dataRules = map[string]dataRule{
	"aws_iam_policy_document": func(_ *session, env facts.Env, config cty.Value) (map[string]any, error) {
		arguments, _ := schema.Plain(config).(map[string]any)
		indented, minified, err := policydoc.Render(arguments)
		return map[string]any{"json": indented, "minified_json": minified, "id": env.Hex("policy", indented, 8), "version": "2012-10-17"}, err
	},
	"google_iam_policy": func(_ *session, env facts.Env, config cty.Value) (map[string]any, error) {
		arguments, _ := schema.Plain(config).(map[string]any)
		document, err := policydoc.Bindings(arguments)
		return map[string]any{"policy_data": document, "id": env.Hex("policy", document, 8)}, err
	},
	"aws_caller_identity": func(s *session, _ facts.Env, _ cty.Value) (map[string]any, error) {
		return map[string]any{"account_id": s.account, "id": s.account, "user_id": "AROAEXAMPLEEXAMPLEXX:deploy",
			"arn": "arn:" + s.partition() + ":sts::" + s.account + ":assumed-role/deploy/deploy"}, nil
	},
	"aws_region": func(s *session, _ facts.Env, _ cty.Value) (map[string]any, error) {
		return map[string]any{"name": s.region, "id": s.region, "region": s.region, "description": regionNames[s.region], "endpoint": "ec2." + s.region + ".amazonaws.com"}, nil
	},
	"aws_partition": func(s *session, _ facts.Env, _ cty.Value) (map[string]any, error) {
		suffix := map[string]string{"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}[s.partition()]
		return map[string]any{"partition": s.partition(), "id": s.partition(), "dns_suffix": suffix, "reverse_dns_prefix": reverse(suffix)}, nil
	},
	"aws_availability_zones": func(s *session, _ facts.Env, _ cty.Value) (map[string]any, error) {
		names := []any{s.region + "a", s.region + "b", s.region + "c"}
		return map[string]any{"names": names, "zone_ids": []any{zoneID(s.region, 1), zoneID(s.region, 2), zoneID(s.region, 3)}, "id": s.region, "group_names": []any{s.region}}, nil
	},
	"aws_default_tags": func(s *session, _ facts.Env, _ cty.Value) (map[string]any, error) {
		return map[string]any{"tags": s.defaultTags, "id": s.partition()}, nil
	},
	"aws_arn": func(_ *session, _ facts.Env, config cty.Value) (map[string]any, error) {
		arn, _ := text(config, "arn")
		parts := strings.SplitN(arn, ":", 6)
		if len(parts) < 6 {
			return map[string]any{"id": arn}, nil
		}
		return map[string]any{"id": arn, "partition": parts[1], "service": parts[2], "region": parts[3], "account": parts[4], "resource": parts[5]}, nil
	},
	"aws_service_principal": func(_ *session, _ facts.Env, config cty.Value) (map[string]any, error) {
		service, _ := text(config, "service_name")
		return map[string]any{"name": service + ".amazonaws.com", "suffix": "amazonaws.com", "id": service + ".amazonaws.com"}, nil
	},
	"aws_canonical_user_id": func(s *session, env facts.Env, _ cty.Value) (map[string]any, error) {
		env.Key = s.account
		return map[string]any{"id": env.Hex("canonical", "", 64), "display_name": "acme"}, nil
	},
	"aws_ami": func(_ *session, env facts.Env, _ cty.Value) (map[string]any, error) {
		id := "ami-0" + env.Hex("ami", "", 16)
		return map[string]any{"id": id, "image_id": id, "architecture": "x86_64", "name": "al2023-ami-2023.9.20261020.0-kernel-6.1-x86_64", "root_device_name": "/dev/xvda",
			"root_device_type": "ebs", "state": "available", "virtualization_type": "hvm", "creation_date": "2026-10-20T21:05:49.000Z"}, nil
	},
	"google_client_config": func(s *session, _ facts.Env, _ cty.Value) (map[string]any, error) {
		return map[string]any{"project": s.project, "region": s.region, "zone": s.region + "-b", "id": s.project, "access_token": ""}, nil
	},
	"azurerm_client_config": func(s *session, _ facts.Env, _ cty.Value) (map[string]any, error) {
		return map[string]any{"subscription_id": s.subscription, "id": s.subscription}, nil
	},
	"azurerm_subscription": func(s *session, _ facts.Env, _ cty.Value) (map[string]any, error) {
		return map[string]any{"subscription_id": s.subscription, "id": "/subscriptions/" + s.subscription, "display_name": "acme"}, nil
	},
}

var regionNames = map[string]string{
	"eu-west-1": "Europe (Ireland)", "eu-west-2": "Europe (London)", "eu-central-1": "Europe (Frankfurt)", "us-east-1": "US East (N. Virginia)", "us-west-2": "US West (Oregon)",
}

// zoneID is the account-independent name of a zone: eu-west-1 and 1 give euw1-az1.
func zoneID(region string, n int) string {
	parts := strings.Split(region, "-")
	if len(parts) != 3 {
		return region + "-az1"
	}
	return parts[0] + parts[1][:1] + parts[2] + "-az" + string(rune('0'+n))
}

func reverse(domain string) string {
	parts := strings.Split(domain, ".")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ".")
}
