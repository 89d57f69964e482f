package chatops_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/chatops"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func targets(words ...string) []chatops.Target {
	var out []chatops.Target
	for _, w := range words {
		address, path, _ := strings.Cut(w, "#")
		out = append(out, chatops.Target{Address: address, Path: path})
	}
	return out
}

func in(d time.Duration) time.Time { return now.Add(d) }

const day = 24 * time.Hour

// TestB26_Grammar: one command, as people write it.
func TestB26_Grammar(t *testing.T) {
	for line, want := range map[string]chatops.Command{
		"/drift":                           {Verb: chatops.Help},
		"/drift help":                      {Verb: chatops.Help},
		"/Drift HELP":                      {Verb: chatops.Help},
		"`/drift scan`":                    {Verb: chatops.Scan},
		"``/drift scan``":                  {Verb: chatops.Scan},
		"   /drift scan":                   {Verb: chatops.Scan},
		"/drift\tscan":                     {Verb: chatops.Scan},
		"/drift adopt":                     {Verb: chatops.Adopt},
		"/drift adopt a_b.c d_e.f":         {Verb: chatops.Adopt, Targets: targets("a_b.c", "d_e.f")},
		"/drift adopt a_b.c, d_e.f, a_b.c": {Verb: chatops.Adopt, Targets: targets("a_b.c", "d_e.f")},
		"/drift adopt module.web[\"eu west\"].a_b.c[0]":                               {Verb: chatops.Adopt, Targets: targets(`module.web["eu west"].a_b.c[0]`)},
		"/drift adopt `module.web[\"eu west\"].a_b.c`":                                {Verb: chatops.Adopt, Targets: targets(`module.web["eu west"].a_b.c`)},
		`/drift adopt 'a_b.c["x y"]'`:                                                 {Verb: chatops.Adopt, Targets: targets(`a_b.c["x y"]`)},
		`/drift adopt "a_b.c[\"x\"]"`:                                                 {Verb: chatops.Adopt, Targets: targets(`a_b.c["x"]`)},
		`/drift adopt a_b.c[“x”]`:                                                     {Verb: chatops.Adopt, Targets: targets(`a_b.c["x"]`)},
		"/drift explain a_b.c":                                                        {Verb: chatops.Explain, Targets: targets("a_b.c")},
		"/drift ignore a_b.c because we like it":                                      {Verb: chatops.Ignore, Targets: targets("a_b.c"), Reason: "we like it"},
		"/drift ignore a_b.c Because: “autoscaler” sets it, see `x`":                  {Verb: chatops.Ignore, Targets: targets("a_b.c"), Reason: "“autoscaler” sets it, see `x`"},
		`/drift ignore a_b.c because "quoted all"`:                                    {Verb: chatops.Ignore, Targets: targets("a_b.c"), Reason: "quoted all"},
		`/drift ignore a_b.c.tags["Cost Center"] because x`:                           {Verb: chatops.Ignore, Targets: targets(`a_b.c#tags["Cost Center"]`), Reason: "x"},
		"/drift ignore a_b.c[0].rule.0.port because x":                                {Verb: chatops.Ignore, Targets: targets("a_b.c[0]#rule[0].port"), Reason: "x"},
		"/drift ignore a_b.c.size while unchanged because x":                          {Verb: chatops.Ignore, Targets: targets("a_b.c#size"), WhileUnchanged: true, Reason: "x"},
		"/drift ignore a_b.c.size for 30d because x":                                  {Verb: chatops.Ignore, Targets: targets("a_b.c#size"), Until: in(30 * day), Reason: "x"},
		"/drift ignore a_b.c.size for 2 weeks while unchanged because for 3d until x": {Verb: chatops.Ignore, Targets: targets("a_b.c#size"), Until: in(14 * day), WhileUnchanged: true, Reason: "for 3d until x"},
		"/drift ignore a_b.c until 2027-01-31 because x":                              {Verb: chatops.Ignore, Targets: targets("a_b.c"), Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Reason: "x"},
		"/drift ignore stack for 12h because maintenance":                             {Verb: chatops.Ignore, Stack: true, Until: in(12 * time.Hour), Reason: "maintenance"},
		"/drift ignore because.of because because":                                    {Verb: chatops.Ignore, Targets: targets("because.of"), Reason: "because"},
		"/drift ignore a_b.c because\u00a0x":                                          {Verb: chatops.Ignore, Targets: targets("a_b.c"), Reason: "x"},
		"/drift unignore":                                                             {Verb: chatops.Unignore},
		"/drift unignore stack":                                                       {Verb: chatops.Unignore, Stack: true},
		"/drift unignore a_b.c.size because it is over":                               {Verb: chatops.Unignore, Targets: targets("a_b.c#size"), Reason: "it is over"},
		"/drift snooze 7d":                                                            {Verb: chatops.Snooze, Until: in(7 * day)},
		"/drift snooze for 1 hour":                                                    {Verb: chatops.Snooze, Until: in(time.Hour)},
		"/drift snooze a_b.c until 2026-12-01 because release":                        {Verb: chatops.Snooze, Targets: targets("a_b.c"), Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Reason: "release"},
		"/drift revert a_b.c":                                                         {Verb: chatops.Revert, Targets: targets("a_b.c")},
		"/drift ignore ärger.größe because Umlaute sind Buchstaben":                   {Verb: chatops.Ignore, Targets: targets("ärger.größe"), Reason: "Umlaute sind Buchstaben"},
		"/drift ignore a_b.c because evil\u202etxt \x1b[31mred\x00":                   {Verb: chatops.Ignore, Targets: targets("a_b.c"), Reason: "eviltxt [31mred"},
		"/drift adopt module.a.module.b[\"k\"].a_b.c-d":                               {Verb: chatops.Adopt, Targets: targets(`module.a.module.b["k"].a_b.c-d`)},
		"/drift ignore a_b.c[\"a \\\" because b\"] because it has a quote in its key": {Verb: chatops.Ignore, Targets: targets(`a_b.c["a \" because b"]`), Reason: "it has a quote in its key"},
	} {
		want.Line = 1
		for _, body := range []string{line, line + "\r\n", line + "\n\n\n", line + "  \nThank you!", line + "\n\n> /drift scan\n"} {
			got, problems := chatops.Parse(body, now)
			if diff := cmp.Diff([]chatops.Command{want}, got); diff != "" || len(problems) > 0 {
				t.Errorf("%q (-want +got): %v\n%s", body, problems, diff)
			}
		}
	}
}

// TestB27_NotUnderstood: what is wrong is answered with what was meant, and nothing runs.
func TestB27_NotUnderstood(t *testing.T) {
	for line, want := range map[string]string{
		"/drift adpot":                         `Did you mean "adopt"?`,
		"/drift planet":                        "Known here: adopt, ignore, unignore",
		"/drift adopts":                        `Did you mean "adopt"?`,
		"/drift ign a_b.c because x":           "not a command",
		"/drift scan everything":               `"everything" is too much: scan stands alone`,
		"/drift scan a_b.c":                    "scan takes no address",
		"/drift scan for 3d":                   "takes no",
		"/drift help because x":                "takes no",
		"/drift ignore":                        "needs to know what",
		"/drift ignore because x":              "needs to know what",
		"/drift ignore a_b.c":                  "needs a reason",
		"/drift ignore a_b.c because":          "after because comes the reason",
		"/drift ignore a_b.c because ...":      "after because comes the reason",
		"/drift ignore a_b.c because <reason>": "stands for a reason",
		"/drift ignore a_b.c becausse x":       `Did you mean "because"?`,
		"/drift ignore a_b.c because " + strings.Repeat("x", 501):       "longer than 500",
		"/drift ignore stack a_b.c because x":                           "choose one",
		"/drift ignore a_b because x":                                   "is not understood: it is no address",
		"/drift ignore data.a_b.c because x":                            "data source",
		"/drift ignore module.a because x":                              "a type and a name are needed",
		"/drift ignore a_b.c[x] because x":                              "in brackets stands a number or a key in quotes",
		"/drift ignore a_b.c[\"x because x":                             "a quote is not closed",
		"/drift ignore `a_b.c because x":                                "a backtick is not closed",
		"/drift ignore `a_b.c`.size because x":                          "there is no blank between",
		"/drift ignore a_b.c[0]size because x":                          "a dot is missing",
		"/drift ignore a_b.c.x[y] because x":                            "not an attribute",
		"/drift ignore -chdir=/etc because x":                           "no address",
		"/drift ignore ../../prod because x":                            "not the address",
		"/drift ignore a_b.c while changed because x":                   "after while comes unchanged",
		"/drift ignore a_b.c while unchanged while unchanged because x": "said twice",
		"/drift ignore a_b.c for 30 because x":                          "not a duration",
		"/drift ignore a_b.c for 0d because x":                          "not a duration",
		"/drift ignore a_b.c for -3d because x":                         "not a duration",
		"/drift ignore a_b.c for 3m because x":                          "not a duration",
		"/drift ignore a_b.c for 999999w because x":                     "ten years",
		"/drift ignore a_b.c for 3d for 4d because x":                   "said twice",
		"/drift ignore a_b.c for 3d until 2027-01-01 because x":         "said twice",
		"/drift ignore a_b.c until 31.12.2026 because x":                "not a date",
		"/drift ignore a_b.c until 2027-02-30 because x":                "not a date",
		"/drift ignore a_b.c until 2026-11-21 because x":                "over already",
		"/drift ignore a_b.c until 9999-01-01 because x":                "ten years",
		"/drift snooze":                        "needs an end",
		"/drift snooze 7":                      "not a duration",
		"/drift snooze soon":                   "not understood",
		"/drift adopt a_b.c.size":              "whole resources: write a_b.c",
		"/drift explain a_b.c d_e.f":           "one address",
		"/drift ignore a_b.c because x <!-- y": "HTML comment",
		"/drift adopt" + strings.Repeat(" a_b.c", 3) + manyAddresses(51): "may name 50",
	} {
		commands, problems := chatops.Parse("/drift help\n\n"+line, now)
		if len(problems) != 1 || !strings.Contains(problems[0].Text, want) || problems[0].Line != 3 {
			t.Errorf("%q: %+v with commands %v, want a problem that says %q", line, problems, commands, want)
			continue
		}
		if spec, ok := chatops.Lookup(strings.Fields(line)[1]); ok && problems[0].Usage != spec.Usage() && !strings.Contains(line, "<!--") {
			t.Errorf("%q: the form shown is %q, want %q", line, problems[0].Usage, spec.Usage())
		}
	}
	if _, problems := chatops.Parse(strings.Repeat("/drift scan\n", 11), now); len(problems) != 1 {
		t.Errorf("eleven commands: %v", problems)
	}
}

func manyAddresses(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a_b.c%d", i)
	}
	return b.String()
}

// TestLines: what is a command and what only looks like one.
func TestLines(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want string // verbs and lines
	}{
		"blank lines before":      {"\n \r\n/drift scan", "scan:3"},
		"several":                 {"/drift help\n/drift scan\r\n\n/drift adopt", "help:1 scan:2 adopt:4"},
		"text between":            {"/drift scan\nand then\n/drift help", "scan:1 help:3"},
		"text before":             {"please\n/drift scan", ""},
		"quoted":                  {"> /drift scan", ""},
		"quoted before":           {"> /drift scan\n\n/drift help", ""},
		"quoted after":            {"/drift help\n> /drift revert", "help:1"},
		"fenced":                  {"```\n/drift scan\n```", ""},
		"fenced after":            {"/drift help\n```sh\n/drift revert\n```\n/drift scan", "help:1 scan:5"},
		"fence of tildes":         {"/drift help\n~~~\n/drift revert\n```\n/drift revert\n~~~\n/drift scan", "help:1 scan:7"},
		"longer fence":            {"/drift help\n````\n/drift revert\n```\n/drift revert\n````", "help:1"},
		"fence that never closes": {"/drift help\n```\n/drift revert", "help:1"},
		"indented code":           {"    /drift scan", ""},
		"indented by a tab":       {"\t/drift scan", ""},
		"indented code after":     {"/drift help\n\n    /drift revert", "help:1"},
		"hidden":                  {"/drift help\n<!--\n/drift revert\n-->\n/drift scan", "help:1 scan:5"},
		"hidden in a line":        {"/drift help\nlook <!-- here\n/drift revert -->\n/drift scan", "help:1 scan:4"},
		"hidden first":            {"<!-- x -->\n/drift scan", ""},
		"within a word":           {"/drifting scan", ""},
		"another word":            {"x/drift scan", ""},
		"a list item":             {"- /drift scan", ""},
		"one backtick":            {"`/drift scan", ""},
		"two spans":               {"`/drift scan` or `x`", ""},
		"a zero-width space":      {"/\u200bdrift scan", ""},
		"full width":              {"／drift scan", ""},
		"nothing":                 {"", ""},
		"byte order mark":         {"\ufeff/drift scan", "scan:1"},
	} {
		commands, problems := chatops.Parse(c.body, now)
		var got []string
		for _, x := range commands {
			got = append(got, fmt.Sprintf("%s:%d", x.Verb, x.Line))
		}
		if text := strings.Join(got, " "); text != c.want || len(problems) > 0 {
			t.Errorf("%s: %q, want %q; %v", name, text, c.want, problems)
		}
		if chatops.Addressed(c.body) != (c.want != "") {
			t.Errorf("%s: addressed is %v", name, chatops.Addressed(c.body))
		}
	}
}

// TestExamples: every example of the grammar is read by the parser as that verb, and every form is shown by help.
func TestExamples(t *testing.T) {
	for _, s := range chatops.Verbs {
		commands, problems := chatops.Parse(s.Example, now)
		if len(problems) > 0 || len(commands) != 1 || commands[0].Verb != s.Verb {
			t.Errorf("%s: %v, %v", s.Example, commands, problems)
		}
		for _, part := range []string{strings.ReplaceAll(s.Usage(), "|", `\|`), s.Summary, s.Example} {
			if !strings.Contains(chatops.HelpText(), part) {
				t.Errorf("help does not show %q", part)
			}
		}
	}
}

// FuzzParse holds the parser against what must hold for any text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"/drift ignore a_b.c[\"x\"].y[0] while unchanged for 3d because x", "`/drift help`", "/drift adopt 'a.b' \"c.d\" `e.f`", "/drift snooze until 2027-01-01",
		"/drift ignore a_b.c because <!-- mooring {", "> /drift scan\n/drift", "/drift x\n```\n/drift scan\n```", "/drift ignore İ.b because x", "/drift \xff\xfe",
		"/drift ignore a_b.c İ because x", "/drift ignore a.b.0 because x", "/drift ignore a.b.[0] because x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		commands, problems := chatops.Parse(body, now)
		if len(commands)+len(problems) > 0 != chatops.Addressed(body) {
			t.Fatalf("addressed is %v with %v and %v", chatops.Addressed(body), commands, problems)
		}
		for _, c := range commands {
			spec, ok := chatops.Lookup(string(c.Verb))
			if !ok {
				t.Fatalf("unknown verb %q", c.Verb)
			}
			if spec.Because == chatops.Required && c.Reason == "" || spec.End == chatops.Required && !c.Until.After(now) || spec.Targets == chatops.Never && len(c.Targets) > 0 {
				t.Fatalf("incomplete: %+v", c)
			}
			if strings.ContainsAny(c.Reason, "\n\r\x00\x1b") {
				t.Fatalf("control characters in %q", c.Reason)
			}
			for _, target := range c.Targets {
				again, err := chatops.ParseTarget(target.String())
				if err != nil || again != target {
					t.Fatalf("%q reads back as %+v, %v", target, again, err)
				}
				if strings.HasPrefix(target.Address, "-") || strings.Contains(target.Address, "/../") && !strings.Contains(target.Address, `"`) {
					t.Fatalf("%q could be a flag or a path", target)
				}
			}
		}
		// Quoted, nothing of it is a command.
		quoted := "> " + strings.ReplaceAll(strings.ReplaceAll(body, "\r", "\n"), "\n", "\n> ")
		if chatops.Addressed(quoted) {
			t.Fatalf("quoted text is a command: %q", quoted)
		}
	})
}
