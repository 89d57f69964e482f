package report

import (
	"net/url"
	"strings"
)

// longestLink is how long a link may be, in bytes.
const longestLink = 2000

// safeLink returns a link that may be shown: an absolute http or https URL without credentials, with every character escaped that could end
// it in Markdown, HTML or a terminal. Anything else is no link, "".
func safeLink(s string) string {
	if s == "" || len(s) > longestLink {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.Opaque != "" {
		return ""
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool {
		return r != '.' && r != '-' && r != ':' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("()<>[]{}|`\"'\\^*_~!@", c) >= 0 {
			const hex = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	if b.Len() > longestLink {
		return ""
	}
	return b.String()
}

// pageLink is a sentence that leads to a scan as one page; "" without an address that can be linked.
func pageLink(what, page string) string {
	link := safeLink(page)
	if link == "" {
		return ""
	}
	return what + " [as one page](" + link + ")."
}
