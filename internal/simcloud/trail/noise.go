package trail

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// Noise says what else an account's log holds. Records carry no ids yet: whoever adds them to a log seals them.
type Noise struct {
	Seed            int64
	Account, Region string
	From, To        time.Time
	N               int      // background records: reads, refusals, services at work, changes of other objects
	Targets         []Target // objects whose reads appear among the background
	Twins           []Record // records that each get look-alikes which explain nothing
}

// A Target is an object that the background looks at.
type Target struct{ Type, ID string }

// Records makes the noise. Equal values give equal records.
func (n Noise) Records() []Record {
	random := rand.New(rand.NewPCG(uint64(n.Seed), 0x6d6f6f72))
	var out []Record
	span := n.To.Sub(n.From)
	for range n.N {
		r := background[random.IntN(len(background))](n, random)
		r.Provider, r.Account = "aws", n.Account
		if r.Region == "" {
			r.Region = n.Region
		}
		r.Service += ".amazonaws.com"
		r.Time = n.From.Add(time.Duration(random.Int64N(int64(span)))).Truncate(time.Second)
		out = append(out, r)
	}
	for _, twin := range n.Twins {
		out = append(out, lookAlikes(twin, random)...)
	}
	return out
}

var (
	auditor   = Actor{Name: "config.amazonaws.com", Type: audit.ActorService, Role: "AWSServiceRoleForConfig", Session: "AWSConfig-Describe", Host: "config.amazonaws.com", IP: "config.amazonaws.com"}
	collector = Actor{Name: "monitoring-reader", Type: audit.ActorMachine, Role: "monitoring-reader", Session: "collector", IP: "198.51.100.61"}
	scanner   = Actor{Name: "drift-reader", Type: audit.ActorMachine, Role: "drift-reader", Session: "scan-2211", IP: "192.0.2.41"}
	instance  = Actor{Name: "ecs-host", Type: audit.ActorMachine, Role: "ecs-host", Session: "i-0c3f1e2d4b5a69788", IP: "198.51.100.77"}
	scaling   = Service("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", "AutoScaling")
	stacks    = Service("cloudformation.amazonaws.com", "landing-zone-execution", "AWSCloudFormation")
	dana      = Person("dana@example.com", "ReadOnlyAccess", "203.0.113.24")
	erik      = Person("erik@example.com", "PowerUserAccess", "203.0.113.31")
)

// background are the sorts of records that fill a log. About four in five are reads, as in real ones.
var background = []func(n Noise, random *rand.Rand) Record{
	read, read, read, read, read, read, read, read, read, read, read, read,
	refusedRead, throttled, otherChange, otherChange, serviceWork, serviceWork,
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func hexID(random *rand.Rand, prefix string) string {
	return fmt.Sprintf("%s0%016x", prefix, random.Uint64())
}

// read is someone or something looking, often at the very objects that others change.
func read(n Noise, random *rand.Rand) Record {
	actor := pick(random, auditor, collector, scanner, scanner, dana)
	via := map[audit.ActorType]audit.Via{audit.ActorService: audit.ViaService, audit.ActorHuman: audit.ViaConsole, audit.ActorMachine: audit.ViaSDK}[actor.Type]
	if actor.Role == scanner.Role {
		via = audit.ViaTerraform
	}
	r := Record{Actor: actor, Via: via}
	if len(n.Targets) == 0 || random.IntN(3) == 0 {
		c := pick(random,
			Call{Service: "sts", Operation: "GetCallerIdentity"},
			Call{Service: "ec2", Operation: "DescribeInstances", Request: map[string]any{"filterSet": map[string]any{}, "instancesSet": map[string]any{}}},
			Call{Service: "s3", Operation: "ListBuckets", Request: map[string]any{"Host": "s3.amazonaws.com"}},
			Call{Service: "logs", Operation: "DescribeLogGroups", Request: map[string]any{"limit": 50}},
			Call{Service: "iam", Operation: "ListRoles", Request: map[string]any{"maxItems": 100}, Region: "us-east-1"},
			Call{Service: "kms", Operation: "Decrypt", Request: map[string]any{"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}},
		)
		c.Read = true
		r.Call = c
		return r
	}
	t := pick(random, n.Targets...)
	r.Call = lookAt(t)
	return r
}

// lookAt is the call that reads an object.
func lookAt(t Target) Call {
	k, ok := awsKinds[t.Type]
	if !ok {
		k = guessKind(t.Type)
	}
	verb := "Describe"
	switch k.service {
	case "s3", "iam", "lambda", "sqs", "sns", "route53", "cloudfront":
		verb = "Get"
	}
	request := map[string]any{}
	for parameter := range k.key {
		put(request, parameter, t.ID)
	}
	c := Call{Service: k.service, Operation: verb + thing(t.Type), Read: true, Request: request}
	if k.global {
		c.Region = "us-east-1"
	}
	return c
}

// refusedRead is a person who may not.
func refusedRead(_ Noise, random *rand.Rand) Record {
	return Record{Actor: dana, Via: audit.ViaConsole, Error: "AccessDenied", Call: pick(random,
		Call{Service: "iam", Operation: "UpdateAssumeRolePolicy", Region: "us-east-1"},
		Call{Service: "kms", Operation: "ListGrants", Read: true},
		Call{Service: "s3", Operation: "GetBucketPolicy", Read: true, Request: map[string]any{"bucketName": "acme-exports", "policy": ""}},
	)}
}

func throttled(_ Noise, random *rand.Rand) Record {
	return Record{Actor: collector, Via: audit.ViaSDK, Error: "ThrottlingException", Call: pick(random,
		Call{Service: "monitoring", Operation: "GetMetricData", Read: true},
		Call{Service: "ecs", Operation: "DescribeServices", Read: true, Request: map[string]any{"cluster": "web-prod", "services": []any{"web-prod"}}},
	)}
}

// otherChange is a change of something that no code here is about.
func otherChange(n Noise, random *rand.Rand) Record {
	actor := pick(random, erik, stacks)
	via := audit.ViaConsole
	if actor.Type == audit.ActorService {
		via = audit.ViaService
	}
	group := hexID(random, "sg-")
	return Record{Actor: actor, Via: via, Call: pick(random,
		Call{Service: "ec2", Operation: "AuthorizeSecurityGroupIngress", Request: map[string]any{"groupId": group, "ipPermissions": map[string]any{"items": []any{map[string]any{
			"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": map[string]any{}, "ipRanges": map[string]any{"items": []any{map[string]any{"cidrIp": "10.0.0.0/8"}}}, "ipv6Ranges": map[string]any{}, "prefixListIds": map[string]any{}}}}},
			Response: map[string]any{"_return": true}},
		Call{Service: "ec2", Operation: "CreateTags", Request: map[string]any{"resourcesSet": map[string]any{"items": []any{map[string]any{"resourceId": hexID(random, "i-")}}}, "tagSet": map[string]any{"items": []any{map[string]any{"key": "owner", "value": "erik"}}}}, Response: map[string]any{"_return": true}},
		Call{Service: "rds", Operation: "ModifyDBInstance", Request: map[string]any{"dBInstanceIdentifier": "sandbox-" + fmt.Sprint(random.IntN(9)), "backupRetentionPeriod": 1, "applyImmediately": true, "allowMajorVersionUpgrade": false}},
		Call{Service: "lambda", Operation: "UpdateFunctionConfiguration20150331v2", Request: map[string]any{"functionName": "sandbox", "timeout": 30}},
		Call{Service: "ecs", Operation: "UpdateService", Request: map[string]any{"cluster": "sandbox", "service": "sandbox", "desiredCount": random.IntN(6)}},
	)}
}

// serviceWork is what services do to their own things all day.
func serviceWork(_ Noise, random *rand.Rand) Record {
	id := hexID(random, "i-")
	return pick(random,
		Record{Actor: scaling, Via: audit.ViaService, Call: Call{Service: "ec2", Operation: "TerminateInstances", Request: map[string]any{"instancesSet": map[string]any{"items": []any{map[string]any{"instanceId": id}}}}}},
		Record{Actor: scaling, Via: audit.ViaService, Call: Call{Service: "autoscaling", Operation: "SetDesiredCapacity", Request: map[string]any{"autoScalingGroupName": "batch", "desiredCapacity": random.IntN(20), "honorCooldown": true}}},
		Record{Actor: instance, Via: audit.ViaSDK, Call: Call{Service: "ssm", Operation: "UpdateInstanceInformation", Request: map[string]any{"instanceId": instance.Session, "agentVersion": "3.3.3270.0", "platformType": "Linux"}}},
		Record{Actor: instance, Via: audit.ViaSDK, Call: Call{Service: "logs", Operation: "CreateLogStream", Request: map[string]any{"logGroupName": "/batch", "logStreamName": "host/" + id}}},
	)
}

// lookAlikes are records that resemble one that explains a change: the same call refused, the same call on a neighbour, and, before it, a
// look at the object.
func lookAlikes(r Record, random *rand.Rand) []Record {
	refused := r
	refused.Actor, refused.Via, refused.Error, refused.ID = dana, audit.ViaConsole, "AccessDenied", ""
	if r.Service == "ec2.amazonaws.com" {
		refused.Error = "Client.UnauthorizedOperation"
	}
	refused.Time = r.Time.Add(-time.Duration(60+random.IntN(3600)) * time.Second)

	neighbour := r
	neighbour.Actor, neighbour.Via, neighbour.ID = erik, audit.ViaCLI, ""
	neighbour.Time = r.Time.Add(time.Duration(60+random.IntN(3600)) * time.Second)
	request, changed := renamed(r.Request)
	neighbour.Request, _ = request.(map[string]any)
	neighbour.Response, _ = renamed(r.Response)
	neighbour.Resources = nil
	if !changed {
		return []Record{refused}
	}
	return []Record{refused, neighbour}
}

// renamed changes every identifier in a request to one that differs at its end, and reports whether there was any.
func renamed(v any) (any, bool) {
	switch x := v.(type) {
	case map[string]any:
		out, found := make(map[string]any, len(x)), false
		for k, e := range x {
			if s, ok := e.(string); ok && identifies(k) && s != "" {
				out[k], found = neighbourOf(s), true
				continue
			}
			inner, changed := renamed(e)
			out[k], found = inner, found || changed
		}
		return out, found
	case []any:
		out, found := make([]any, 0, len(x)), false
		for _, e := range x {
			inner, changed := renamed(e)
			out, found = append(out, inner), found || changed
		}
		return out, found
	}
	return v, false
}

// identifies reports whether a request parameter names the object of the call.
func identifies(parameter string) bool {
	lower := strings.ToLower(parameter)
	switch lower {
	case "bucketname", "service", "cluster", "rolename", "functionname", "loggroupname", "resourceid", "queueurl", "resource", "name", "keyid", "dashboardname", "alarmname", "dbinstanceidentifier":
		return true
	}
	return strings.HasSuffix(lower, "arn") || strings.HasSuffix(lower, "identifier") || strings.HasSuffix(lower, "groupid") || lower == "instanceid"
}

// neighbourOf is a name that begins like another: i-0abc and i-0abd, prod-main and prod-main-2.
func neighbourOf(s string) string {
	last := s[len(s)-1]
	if i := strings.LastIndexByte(s, '-'); i > 0 && i <= 9 && len(s)-i == 18 && strings.ContainsRune("0123456789abcdef", rune(last)) {
		return s[:len(s)-1] + string("0123456789abcdef0"[strings.IndexByte("0123456789abcdef", last)+1])
	}
	return s + "-2"
}
