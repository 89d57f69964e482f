package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// hostile are the strings that logs, plans and tags may hold when somebody means harm, and those that are merely awkward.
var hostile = []string{
	"", " ", "plain", "@team", "@acme/platform", "#123", "acme/infra#7", "GH-12", "<!-- mooring {\"v\":1} -->", "<!-- mooring end -->", "-->", "<!--",
	"`", "``` ", "``````", "a`b``c", "|", "a\\|b", "\\", "\x1b[31mred\x1b[0m", "\x1b]8;;https://evil.invalid\x07x", "\r\nrow", "\n/drift adopt", "/drift revert aws_x.y",
	"\u202egnp.exe", "\u2066x\u2069", "\u200b", "\x00", "\xff\xfe", "https://evil.invalid/x", "www.evil.invalid", "mailto:x@evil.invalid", "[x](https://evil.invalid)",
	"![x](https://evil.invalid/p.png)", "<script>alert(1)</script>", "</details>", "<details>", "</sub>", "- [ ] box", "- [x] <!-- mooring-do scan --> x", "# title", "> quote",
	"$a$", "~~~", "***", "_x_", "{{ .X }}", "${{ github.token }}", "::error::x", "%0A", "]]>", "&lt;", "&#64;team", "漢字かな", "👩‍👩‍👧", "é", "e\u0301\u0301\u0301",
	"alice@example.com", "(sensitive)", "(known after apply)", "null", "0", strings.Repeat("x", 2000), strings.Repeat("`", 500), strings.Repeat("漢", 700), strings.Repeat("@a ", 400),
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(hostile), rapid.Map(rapid.SliceOfN(rapid.SampledFrom(hostile), 0, 4), func(s []string) string { return strings.Join(s, "") }), rapid.String())
}

func anyValue(depth int) *rapid.Generator[drift.Value] {
	leaves := []*rapid.Generator[drift.Value]{
		rapid.Just[drift.Value](nil),
		rapid.Map(rapid.Bool(), func(b bool) drift.Value { return b }),
		rapid.Map(anyText(), func(s string) drift.Value { return s }),
		rapid.Map(rapid.Int64(), func(i int64) drift.Value { return json.Number(fmt.Sprint(i)) }),
		rapid.Map(rapid.SampledFrom([]string{"1.0", "1e400", "-0", "12345678901234567890.5"}), func(s string) drift.Value { return json.Number(s) }),
	}
	if depth > 0 {
		leaves = append(leaves,
			rapid.Map(rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[drift.Value] { return anyValue(depth - 1) }), 0, 4), func(s []drift.Value) drift.Value { return s }),
			rapid.Map(rapid.MapOfN(rapid.OneOf(rapid.SampledFrom([]string{"password", "name", "value", "a"}), anyText()), rapid.Deferred(func() *rapid.Generator[drift.Value] { return anyValue(depth - 1) }), 0, 4), func(m map[string]drift.Value) drift.Value { return m }),
		)
	}
	return rapid.OneOf(leaves...)
}

func anyTime() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "zero") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).In(time.FixedZone("x", 3600))
	})
}

func anyActor() *rapid.Generator[audit.Actor] {
	return rapid.Custom(func(t *rapid.T) audit.Actor {
		return audit.Actor{
			Name: anyText().Draw(t, "name"), Type: rapid.SampledFrom([]audit.ActorType{"", audit.ActorHuman, audit.ActorRole, audit.ActorMachine, audit.ActorService}).Draw(t, "type"),
			Principal: anyText().Draw(t, "principal"), Session: anyText().Draw(t, "session"), AccessKey: "AKIA", InvokedBy: anyText().Draw(t, "invoked"),
		}
	})
}

func anyEvent() *rapid.Generator[blame.EventRef] {
	return rapid.Custom(func(t *rapid.T) blame.EventRef {
		return blame.EventRef{
			ID: anyText().Draw(t, "id"), Source: "cloudtrail", Operation: anyText().Draw(t, "operation"), Verified: rapid.Bool().Draw(t, "verified"),
			Link: rapid.SampledFrom([]string{
				"", "https://example.invalid/e?x=(1)|[2]", "https://example.invalid/`@team`<!--#1", "https://example.invalid/)[x](https://evil.invalid", "https://example.invalid/\x1b[0m\u202e",
				"javascript:alert(1)", "http://a:b@evil.invalid", "https://evil invalid", "//evil.invalid", "data:text/html,x", "https://evil.invalid\"onclick=\"x",
			}).Draw(t, "link"),
		}
	})
}

func anyAttribution(paths []string) *rapid.Generator[blame.Attribution] {
	return rapid.Custom(func(t *rapid.T) blame.Attribution {
		a := blame.Attribution{
			Verdict: rapid.SampledFrom([]blame.Verdict{blame.Confirmed, blame.Likely, blame.Ambiguous, blame.Possible, blame.Automation, blame.OwnApply, blame.None}).Draw(t, "verdict"),
			Actor:   anyActor().Draw(t, "actor"), Via: rapid.SampledFrom([]audit.Via{"", audit.ViaConsole, audit.ViaCLI, "odd"}).Draw(t, "via"),
			At: anyTime().Draw(t, "at"), SourceIP: anyText().Draw(t, "ip"), Reason: rapid.SampledFrom([]string{"", blame.ReasonNoMatch, "odd_reason"}).Draw(t, "reason"),
			Events: rapid.SliceOfN(anyEvent(), 0, 3).Draw(t, "events"), Elements: rapid.SliceOfN(anyText(), 0, 2).Draw(t, "elements"),
		}
		if len(paths) > 0 && rapid.Bool().Draw(t, "some") {
			a.Paths = []string{rapid.SampledFrom(paths).Draw(t, "path")}
		}
		for range rapid.IntRange(0, 3).Draw(t, "candidates") {
			a.Candidates = append(a.Candidates, blame.Candidate{Actor: anyActor().Draw(t, "candidate"), At: anyTime().Draw(t, "cat"), Events: rapid.SliceOfN(anyEvent(), 0, 2).Draw(t, "cevents")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "ruled out") {
			a.RuledOut = append(a.RuledOut, blame.RuledOut{Event: anyEvent().Draw(t, "revent"), Actor: anyActor().Draw(t, "ractor"), At: anyTime().Draw(t, "rat"), Why: anyText().Draw(t, "why")})
		}
		return a
	})
}

func anyFinding() *rapid.Generator[report.Finding] {
	return rapid.Custom(func(t *rapid.T) report.Finding {
		f := report.Finding{Finding: drift.Finding{
			ID: "f_" + rapid.StringMatching(`[0-9a-f]{16}`).Draw(t, "id"), Address: "aws_x.y" + anyText().Draw(t, "address"), Type: "aws_x",
			Kind: rapid.SampledFrom([]drift.Kind{drift.KindDrift, drift.KindPending, drift.KindConflict, drift.KindConverged, drift.KindUndeclared, drift.KindNoise, drift.KindDeleted, drift.KindUnmanaged}).Draw(t, "kind"), Elsewhere: anyText().Draw(t, "elsewhere"),
			Reason: rapid.SampledFrom([]string{"", drift.ReasonCascade, drift.ReasonMustReplace, drift.ReasonConfirmedHand, drift.ReasonTainted}).Draw(t, "reason"),
			Action: "update", IDs: rapid.SliceOfN(anyText(), 0, 2).Draw(t, "ids"), Account: anyText().Draw(t, "account"), Successor: anyText().Draw(t, "successor"),
			Window: drift.Window{From: anyTime().Draw(t, "from"), To: anyTime().Draw(t, "to")},
		}}
		var paths []string
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			c := drift.Change{
				Path: rapid.SampledFrom([]string{"a", "b[0].c", `tags["x y"]`, `tags["<!--"]`, `tags["` + "`" + `|\n"]`, "password", "policy", "ingress"}).Draw(t, "path"),
				Kind: rapid.SampledFrom([]drift.Kind{drift.KindDrift, drift.KindPending, drift.KindConflict, drift.KindConverged, drift.KindUndeclared, drift.KindNoise}).Draw(t, "ckind"),
				Base: anyValue(2).Draw(t, "base"), Code: anyValue(2).Draw(t, "code"), Live: anyValue(2).Draw(t, "live"), Sensitive: rapid.Bool().Draw(t, "sensitive"),
			}
			paths = append(paths, c.Path)
			f.Changes = append(f.Changes, c)
		}
		if attrs, ok := anyValue(2).Draw(t, "attributes").(map[string]any); ok && len(attrs) > 0 {
			f.Attributes = attrs
			f.SensitivePaths = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "password", `tags["x y"]`, "b[0]"}), 0, 2).Draw(t, "sensitive paths")
		}
		f.Attribution = rapid.SliceOfN(anyAttribution(paths), 0, 3).Draw(t, "attribution")
		f.Adoption = adopt.Outcome{Status: rapid.SampledFrom([]adopt.Status{"", adopt.StatusNone, adopt.StatusReady, adopt.StatusPartial, adopt.StatusRefused}).Draw(t, "status")}
		for range rapid.IntRange(0, 2).Draw(t, "refusals") {
			f.Adoption.Refusals = append(f.Adoption.Refusals, adopt.Refusal{Code: "x", Detail: anyText().Draw(t, "detail"), Hint: anyText().Draw(t, "hint")})
			f.Adoption.Edits = append(f.Adoption.Edits, adopt.EditRef{File: "a/" + anyText().Draw(t, "file"), Line: rapid.IntRange(0, 99).Draw(t, "line")})
			f.Adoption.Notes = append(f.Adoption.Notes, anyText().Draw(t, "note"))
		}
		if rapid.IntRange(0, 3).Draw(t, "decided") == 0 {
			f.Decision = &policy.Decision{Action: rapid.SampledFrom([]string{"ignore", "snooze", "escalate"}).Draw(t, "action"), By: anyText().Draw(t, "by"), Reason: anyText().Draw(t, "why"), Until: anyTime().Draw(t, "until"), WhileUnchanged: rapid.Bool().Draw(t, "unchanged")}
			if len(paths) > 0 && rapid.Bool().Draw(t, "others") {
				f.Decision.Paths = paths[:1]
				f.Decision.Others = []policy.Decision{{Action: policy.ActionIgnore, By: anyText().Draw(t, "oby"), Paths: paths[1:], Seen: map[string]string{"a": "hash"}}}
			}
		}
		if rapid.Bool().Draw(t, "severe") {
			f.Severity = policy.Severity{Level: rapid.SampledFrom([]string{"low", "medium", "high", "critical"}).Draw(t, "level"), Why: anyText().Draw(t, "severity")}
		}
		if rapid.Bool().Draw(t, "placed") {
			f.Where = map[string]report.Place{"": {File: anyText().Draw(t, "where"), Line: rapid.IntRange(0, 9).Draw(t, "wline")}}
		}
		return f
	})
}

func anyStack() *rapid.Generator[report.StackResult] {
	return rapid.Custom(func(t *rapid.T) report.StackResult {
		s := report.StackResult{
			Stack: stack.Stack{
				ID: "s" + anyText().Draw(t, "id"), Path: "infra/" + anyText().Draw(t, "path"), Workspace: "default",
				Owners: rapid.SliceOfN(rapid.OneOf(rapid.Just("@acme/platform"), anyText()), 0, 2).Draw(t, "owners"), Skip: anyText().Draw(t, "skip"),
			},
			Status:   rapid.SampledFrom([]report.Status{report.StatusClean, report.StatusDrifted, report.StatusPending, report.StatusFailed, report.StatusSkipped}).Draw(t, "status"),
			Duration: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "duration")), Hint: anyText().Draw(t, "hint"),
			Findings: rapid.SliceOfN(anyFinding(), 0, 4).Draw(t, "findings"),
		}
		if rapid.IntRange(0, 4).Draw(t, "problems") == 0 {
			s.Stack.Problems = []stack.Problem{{File: anyText().Draw(t, "pfile"), Line: 1, Message: anyText().Draw(t, "pmessage")}}
		}
		for range rapid.IntRange(0, 2).Draw(t, "diagnostics") {
			s.Diagnostics = append(s.Diagnostics, engine.Diagnostic{Severity: rapid.SampledFrom([]string{"error", "warning"}).Draw(t, "severity"), Summary: anyText().Draw(t, "summary"), Detail: anyText().Draw(t, "detail"), File: anyText().Draw(t, "file"), Line: 1})
		}
		for range rapid.IntRange(0, 2).Draw(t, "upgrades") {
			s.Upgrades = append(s.Upgrades, report.Upgrade{Kind: rapid.SampledFrom([]string{"provider", "module"}).Draw(t, "ukind"), Name: anyText().Draw(t, "uname"), From: anyText().Draw(t, "ufrom"),
				To: anyText().Draw(t, "uto"), Source: anyText().Draw(t, "usource"), Author: anyText().Draw(t, "uauthor"), Tried: rapid.Bool().Draw(t, "tried"),
				Moves: rapid.SliceOfN(anyText(), 0, 3).Draw(t, "moves"), Resources: rapid.IntRange(0, 9).Draw(t, "uresources")})
		}
		s.Held = drift.ResourceIDs(strings.Join(rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9_-]{8}`), 0, 3).Draw(t, "held"), ""))
		s.State = rapid.SampledFrom([]string{"", "c2FtZQ"}).Draw(t, "state")
		for range rapid.IntRange(0, 2).Draw(t, "put back") {
			s.PutBack = append(s.PutBack, report.PutBack{Address: anyText().Draw(t, "baddress"), Kind: rapid.SampledFrom([]drift.Kind{drift.KindDrift, drift.KindDeleted, drift.KindUnmanaged}).Draw(t, "bkind"),
				Paths: rapid.SliceOfN(rapid.SampledFrom([]string{"a", `tags["x y"]`}), 0, 2).Draw(t, "bpaths"), Attribution: anyAttribution(nil).Draw(t, "back")})
		}
		if rapid.Bool().Draw(t, "proved") {
			s.Proof = &adopt.Proof{Engine: "tofu", Version: anyText().Draw(t, "version"), Way: "offline", Remaining: rapid.SliceOfN(anyText(), 0, 9).Draw(t, "remaining"), AlsoChecked: rapid.SliceOfN(anyText(), 0, 2).Draw(t, "also")}
			s.Files = []adopt.File{{Path: "a.tf", Before: rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "before"), After: []byte(anyText().Draw(t, "after"))}}
			s.Separate = []report.Adoption{{Address: anyText().Draw(t, "separate"), Files: s.Files, Proof: s.Proof}}
		}
		return s
	})
}

// anyComparison draws a group of two to seven environments, compared. Their names are unlike, as grouping sees to.
func anyComparison() *rapid.Generator[*compare.Comparison] {
	return rapid.Custom(func(t *rapid.T) *compare.Comparison {
		g := &compare.Comparison{
			Group: anyText().Draw(t, "group"), How: anyText().Draw(t, "how"), Ordered: rapid.Bool().Draw(t, "ordered"),
			Matched: rapid.IntRange(0, 9).Draw(t, "matched"), Same: rapid.IntRange(0, 9).Draw(t, "same"), Chosen: rapid.IntRange(0, 9).Draw(t, "chosen"),
		}
		n := rapid.IntRange(2, 7).Draw(t, "environments")
		for i := range n {
			g.Environments = append(g.Environments, compare.Environment{
				Name: fmt.Sprint(i) + anyText().Draw(t, "environment"), Stack: anyText().Draw(t, "stack"), Problem: anyText().Draw(t, "problem"), Resources: rapid.IntRange(0, 9).Draw(t, "resources"),
			})
		}
		for range rapid.IntRange(0, 2).Draw(t, "tokens") {
			g.Tokens = append(g.Tokens, compare.Token{Name: anyText().Draw(t, "token"), Values: rapid.SliceOfN(anyText(), n, n).Draw(t, "values"), Used: rapid.IntRange(0, 2).Draw(t, "used")})
		}
		for range rapid.IntRange(0, 4).Draw(t, "differences") {
			g.Differences = append(g.Differences, anyDifference(n).Draw(t, "difference"))
		}
		return g
	})
}

func anyDifference(n int) *rapid.Generator[compare.Difference] {
	return rapid.Custom(func(t *rapid.T) compare.Difference {
		d := compare.Difference{
			ID: "d_1", Address: "aws_x.y" + anyText().Draw(t, "address"), Type: "aws_x", Path: rapid.SampledFrom([]string{"", "a", `tags["x y"]`, "password"}).Draw(t, "path"),
			Class: rapid.SampledFrom(compare.Classes).Draw(t, "class"), Side: rapid.SampledFrom([]compare.Side{compare.SideCode, compare.SideLive, compare.SideBoth}).Draw(t, "side"),
			Reason: compare.ReasonVariable, Because: anyText().Draw(t, "because"), Sensitive: rapid.Bool().Draw(t, "sensitive"),
			Decided: rapid.SliceOfN(anyText(), 0, 2).Draw(t, "decided"), Findings: rapid.SliceOfN(rapid.Just("f_1"), 0, 2).Draw(t, "findings"),
			Attribution: rapid.SliceOfN(anyAttribution(nil), 0, 2).Draw(t, "attribution"),
		}
		for i := range n {
			d.Addresses = append(d.Addresses, anyText().Draw(t, "there"))
			d.Cells = append(d.Cells, compare.Cell{
				State: rapid.SampledFrom([]compare.CellState{compare.StateUnknown, compare.StatePresent, compare.StateAbsent, compare.StatePlanned, compare.StateGone, compare.StateOrphan}).Draw(t, "state"),
				Code:  anyValue(2).Draw(t, "code"), Live: anyValue(2).Draw(t, "live"), Moved: rapid.Bool().Draw(t, "moved"),
			})
			if rapid.Bool().Draw(t, "apart") {
				d.Apart = append(d.Apart, i)
			}
		}
		if rapid.Bool().Draw(t, "placed") {
			d.Places = []compare.Place{{Environment: rapid.IntRange(0, n-1).Draw(t, "where"), File: anyText().Draw(t, "file"), Line: rapid.IntRange(0, 9).Draw(t, "line")}}
		}
		if rapid.Bool().Draw(t, "committed") {
			d.Commit = &compare.Commit{ID: anyText().Draw(t, "id"), Author: anyText().Draw(t, "author"), Subject: anyText().Draw(t, "subject"), Time: anyTime().Draw(t, "time")}
			d.Age = time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "age"))
		}
		if rapid.IntRange(0, 3).Draw(t, "decision") == 0 {
			d.Decision = &policy.Decision{Action: policy.ActionIgnore, By: anyText().Draw(t, "by"), Reason: anyText().Draw(t, "why"), Until: anyTime().Draw(t, "until")}
		}
		return d
	})
}

// anyResults draws results of which every string may be hostile. Stack ids are made unique, as discovery does.
func anyResults() *rapid.Generator[*report.Results] {
	return rapid.Custom(func(t *rapid.T) *report.Results {
		r := &report.Results{
			ScannedAt: anyTime().Draw(t, "scanned"), Tool: report.Tool{Name: "mooring", Version: anyText().Draw(t, "version")}, Commit: anyText().Draw(t, "commit"), Partial: rapid.Bool().Draw(t, "partial"),
			Warnings: rapid.SliceOfN(anyText(), 0, 2).Draw(t, "warnings"), Stacks: rapid.SliceOfN(anyStack(), 0, 3).Draw(t, "stacks"), Elapsed: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "elapsed")),
			Events: report.EventStats{Events: rapid.IntRange(0, 9).Draw(t, "events")},
			Groups: rapid.SliceOfN(anyComparison(), 0, 2).Draw(t, "groups"),
		}
		for i := range r.Stacks {
			r.Stacks[i].Stack.ID = fmt.Sprintf("%d%s", i, r.Stacks[i].Stack.ID)
		}
		return r
	})
}
