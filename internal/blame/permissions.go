package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// A permission is one atom of a security group: protocol, ports and a single source or destination.
type permission struct {
	egress      bool
	protocol    string
	from, to    string
	peer        string // cidr, sg-..., pl-...
	description string
}

func (p permission) key() permission {
	p.description = ""
	return p
}

// A permissionRule knows how a resource type keeps permissions.
type permissionRule struct {
	subject *subject
	group   string // id of the security group
}

func permissionRuleOf(s *subject) *permissionRule {
	if s.family.Shape != "permissions" {
		return nil
	}
	values := s.values()
	group := firstOf(text(values["security_group_id"]), text(values["id"]))
	if group == "" {
		for _, id := range s.Finding.IDs {
			if strings.HasPrefix(id, "sg-") {
				group = id
			}
		}
	}
	return &permissionRule{subject: s, group: fold(group)}
}

// cells splits a change of ingress or egress (of a group), or of the sources of a rule, into permissions that came and went.
func (r *permissionRule) cells(path string, segs []segment, base, live any) []*cell {
	before, after := r.of(segs, base), r.of(segs, live)
	if len(before) == 0 && len(after) == 0 {
		return nil
	}
	var out []*cell
	add := func(list, other []permission, present bool) {
		for _, p := range list {
			if !slices.Contains(other, p) {
				out = append(out, &cell{kind: cellPermit, path: path, segs: segs, permit: p, present: present, label: p.label()})
			}
		}
	}
	add(after, before, true)
	add(before, after, false)
	return out
}

// label writes a permission as the element that it is in code.
func (p permission) label() string {
	m := map[string]any{"protocol": p.protocol, "from_port": p.from, "to_port": p.to, "peer": p.peer, "description": p.description}
	return canonical(m)
}

func (r *permissionRule) of(segs []segment, v any) []permission {
	switch segs[0].text {
	case "ingress", "egress":
		if len(segs) > 1 {
			return nil
		}
		list, ok := v.([]any)
		if !ok {
			return nil
		}
		var out []permission
		for _, e := range list {
			out = append(out, r.element(tree.Map(e), segs[0].text == "egress")...)
		}
		return out
	case "cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids":
		values := r.subject.values()
		m := map[string]any{}
		for _, name := range []string{"from_port", "to_port", "protocol", "description"} {
			m[name] = values[name]
		}
		m[segs[0].text] = v
		return r.element(m, tree.String(values["type"]) == "egress")
	}
	return nil
}

// object is the set of permissions of a rule resource.
func (r *permissionRule) object() []permission {
	values := r.subject.values()
	egress := tree.String(values["type"]) == "egress" || strings.Contains(r.subject.Finding.Type, "egress_rule")
	return r.element(values, egress)
}

// element takes apart a rule as providers keep it: many sources share ports.
func (r *permissionRule) element(m map[string]any, egress bool) []permission {
	if m == nil {
		return nil
	}
	base := newPermission(egress, tree.First(m, "protocol", "ip_protocol"), tree.String(m, "from_port"), tree.String(m, "to_port"), tree.String(m, "description"))
	var out []permission
	add := func(peer string) {
		if peer != "" {
			p := base
			p.peer = fold(peer)
			out = append(out, p)
		}
	}
	for _, name := range []string{"cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"} {
		for _, v := range tree.List(m, name) {
			peer := tree.String(v)
			if _, id, ok := strings.Cut(peer, "/sg-"); ok { // account/sg-id
				peer = "sg-" + id
			}
			add(peer)
		}
	}
	for _, name := range []string{"cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id", "source_security_group_id"} {
		add(tree.String(m, name))
	}
	if tree.True(m, "self") {
		add(r.group)
	}
	return out
}

func newPermission(egress bool, protocol, from, to, description string) permission {
	p := permission{egress: egress, protocol: strings.ToLower(protocol), from: from, to: to, description: description}
	switch p.protocol {
	case "6":
		p.protocol = "tcp"
	case "17":
		p.protocol = "udp"
	case "1":
		p.protocol = "icmp"
	case "all", "-1", "":
		p.protocol, p.from, p.to = "-1", "", ""
	}
	return p
}

// A grant is what one call did to permissions.
type grant struct {
	permissions []permission
	polarity    polarity
	modify      bool // ModifySecurityGroupRules: adds the new form, and the old one of some rule is gone
	describe    bool // only the description changes
	byRule      bool // names rules by id and does not say what they allow
}

// grantOf reads the security group calls; nil for others.
func grantOf(e *audit.Event) *grant {
	op := baseOperation(e.Operation)
	g := &grant{}
	switch {
	case strings.HasPrefix(op, "AuthorizeSecurityGroup"):
		g.polarity = polarityAdd
	case strings.HasPrefix(op, "RevokeSecurityGroup"):
		g.polarity = polarityRemove
	case strings.HasPrefix(op, "UpdateSecurityGroupRuleDescriptions"):
		g.polarity, g.describe = polarityAdd, true
	case op == "ModifySecurityGroupRules":
		g.polarity, g.modify = polarityAdd, true
	default:
		return nil
	}
	egress := strings.HasSuffix(op, "Egress")
	g.collect(e.Request, egress)
	if len(g.permissions) == 0 {
		g.collect(e.Response, egress)
	}
	g.byRule = len(g.permissions) == 0
	return g
}

// collect finds permissions anywhere below v: ipPermissions of any depth, the flat form, and rule objects.
func (g *grant) collect(v any, egress bool) {
	switch t := v.(type) {
	case []any:
		for _, e := range t {
			g.collect(e, egress)
		}
	case map[string]any:
		protocol := tree.First(t, "ipProtocol", "IpProtocol")
		if protocol == "" {
			for _, inner := range t {
				g.collect(inner, egress)
			}
			return
		}
		if s := tree.String(t, "isEgress"); s != "" {
			egress = s == "true"
		}
		base := newPermission(egress, protocol, tree.First(t, "fromPort", "FromPort"), tree.First(t, "toPort", "ToPort"), tree.First(t, "description", "Description"))
		for key, inner := range t {
			g.peers(base, key, inner)
		}
	}
}

var peerKeys = map[string]bool{
	"cidrip": true, "cidripv4": true, "cidripv6": true, "groupid": true, "prefixlistid": true, "referencedgroupid": true, "sourcesecuritygroupid": true,
	"referencedgroupinfo": true,
}

func (g *grant) peers(base permission, key string, v any) {
	switch t := v.(type) {
	case string:
		// The flat form keeps groupId for the group itself.
		if low := strings.ToLower(key); peerKeys[low] && low != "groupid" && t != "" {
			base.peer = fold(t)
			g.permissions = append(g.permissions, base)
		}
	case []any:
		for _, e := range t {
			g.peers(base, key, e)
		}
	case map[string]any:
		if d := tree.First(t, "description", "Description"); d != "" {
			base.description = d
		}
		for inner, value := range t {
			if s, ok := value.(string); ok && strings.EqualFold(inner, "groupId") && s != "" {
				base.peer = fold(s)
				g.permissions = append(g.permissions, base)
				continue
			}
			g.peers(base, inner, value)
		}
	}
}

// on tells what the call did to one permission of a group.
func (g *grant) on(c *cell) state {
	if g.byRule {
		return stateUnknown
	}
	for _, p := range g.permissions {
		if p.key() != c.permit.key() {
			continue
		}
		if c.present != (g.polarity == polarityAdd) {
			return stateMiss
		}
		if p.description != c.permit.description && (g.describe || p.description != "") {
			return stateMiss
		}
		return stateHit
	}
	return stateNone
}

// onList tells whether the call wrote a list of permissions of which it is not known what changed.
func (g *grant) onList(c *cell) state {
	side := c.segs[0].text
	if g.byRule && (side == "ingress" || side == "egress") || slices.ContainsFunc(g.permissions, func(p permission) bool {
		return side == "egress" && p.egress || side == "ingress" && !p.egress
	}) {
		return stateUnknown
	}
	return stateNone
}

// modifiedRules completes ModifySecurityGroupRules: when it made a permission that came, it also unmade the one that went.
func (o *observation) modifiedRules(out []state) {
	g := o.grant
	if g == nil || !g.modify {
		return
	}
	hit := false
	for i, c := range o.subject.cells {
		hit = hit || (c.kind == cellPermit && c.present && out[i] == stateHit)
	}
	for i, c := range o.subject.cells {
		if c.kind == cellPermit && !c.present && out[i] == stateNone && hit {
			out[i] = stateHit
		}
	}
}
