package compare_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/compare"
)

func outline(id string, contents ...string) compare.Outline {
	path, workspace, _ := strings.Cut(id, "@")
	path, file, ok := strings.Cut(path, ":")
	o := compare.Outline{ID: id, Path: path, Workspace: workspace, Contents: contents}
	if ok {
		o.VarFiles = []string{"common.tfvars", file + ".tfvars"}
	}
	return o
}

func TestGroups(t *testing.T) {
	web := []string{"aws_instance.web", "aws_lb.web", "module modules/net"}
	tests := []struct {
		name   string
		stacks []compare.Outline
		want   string
	}{
		{"variable files of one directory, in the order of promotion", []compare.Outline{outline("infra:prod"), outline("infra:dev"), outline("infra:staging")},
			"infra: dev > staging > prod"},
		{"workspaces of one directory", []compare.Outline{outline("app@prod"), outline("app@dev")}, "app: dev > prod"},
		{"names that say nothing of an order", []compare.Outline{outline("app@eu"), outline("app@us")}, "app: eu, us"},
		{"directories beside each other", []compare.Outline{outline("env/prod", web...), outline("env/dev", web[:2]...), outline("env/shared", "aws_route53_zone.main")},
			"env/*: dev > prod"},
		{"a star in the middle", []compare.Outline{outline("live/dev/web", web...), outline("live/prod/web", web...), outline("live/dev/data", "aws_db_instance.main", "aws_kms_key.db"), outline("live/prod/data", "aws_db_instance.main", "aws_kms_key.db")},
			"live/*/data: dev > prod\nlive/*/web: dev > prod"},
		{"siblings that are not environments need to be nearly the same", []compare.Outline{outline("teams/blue", web...), outline("teams/green", web[:2]...)}, ""},
		{"siblings of one template", []compare.Outline{outline("regions/eu", web...), outline("regions/us", web...)}, "regions/*: eu, us"},
		{"names with a part that is an environment", []compare.Outline{outline("assets-prod", web...), outline("assets-staging", web...)}, "*: assets-staging > assets-prod"},
		{"one stack is no group", []compare.Outline{outline("infra", web...)}, ""},
		{"empty roots are not alike", []compare.Outline{outline("env/dev"), outline("env/prod")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, g := range compare.Groups(tt.stacks) {
				sep := ", "
				if g.Ordered {
					sep = " > "
				}
				got = append(got, g.Name+": "+strings.Join(g.Names, sep))
			}
			if text := strings.Join(got, "\n"); text != tt.want {
				t.Errorf("got\n%s\nwant\n%s", text, tt.want)
			}
		})
	}
}

// TestGroupsLaws: no stack is in two groups, no group has one stack alone, and the order of the input means nothing.
func TestGroupsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "stacks")
		var stacks []compare.Outline
		seen := map[string]bool{}
		for range n {
			id := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"dev", "prod", "web", "data", "x"}), 1, 3).Draw(t, "path"), "/")
			if seen[id] {
				continue
			}
			seen[id] = true
			stacks = append(stacks, outline(id, rapid.SliceOfN(rapid.SampledFrom([]string{"a.a", "b.b", "module m"}), 0, 3).Draw(t, "contents")...))
		}
		groups := compare.Groups(stacks)
		in := map[string]bool{}
		for _, g := range groups {
			if len(g.Stacks) < 2 || len(g.Names) != len(g.Stacks) {
				t.Fatalf("group %+v", g)
			}
			for _, id := range g.Stacks {
				if in[id] {
					t.Fatalf("%s is in two groups", id)
				}
				in[id] = true
			}
		}
		reversed := slices.Clone(stacks)
		slices.Reverse(reversed)
		if again := compare.Groups(reversed); !reflect.DeepEqual(groups, again) {
			t.Fatalf("%+v\nreversed\n%+v", groups, again)
		}
	})
}
