package trail

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// bucketRequest is how every S3 configuration call begins: the bucket, the host, and the query marker of the sub-resource.
func bucketRequest(c Change, marker string) map[string]any {
	bucket := c.text("bucket")
	return map[string]any{"bucketName": bucket, "Host": bucket + ".s3." + c.Region + ".amazonaws.com", marker: ""}
}

// s3Part is a part of a bucket's configuration: its own resource in Terraform, one Put and one Delete in the API.
func s3Part(operation, marker, body string, render func(c Change) any) kind {
	return kind{
		service: "s3", create: "Put" + operation, remove: "Delete" + operation, arn: "AWS::S3::Bucket",
		key: map[string]string{"bucketName": "bucket"},
		special: func(c Change, _ string) ([]Call, bool) {
			return []Call{s3Put(c, operation, marker, body, render)}, true
		},
	}
}

func s3Put(c Change, operation, marker, body string, render func(c Change) any) Call {
	request := bucketRequest(c, marker)
	if body != "" {
		request[body] = render(c)
	}
	return Call{Operation: "Put" + operation, Request: request}
}

// withNamespace is how a body looks after the XML reader.
func withNamespace(m map[string]any) map[string]any {
	m["xmlns"] = s3Namespace
	return m
}

func versioningBody(c Change) any {
	v := one(c.After["versioning_configuration"])
	m := map[string]any{"Status": v["status"]}
	if mfa := asText(v["mfa_delete"]); mfa != "" && mfa != "Disabled" {
		m["MfaDelete"] = mfa
	}
	return withNamespace(m)
}

func accessBlockBody(c Change) any {
	return withNamespace(map[string]any{
		"BlockPublicAcls": c.After["block_public_acls"], "BlockPublicPolicy": c.After["block_public_policy"],
		"IgnorePublicAcls": c.After["ignore_public_acls"], "RestrictPublicBuckets": c.After["restrict_public_buckets"],
	})
}

func encryptionBody(c Change) any {
	rules, _ := c.After["rule"].([]any)
	var out []any
	for _, r := range rules {
		rule := one(r)
		byDefault := one(rule["apply_server_side_encryption_by_default"])
		m := map[string]any{"ApplyServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": byDefault["sse_algorithm"]}}
		if key := asText(byDefault["kms_master_key_id"]); key != "" {
			m["ApplyServerSideEncryptionByDefault"].(map[string]any)["KMSMasterKeyID"] = key
		}
		m["BucketKeyEnabled"] = rule["bucket_key_enabled"] == true
		out = append(out, m)
	}
	return withNamespace(map[string]any{"Rule": single(out)})
}

func lifecycleBody(c Change) any {
	rules, _ := c.After["rule"].([]any)
	var out []any
	for _, r := range rules {
		rule := one(r)
		m := map[string]any{"ID": rule["id"], "Status": rule["status"]}
		if e := one(rule["expiration"]); e != nil {
			m["Expiration"] = pascalTree(e)
		}
		if e := one(rule["noncurrent_version_expiration"]); e != nil {
			m["NoncurrentVersionExpiration"] = pascalTree(e)
		}
		if e, ok := bare(rule["transition"]).([]any); ok {
			m["Transition"] = single(pascalTree(e).([]any))
		}
		if f := one(rule["filter"]); f != nil {
			m["Filter"] = map[string]any{"Prefix": asText(f["prefix"])}
		}
		out = append(out, m)
	}
	return withNamespace(map[string]any{"Rule": single(out)})
}

func policyBody(c Change) any { return parsed(asText(c.After["policy"])) }

func ownershipBody(c Change) any {
	return withNamespace(map[string]any{"Rule": map[string]any{"ObjectOwnership": get(c.After, "rule.object_ownership")}})
}

func loggingBody(c Change) any {
	return withNamespace(map[string]any{"LoggingEnabled": map[string]any{
		"TargetBucket": c.After["target_bucket"], "TargetPrefix": asText(c.After["target_prefix"]),
	}})
}

// single is a list of one as XML readers give it: the element.
func single(l []any) any {
	if len(l) == 1 {
		return l[0]
	}
	return l
}

func pascalTree(v any) any {
	switch x := bare(v).(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[pascal(k)] = pascalTree(e)
		}
		return out
	case []any:
		out := make([]any, 0, len(x))
		for _, e := range x {
			out = append(out, pascalTree(e))
		}
		return out
	default:
		return x
	}
}
