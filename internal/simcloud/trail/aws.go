package trail

import (
	"reflect"
	"slices"
	"strings"
)

// An operation is one API call of a service and the attributes it sets.
type operation struct {
	name string
	// sets maps an attribute to its request parameter. A dot in an attribute descends into a block of which there is one; a dot in a
	// parameter makes an object.
	sets map[string]string
	wrap bool           // each parameter is {"value": v}, one parameter a call, as EC2's Modify...Attribute has it
	with map[string]any // parameters sent always
	full bool           // the call replaces: every attribute it can set is sent, changed or not
	make bool           // only names what the call that makes the object calls these attributes
}

// A kind is what the log knows of one resource type.
type kind struct {
	service        string            // the part before .amazonaws.com
	key            map[string]string // request parameter -> attribute that identifies the object
	create, remove string
	list           string // parameter of remove that holds a list of one, where it is not key
	// answer is what the response to create says of the new object: parameter -> attribute.
	answer     map[string]string
	arn        string // type that the record's resources entry has: AWS::...; "" for services that write none
	operations []operation
	tags       tagStyle
	special    func(c Change, attribute string) ([]Call, bool)
	whole      func(c Change) []Call // how the object is made and deleted, where the calls are not create and remove
	global     bool                  // logged in us-east-1
}

func awsCalls(c Change) []Call {
	k, ok := awsKinds[c.Type]
	if !ok {
		k = guessKind(c.Type)
	}
	var calls []Call
	switch {
	case k.whole != nil && (c.Before == nil || c.After == nil):
		calls = k.whole(c)
	case c.Before == nil:
		calls = k.created(c)
	case c.After == nil:
		calls = []Call{{Operation: k.remove, Request: k.removal(c)}}
	default:
		calls = k.changed(c)
	}
	for i := range calls {
		if calls[i].Service == "" {
			calls[i].Service = k.service
		}
		calls[i].Service += ".amazonaws.com"
		if k.global {
			calls[i].Region = "us-east-1"
		}
		if arn := c.text("arn"); k.arn != "" && arn != "" {
			calls[i].Resources = []Resource{{Type: k.arn, ARN: arn}}
		}
	}
	return calls
}

func (k kind) identify(c Change) map[string]any {
	request := map[string]any{}
	for parameter, attribute := range k.key {
		put(request, parameter, c.text(attribute))
	}
	return request
}

// removal is the request that deletes an object.
func (k kind) removal(c Change) map[string]any {
	request := k.identify(c)
	if k.list == "" {
		return request
	}
	id := c.ID
	for _, value := range request {
		id = asText(value)
	}
	request = map[string]any{}
	put(request, k.list, id)
	return request
}

// put sets a parameter; dots make objects, and a name that ends in [] a list of one.
func put(request map[string]any, parameter string, value any) {
	name, rest, nested := strings.Cut(parameter, ".")
	name, isList := strings.CutSuffix(name, "[]")
	if !nested {
		if isList {
			value = []any{value}
		}
		request[name] = value
		return
	}
	inner := one(request[name])
	if inner == nil {
		inner = map[string]any{}
		request[name] = inner
		if isList {
			request[name] = []any{inner}
		}
	}
	put(inner, rest, value)
}

func (k kind) created(c Change) []Call {
	request := k.identify(c)
	delete(request, "host")
	sent := map[string]bool{"id": true, "arn": true, "tags_all": true, "region": true}
	for _, op := range k.operations {
		if op.wrap {
			continue
		}
		for attribute, parameter := range op.sets {
			head, _, _ := strings.Cut(attribute, ".")
			sent[head] = true
			if v := bare(get(c.After, attribute)); v != nil {
				put(request, parameter, camelTree(v))
			}
		}
	}
	for name, v := range c.After {
		if parameter := camel(name); !sent[name] && bare(v) != nil && name != "tags" && request[parameter] == nil && !isMade(c, v) {
			request[parameter] = camelTree(v)
		}
	}
	for parameter, attribute := range k.key {
		if attribute == "id" || attribute == "arn" { // a new object has no id yet: only the answer says it
			delete(request, parameter)
		}
	}
	call := Call{Operation: k.create, Request: request}
	if len(k.answer) > 0 {
		response := map[string]any{}
		for parameter, attribute := range k.answer {
			put(response, parameter, c.text(attribute))
		}
		call.Response = response
	}
	return []Call{call}
}

// isMade reports whether a value is one that the cloud made up from the object's own id.
func isMade(c Change, v any) bool {
	s, ok := v.(string)
	return ok && (s == c.ID || s == c.text("arn") || strings.HasPrefix(s, "arn:") && strings.HasSuffix(s, c.ID))
}

// get reads an attribute; a dot descends into the first of a block.
func get(m map[string]any, attribute string) any {
	head, rest, nested := strings.Cut(attribute, ".")
	if !nested {
		return m[head]
	}
	inner := one(m[head])
	if inner == nil {
		return nil
	}
	return get(inner, rest)
}

func (k kind) changed(c Change) []Call {
	var calls []Call
	todo := changed(c)
	for _, derived := range []string{"tags_all", "id", "arn", "etag", "last_modified_time"} {
		i := slices.Index(todo, derived)
		switch {
		case i < 0, derived == "tags_all" && !slices.Contains(todo, "tags"): // it follows tags
		case (derived == "etag" || derived == "last_modified_time") && len(todo) == 1: // they follow everything else
		default:
			todo = slices.Delete(todo, i, i+1)
		}
	}
	done := map[string]bool{}
	for _, name := range todo {
		if done[name] {
			continue
		}
		if name == "tags" || name == "tags_all" {
			set, removed := tagChanges(c.Before[name], c.After[name])
			calls = append(calls, k.tagCalls(c, set, removed)...)
			continue
		}
		if k.special != nil {
			if special, ok := k.special(c, name); ok {
				calls = append(calls, news(calls, special)...)
				continue
			}
		}
		op, ok := k.operation(name)
		if !ok {
			op = operation{name: k.habit(c.Type), sets: map[string]string{}}
			for _, other := range todo {
				if _, known := k.operation(other); !known && other != "tags" && other != "tags_all" {
					op.sets[other] = camel(other)
				}
			}
		}
		calls = append(calls, k.call(c, op, name, todo, done)...)
	}
	return calls
}

// news are the calls that are not there yet: one call may change several attributes.
func news(have, more []Call) []Call {
	return slices.DeleteFunc(more, func(c Call) bool {
		return slices.ContainsFunc(have, func(h Call) bool { return reflect.DeepEqual(h, c) })
	})
}

func (k kind) operation(attribute string) (operation, bool) {
	for _, op := range k.operations {
		for path := range op.sets {
			if head, _, _ := strings.Cut(path, "."); head == attribute && !op.make {
				return op, true
			}
		}
	}
	return operation{}, false
}

// call is one call of an operation for all of its attributes that changed; a wrapping one is called once for each.
func (k kind) call(c Change, op operation, name string, todo []string, done map[string]bool) []Call {
	var calls []Call
	request := k.identify(c)
	for p, v := range op.with {
		put(request, p, v)
	}
	for _, path := range sortedKeys(op.sets) {
		head, _, _ := strings.Cut(path, ".")
		value := get(c.After, path)
		differs := slices.Contains(todo, head) && (head == path || !equal(get(c.Before, path), value))
		if !differs && !op.full {
			continue
		}
		if bare(value) == nil && op.full {
			continue
		}
		done[head] = true
		if op.wrap {
			if head == name {
				single := k.identify(c)
				put(single, op.sets[path], map[string]any{"value": value})
				calls = append(calls, Call{Operation: op.name, Request: single, Response: map[string]any{"_return": true}})
			}
			continue
		}
		put(request, op.sets[path], camelTree(value))
	}
	if op.wrap {
		return calls
	}
	return []Call{{Operation: op.name, Request: request}}
}

// habit is how a service that is in no table most likely calls a change.
func (k kind) habit(typ string) string {
	verb := "Update"
	switch k.service {
	case "ec2", "rds", "redshift", "elasticache", "elasticloadbalancing", "elasticfilesystem":
		verb = "Modify"
	}
	return verb + thing(typ)
}

// thing is the part of a type's name after the service: aws_api_gateway_rest_api is RestApi.
func thing(typ string) string {
	parts := strings.Split(strings.TrimPrefix(typ, "aws_"), "_")
	for n := min(3, len(parts)-1); n > 0; n-- {
		if _, ok := awsServices[strings.Join(parts[:n], "_")]; ok {
			return pascal(strings.Join(parts[n:], "_"))
		}
	}
	return pascal(strings.Join(parts[min(1, len(parts)-1):], "_"))
}

func guessKind(typ string) kind {
	parts := strings.Split(strings.TrimPrefix(typ, "aws_"), "_")
	service := parts[0]
	for n := min(3, len(parts)); n > 0; n-- {
		if s, ok := awsServices[strings.Join(parts[:n], "_")]; ok {
			service = s
			break
		}
	}
	name := thing(typ)
	if name == "" {
		name = pascal(service)
	}
	lower := strings.ToLower(name[:1]) + name[1:]
	return kind{
		service: service, key: map[string]string{lower + "Id": "id"}, create: "Create" + name, remove: "Delete" + name,
		answer: map[string]string{lower + ".id": "id", lower + ".arn": "arn"},
	}
}
