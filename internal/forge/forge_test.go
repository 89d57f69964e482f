package forge_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/forge"
)

func TestSlugs(t *testing.T) {
	for _, c := range []struct {
		ids  []string
		want map[string]string
	}{
		{[]string{"infra/prod@eu"}, map[string]string{"infra/prod@eu": "infra-prod-eu"}},
		{[]string{"."}, map[string]string{".": "root"}},
		{[]string{"a/b", "a-b"}, map[string]string{"a-b": "a-b", "a/b": "a-b-" + suffix("a/b")}},
		{[]string{"a/b", "a@b"}, map[string]string{"a/b": "a-b", "a@b": "a-b-" + suffix("a@b")}},
		{[]string{"A", "a"}, map[string]string{"A": "A", "a": "a-" + suffix("a")}},
		{[]string{"x:y z", "..", "a..b", ".hidden", "b.lock", "dot."}, map[string]string{"x:y z": "x-y-z", "..": "--", "a..b": "a.-b", ".hidden": "-hidden", "b.lock": "b.lock-", "dot.": "dot.-"}},
		{[]string{"umgebung/größe"}, map[string]string{"umgebung/größe": "umgebung-größe"}},
	} {
		if diff := cmp.Diff(c.want, forge.Slugs(c.ids)); diff != "" {
			t.Errorf("Slugs(%q) (-want +got):\n%s", c.ids, diff)
		}
	}
}

// suffix is what tells an id apart from another with its slug.
func suffix(id string) string {
	slug := forge.Slugs([]string{id, strings.NewReplacer("/", "-", "@", "-").Replace(strings.ToUpper(id)), strings.NewReplacer("/", "-", "@", "-").Replace(id)})[id]
	return slug[len(slug)-6:]
}

// Laws: slugs are distinct, letter case aside; they make a branch name that git takes and a file name that stays in its directory.
func TestSlugLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfDistinct(rapid.StringOf(rapid.SampledFrom([]rune("aAbB/@.-:~^ \\é*"))), rapid.ID).Draw(t, "ids")
		slugs := forge.Slugs(ids)
		seen := map[string]string{}
		for _, id := range ids {
			s := slugs[id]
			if other, ok := seen[strings.ToLower(s)]; ok {
				t.Fatalf("%q and %q are both %q", id, other, s)
			}
			seen[strings.ToLower(s)] = id
			if s == "" || strings.ContainsAny(s, "/\\@:~^*? \x00") || strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.HasSuffix(s, ".lock") || strings.Contains(s, "..") || len(s) > 200 {
				t.Fatalf("%q is %q", id, s)
			}
		}
	})
}

// markdown draws text with the structure that bodies have, and some that they should not.
var markdown = rapid.Custom(func(t *rapid.T) string {
	line := rapid.SampledFrom([]string{"text é ✓", "", "```", "```hcl", "````", "~~~", "<details><summary>More</summary>", "</details>", "| a | b |", "  ``` ", "\xff", strings.Repeat("long ", 40)})
	return strings.Join(rapid.SliceOfN(line, 0, 60).Draw(t, "lines"), "\n")
})

// Laws: what Fit returns is within the limit, valid UTF-8, unchanged when it fits; nothing that it opened stays open.
func TestB22_FitLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := markdown.Draw(t, "body")
		limit := rapid.IntRange(0, 4000).Draw(t, "limit")
		got := forge.Fit(body, limit)
		switch {
		case len(got) > limit:
			t.Fatalf("%d bytes, limit %d", len(got), limit)
		case !utf8.ValidString(got):
			t.Fatal("not UTF-8")
		case len(body) <= limit && utf8.ValidString(body) && got != body:
			t.Fatal("it fits and was changed")
		case got != body && got != "" && utf8.ValidString(body) && open(got) > open(body):
			t.Fatalf("%d folds and fences stay open, %d in the original:\n%s", open(got), open(body), got)
		}
	})
}

// open counts the fences and folds that are not closed, by a reading of its own.
func open(body string) int {
	fence, folds := "", 0
	for _, line := range strings.Split(body, "\n") {
		line = strings.TrimLeft(line, " ")
		switch {
		case fence != "":
			if mark := strings.TrimRight(line, " "); len(mark) >= len(fence) && strings.Trim(mark, fence[:1]) == "" {
				fence = ""
			}
		case strings.HasPrefix(line, "```"), strings.HasPrefix(line, "~~~"):
			fence = line[:len(line)-len(strings.TrimLeft(line, line[:1]))]
		default:
			folds = max(0, folds+strings.Count(line, "<details>")-strings.Count(line, "</details>"))
		}
	}
	if fence != "" {
		folds++
	}
	return folds
}

func TestFitDropsTheLongestFoldFirst(t *testing.T) {
	body := "Head.\n<details><summary>Short</summary>\nkept\n</details>\n<details><summary>Long</summary>\n" + strings.Repeat("evidence\n", 500) + "</details>\nFoot."
	want := "Head.\n<details><summary>Short</summary>\nkept\n</details>\n<details><summary>Long</summary>\n\n500 lines are left out here; the results of the run have them.\n</details>\nFoot."
	if diff := cmp.Diff(want, forge.Fit(body, 400)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Laws of Merge: writing twice is writing once, text outside the markers stays, ticks stay, and the result reads back.
func TestMergeLaws(t *testing.T) {
	human := rapid.StringOf(rapid.SampledFrom([]rune("ab \n\r\t-[]x<>!`é")))
	rapid.Check(t, func(t *rapid.T) {
		m := forge.Marker{V: 1, Kind: forge.KindIssue, Stack: rapid.String().Draw(t, "stack"), Notes: rapid.SliceOf(rapid.String()).Draw(t, "notes")}
		bot := rapid.OneOf(markdown, rapid.Just("<!-- mooring end -->"), rapid.Just("<!-- mooring {\"v\":1,\"kind\":\"pull\"} -->")).Draw(t, "bot")
		first := forge.Merge("", m, bot, nil)
		before, after := human.Draw(t, "before"), human.Draw(t, "after")
		if before != "" {
			before += "\n"
		}
		edited := before + first + after
		again := forge.Merge(edited, m, bot, nil)
		if again != edited {
			t.Fatalf("writing the same again changes\n%q\nto\n%q", edited, again)
		}
		other := forge.Merge(edited, m, "other", nil)
		if !strings.HasPrefix(other, before+"<!-- mooring {") || !strings.HasSuffix(other, "<!-- mooring end -->"+after) {
			t.Fatalf("text of people is lost in\n%q", other)
		}
		read, ok := forge.ParseMarker(other)
		if !ok || read.Stack != strings.ToValidUTF8(m.Stack, "\uFFFD") {
			t.Fatalf("the marker reads back as %+v, %v", read, ok)
		}
	})
}

// Whatever stands in a body, reading its marker neither crashes nor finds one of another version.
func FuzzB02_ParseMarker(f *testing.F) {
	f.Add(`<!-- mooring {"v":1,"kind":"issue","stack":"a"} -->`)
	f.Add("x\n<!-- mooring {\"v\":1,\"kind\":\"issue\"} -->\r\ny")
	f.Add(`<!-- mooring {"v":2} -->`)
	f.Add(`<!-- mooring {"v":1,"kind":{}} -->`)
	f.Fuzz(func(t *testing.T, body string) {
		m, ok := forge.ParseMarker(body)
		if ok && (m.V != 1 || m.Kind == "") {
			t.Errorf("accepted %+v", m)
		}
		if again, _ := forge.ParseMarker(m.String()); ok && again.Stack != m.Stack {
			t.Errorf("%q became %q", m.Stack, again.Stack)
		}
	})
}

func TestCommitMessage(t *testing.T) {
	c := forge.Commit{Message: "Adopt\n\nWhy.", Files: []forge.File{{Path: "b", Content: []byte("1")}, {Path: "a"}}}
	if want := "Adopt\n\nWhy.\n\nMooring-Content: " + c.Content() + "\n"; c.FullMessage() != want {
		t.Errorf("message is %q, want %q", c.FullMessage(), want)
	}
	c.Message = "Adopt\n\nDrift-Actor: ada"
	if want := "Adopt\n\nDrift-Actor: ada\nMooring-Content: " + c.Content() + "\n"; c.FullMessage() != want {
		t.Errorf("message is %q, want %q", c.FullMessage(), want)
	}
	if got := forge.ContentOf(c.FullMessage()); got != c.Content() {
		t.Errorf("read back %q", got)
	}
	for _, foreign := range []string{"", "Mooring-Content: x\n\nbut that is not at the end", "no trailer"} {
		if got := forge.ContentOf(foreign); got != "" {
			t.Errorf("ContentOf(%q) is %q", foreign, got)
		}
	}
	same := forge.Commit{Files: []forge.File{{Path: "a"}, {Path: "b", Content: []byte("1")}}}
	if same.Content() != c.Content() {
		t.Error("order of files matters")
	}
	empty := forge.Commit{Files: []forge.File{{Path: "a", Content: []byte{}}, {Path: "b", Content: []byte("1")}}}
	if empty.Content() == c.Content() {
		t.Error("an emptied file is not a deleted one")
	}
}

func TestBoxesAndLinks(t *testing.T) {
	const stack = `odd <!-- -->=%20"' name`
	command := forge.BoxCommand("adopt", stack, "kind=pull")
	body := forge.Merge("", forge.Marker{V: 1, Kind: forge.KindDashboard}, forge.Box(command, "Adopt"), nil)
	ticked := strings.Replace(body, "- [ ]", "- [X]", 1)
	if diff := cmp.Diff([]string{command}, forge.TickedBoxes(ticked)); diff != "" {
		t.Errorf("ticked (-want +got):\n%s", diff)
	}
	if len(forge.TickedBoxes(body)) != 0 || len(forge.TickedBoxes("- [x] <!-- mooring-do scan --> outside our part")) != 0 {
		t.Error("a box that is not ticked, or not ours, counts")
	}
	if link := forge.Link(forge.KindIssue, stack, "text"); strings.Count(link, "-->") != 2 {
		t.Errorf("a stack's name breaks out of %q", link)
	}
}
