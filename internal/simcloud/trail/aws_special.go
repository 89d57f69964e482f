package trail

import (
	"encoding/json"
	"strings"
)

// parsed is JSON text as the tree it stands for, the text itself if it is not JSON.
func parsed(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return v
}

// groupRules are the calls behind a change of a security group's inline rules. One call may hold several permissions; the console and
// Terraform send the nested shape.
func groupRules(c Change, attribute string) ([]Call, bool) {
	direction := map[string]string{"ingress": "Ingress", "egress": "Egress"}[attribute]
	if direction == "" {
		return nil, false
	}
	added, removed := elementChanges(c.Before[attribute], c.After[attribute])
	// A rule that only got or lost addresses is authorised or revoked for those addresses alone.
	added, removed = onlyDifference(added, removed)
	var calls []Call
	if len(removed) > 0 {
		calls = append(calls, Call{Operation: "RevokeSecurityGroup" + direction, Request: map[string]any{
			"groupId": c.text("id"), "ipPermissions": map[string]any{"items": permissions(removed)},
		}, Response: map[string]any{"_return": true, "unknownIpPermissionSet": map[string]any{}}})
	}
	if len(added) > 0 {
		var rules []any
		for i, p := range permissions(added) {
			rules = append(rules, groupRule(c, p, attribute == "egress", i)...)
		}
		calls = append(calls, Call{Operation: "AuthorizeSecurityGroup" + direction, Request: map[string]any{
			"groupId": c.text("id"), "ipPermissions": map[string]any{"items": permissions(added)},
		}, Response: map[string]any{"_return": true, "securityGroupRuleSet": map[string]any{"items": rules}}})
	}
	return calls, true
}

// onlyDifference takes out of each pair of rules with equal ports and protocol the addresses that both have.
func onlyDifference(added, removed []any) (a, r []any) {
	used := map[int]bool{}
	for _, x := range added {
		plus := copyOf(x)
		for i, y := range removed {
			if used[i] || !samePorts(plus, one(y)) {
				continue
			}
			used[i] = true
			minus := copyOf(y)
			for _, part := range []string{"cidr_blocks", "ipv6_cidr_blocks", "security_groups", "prefix_list_ids"} {
				p, m := elementChanges(minus[part], plus[part])
				plus[part], minus[part] = p, m
			}
			if hasAddress(minus) {
				r = append(r, minus)
			}
			break
		}
		if hasAddress(plus) {
			a = append(a, plus)
		}
	}
	for i, y := range removed {
		if !used[i] {
			r = append(r, y)
		}
	}
	return a, r
}

func copyOf(v any) map[string]any {
	out := map[string]any{}
	for k, e := range one(v) {
		out[k] = e
	}
	return out
}

func samePorts(a, b map[string]any) bool {
	return equal(a["from_port"], b["from_port"]) && equal(a["to_port"], b["to_port"]) && equal(a["protocol"], b["protocol"]) && equal(a["description"], b["description"])
}

func hasAddress(rule map[string]any) bool {
	return bare(rule["cidr_blocks"]) != nil || bare(rule["ipv6_cidr_blocks"]) != nil || bare(rule["security_groups"]) != nil ||
		bare(rule["prefix_list_ids"]) != nil || rule["self"] == true
}

func permissions(rules []any) []any {
	var out []any
	for _, e := range rules {
		r := one(e)
		describe := func(m map[string]any) map[string]any {
			if d := asText(r["description"]); d != "" {
				m["description"] = d
			}
			return m
		}
		items := func(attribute, name string) map[string]any {
			l := keys(r[attribute])
			if len(l) == 0 {
				return map[string]any{}
			}
			var out []any
			for _, v := range l {
				out = append(out, describe(map[string]any{name: v}))
			}
			return map[string]any{"items": out}
		}
		groups := items("security_groups", "groupId")
		if r["self"] == true {
			groups = map[string]any{"items": []any{map[string]any{"groupId": "self"}}}
		}
		out = append(out, map[string]any{
			"ipProtocol": r["protocol"], "fromPort": r["from_port"], "toPort": r["to_port"], "groups": groups,
			"ipRanges": items("cidr_blocks", "cidrIp"), "ipv6Ranges": items("ipv6_cidr_blocks", "cidrIpv6"), "prefixListIds": items("prefix_list_ids", "prefixListId"),
		})
	}
	return out
}

// groupRule are the rules that the answer to an authorisation lists: one for each address.
func groupRule(c Change, permission any, egress bool, n int) []any {
	p := one(permission)
	var out []any
	for _, source := range []struct{ list, in, as string }{{"ipRanges", "cidrIp", "cidrIpv4"}, {"ipv6Ranges", "cidrIpv6", "cidrIpv6"}} {
		items, _ := one(p[source.list])["items"].([]any)
		for _, item := range items {
			address := one(item)[source.in]
			out = append(out, map[string]any{
				"groupOwnerId": c.Account, "groupId": c.text("id"), "isEgress": egress, "ipProtocol": p["ipProtocol"],
				"fromPort": p["fromPort"], "toPort": p["toPort"], source.as: address,
				"securityGroupRuleId": "sgr-0" + digest(c.text("id") + asText(address) + asText(p["fromPort"]) + string(rune('a'+n)))[:16],
			})
		}
	}
	return out
}

// ruleOf is a security group rule that is its own resource: the flat shape, as the command line sends it.
func ruleOf(direction string) func(c Change, _ string) ([]Call, bool) {
	return func(c Change, _ string) ([]Call, bool) {
		o := c.After
		rule := map[string]any{"ipProtocol": o["ip_protocol"], "fromPort": o["from_port"], "toPort": o["to_port"]}
		for attribute, parameter := range map[string]string{
			"cidr_ipv4": "cidrIpv4", "cidr_ipv6": "cidrIpv6", "prefix_list_id": "prefixListId", "referenced_security_group_id": "referencedGroupId", "description": "description",
		} {
			if v := bare(o[attribute]); v != nil {
				rule[parameter] = v
			}
		}
		return []Call{{Operation: "ModifySecurityGroupRules", Request: map[string]any{"ModifySecurityGroupRulesRequest": map[string]any{
			"GroupId":           c.text("security_group_id"),
			"SecurityGroupRule": map[string]any{"SecurityGroupRuleId": c.text("id"), "tag": 1, "SecurityGroupRule": pascalTree(rule)},
		}}, Response: map[string]any{"ModifySecurityGroupRulesResponse": map[string]any{"return": true}}}}, direction != ""
	}
}

// attachments are the calls behind a list of managed policies.
func attachments(c Change, attribute string) ([]Call, bool) {
	if attribute != "managed_policy_arns" {
		return nil, false
	}
	added, removed := elementChanges(c.Before[attribute], c.After[attribute])
	var calls []Call
	for _, arn := range keys(added) {
		calls = append(calls, Call{Operation: "AttachRolePolicy", Request: map[string]any{"roleName": c.text("name"), "policyArn": arn}})
	}
	for _, arn := range keys(removed) {
		calls = append(calls, Call{Operation: "DetachRolePolicy", Request: map[string]any{"roleName": c.text("name"), "policyArn": arn}})
	}
	return calls, true
}

// keySettings are the switches of a KMS key, each with two calls.
func keySettings(c Change, attribute string) ([]Call, bool) {
	id := map[string]any{"keyId": c.text("id")}
	onOff := func(on, off string) []Call {
		if c.After[attribute] == true {
			return []Call{{Operation: on, Request: id}}
		}
		return []Call{{Operation: off, Request: id}}
	}
	switch attribute {
	case "enable_key_rotation":
		return onOff("EnableKeyRotation", "DisableKeyRotation"), true
	case "is_enabled":
		return onOff("EnableKey", "DisableKey"), true
	case "policy":
		id["policyName"], id["policy"] = "default", c.text("policy")
		return []Call{{Operation: "PutKeyPolicy", Request: id}}, true
	}
	return nil, false
}

// attributeList is how load balancers take settings: one call with keys and values as text.
func attributeList(operation, target string, names map[string]string) func(c Change, attribute string) ([]Call, bool) {
	return func(c Change, attribute string) ([]Call, bool) {
		key, ok := names[attribute]
		if !ok {
			return nil, false
		}
		return []Call{{Operation: operation, Request: map[string]any{
			target: c.text("arn"), "attributes": []any{map[string]any{"key": key, "value": asText(c.After[attribute])}},
		}}}, true
	}
}

// queueAttributes is how SQS and SNS take settings: a map of texts, or one name and value a call.
func queueAttributes(names map[string]string) func(c Change, attribute string) ([]Call, bool) {
	return func(c Change, attribute string) ([]Call, bool) {
		key, ok := names[attribute]
		if !ok {
			return nil, false
		}
		return []Call{{Operation: "SetQueueAttributes", Request: map[string]any{
			"queueUrl": c.text("id"), "attributes": map[string]any{key: asText(c.After[attribute])},
		}}}, true
	}
}

func topicAttributes(names map[string]string) func(c Change, attribute string) ([]Call, bool) {
	return func(c Change, attribute string) ([]Call, bool) {
		key, ok := names[attribute]
		if !ok {
			return nil, false
		}
		return []Call{{Operation: "SetTopicAttributes", Request: map[string]any{
			"topicArn": c.text("arn"), "attributeName": key, "attributeValue": asText(c.After[attribute]),
		}}}, true
	}
}

// retention: no days means the policy is deleted.
func retention(c Change, attribute string) ([]Call, bool) {
	if attribute != "retention_in_days" {
		return nil, false
	}
	if days := asText(c.After[attribute]); days == "0" || days == "" {
		return []Call{{Operation: "DeleteRetentionPolicy", Request: map[string]any{"logGroupName": c.text("name")}}}, true
	}
	return []Call{{Operation: "PutRetentionPolicy", Request: map[string]any{"logGroupName": c.text("name"), "retentionInDays": c.After[attribute]}}}, true
}

// recordSet is a batch of one: record names carry a trailing dot, TTL an odd spelling.
func recordSet(action string) func(c Change, _ string) ([]Call, bool) {
	return func(c Change, _ string) ([]Call, bool) {
		o := c.object()
		set := map[string]any{"name": strings.TrimSuffix(asText(o["name"]), ".") + ".", "type": o["type"]}
		if records := keys(o["records"]); len(records) > 0 {
			var values []any
			for _, r := range records {
				values = append(values, map[string]any{"value": r})
			}
			set["resourceRecords"], set["tTL"] = values, o["ttl"]
		}
		if alias := one(o["alias"]); alias != nil {
			set["aliasTarget"] = map[string]any{"dNSName": alias["name"], "hostedZoneId": alias["zone_id"], "evaluateTargetHealth": alias["evaluate_target_health"]}
		}
		return []Call{{Operation: "ChangeResourceRecordSets", Request: map[string]any{
			"hostedZoneId": c.text("zone_id"),
			"changeBatch":  map[string]any{"changes": []any{map[string]any{"action": action, "resourceRecordSet": set}}},
		}, Response: map[string]any{"changeInfo": map[string]any{"id": "/change/C" + letters(c.ID, 20), "status": "PENDING"}}}}, true
	}
}

// instanceSettings are changes of an instance that Modify...Attribute spells differently.
func instanceSettings(c Change, attribute string) ([]Call, bool) {
	id := c.text("id")
	switch attribute {
	case "vpc_security_group_ids", "security_groups":
		var items []any
		for _, g := range keys(c.After[attribute]) {
			items = append(items, map[string]any{"groupId": g})
		}
		return []Call{{Operation: "ModifyInstanceAttribute", Request: map[string]any{"instanceId": id, "groupSet": map[string]any{"items": items}}, Response: map[string]any{"_return": true}}}, true
	case "user_data", "user_data_base64": // the log never shows it
		return []Call{{Operation: "ModifyInstanceAttribute", Request: map[string]any{"instanceId": id, "userData": "<sensitiveDataRemoved>"}, Response: map[string]any{"_return": true}}}, true
	case "monitoring":
		operation := "UnmonitorInstances"
		if c.After[attribute] == true {
			operation = "MonitorInstances"
		}
		return []Call{{Operation: operation, Request: map[string]any{"instancesSet": map[string]any{"items": []any{map[string]any{"instanceId": id}}}}}}, true
	case "instance_state":
		operation := map[string]string{"stopped": "StopInstances", "running": "StartInstances"}[asText(c.After[attribute])]
		return []Call{{Operation: operation, Request: map[string]any{"instancesSet": map[string]any{"items": []any{map[string]any{"instanceId": id}}}, "force": false}}}, operation != ""
	}
	return nil, false
}

// functionSettings: variables of a function are not shown by the log.
func functionSettings(c Change, attribute string) ([]Call, bool) {
	if attribute != "environment" {
		return nil, false
	}
	return []Call{{Operation: "UpdateFunctionConfiguration20150331v2", Request: map[string]any{"functionName": c.text("function_name"), "environment": map[string]any{}},
		Response: map[string]any{"functionName": c.text("function_name"), "functionArn": c.text("arn"), "environment": map[string]any{}}}}, true
}

// databaseParameters are set or reset, each by name.
func databaseParameters(c Change, attribute string) ([]Call, bool) {
	if attribute != "parameter" {
		return nil, false
	}
	added, removed := elementChanges(c.Before[attribute], c.After[attribute])
	list := func(l []any) []any {
		var out []any
		for _, e := range l {
			p := one(e)
			out = append(out, map[string]any{"parameterName": p["name"], "parameterValue": p["value"], "applyMethod": p["apply_method"]})
		}
		return out
	}
	set := map[string]bool{}
	for _, e := range added {
		set[asText(one(e)["name"])] = true
	}
	var reset []any
	for _, e := range removed {
		if !set[asText(one(e)["name"])] {
			reset = append(reset, e)
		}
	}
	var calls []Call
	if len(added) > 0 {
		calls = append(calls, Call{Operation: "ModifyDBParameterGroup", Request: map[string]any{"dBParameterGroupName": c.text("name"), "parameters": list(added)}})
	}
	if len(reset) > 0 {
		calls = append(calls, Call{Operation: "ResetDBParameterGroup", Request: map[string]any{"dBParameterGroupName": c.text("name"), "resetAllParameters": false, "parameters": list(reset)}})
	}
	return calls, true
}

// parameterValue: the log hides values and shows the version that the change made.
func parameterValue(c Change, attribute string) ([]Call, bool) {
	if attribute == "version" || (attribute == "insecure_value" && !equal(c.Before["value"], c.After["value"])) {
		return nil, true // part of the same call
	}
	if attribute != "value" && attribute != "insecure_value" && attribute != "type" && attribute != "description" && attribute != "tier" {
		return nil, false
	}
	return []Call{{Operation: "PutParameter", Request: map[string]any{
		"name": c.text("name"), "type": c.text("type"), "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "overwrite": true,
	}, Response: map[string]any{"version": c.After["version"], "tier": "Standard"}}}, true
}

// bucketBlocks are the old blocks inside a bucket that the parts of its configuration replaced; the calls are the same.
func bucketBlocks(c Change, attribute string) ([]Call, bool) {
	switch attribute {
	case "versioning":
		status := "Suspended"
		if get(c.After, "versioning.enabled") == true {
			status = "Enabled"
		}
		request := bucketRequest(c, "versioning")
		request["VersioningConfiguration"] = withNamespace(map[string]any{"Status": status})
		return []Call{{Operation: "PutBucketVersioning", Request: request}}, true
	case "policy":
		return []Call{s3Put(c, "BucketPolicy", "policy", "bucketPolicy", policyBody)}, true
	case "acl":
		request := bucketRequest(c, "acl")
		request["x-amz-acl"] = c.After["acl"]
		return []Call{{Operation: "PutBucketAcl", Request: request}}, true
	}
	return nil, false
}
