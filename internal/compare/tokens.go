package compare

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A translator writes the values of one environment in words that all environments share: its own name as {environment}, its account as
// {account}, the id of an object as the address of the object.
type translator struct {
	parts []part                // longest first; they count wherever they stand as words of their own
	ids   map[string][]objectID // ids of matched objects, which count as whole words
	used  []int                 // by token, counted by run
}

type part struct {
	text  string // lower case
	token int
	name  string // as it is written, in braces
	zone  bool   // a letter may follow: a zone of the region
}

// An objectID is one attribute by which a matched object is known.
type objectID struct {
	slot int
	name string
}

// namingVariable is what a variable is called that only says which environment this is.
var namingVariable = regexp.MustCompile(`^(.*_)?(env|environment|stage|workspace|prefix|suffix|namespace|account|account_id|account_name|project|project_id|subscription_id|region|location)(_name)?$`)

var (
	region    = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-?[0-9]$`)
	shortWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{1,62}$`)
)

// findTokens looks for the names by which the environments differ everywhere.
func (c *comparing) findTokens() {
	n := len(c.stacks)
	c.translators = make([]*translator, n)
	for i := range c.translators {
		c.translators[i] = &translator{ids: map[string][]objectID{}}
	}
	add := func(name string, values []string) {
		distinct := map[string]bool{}
		for _, v := range values {
			if shortWord.MatchString(v) {
				distinct[v] = true
			}
		}
		if len(distinct) < 2 {
			return
		}
		at := slices.IndexFunc(c.out.Tokens, func(t Token) bool { return t.Name == name })
		if at < 0 {
			at = len(c.out.Tokens)
			c.out.Tokens = append(c.out.Tokens, Token{Name: name, Values: values})
		}
		for i, v := range values {
			if shortWord.MatchString(v) {
				c.translators[i].parts = append(c.translators[i].parts, part{strings.ToLower(v), at, "{" + name + "}", region.MatchString(v)})
			}
		}
	}
	each := func(f func(i int) string) []string {
		values := make([]string, n)
		for i := range values {
			values[i] = f(i)
		}
		return values
	}
	add("environment", each(func(i int) string { return c.out.Environments[i].Name }))
	add("environment", each(func(i int) string {
		if w := c.stacks[i].Workspace; w != "default" {
			return w
		}
		return ""
	}))
	for _, name := range c.variableNames() {
		base := namingVariable.FindStringSubmatch(name)
		if base == nil {
			continue
		}
		token := "var." + name
		switch base[2] {
		case "env", "environment", "stage", "workspace":
			token = "environment"
		case "region", "location":
			token = "region"
		case "account", "account_id":
			token = "account"
		}
		add(token, each(func(i int) string { return c.plainVariable(i, name) }))
	}
	accounts, regions := c.places()
	add("account", accounts)
	add("region", regions)
	for _, t := range c.translators {
		slices.SortStableFunc(t.parts, func(a, b part) int {
			return cmp.Or(cmp.Compare(len(b.text), len(a.text)), cmp.Compare(a.token, b.token))
		})
		t.parts = slices.CompactFunc(t.parts, func(a, b part) bool { return a.text == b.text })
		t.used = make([]int, len(c.out.Tokens))
	}
}

// variableNames are the root variables of any stack, sorted.
func (c *comparing) variableNames() []string {
	names := map[string]bool{}
	for i := range c.stacks {
		if t := c.stacks[i].Tree; t != nil && t.Root != nil {
			for name := range t.Root.Variables {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// plainVariable is the value of a root variable when it is text and no secret.
func (c *comparing) plainVariable(i int, name string) string {
	t := c.stacks[i].Tree
	if t == nil {
		return ""
	}
	g := t.Given(name)
	if s, ok := g.Value.(string); ok && g.Known && !g.Sensitive {
		return s
	}
	return ""
}

// places are the account and the region in which most objects of each environment lie.
func (c *comparing) places() (accounts, regions []string) {
	for i := range c.stacks {
		account, place := map[string]int{}, map[string]int{}
		for n := range c.stacks[i].Instances {
			inst := &c.stacks[i].Instances[n]
			_, a, r := drift.Identify(inst.Type, inst.Live, inst.Sensitive)
			if a != "" {
				account[a]++
			}
			if r != "" {
				place[r]++
			}
		}
		accounts, regions = append(accounts, most(account)), append(regions, most(place))
	}
	return accounts, regions
}

func most(count map[string]int) string {
	best := ""
	for _, v := range slices.Sorted(maps.Keys(count)) {
		if best == "" || count[v] > count[best] {
			best = v
		}
	}
	return best
}

// idNames are the attributes by which one object is referred to in another.
var idNames = []string{"id", "arn", "self_link", "unique_id", "resource_id", "name", "function_name", "invoke_arn", "dns_name", "endpoint", "url", "key_id", "principal_id"}

// learnIDs makes the ids of matched objects mean the same in all environments.
func (c *comparing) learnIDs() {
	for n, s := range c.slots {
		for _, name := range idNames {
			values := map[string]bool{}
			for _, inst := range s.instances {
				if inst == nil {
					continue
				}
				if v, ok := inst.known(name); ok {
					values[v] = true
				}
			}
			if len(values) < 2 {
				continue
			}
			for i, inst := range s.instances {
				if inst == nil {
					continue
				}
				if v, ok := inst.known(name); ok {
					c.translators[i].ids[v] = append(c.translators[i].ids[v], objectID{n, name})
				}
			}
		}
	}
}

// known is an id of an object: as it is there or, where nothing is, as the code says that it will be.
func (i *Instance) known(name string) (string, bool) {
	from := i.Live
	if from == nil {
		from = i.Code
	}
	v, ok := from[name].(string)
	return v, ok && len(v) >= 4 && len(v) <= 2048
}

// object translates the attributes of an instance. own is its slot: an object's own ids stay as they are; -1 translates them as well.
func (t *translator) object(attributes map[string]drift.Value, own int) map[string]drift.Value {
	if attributes == nil {
		return nil
	}
	out := make(map[string]drift.Value, len(attributes))
	for k, v := range attributes {
		out[k] = t.value(v, own)
	}
	return out
}

func (t *translator) value(v drift.Value, own int) drift.Value {
	switch x := v.(type) {
	case string:
		return t.text(x, own)
	case []drift.Value:
		out := make([]drift.Value, len(x))
		for i, e := range x {
			out[i] = t.value(e, own)
		}
		return out
	case map[string]drift.Value:
		out := make(map[string]drift.Value, len(x))
		for k, e := range x {
			out[t.names(k)] = t.value(e, own)
		}
		return out
	}
	return v
}

// address translates what an address is called by people: its modules, its name and its keys. The type is the provider's word, even where an
// environment is called like a part of it.
func (t *translator) address(s string) string {
	a, err := module.ParseAddress(s)
	if err != nil {
		return t.names(s)
	}
	key := func(k any) any {
		if text, ok := k.(string); ok {
			return t.names(text)
		}
		return k
	}
	for n, step := range a.Modules {
		a.Modules[n] = module.Step{Name: t.names(step.Name), Key: key(step.Key)}
	}
	a.Name, a.Key = t.names(a.Name), key(a.Key)
	return a.String()
}

// names translates what environments are called, not ids: for names and keys.
func (t *translator) names(s string) string {
	if len(s) < 2 {
		return s
	}
	lower := strings.ToLower(s)
	for _, p := range t.parts {
		if strings.Contains(lower, p.text) {
			if changed := p.in(s, lower, t.used); changed != s {
				s, lower = changed, strings.ToLower(changed)
			}
		}
	}
	return s
}

func (t *translator) text(s string, own int) string {
	if len(s) < 2 {
		return s
	}
	if id, ok := t.id(s, own); ok {
		return id
	}
	if len(t.ids) > 0 && len(s) <= 1<<16 {
		s = t.words(s, own)
	}
	return t.names(s)
}

func (t *translator) id(s string, own int) (string, bool) {
	found := t.ids[s]
	if len(found) == 0 || slices.ContainsFunc(found, func(o objectID) bool { return o.slot == own }) {
		return "", false
	}
	return "{" + slotName(found[0].slot) + "." + found[0].name + "}", true
}

// words replaces the ids that stand in a text as words.
func (t *translator) words(s string, own int) string {
	var b strings.Builder
	last, start := 0, -1
	flush := func(end int) {
		if start < 0 {
			return
		}
		if end-start >= 4 {
			if id, ok := t.id(s[start:end], own); ok {
				b.WriteString(s[last:start])
				b.WriteString(id)
				last = end
			}
		}
		start = -1
	}
	for i := range len(s) {
		ch := s[i]
		if alphanumeric(ch) || ch == '-' || ch == '_' {
			if start < 0 {
				start = i
			}
			continue
		}
		flush(i)
	}
	flush(len(s))
	if last == 0 {
		return s
	}
	b.WriteString(s[last:])
	return b.String()
}

func alphanumeric(ch byte) bool {
	return ch >= '0' && ch <= '9' || ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z'
}

// in replaces the part where it stands as a word of its own, in any case of letters.
func (p part) in(s, lower string, used []int) string {
	if len(lower) != len(s) { // some letters change their length
		return s
	}
	var b strings.Builder
	last := 0
	for from := 0; ; {
		at := strings.Index(lower[from:], p.text)
		if at < 0 {
			break
		}
		at += from
		end := at + len(p.text)
		from = at + 1
		if at > 0 && (alphanumeric(s[at-1]) || s[at-1] == '{') || end < len(s) && (alphanumeric(s[end]) || s[end] == '}') && !(p.zone && zoneEnds(s, end)) {
			continue
		}
		b.WriteString(s[last:at])
		b.WriteString(p.name)
		last, from = end, end
		used[p.token]++
	}
	if last == 0 {
		return s
	}
	b.WriteString(s[last:])
	return b.String()
}

// zoneEnds tells whether one letter follows and then no other: eu-west-1a.
func zoneEnds(s string, at int) bool {
	return s[at] >= 'a' && s[at] <= 'f' && (at+1 == len(s) || !alphanumeric(s[at+1]))
}
