package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/report"
)

// TestPageIsLinked: the page of one scan does not last, so what is written anew with every scan links it, and issues link that. An address that is
// none is not linked.
func TestPageIsLinked(t *testing.T) {
	const page = "https://github.com/acme/infra/actions/runs/7#artifacts"
	for address, want := range map[string]bool{page: true, "": false, "javascript:alert(1)//#artifacts": false, "https://github.com/a b](x)": true} {
		r := sample()
		r.Page = address
		var summary bytes.Buffer
		if err := report.WriteMarkdown(&summary, r, report.MarkdownOptions{}); err != nil {
			t.Fatal(err)
		}
		board := report.DashboardBody([]report.StackLine{{Result: prod()}}, report.DashboardOptions{Page: address})
		for name, text := range map[string]string{"summary": summary.String(), "dashboard": board} {
			if got := strings.Contains(text, "[as one page](https://github.com/a"); got != want {
				t.Errorf("%s with page %q: linked %v\n%s", name, address, got, text)
			}
			if strings.Contains(text, "a b](x)") || strings.Contains(text, "javascript") {
				t.Errorf("%s with page %q:\n%s", name, address, text)
			}
		}
		if address == page && (!strings.Contains(summary.String(), page) || !strings.Contains(board, page)) {
			t.Errorf("%s is not what is linked", page)
		}
	}
	if with, without := report.IssueBody(prod(), report.BodyOptions{Dashboard: true}), report.IssueBody(prod(), report.BodyOptions{}); !strings.Contains(with, "mooring-ref dashboard") || strings.Contains(without, "mooring-ref dashboard") {
		t.Errorf("with a page:\n%s\nwithout:\n%s", with, without)
	}
}
