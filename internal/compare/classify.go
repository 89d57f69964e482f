package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A verdict is why two environments differ at one place.
type verdict struct {
	class   Class
	reason  string
	because string
	decided []string
	places  []Place
	commit  *Commit
}

// weight orders verdicts: what wants attention decides for a row with several.
func (v verdict) weight() int {
	return slices.Index([]Class{Intended, Missing, Unexplained, Skew, Promotion, Drift}, v.class)
}

// codeRow is about a path at which the code of environments differs.
func (c *comparing) codeRow(s *comparedSlot, path string, moved []int) {
	parsed, err := drift.ParsePath(path)
	if err != nil {
		return
	}
	var with []int
	for i := range s.instances {
		if s.code[i] != nil {
			with = append(with, i)
		}
	}
	differs := func(a, b int) bool {
		for p := range c.between(a, b) {
			if overlap(p, path) {
				return true
			}
		}
		return false
	}
	if c.consistent(s, with, parsed) {
		return
	}
	declared := slices.ContainsFunc(with, func(i int) bool {
		t := c.stacks[i].Tree
		return t == nil || t.Declares(s.instances[i].Address, path) != drift.Silent
	})
	skew := c.providerSkew(with, s.instances[with[0]].Provider)
	if !declared && (skew == nil || !c.defaulted(s, with, parsed)) {
		c.out.Chosen++
		return
	}
	best, found := verdict{}, false
	for n := 1; n < len(with); n++ {
		a, b := with[n-1], with[n]
		if !differs(a, b) {
			continue
		}
		v := c.why(s, path, a, b, declared)
		if !found || v.weight() > best.weight() {
			best, found = v, true
		}
	}
	if !found { // the ends differ though neighbours do not: sets with parts that are not known
		return
	}
	d := c.row(s, path)
	d.fill(best)
	d.Side = SideCode
	for _, i := range moved {
		d.Cells[i].Moved = true
	}
	d.Apart = apart(with, func(a, b int) bool { return !differs(a, b) })
	c.out.Differences = append(c.out.Differences, d)
}

// defaulted tells whether what no code sets looks like a default of the provider, which another version may have moved: a word, a number or a
// truth. Text with digits is rather the object's own.
func (c *comparing) defaulted(s *comparedSlot, with []int, path drift.Path) bool {
	return !slices.ContainsFunc(with, func(i int) bool {
		switch v := drift.At(s.instances[i].Code, path).(type) {
		case string:
			return len(v) > 40 || strings.ContainsAny(v, "0123456789/:{")
		case []drift.Value, map[string]drift.Value:
			return true
		}
		return false
	})
}

func (d *Difference) fill(v verdict) {
	d.Class, d.Reason, d.Because, d.Decided, d.Places, d.Commit = v.class, v.reason, v.because, v.decided, v.places, v.commit
}

// consistent tells whether the values differ only by the object itself: every environment refers to its own.
func (c *comparing) consistent(s *comparedSlot, with []int, path drift.Path) bool {
	first := ""
	for n, i := range with {
		t := c.stacks[i].Tree
		if t == nil || len(t.Decides(s.instances[i].Address, path.String()).Resources) == 0 {
			return false
		}
		form := digest(c.translators[i].value(drift.At(s.instances[i].Code, path), -1))
		if n > 0 && form != first {
			return false
		}
		first = form
	}
	return true
}

// why tells why the code of two environments differs at a path. a comes before b in the order of the group.
func (c *comparing) why(s *comparedSlot, path string, a, b int, declared bool) verdict {
	ta, tb := c.stacks[a].Tree, c.stacks[b].Tree
	ia, ib := s.instances[a], s.instances[b]
	if ta == nil || tb == nil {
		return verdict{class: Unexplained, reason: ReasonUnknown, because: "the configuration could not be read"}
	}
	da, db := ta.Decides(ia.Address, path), tb.Decides(ib.Address, path)
	if ta.Ignores(ia.Address, path) || tb.Ignores(ib.Address, path) {
		return verdict{class: Intended, reason: ReasonIgnored, because: "the code leaves it to others: ignore_changes", places: c.attributePlaces(s, path)}
	}
	if v, ok := c.decidedBy(a, b, da, db); ok {
		return v
	}
	if v := c.moduleSkew(a, b, ia.Address, ib.Address, da, db); v != nil {
		return *v
	}
	if v := c.providerSkew([]int{a, b}, ia.Provider); v != nil && !declared {
		return *v
	}
	if refs := union(da.Resources, db.Resources); len(refs) > 0 && len(da.Texts)+len(db.Texts) == 0 || onlyReferences(refs, da, db) {
		if data := dataOf(refs); len(data) > 0 && len(data) == len(refs) {
			return verdict{class: Intended, reason: ReasonData, because: "read from " + strings.Join(data, ", ") + ", which answers otherwise there", decided: data}
		}
		return verdict{class: Unexplained, reason: ReasonFollows, because: "follows from " + strings.Join(refs, ", "), decided: refs}
	}
	return c.ownCode(s, path, a, b, da, db)
}

func onlyReferences(refs []string, da, db module.Deciders) bool {
	return len(refs) > 0 && len(da.Variables)+len(db.Variables)+len(da.Inputs)+len(db.Inputs) == 0 && slices.Equal(da.Resources, db.Resources) && len(da.Resources) > 0
}

func dataOf(refs []string) []string {
	var out []string
	for _, r := range refs {
		if strings.HasPrefix(r, "data.") || strings.Contains(r, ".data.") {
			out = append(out, r)
		}
	}
	return out
}

func union(a, b []string) []string {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

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

func place(i int, r hcl.Range) []Place {
	if r.Filename == "" {
		return nil
	}
	return []Place{{i, r.Filename, r.Start.Line}}
}

func conditions(i int, d module.Deciders) []Place {
	var out []Place
	for _, r := range d.Conditions {
		out = append(out, place(i, r)...)
	}
	return out
}

func (c *comparing) attributePlaces(s *comparedSlot, path string) []Place {
	var out []Place
	for i, inst := range s.instances {
		if inst == nil || c.stacks[i].Tree == nil {
			continue
		}
		if file, line, ok := c.stacks[i].Tree.Place(inst.Address, path); ok {
			out = append(out, Place{i, file, line})
		}
	}
	return out
}

// ownCode is about environments that have each their own text for the value.
func (c *comparing) ownCode(s *comparedSlot, path string, a, b int, da, db module.Deciders) verdict {
	if v := c.promoted(a, b, da.Texts, db.Texts); v != nil {
		return *v
	}
	places := c.attributePlaces(s, path)
	if sharedText(da, db) {
		return verdict{class: Unexplained, reason: ReasonUnknown, because: "the same code gives different values", places: places}
	}
	if c.o.History == nil || !c.known(da.Texts) && !c.known(db.Texts) {
		return verdict{class: Unexplained, reason: ReasonOwnCode, because: "each environment's own code says so, and no history tells since when", places: places}
	}
	return verdict{class: Intended, reason: ReasonOwnCode, because: "each environment's own code says so, and no commit set them apart that the next could be waiting for", places: places}
}

func sharedText(da, db module.Deciders) bool {
	return len(da.Texts) > 0 && slices.Equal(da.Texts, db.Texts)
}

func (c *comparing) known(ranges []hcl.Range) bool {
	return slices.ContainsFunc(ranges, func(r hcl.Range) bool { return c.commit(r) != nil })
}

// liveRow is about a path at which what is there is not what the code says, in some environments.
func (c *comparing) liveRow(s *comparedSlot, path string, envs []int, codeDiffers bool) {
	parsed, err := drift.ParsePath(path)
	if err != nil {
		return
	}
	var with, outside, waiting []int
	for i := range s.instances {
		if s.live[i] != nil && s.code[i] != nil {
			with = append(with, i)
		}
	}
	d := c.row(s, path)
	for _, i := range envs {
		d.Cells[i].Moved = true
		for _, f := range c.findings[i][s.instances[i].Address] {
			kind, ok := kindAt(f, path)
			switch {
			case !ok:
			case kind == drift.KindPending || kind == drift.KindConverged:
				waiting = append(waiting, i)
				d.Findings = append(d.Findings, f.ID)
			case kind != drift.KindNoise:
				outside = append(outside, i)
				d.Findings = append(d.Findings, f.ID)
				d.attribute(f, path)
			}
		}
	}
	same := func(a, b int) bool {
		return equal(drift.At(s.live[a], parsed), drift.At(s.live[b], parsed))
	}
	if !codeDiffers && apart(with, same) == nil && len(with) > 1 {
		return // all moved alike: that is each stack's own drift, and no difference between them
	}
	if len(with) < 2 {
		return
	}
	switch {
	case len(outside) > 0:
		d.Class, d.Reason, d.Side, d.Apart = Drift, ReasonOutside, SideLive, outside
		d.Because = c.names(outside) + " was changed outside; the code " + map[bool]string{false: "is the same", true: "differs as well, for a reason of its own"}[codeDiffers]
		if codeDiffers {
			d.Side = SideBoth
		}
	case len(waiting) > 0 && !codeDiffers:
		d.Class, d.Reason, d.Side, d.Apart = Promotion, ReasonNotApplied, SideLive, waiting
		d.Because = "the code is the same and not applied in " + c.names(waiting)
		d.Commit = c.newest(waiting[0], s.instances[waiting[0]].Address, path)
	default:
		return
	}
	d.Places = c.attributePlaces(s, path)
	c.out.Differences = append(c.out.Differences, d)
}

// attribute adds who a finding's log names for a path.
func (d *Difference) attribute(f *Finding, path string) {
	for _, a := range f.Attribution {
		if len(a.Paths) == 0 || slices.ContainsFunc(a.Paths, func(p string) bool { return overlap(p, path) }) {
			d.Attribution = append(d.Attribution, a)
		}
	}
}

// kindAt is the strongest kind of a finding's changes at a path.
func kindAt(f *Finding, path string) (drift.Kind, bool) {
	kind, ok := drift.KindNoise, false
	for _, ch := range f.Changes {
		if overlap(ch.Path, path) {
			ok = true
			if drift.Stronger(ch.Kind, kind) {
				kind = ch.Kind
			}
		}
	}
	return kind, ok
}

func (c *comparing) names(envs []int) string {
	var out []string
	for _, i := range envs {
		out = append(out, c.out.Environments[i].Name)
	}
	return strings.Join(out, ", ")
}

// follow gives what refers to another resource the class of what that resource shows.
func (c *comparing) follow() {
	byAddress := map[string][]*Difference{}
	for i := range c.out.Differences {
		d := &c.out.Differences[i]
		for _, address := range d.Addresses {
			if address != "" && d.Reason != ReasonFollows {
				byAddress[drift.ConfigAddress(address)] = append(byAddress[drift.ConfigAddress(address)], d)
			}
		}
	}
	for i := range c.out.Differences {
		d := &c.out.Differences[i]
		if d.Reason != ReasonFollows {
			continue
		}
		var best *Difference
		for _, ref := range d.Decided {
			for _, up := range byAddress[ref] {
				if best == nil || cmp.Compare(slices.Index(Classes, up.Class), slices.Index(Classes, best.Class)) < 0 {
					best = up
				}
			}
		}
		if best != nil {
			d.Class, d.Commit, d.Because = best.Class, best.Commit, fmt.Sprintf("follows from %s: %s", best.Address, best.Because)
		}
	}
}
