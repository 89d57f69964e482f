package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
)

// maxBeside bounds how many objects that stand for themselves are told as findings of one stack; what is more is counted.
const maxBeside = 20

// addUnmanaged gives what people made to the stack that it belongs to, with the address that it would have there: to the stack of the resource
// that it is part of, else to the only one that manages others of its type in that account and region. What belongs to no stack is counted.
func addUnmanaged(stacks []*report.StackResult, list []blame.Unmanaged, o AttributeOptions) []string {
	var homeless []string
	beside := map[string]int{}
	for _, u := range list {
		if succeed(stacks, u) {
			continue
		}
		if o.Incomplete && (u.Stack == "" || u.Attribution.Via == audit.ViaTerraform) {
			continue // a stack that is missing here may know it
		}
		if u.Stack == "" {
			if like := home(o.Managed, u); like != nil && beside[like.Stack] < maxBeside {
				beside[like.Stack]++
				u.Stack, u.Parent = like.Stack, like.Address
				id, _ := like.Attributes["id"].(string)
				u.Finding.IDs = likeFirst(u.Finding.IDs, id)
			}
		}
		i := slices.IndexFunc(stacks, func(s *report.StackResult) bool { return s.Stack.ID == u.Stack })
		if i < 0 {
			homeless = append(homeless, u.Finding.Type+" "+strings.Join(u.Finding.IDs[:min(1, len(u.Finding.IDs))], ""))
			continue
		}
		var t *module.Tree
		if o.Tree != nil {
			t = o.Tree(u.Stack)
		}
		u.Finding.Address = adopt.AddressFor(t, u.Parent, u.Finding, func(address string) bool {
			return slices.ContainsFunc(o.Managed, func(m blame.Managed) bool { return m.Stack == u.Stack && m.Address == address }) ||
				slices.ContainsFunc(stacks[i].Findings, func(f report.Finding) bool { return f.Address == address })
		})
		stacks[i].Findings = append(stacks[i].Findings, report.Finding{Finding: u.Finding, Attribution: []blame.Attribution{u.Attribution}})
	}
	if len(homeless) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("people made %d resources that no stack knows: %s", len(homeless), abridge(homeless, 3))}
}

// home is a resource of the only stack that manages objects of the type in the account and region of one that a person made by hand; nil when
// there is none, or more than one. What an engine made is some other code's.
func home(managed []blame.Managed, u blame.Unmanaged) *blame.Managed {
	if u.Attribution.Via == audit.ViaTerraform || u.Finding.Account == "" {
		return nil
	}
	var found *blame.Managed
	for i := range managed {
		m := &managed[i]
		switch {
		case m.Type != u.Finding.Type || m.Account != u.Finding.Account || m.Region != "" && m.Region != u.Finding.Region:
		case found == nil:
			found = m
		case found.Stack != m.Stack:
			return nil
		}
	}
	return found
}

// succeed tells the finding about a deleted object that a person made another one in its place.
func succeed(stacks []*report.StackResult, u blame.Unmanaged) bool {
	for _, st := range stacks {
		for i := range st.Findings {
			if f := &st.Findings[i]; u.Replaces != "" && f.ID == u.Replaces {
				id, _ := f.Attributes["id"].(string)
				f.Successor = likeFirst(u.Finding.IDs, id)[0]
				return true
			}
		}
	}
	return false
}

// likeFirst sorts the ids of an object so that those come first that are written as another's of its type: an ARN, an address, a name, an id that the cloud chose.
func likeFirst(ids []string, like string) []string {
	out := slices.Clone(ids)
	slices.SortStableFunc(out, func(a, b string) int { return unlike(a, like) - unlike(b, like) })
	return out
}

func unlike(id, like string) int {
	n := 0
	for _, mark := range []string{"arn:", "://", "/", ":"} {
		if strings.Contains(id, mark) != strings.Contains(like, mark) {
			n++
		}
	}
	if adopt.ChosenByCloud(id) != adopt.ChosenByCloud(like) {
		n++
	}
	return n
}
