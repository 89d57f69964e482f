package report_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/report"
)

func htmlOf(t failer, r *report.Results) string {
	var b bytes.Buffer
	if err := report.WriteHTML(&b, r); err != nil {
		t.Fatalf("%v", err)
	}
	return b.String()
}

// parts are what the page may consist of, with the attributes that may hold foreign text.
var parts = map[string]bool{
	"html": true, "head": true, "meta": true, "title": true, "style": true, "body": true, "header": true, "h1": true, "h2": true, "h3": true, "p": true, "code": true,
	"ul": true, "li": true, "span": true, "b": true, "form": true, "label": true, "input": true, "select": true, "option": true, "main": true, "div": true, "table": true,
	"thead": true, "tbody": true, "tr": true, "th": true, "td": true, "a": true, "section": true, "article": true, "dl": true, "dt": true, "dd": true, "details": true,
	"summary": true, "pre": true, "footer": true, "script": true, "svg": true, "line": true, "circle": true, "text": true, "i": true, "br": true,
}

func safeHTML(t failer, page string) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatalf("%v", err)
	}
	scripts := 0
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch n.Type {
		case html.CommentNode:
			t.Fatalf("a comment: %q", n.Data)
		case html.ElementNode:
			if !parts[n.Data] {
				t.Fatalf("a foreign element <%s>", n.Data)
			}
			if n.Data == "script" {
				scripts++
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
					t.Fatalf("attribute %s=%q on <%s>", a.Key, a.Val, n.Data)
				}
				if a.Key == "href" && !strings.HasPrefix(a.Val, "#stack-") && !strings.HasPrefix(a.Val, "https://example.invalid/") {
					t.Fatalf("a link to %q", a.Val)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	if scripts != 1 {
		t.Fatalf("%d scripts", scripts)
	}
	if strings.ContainsAny(page, "\x1b\u202e\u2066\u200b\x00") {
		t.Fatalf("an invisible character")
	}
}

func TestHTMLHoldsNothingForeign(t *testing.T) {
	safeHTML(t, htmlOf(t, sample()))
	rapid.Check(t, func(t *rapid.T) { safeHTML(t, htmlOf(t, anyResults().Draw(t, "results"))) })
}

// TestHTMLNeedsNoNetwork: nothing in the page may be fetched, and the policy says so to the browser.
func TestHTMLNeedsNoNetwork(t *testing.T) {
	page := htmlOf(t, sample())
	for _, load := range []string{"<link", "<img", "@import", "url(", "fetch(", "XMLHttpRequest"} {
		if strings.Contains(page, load) {
			t.Errorf("the page holds %q", load)
		}
	}
	if !strings.Contains(page, `content="default-src &#39;none&#39;`) {
		t.Error("the page has no content security policy")
	}
}
