package trail

import "strings"

// tagStyle is how a service spells tagging: no two teams at Amazon agreed.
type tagStyle struct {
	set, unset string
	target     string // request parameter that names the object
	attribute  string // attribute that goes there
	list       bool   // the object goes into a list
	asMap      bool   // tags are an object rather than a list of pairs
	key, value string // names in a pair
	keys       string // parameter of the removed keys
	tags       string // parameter of the set tags
}

var (
	tagsResource = tagStyle{set: "TagResource", unset: "UntagResource", target: "resourceArn", attribute: "arn", key: "key", value: "value", keys: "tagKeys", tags: "tags"}
	tagsByMap    = tagStyle{set: "TagResource", unset: "UntagResource", target: "resourceArn", attribute: "arn", asMap: true, keys: "tagKeys", tags: "tags"}
	tagsRDS      = tagStyle{set: "AddTagsToResource", unset: "RemoveTagsFromResource", target: "resourceName", attribute: "arn", key: "key", value: "value", keys: "tagKeys", tags: "tags"}
	tagsELB      = tagStyle{set: "AddTags", unset: "RemoveTags", target: "resourceArns", attribute: "arn", list: true, key: "key", value: "value", keys: "tagKeys", tags: "tags"}
	tagsLambda   = tagStyle{set: "TagResource20170331v2", unset: "UntagResource20170331v2", target: "resource", attribute: "arn", asMap: true, keys: "tagKeys", tags: "tags"}
	tagsSQS      = tagStyle{set: "TagQueue", unset: "UntagQueue", target: "queueUrl", attribute: "id", asMap: true, keys: "tagKeys", tags: "tags"}
	tagsSecret   = tagStyle{set: "TagResource", unset: "UntagResource", target: "secretId", attribute: "arn", key: "key", value: "value", keys: "tagKeys", tags: "tags"}
	tagsKMS      = tagStyle{set: "TagResource", unset: "UntagResource", target: "keyId", attribute: "id", key: "tagKey", value: "tagValue", keys: "tagKeys", tags: "tags"}
	tagsSSM      = tagStyle{set: "AddTagsToResource", unset: "RemoveTagsFromResource", target: "resourceId", attribute: "name", key: "key", value: "value", keys: "tagKeys", tags: "tags"}
)

func tagsIAM(thing string) tagStyle {
	lower := strings.ToLower(thing[:1]) + thing[1:]
	target, attribute := lower+"Name", "name"
	if thing == "Policy" {
		target, attribute = "policyArn", "arn"
	}
	return tagStyle{set: "Tag" + thing, unset: "Untag" + thing, target: target, attribute: attribute, key: "key", value: "value", keys: "tagKeys", tags: "tags"}
}

func (k kind) tagCalls(c Change, set map[string]string, removed []string) []Call {
	switch k.service {
	case "ec2":
		return ec2Tags(c, set, removed)
	case "s3":
		return s3Tags(c)
	case "autoscaling":
		return groupTags(c, set, removed)
	}
	style := k.tags
	if style.set == "" {
		style = tagsResource
	}
	var calls []Call
	target := func() map[string]any {
		var t any = c.text(style.attribute)
		if style.list {
			t = []any{t}
		}
		return map[string]any{style.target: t}
	}
	if len(set) > 0 {
		request := target()
		if style.asMap {
			tags := map[string]any{}
			for key, v := range set {
				tags[key] = v
			}
			request[style.tags] = tags
		} else {
			request[style.tags] = pairs(set, style.key, style.value)
		}
		calls = append(calls, Call{Operation: style.set, Request: request})
	}
	if len(removed) > 0 {
		request := target()
		request[style.keys] = anys(removed)
		calls = append(calls, Call{Operation: style.unset, Request: request})
	}
	return calls
}

func ec2Tags(c Change, set map[string]string, removed []string) []Call {
	resources := map[string]any{"items": []any{map[string]any{"resourceId": c.text("id")}}}
	var calls []Call
	if len(set) > 0 {
		calls = append(calls, Call{Operation: "CreateTags", Request: map[string]any{
			"resourcesSet": resources, "tagSet": map[string]any{"items": pairs(set, "key", "value")},
		}, Response: map[string]any{"_return": true}})
	}
	if len(removed) > 0 {
		items := []any{}
		for _, key := range removed {
			items = append(items, map[string]any{"key": key})
		}
		calls = append(calls, Call{Operation: "DeleteTags", Request: map[string]any{
			"resourcesSet": resources, "tagSet": map[string]any{"items": items},
		}, Response: map[string]any{"_return": true}})
	}
	return calls
}

// s3Tags replaces all tags of a bucket. One tag is an object, several are a list: XML turned to JSON.
func s3Tags(c Change) []Call {
	request := bucketRequest(c, "tagging")
	tags, _ := c.After["tags_all"].(map[string]any)
	if tags == nil {
		tags, _ = c.After["tags"].(map[string]any)
	}
	all, _ := tagChanges(nil, tags)
	if len(all) == 0 {
		return []Call{{Operation: "DeleteBucketTagging", Request: request}}
	}
	items := pairs(all, "Key", "Value")
	var tag any = items
	if len(items) == 1 {
		tag = items[0]
	}
	request["Tagging"] = map[string]any{"xmlns": s3Namespace, "TagSet": map[string]any{"Tag": tag}}
	return []Call{{Operation: "PutBucketTagging", Request: request}}
}

func groupTags(c Change, set map[string]string, removed []string) []Call {
	tag := func(key, value string) map[string]any {
		return map[string]any{"key": key, "value": value, "resourceId": c.text("name"), "resourceType": "auto-scaling-group", "propagateAtLaunch": true}
	}
	var added, gone []any
	for _, key := range sortedKeys(set) {
		added = append(added, tag(key, set[key]))
	}
	for _, key := range removed {
		gone = append(gone, tag(key, ""))
	}
	var calls []Call
	if len(added) > 0 {
		calls = append(calls, Call{Operation: "CreateOrUpdateTags", Request: map[string]any{"tags": added}})
	}
	if len(gone) > 0 {
		calls = append(calls, Call{Operation: "DeleteTags", Request: map[string]any{"tags": gone}})
	}
	return calls
}
