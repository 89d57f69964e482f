package compare

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mooringdev/mooring/internal/module"
)

// decidedBy looks for what the environments set on purpose: root variables, the arguments of module calls, the workspace. What a commit
// gave to one of them alone is a promotion that is pending.
func (c *comparing) decidedBy(a, b int, da, db module.Deciders) (verdict, bool) {
	ta, tb := c.stacks[a].Tree, c.stacks[b].Tree
	var names []string
	var places []Place
	var ra, rb []hcl.Range
	ownText := c.otherText(a, b, da.Texts, db.Texts)
	for _, use := range uses(da.Variables, db.Variables) {
		ga, gb := ta.Given(use.Name[len("var."):]), tb.Given(use.Name[len("var."):])
		va, oka := module.Below(ga.Value, use.Steps)
		vb, okb := module.Below(gb.Value, use.Steps)
		if !oka || !okb {
			va, vb = ga.Value, gb.Value
		}
		if ga.Known && gb.Known && equal(va, vb) || !ga.Known && !gb.Known && ga.From == gb.From {
			continue
		}
		if ownText && equal(c.translators[a].value(va, -1), c.translators[b].value(vb, -1)) {
			continue // it only names the environment, and the text around it is another
		}
		names = append(names, use.Name)
		ra, rb = append(ra, ga.Range), append(rb, gb.Range)
		places = append(places, place(a, ga.Range)...)
		places = append(places, place(b, gb.Range)...)
	}
	if len(names) > 0 {
		if v := c.promoted(a, b, ra, rb); v != nil {
			v.decided = names
			return *v, true
		}
		return verdict{class: Intended, reason: ReasonVariable, because: c.sets(a, b, names, places), decided: names, places: places}, true
	}
	if da.Workspace && db.Workspace && c.stacks[a].Workspace != c.stacks[b].Workspace {
		return verdict{class: Intended, reason: ReasonWorkspace, because: "the code reads terraform.workspace", decided: []string{"terraform.workspace"}, places: conditions(a, da)}, true
	}
	for _, use := range uses(da.Inputs, db.Inputs) {
		ea, eb := c.argument(a, use.Name), c.argument(b, use.Name)
		if ea == eb || c.sameText(a, c.text(a, ea), b, c.text(b, eb)) {
			continue
		}
		names = append(names, use.Name)
		ra, rb = append(ra, ea), append(rb, eb)
		places = append(places, place(a, ea)...)
		places = append(places, place(b, eb)...)
	}
	if len(names) == 0 {
		return verdict{}, false
	}
	if v := c.promoted(a, b, ra, rb); v != nil {
		v.decided = names
		return *v, true
	}
	return verdict{class: Intended, reason: ReasonInput, because: "each environment gives " + strings.Join(names, ", ") + " a value of its own", decided: names, places: places}, true
}

// otherText tells whether the environments' own files say something else at one place.
func (c *comparing) otherText(a, b int, ra, rb []hcl.Range) bool {
	return slices.ContainsFunc(ra, func(r hcl.Range) bool {
		if slices.Contains(rb, r) {
			return false
		}
		other, ok := c.counterpart(a, b, r, rb)
		return ok && !c.sameText(a, c.text(a, r), b, c.text(b, other))
	})
}

// sets says which files give the variables their values.
func (c *comparing) sets(a, b int, names []string, places []Place) string {
	files := map[string]bool{}
	for _, p := range places {
		files[p.File] = true
	}
	verb := "decides it"
	if len(names) > 1 {
		verb = "decide it"
	}
	text := strings.Join(names, ", ") + " " + verb
	if len(files) > 0 {
		text += ", set in " + strings.Join(slices.Sorted(maps.Keys(files)), " and ")
	}
	return text
}

// uses joins what two environments use, each variable once with the steps of the first.
func uses(a, b []module.Use) []module.Use {
	var out []module.Use
	for _, u := range append(slices.Clone(a), b...) {
		at := slices.IndexFunc(out, func(o module.Use) bool { return o.Name == u.Name })
		switch {
		case at < 0:
			out = append(out, u)
		case !slices.Equal(out[at].Steps, u.Steps):
			out[at].Steps = nil // used in two ways: the whole value counts
		}
	}
	return out
}

// argument is the expression that a module call gives to a variable of the called module, or the variable's default.
func (c *comparing) argument(i int, name string) hcl.Range {
	path, variable := splitInput(name)
	m := c.stacks[i].Tree.Module(path)
	if m == nil || m.Call == nil {
		return hcl.Range{}
	}
	if a := m.Call.Arguments()[variable]; a != nil {
		return a.Expr.Range()
	}
	if v := m.Variables[variable]; v != nil && v.Default != nil {
		return v.Default.Expr.Range()
	}
	return hcl.Range{}
}

// splitInput takes module.a.module.b.var.c apart.
func splitInput(name string) (path []string, variable string) {
	words := strings.Split(name, ".")
	for len(words) > 2 && words[0] == "module" {
		path, words = append(path, words[1]), words[2:]
	}
	return path, words[len(words)-1]
}

// text is the source of a range, without regard to space.
func (c *comparing) text(i int, r hcl.Range) string {
	if r.Filename == "" || c.stacks[i].Tree == nil {
		return ""
	}
	return strings.Join(strings.Fields(string(c.stacks[i].Tree.Text(r))), " ")
}

// sameText tells whether texts of two environments say the same, as they are or in the words of all environments: code that asks for "dev" by
// name is the same everywhere, and so is code that names its own environment.
func (c *comparing) sameText(a int, ta string, b int, tb string) bool {
	return ta == tb || c.translators[a].names(ta) == c.translators[b].names(tb)
}
