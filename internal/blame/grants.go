package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// A membership is one line of a Google IAM policy: a member holds a role.
type membership struct{ role, member string }

// isGoogleIAM tells the resources that are parts of an IAM policy: google_project_iam_member, google_storage_bucket_iam_binding, ...
func (s *subject) isGoogleIAM() bool {
	return s.provider == "gcp" && (strings.HasSuffix(s.Finding.Type, "_iam_member") || strings.HasSuffix(s.Finding.Type, "_iam_binding") ||
		strings.HasSuffix(s.Finding.Type, "_iam_policy"))
}

// learnGoogleIAM adds the resource whose policy it is as an alias.
func (s *subject) learnGoogleIAM(values map[string]any) {
	for name, v := range values {
		switch name {
		case "role", "member", "members", "policy_data", "etag", "id", "condition":
			continue
		}
		if id := text(v); id != "" {
			s.addID(id)
			s.strong["projects/"+fold(id)] = name == "project" && strings.Contains(s.Finding.Type, "project_iam")
		}
	}
	for id, ok := range s.strong {
		if !ok {
			delete(s.strong, id)
		}
	}
	for _, id := range s.Finding.IDs { // RESOURCE roles/viewer user:a@b.c, or with slashes
		if i := strings.Index(id, "roles/"); i > 1 {
			s.addID(strings.TrimRight(id[:i], " /"))
			s.strong["projects/"+fold(strings.TrimRight(id[:i], " /"))] = true
		}
	}
}

// membership tells what an IAM call did to one member of a role.
func (o *observation) membership(want membership, present bool) state {
	c := &cell{present: present}
	for _, change := range o.event.Changes {
		if change.Path != "bindings" {
			continue
		}
		if membershipOf(change.After) == want {
			return presence(c, true)
		}
		if membershipOf(change.Before) == want {
			return presence(c, false)
		}
	}
	if len(o.event.Changes) > 0 {
		return stateNone
	}
	list := tree.List(o.event.Request, "policy", "bindings")
	if list == nil {
		if strings.Contains(strings.ToLower(o.base), "setiam") {
			return stateUnknown
		}
		return stateNone
	}
	for _, binding := range list {
		if !sameRole(tree.String(binding, "role"), want.role) {
			continue
		}
		for _, m := range tree.List(binding, "members") {
			if sameMember(tree.String(m), want.member) {
				return presence(c, true)
			}
		}
	}
	return presence(c, false)
}

func membershipOf(v any) membership {
	return membership{role: tree.String(v, "role"), member: fold(tree.String(v, "member"))}
}

func sameRole(a, b string) bool { return a == b }

func sameMember(a, b string) bool { return fold(a) == fold(b) }

// googleIAM compares a cell of an IAM resource: a member of a binding, or the resource itself.
func (o *observation) googleIAM(c *cell) state {
	values := o.subject.values()
	role := tree.String(values["role"])
	if role == "" {
		for _, id := range o.subject.Finding.IDs {
			if i := strings.Index(id, "roles/"); i >= 0 {
				role = strings.FieldsFunc(id[i:], func(r rune) bool { return r == ' ' })[0]
				if parts := strings.SplitN(role, "/", 3); len(parts) == 3 {
					role = parts[0] + "/" + parts[1]
				}
			}
		}
	}
	switch {
	case c.kind == cellElement && c.segs[0].text == "members":
		return o.membership(membership{role, fold(text(c.live))}, c.present)
	case c.kind == cellObject:
		members := []string{text(values["member"])}
		for _, m := range tree.List(values, "members") {
			members = append(members, tree.String(m))
		}
		best := stateNone
		for _, m := range members {
			if m != "" {
				best = stronger(best, o.membership(membership{role, fold(m)}, c.present))
			}
		}
		return best
	}
	return stateNone
}

// child compares an element kept inline with a call on the child object of that name: a security rule of a network security group.
func (o *observation) child(c *cell) state {
	if o.childID == "" || c.kind != cellElement {
		return stateNone
	}
	name := tree.String(c.live, "name")
	if !strings.EqualFold(name, lastName(o.childID)) {
		return stateNone
	}
	if o.event.Activity == audit.ActivityDelete {
		return presence(c, false)
	}
	want := scalars(c.live)
	got := scalars(o.event.Request)
	for i := range got {
		got[i] = strings.ToLower(got[i])
	}
	if len(got) == 0 {
		return stateUnknown
	}
	in := true
	for _, w := range want {
		in = in && (strings.EqualFold(w, name) || slices.Contains(got, strings.ToLower(w)))
	}
	if c.present {
		return presence(c, in)
	}
	return presence(c, in)
}

// absent reads calls that write an object whole, as a Kubernetes update does: a key that is not in it is gone.
func (o *observation) absent(c *cell) state {
	if o.event.Provider != "kubernetes" || !strings.HasPrefix(o.event.Operation, "update ") || !c.segs[len(c.segs)-1].mapKey || o.event.Request == nil {
		return stateNone
	}
	if empty(c.live) {
		return stateHit
	}
	return stateMiss
}
