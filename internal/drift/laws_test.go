package drift

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anyObject draws the attributes of an x_thing from small alphabets, so that equal and nearly equal values are common.
func anyObject(t *rapid.T, label string) map[string]Value {
	b := func(l string) bool { return rapid.Bool().Draw(t, label+l) }
	text := func(l string) Value {
		return rapid.SampledFrom([]string{"", "a", "b", "A", `{"a":1}`, "a\n"}).Draw(t, label+l)
	}
	number := func(l string) Value {
		return json.Number(rapid.SampledFrom([]string{"0", "1", "1.0", "2", "-1"}).Draw(t, label+l))
	}
	texts := func(l string) Value {
		return rapid.SliceOfN(rapid.Map(rapid.SampledFrom([]string{"", "a", "b"}), func(s string) Value { return s }), 0, 3).Draw(t, label+l)
	}
	block := func(l string) Value {
		return map[string]Value{"port": number(l + "port"), "cidr": texts(l + "cidr"), "kind": text(l + "kind"), "rule_id": text(l + "id")}
	}
	blocks := func(l string) Value {
		list := []Value{}
		for i := range rapid.IntRange(0, 3).Draw(t, label+l) {
			list = append(list, block(fmt.Sprint(l, i)))
		}
		return list
	}
	o := map[string]Value{
		"name": text("name"), "size": number("size"), "on": b("on"), "groups": texts("groups"), "steps": texts("steps"),
		"disk": blocks("disk"), "rule": blocks("rule"), "zone": text("zone"), "etag": text("etag"), "policy": text("policy"),
		"tags": map[string]Value{}, "free": nil,
	}
	for _, k := range []string{"x", "y"} {
		if b("tag" + k) {
			o["tags"].(map[string]Value)[k] = text("tag" + k)
		}
	}
	for _, name := range []string{"note", "disk", "tags", "zone"} {
		if b("null" + name) {
			o[name] = nil
		}
	}
	return o
}

func three(base, code, live map[string]Value) Instance {
	return Instance{
		Address: "x_thing.a", Type: "x_thing", Provider: "registry.opentofu.org/acme/x", Schema: schema,
		Base: base, Code: code, Live: live, Action: ActionUpdate,
	}
}

// kinds classifies one instance and writes its changes without the noise.
func kinds(inst Instance) string {
	var out []string
	for _, f := range Classify(&Plan{Instances: []Instance{inst}}, answers{}, Options{}) {
		for _, c := range f.Changes {
			if c.Kind != KindNoise {
				out = append(out, c.Path+" "+string(c.Kind))
			}
		}
	}
	return strings.Join(out, "\n")
}

func TestLawSameIsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyObject(t, "")
		inst := three(o, o, o)
		inst.Action = ActionNoOp
		if got := Classify(&Plan{Instances: []Instance{inst}}, nil, Options{}); len(got) != 0 {
			t.Fatal(lines(got))
		}
	})
}

// Where two of the three agree, the kind says which one moved, at the same paths whichever it is.
func TestLawOneMoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := anyObject(t, "x"), anyObject(t, "y")
		drift := kinds(three(x, x, y))
		if pending := kinds(three(x, y, x)); pending != strings.ReplaceAll(drift, " drift", " pending") {
			t.Fatalf("drift:\n%s\npending:\n%s", drift, pending)
		}
		if converged := kinds(three(x, y, y)); converged != strings.ReplaceAll(drift, " drift", " converged") {
			t.Fatalf("drift:\n%s\nconverged:\n%s", drift, converged)
		}
		if back := kinds(three(y, y, x)); back != drift {
			t.Fatalf("there:\n%s\nback:\n%s", drift, back)
		}
	})
}

// Nothing is called drift where live is what the code says, and nothing conflict where any two agree.
func TestLawKindsFollowTheTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inst := three(anyObject(t, "b"), anyObject(t, "c"), anyObject(t, "l"))
		n := newNormaliser(&inst, nil)
		c := &classifier{shapes: map[*Block]*shape{}}
		for _, f := range Classify(&Plan{Instances: []Instance{inst}}, answers{}, Options{}) {
			for _, ch := range f.Changes {
				p, err := ParsePath(ch.Path)
				if err != nil {
					t.Fatal(err)
				}
				s, mayBeEmpty := c.shapeOf(schema), p[len(p)-1].Kind == StepName
				for _, step := range p {
					if step.Kind == StepName {
						s = s.field(step.Name)
					} else {
						s = s.item(step.Index)
					}
				}
				n.attribute = p[0].Name
				bl, bc, lc := n.equal(s, ch.Base, ch.Live, mayBeEmpty), n.equal(s, ch.Base, ch.Code, mayBeEmpty), n.equal(s, ch.Live, ch.Code, mayBeEmpty)
				want := map[[3]bool]Kind{
					{false, true, false}: KindDrift, {true, false, false}: KindPending, {false, false, true}: KindConverged,
					{false, false, false}: KindConflict, {true, true, true}: KindNoise,
				}[[3]bool{bl, bc, lc}]
				if ch.Kind != want {
					t.Fatalf("%s: base=live %v, base=code %v, live=code %v is %s, want %s", ch.Path, bl, bc, lc, ch.Kind, want)
				}
			}
		}
	})
}

func TestLawOrderOfSetsSaysNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y, z := anyObject(t, "x"), anyObject(t, "y"), anyObject(t, "z")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		want := kinds(three(x, y, z))
		if got := kinds(three(shuffled(r, x), shuffled(r, y), shuffled(r, z))); got != want {
			t.Fatalf("shuffled:\n%s\nbefore:\n%s", got, want)
		}
	})
}

func shuffled(r *rand.Rand, o map[string]Value) map[string]Value {
	out := map[string]Value{}
	for name, v := range o {
		list, ok := v.([]Value)
		if ok && (name == "groups" || name == "rule") {
			list = slices.Clone(list)
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			v = list
		}
		out[name] = v
	}
	return out
}

// Writing a value differently gives noise and nothing else, and the noise names its rule.
func TestLawRewritingIsNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := anyObject(t, "x")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		y := shuffled(r, x)
		for name, v := range y {
			switch v := v.(type) {
			case json.Number:
				y[name] = json.Number(number(v.String()) + ".00")
			case nil:
				y[name] = map[string]Value{"note": Value(""), "disk": []Value{}, "tags": map[string]Value{}}[name]
			case string:
				if name == "policy" && v != "" && v[0] == '{' {
					y[name] = " " + strings.ReplaceAll(v, ":", " : ")
				}
			}
		}
		for _, f := range Classify(&Plan{Instances: []Instance{three(x, x, y)}}, answers{}, Options{}) {
			for _, c := range f.Changes {
				if c.Kind != KindNoise || c.Rule == "" {
					t.Fatalf("%+v", c)
				}
			}
		}
	})
}

// Marks hide values; they never hide or make a difference.
func TestLawSensitivityDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inst := three(anyObject(t, "b"), anyObject(t, "c"), anyObject(t, "l"))
		want := kinds(inst)
		inst.Sensitive = rapid.SliceOf(rapid.SampledFrom([]string{"name", "disk", "disk[0].port", "tags", `tags["x"]`, "rule", "]["})).Draw(t, "marks")
		if got := kinds(inst); got != want {
			t.Fatalf("marked:\n%s\nunmarked:\n%s", got, want)
		}
	})
}

// The order in which a plan lists its instances says nothing.
func TestLawOrderOfInstancesSaysNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var instances []Instance
		for i := range rapid.IntRange(1, 5).Draw(t, "n") {
			l := fmt.Sprint(i)
			inst := three(anyObject(t, "b"+l), anyObject(t, "c"+l), anyObject(t, "l"+l))
			inst.Address = fmt.Sprintf("x_thing.a[%d]", i)
			instances = append(instances, inst)
		}
		opts := Options{Upgraded: []string{"registry.opentofu.org/acme/x"}}
		want := lines(Classify(&Plan{Instances: instances}, nil, opts))
		if got := lines(Classify(&Plan{Instances: rapid.Permutation(instances).Draw(t, "order")}, nil, opts)); got != want {
			t.Fatalf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

// A value known only after apply is never drift or conflict by itself.
func TestLawUnknownAccusesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, live := anyObject(t, "b"), anyObject(t, "l")
		code := map[string]Value{}
		for name := range live {
			code[name] = Unknown{}
		}
		if got := kinds(three(base, code, live)); strings.Contains(got, " drift") || strings.Contains(got, " conflict") {
			t.Fatal(got)
		}
	})
}
