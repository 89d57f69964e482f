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

// recordSet is a change of a record.
func recordSet(c Change, _ string) ([]Call, bool) { return []Call{recordBatch(c, "UPSERT")}, true }

// recordSets make and delete a record.
func recordSets(c Change) []Call {
	if c.After == nil {
		return []Call{recordBatch(c, "DELETE")}
	}
	return []Call{recordBatch(c, "CREATE")}
}

// recordBatch is a batch of one: names carry a trailing dot, TTL an odd spelling.
func recordBatch(c Change, action string) Call {
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
	return Call{Operation: "ChangeResourceRecordSets", Request: map[string]any{
		"hostedZoneId": c.text("zone_id"),
		"changeBatch":  map[string]any{"changes": []any{map[string]any{"action": action, "resourceRecordSet": set}}},
	}, Response: map[string]any{"changeInfo": map[string]any{"id": "/change/C" + letters(c.ID, 20), "status": "PENDING"}}}
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
	case "root_block_device":
		request := map[string]any{"VolumeId": get(c.After, "root_block_device.volume_id")}
		for field, parameter := range map[string]string{"volume_size": "Size", "volume_type": "VolumeType", "iops": "Iops", "throughput": "Throughput"} {
			if is := get(c.After, attribute+"."+field); !equal(get(c.Before, attribute+"."+field), is) {
				request[parameter] = is
			}
		}
		return []Call{{Operation: "ModifyVolume", Request: map[string]any{"ModifyVolumeRequest": request},
			Response: map[string]any{"ModifyVolumeResponse": map[string]any{"volumeModification": map[string]any{"volumeId": request["VolumeId"], "modificationState": "modifying"}}}}}, true
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
