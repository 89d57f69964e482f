package compare

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A Group is stacks that are instances of one design.
type Group struct {
	Name    string
	Stacks  []string // ids, in the order of promotion when Ordered
	Names   []string // what the environments are called
	Ordered bool
	How     string // how it was found, for people
}

// An Outline is what grouping looks at: where a stack lies and what its root module holds.
type Outline struct {
	ID, Path, Workspace string
	VarFiles            []string
	Contents            []string // "aws_instance.web" for resources, "module DIRECTORY" or "module SOURCE" for calls
}

// stages are the usual names of environments, in the order of promotion.
var stages = []*regexp.Regexp{
	regexp.MustCompile(`^(sandbox|sbx|playground|scratch|local)[0-9]*$`),
	regexp.MustCompile(`^(dev|develop|development|devel|ephemeral|preview)[0-9]*$`),
	regexp.MustCompile(`^(int|integration|ci|test|testing|tst|qa|demo)[0-9]*$`),
	regexp.MustCompile(`^(stage|staging|stg|uat|preprod|pre-prod|preproduction|pre-production|nonprod|non-prod|nonproduction|acceptance|acc|perf)[0-9]*$`),
	regexp.MustCompile(`^(prod|production|prd|live)[0-9]*$`),
	regexp.MustCompile(`^(dr|disaster-recovery|recovery)[0-9]*$`),
}

// stageOf is where a name stands in the order of promotion; -1 when it is no usual name. A part between hyphens counts when it is alone.
func stageOf(name string) int {
	name = strings.ToLower(name)
	for n, re := range stages {
		if re.MatchString(name) {
			return n
		}
	}
	found := -1
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		for n, re := range stages {
			if re.MatchString(word) {
				if found >= 0 && found != n {
					return -1
				}
				found = n
			}
		}
	}
	return found
}

// Groups finds the groups among stacks: those that share a directory, with other variable files or workspaces, and those in directories
// that differ in one segment and hold alike. Sorted by name; a stack is in one group at most.
func Groups(outlines []Outline) []Group {
	outlines = slices.SortedFunc(slices.Values(outlines), func(a, b Outline) int { return cmp.Compare(a.ID, b.ID) })
	var out []Group
	taken := map[string]bool{}
	byPath := map[string][]Outline{}
	for _, o := range outlines {
		byPath[o.Path] = append(byPath[o.Path], o)
	}
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		if same := byPath[path]; len(same) > 1 {
			g := Group{Name: path, How: "the same directory with other variable files or workspaces"}
			for _, o := range same {
				g.Stacks, g.Names = append(g.Stacks, o.ID), append(g.Names, variantName(o, same))
				taken[o.ID] = true
			}
			out = append(out, g.order())
		}
	}
	var single []Outline
	for _, o := range outlines {
		if !taken[o.ID] {
			single = append(single, o)
		}
	}
	out = append(out, siblings(single)...)
	slices.SortFunc(out, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// variantName is what one of the stacks of a directory is called: by its workspace, else by the variable file that the others do not have.
func variantName(o Outline, all []Outline) string {
	workspaces := map[string]bool{}
	for _, other := range all {
		workspaces[other.Workspace] = true
	}
	if len(workspaces) == len(all) && o.Workspace != "" {
		return o.Workspace
	}
	for _, f := range o.VarFiles {
		own := true
		for _, other := range all {
			own = own && (other.ID == o.ID || !slices.Contains(other.VarFiles, f))
		}
		if !own {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSuffix(f[strings.LastIndexByte(f, '/')+1:], ".json"), ".tfvars")
		if dir := strings.TrimSuffix(f, "/"+f[strings.LastIndexByte(f, '/')+1:]); stageOf(name) < 0 && dir != f && stageOf(lastSegment(dir)) >= 0 {
			return lastSegment(dir)
		}
		return strings.TrimSuffix(name, ".auto")
	}
	if at := strings.LastIndexAny(o.ID, ":@"); at >= 0 {
		return o.ID[at+1:]
	}
	return o.ID
}

// siblings groups stacks whose directories differ in one segment.
func siblings(stacks []Outline) []Group {
	byPattern := map[string][]int{} // "env/*", and the stacks that fit
	for n, o := range stacks {
		segments := strings.Split(o.Path, "/")
		for i := range segments {
			pattern := slices.Clone(segments)
			pattern[i] = "*"
			key := strings.Join(pattern, "/")
			byPattern[key] = append(byPattern[key], n)
		}
	}
	type candidate struct {
		pattern string
		members []int
		staged  int
	}
	var candidates []candidate
	for _, pattern := range slices.Sorted(maps.Keys(byPattern)) {
		at := slices.Index(strings.Split(pattern, "/"), "*")
		staged := func(n int) bool { return stageOf(strings.Split(stacks[n].Path, "/")[at]) >= 0 }
		for _, members := range alike(stacks, byPattern[pattern], staged) {
			k := candidate{pattern: pattern, members: members}
			for _, n := range members {
				if staged(n) {
					k.staged++
				}
			}
			candidates = append(candidates, k)
		}
	}
	// Usual names of environments decide first: in a tree of env/*/app both stars are possible.
	slices.SortStableFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.staged, a.staged), cmp.Compare(len(b.members), len(a.members)), cmp.Compare(a.pattern, b.pattern))
	})
	taken := map[int]bool{}
	names := map[string]int{}
	var out []Group
	for _, k := range candidates {
		members := slices.DeleteFunc(slices.Clone(k.members), func(n int) bool { return taken[n] })
		if len(members) < 2 {
			continue
		}
		g := Group{Name: k.pattern, How: "directories beside each other with like content"}
		at := slices.Index(strings.Split(k.pattern, "/"), "*")
		for _, n := range members {
			taken[n] = true
			g.Stacks, g.Names = append(g.Stacks, stacks[n].ID), append(g.Names, strings.Split(stacks[n].Path, "/")[at])
		}
		if calls(stacks[members[0]]) {
			g.How = "directories beside each other that call the same modules"
		}
		if names[g.Name]++; names[g.Name] > 1 {
			g.Name += " (" + g.Names[0] + ")"
		}
		out = append(out, g.order())
	}
	return out
}

func calls(o Outline) bool {
	return len(o.Contents) > 0 && !slices.ContainsFunc(o.Contents, func(c string) bool { return !strings.HasPrefix(c, "module ") })
}

// alike splits stacks into sets that hold much of the same. Directories with names of environments need less likeness than others: siblings
// that are built from one template are not yet environments of one design.
func alike(stacks []Outline, members []int, staged func(int) bool) [][]int {
	var sets [][]int
	for _, n := range members {
		at := slices.IndexFunc(sets, func(set []int) bool {
			return slices.ContainsFunc(set, func(m int) bool {
				least := 0.9
				if staged(n) && staged(m) {
					least = 0.4
				}
				return likenessOf(stacks[n].Contents, stacks[m].Contents) >= least
			})
		})
		if at < 0 {
			sets = append(sets, []int{n})
			continue
		}
		sets[at] = append(sets[at], n)
	}
	return slices.DeleteFunc(sets, func(set []int) bool { return len(set) < 2 })
}

func likenessOf(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	have := map[string]bool{}
	for _, x := range a {
		have[x] = true
	}
	both, all := 0, len(have)
	seen := map[string]bool{}
	for _, y := range b {
		if seen[y] {
			continue
		}
		seen[y] = true
		if have[y] {
			both++
		} else {
			all++
		}
	}
	return float64(both) / float64(all)
}

// tellApart makes the names of the environments differ: those that several have become the ids of their stacks.
func (g Group) tellApart() Group {
	count := map[string]int{}
	for _, name := range g.Names {
		count[name]++
	}
	g.Names = slices.Clone(g.Names)
	for i, name := range g.Names {
		if count[name] > 1 {
			g.Names[i] = g.Stacks[i]
		}
	}
	return g
}

// order sorts the environments by the usual order of promotion, when every name says where it stands.
func (g Group) order() Group {
	g = g.tellApart()
	at := make([]int, len(g.Stacks))
	for i := range at {
		at[i] = i
	}
	g.Ordered = true
	for _, name := range g.Names {
		g.Ordered = g.Ordered && stageOf(name) >= 0
	}
	slices.SortStableFunc(at, func(a, b int) int {
		if g.Ordered {
			return cmp.Or(cmp.Compare(stageOf(g.Names[a]), stageOf(g.Names[b])), cmp.Compare(g.Names[a], g.Names[b]))
		}
		return cmp.Compare(g.Names[a], g.Names[b])
	})
	sorted := Group{Name: g.Name, How: g.How, Ordered: g.Ordered}
	for _, i := range at {
		sorted.Stacks, sorted.Names = append(sorted.Stacks, g.Stacks[i]), append(sorted.Names, g.Names[i])
	}
	return sorted
}

// Declare is the group that a configuration names: its order is that of promotion.
func Declare(name string, stacks []Outline) Group {
	g := Group{Name: name, Ordered: true, How: "declared in .mooring.hcl"}
	samePath := true
	for _, o := range stacks {
		samePath = samePath && o.Path == stacks[0].Path
		g.Stacks = append(g.Stacks, o.ID)
	}
	for _, o := range stacks {
		if samePath {
			g.Names = append(g.Names, variantName(o, stacks))
			continue
		}
		g.Names = append(g.Names, distinctSegments(o, stacks))
	}
	return g.tellApart()
}

// distinctSegments is what of a stack's path the others do not share, at least its last segment.
func distinctSegments(o Outline, all []Outline) string {
	segments := strings.Split(o.ID, "/")
	var own []string
	for i, s := range segments {
		for _, other := range all {
			if parts := strings.Split(other.ID, "/"); len(parts) != len(segments) || parts[i] != s {
				own = append(own, s)
				break
			}
		}
	}
	for _, s := range own {
		if stageOf(s) >= 0 {
			return s
		}
	}
	if len(own) == 0 {
		return segments[len(segments)-1]
	}
	return strings.Join(own, "/")
}
