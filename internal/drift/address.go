package drift

import "strings"

// ConfigAddress cuts the instance keys from a resource address: module.a["x"].aws_vpc.main[0] is module.a.aws_vpc.main.
// It is the form in which [Code.References] answers.
func ConfigAddress(address string) string {
	if !strings.Contains(address, "[") {
		return address
	}
	var b strings.Builder
	inKey, inQuote := false, false
	for i := 0; i < len(address); i++ {
		c := address[i]
		switch {
		case inQuote && c == '\\':
			i++
		case inQuote:
			inQuote = c != '"'
		case inKey && c == '"':
			inQuote = true
		case inKey:
			inKey = c != ']'
		case c == '[':
			inKey = true
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
