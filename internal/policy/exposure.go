package policy

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// A shape says where a resource type keeps firewall rules and what their attributes are called.
type shape struct {
	types    string
	rules    string            // path of the rules; "" when the resource is one
	only     map[string]string // attributes that must be like these for a rule to let traffic in; absent ones count as letting it in
	sources  []string          // attributes with addresses
	from, to string            // attributes with port numbers, or
	ports    []string          // attributes with ranges as text
	protocol string
	services string // path of nested blocks that hold protocol and ports
}

var shapes = []shape{
	{types: "aws_{security_group,default_security_group}", rules: "ingress", sources: []string{"cidr_blocks", "ipv6_cidr_blocks"}, from: "from_port", to: "to_port", protocol: "protocol"},
	{types: "aws_security_group_rule", only: map[string]string{"type": "ingress"}, sources: []string{"cidr_blocks", "ipv6_cidr_blocks"}, from: "from_port", to: "to_port", protocol: "protocol"},
	{types: "aws_vpc_security_group_ingress_rule", sources: []string{"cidr_ipv4", "cidr_ipv6"}, from: "from_port", to: "to_port", protocol: "ip_protocol"},
	{types: "aws_{network_acl,default_network_acl}", rules: "ingress", only: map[string]string{"action": "allow"}, sources: []string{"cidr_block", "ipv6_cidr_block"}, from: "from_port", to: "to_port", protocol: "protocol"},
	{types: "aws_network_acl_rule", only: map[string]string{"rule_action": "allow", "egress": "false"}, sources: []string{"cidr_block", "ipv6_cidr_block"}, from: "from_port", to: "to_port", protocol: "protocol"},
	{types: "google_compute_firewall", only: map[string]string{"direction": "ingress", "disabled": "false"}, sources: []string{"source_ranges"}, ports: []string{"ports"}, protocol: "protocol", services: "allow"},
	{types: "azurerm_network_security_rule", only: map[string]string{"direction": "inbound", "access": "allow"}, sources: []string{"source_address_prefix", "source_address_prefixes"}, ports: []string{"destination_port_range", "destination_port_ranges"}, protocol: "protocol"},
	{types: "azurerm_network_security_group", rules: "security_rule", only: map[string]string{"direction": "inbound", "access": "allow"}, sources: []string{"source_address_prefix", "source_address_prefixes"}, ports: []string{"destination_port_range", "destination_port_ranges"}, protocol: "protocol"},
}

// exposure ranks what a firewall lets in from the internet now and did not before.
func exposure(resourceType string, before, live map[string]drift.Value) Severity {
	for _, s := range shapes {
		if like(s.types, resourceType) {
			return opened(s.open(live).minus(s.open(before)))
		}
	}
	return Severity{}
}

// ranges are ports that the internet reaches. Protocols without ports are noted by name.
type ranges struct {
	ports [][2]int // inclusive, sorted, apart
	other []string
}

// open lists what the rules of an object let in from anywhere.
func (s shape) open(object map[string]drift.Value) ranges {
	rules := []drift.Value{object}
	if s.rules != "" {
		rules = collectObjects(object, s.rules)
	}
	var open ranges
	for _, r := range rules {
		rule, ok := r.(map[string]drift.Value)
		if !ok || !s.lets(rule) || !s.fromAnywhere(rule) {
			continue
		}
		services := []drift.Value{rule}
		if s.services != "" {
			services = collectObjects(rule, s.services)
		}
		for _, service := range services {
			if block, ok := service.(map[string]drift.Value); ok {
				open.add(s, block)
			}
		}
	}
	return open.joined()
}

func collectObjects(object map[string]drift.Value, name string) []drift.Value {
	return collect(object, []string{name})
}

func (s shape) lets(rule map[string]drift.Value) bool {
	for name, want := range s.only {
		got := strings.ToLower(fmt.Sprint(rule[name]))
		if rule[name] != nil && got != "" && got != want {
			return false
		}
	}
	return true
}

func (s shape) fromAnywhere(rule map[string]drift.Value) bool {
	for _, name := range s.sources {
		for _, v := range collect(rule, []string{name}) {
			if text, ok := v.(string); ok && anywhere(text) {
				return true
			}
		}
	}
	return false
}

// anywhere tells whether a source is the internet, or so large a part of it (more than a /8, or a /16 of IPv6) that it makes no
// difference: 0.0.0.0/1 and 128.0.0.0/1 together are 0.0.0.0/0 for people who know of checks like this one.
func anywhere(source string) bool {
	switch strings.ToLower(source) {
	case "*", "any", "internet":
		return true
	}
	p, err := netip.ParsePrefix(source)
	return err == nil && (p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16)
}

var protocolNames = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}

func (r *ranges) add(s shape, block map[string]drift.Value) {
	protocol := strings.ToLower(fmt.Sprint(block[s.protocol]))
	if name := protocolNames[protocol]; name != "" {
		protocol = name
	}
	all := [2]int{0, 65535}
	switch protocol {
	case "-1", "all", "*", "<nil>", "":
		if s.from != "" && protocol != "<nil>" && protocol != "" {
			r.ports = append(r.ports, all)
			return
		}
	case "tcp", "udp", "sctp":
	default:
		r.other = append(r.other, strings.ToUpper(protocol))
		return
	}
	if s.from != "" {
		from, okFrom := port(block[s.from])
		to, okTo := port(block[s.to])
		switch {
		case okFrom && okTo && from <= to:
			r.ports = append(r.ports, [2]int{from, to})
		case okFrom && !okTo:
			r.ports = append(r.ports, [2]int{from, from})
		case !okFrom && !okTo:
			r.ports = append(r.ports, all)
		}
		return
	}
	any := false
	for _, name := range s.ports {
		for _, v := range collect(block, []string{name}) {
			any = true
			if p, ok := portRange(fmt.Sprint(v)); ok {
				r.ports = append(r.ports, p)
			}
		}
	}
	if !any {
		r.ports = append(r.ports, all)
	}
}

func port(v drift.Value) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(string(n))
	return max(0, min(i, 65535)), err == nil
}

func portRange(text string) (p [2]int, ok bool) {
	if text == "*" {
		return [2]int{0, 65535}, true
	}
	first, last, isRange := strings.Cut(text, "-")
	from, err1 := strconv.Atoi(strings.TrimSpace(first))
	to, err2 := from, error(nil)
	if isRange {
		to, err2 = strconv.Atoi(strings.TrimSpace(last))
	}
	return [2]int{from, to}, err1 == nil && err2 == nil && from <= to
}

// joined sorts ranges and merges those that touch.
func (r ranges) joined() ranges {
	slices.SortFunc(r.ports, func(a, b [2]int) int { return a[0] - b[0] })
	var merged [][2]int
	for _, p := range r.ports {
		if n := len(merged); n > 0 && p[0] <= merged[n-1][1]+1 {
			merged[n-1][1] = max(merged[n-1][1], p[1])
			continue
		}
		merged = append(merged, p)
	}
	slices.Sort(r.other)
	return ranges{ports: merged, other: slices.Compact(r.other)}
}

// minus is what r has and o has not.
func (r ranges) minus(o ranges) ranges {
	var left ranges
	for _, p := range r.ports {
		from := p[0]
		for _, q := range o.ports {
			if q[1] < from || q[0] > p[1] {
				continue
			}
			if q[0] > from {
				left.ports = append(left.ports, [2]int{from, q[0] - 1})
			}
			from = q[1] + 1
		}
		if from <= p[1] {
			left.ports = append(left.ports, [2]int{from, p[1]})
		}
	}
	for _, name := range r.other {
		if !slices.Contains(o.other, name) {
			left.other = append(left.other, name)
		}
	}
	return left
}

// opened says what newly reachable ports mean.
func opened(r ranges) Severity {
	if len(r.ports) == 0 {
		if len(r.other) == 0 {
			return Severity{}
		}
		return Severity{Level: "medium", Why: "opens " + r.other[0] + " to the internet"}
	}
	level := "medium" // web ports are often meant to be open
	total := 0
	var names []string
	for _, p := range r.ports {
		total += p[1] - p[0] + 1
		if p[0] != p[1] || (p[0] != 80 && p[0] != 443) {
			level = "critical"
		}
		if p[0] == p[1] {
			names = append(names, strconv.Itoa(p[0]))
		} else {
			names = append(names, fmt.Sprintf("%d to %d", p[0], p[1]))
		}
	}
	switch {
	case total > math.MaxUint16-1:
		return Severity{Level: level, Why: "opens every port to the internet"}
	case total == 1:
		return Severity{Level: level, Why: "opens port " + names[0] + " to the internet"}
	case len(names) > 3:
		return Severity{Level: level, Why: fmt.Sprintf("opens %d ports to the internet, %s among them", total, names[0])}
	case len(names) == 1:
		return Severity{Level: level, Why: "opens ports " + names[0] + " to the internet"}
	}
	return Severity{Level: level, Why: "opens ports " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " to the internet"}
}
