package simcloud

import (
	"cmp"
	"context"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tfsdklog"
	"github.com/zclconf/go-cty/cty"
	"google.golang.org/grpc/stats"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// A session is one configured provider: one connection of one engine process. Aliases and parallel runs have their own, as they would
// have their own process with a real provider.
type session struct {
	mu           sync.Mutex
	account      string
	region       string
	project      string
	subscription string
	defaultTags  map[string]string
	ignoreKeys   []string
	ignorePrefix []string
	engine       string // version of the engine
}

type sessionKey struct{}

// connections is a gRPC stats handler that gives each connection its session, and the plugin library a place to log that is silent unless
// TF_LOG asks otherwise: by itself the library traces every call to standard error.
type connections struct {
	cloud *Cloud
	logs  context.Context
}

func newConnections(c *Cloud) connections {
	return connections{cloud: c, logs: tfsdklog.ContextWithTestLogging(context.Background(), "simcloud")}
}

func (h connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(withLogs{ctx, h.logs}, sessionKey{}, h.cloud.newSession())
}

// withLogs is a context that also has the values of another.
type withLogs struct {
	context.Context
	logs context.Context
}

func (c withLogs) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	return c.logs.Value(key)
}

func (connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }
func (connections) HandleConn(context.Context, stats.ConnStats)                     {}
func (connections) HandleRPC(context.Context, stats.RPCStats)                       {}

func (c *Cloud) newSession() *session {
	return &session{account: c.opts.Account, region: c.opts.Region, project: c.opts.Project, subscription: c.opts.Subscription}
}

// sessionOf gives a copy that no later ConfigureProvider changes.
func (c *Cloud) sessionOf(ctx context.Context) *session {
	s, ok := ctx.Value(sessionKey{}).(*session)
	if !ok {
		return c.newSession()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return &session{
		account: s.account, region: s.region, project: s.project, subscription: s.subscription,
		defaultTags: s.defaultTags, ignoreKeys: s.ignoreKeys, ignorePrefix: s.ignorePrefix, engine: s.engine,
	}
}

// configure reads a provider block.
func (s *session) configure(config cty.Value, engine string) {
	m, _ := schema.Plain(config).(map[string]any)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine = engine
	s.region = cmp.Or(str(m["region"]), s.region)
	s.project = cmp.Or(str(m["project"]), s.project)
	s.subscription = cmp.Or(str(m["subscription_id"]), s.subscription)
	if role := first(m["assume_role"]); role != nil {
		if parts := strings.Split(str(role["role_arn"]), ":"); len(parts) > 5 {
			s.account = cmp.Or(parts[4], s.account)
		}
	} else if ids, ok := m["allowed_account_ids"].([]any); ok && len(ids) == 1 {
		s.account = cmp.Or(str(ids[0]), s.account)
	}
	if tags := first(m["default_tags"]); tags != nil {
		s.defaultTags = strs(tags["tags"])
	} else {
		s.defaultTags = strs(m["default_labels"])
	}
	if ignore := first(m["ignore_tags"]); ignore != nil {
		s.ignoreKeys, s.ignorePrefix = list(ignore["keys"]), list(ignore["key_prefixes"])
	}
}

func (s *session) partition() string {
	switch {
	case strings.HasPrefix(s.region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(s.region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// in is the session as an object's own region argument narrows it.
func (s *session) in(o *schema.Object, v cty.Value) *session {
	region, ok := text(v, "region")
	if a := o.Block.Attributes["region"]; !ok || region == "" || region == s.region || (!a.Optional && !a.Required) {
		return s
	}
	return &session{
		account: s.account, region: region, project: s.project, subscription: s.subscription,
		defaultTags: s.defaultTags, ignoreKeys: s.ignoreKeys, ignorePrefix: s.ignorePrefix, engine: s.engine,
	}
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// first is the first block of a list, or the block itself.
func first(v any) map[string]any {
	switch x := v.(type) {
	case map[string]any:
		return x
	case []any:
		if len(x) > 0 {
			m, _ := x[0].(map[string]any)
			return m
		}
	}
	return nil
}

func strs(v any) map[string]string {
	m, _ := v.(map[string]any)
	out := map[string]string{}
	for k, e := range m {
		out[k] = str(e)
	}
	return out
}

func list(v any) []string {
	l, _ := v.([]any)
	var out []string
	for _, e := range l {
		out = append(out, str(e))
	}
	return out
}

func cutDot(s string) (head, rest string, found bool) { return strings.Cut(s, ".") }
