package trail

import "github.com/mooringdev/mooring/internal/audit"

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
		calls = append(calls, Call{Operation: "RevokeSecurityGroup" + direction, Request: groupRequest(c, removed), Response: map[string]any{"_return": true, "unknownIpPermissionSet": map[string]any{}}})
	}
	if len(added) > 0 {
		var rules []any
		for i, p := range permissions(added) {
			rules = append(rules, groupRule(c, p, attribute == "egress", i)...)
		}
		calls = append(calls, Call{Operation: "AuthorizeSecurityGroup" + direction, Request: groupRequest(c, added), Response: map[string]any{"_return": true, "securityGroupRuleSet": map[string]any{"items": rules}}})
	}
	return calls, true
}

// groupRequest names the permissions of a call: nested, as the console and Terraform send them, or flat, as the command line does for one
// address of one rule.
func groupRequest(c Change, rules []any) map[string]any {
	request := map[string]any{"groupId": c.text("id"), "ipPermissions": map[string]any{"items": permissions(rules)}}
	if c.Via != audit.ViaCLI || len(rules) != 1 {
		return request
	}
	r := one(rules[0])
	addresses := keys(r["cidr_blocks"])
	if len(addresses) != 1 || bare(r["ipv6_cidr_blocks"]) != nil || bare(r["security_groups"]) != nil || bare(r["prefix_list_ids"]) != nil || r["self"] == true || asText(r["description"]) != "" {
		return request
	}
	return map[string]any{
		"groupId": c.text("id"), "ipPermissions": map[string]any{}, "ipProtocol": r["protocol"], "fromPort": r["from_port"], "toPort": r["to_port"], "cidrIp": addresses[0],
	}
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
