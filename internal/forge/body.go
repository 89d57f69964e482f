package forge

import (
	"slices"
	"strings"
)

const (
	// maxBody is GitHub's limit for the body of an issue, pull request or comment, less a margin.
	maxBody = 65_000
	// botBody is what the bot's own part may take, so that people have room to write below it.
	botBody = 58_000
	// maxTitle is GitHub's limit for a title, in characters.
	maxTitle = 256
)

// Merge lays the bot's part over a body as it is on the forge now: what stands outside our markers stays byte for byte, and boxes that are
// ticked stay ticked unless their command is in handled. current is "" for a new object.
func Merge(current string, m Marker, bot string, handled []string) string {
	before, mine, after := split(current)
	bot = strings.TrimSpace(neutralise(bot))
	for _, command := range ticked(mine) {
		if !slices.Contains(handled, command) {
			bot = tick(bot, command)
		}
	}
	head := m.String()
	room := min(botBody, maxBody-len(before)-len(after)) - len(head) - len(markerEnd) - 2
	return before + head + "\n" + Fit(bot, max(room, 0)) + "\n" + markerEnd + after
}

// split cuts a body at our markers. Without an end marker nothing can be told from what people wrote, so all of it but the marker is kept.
func split(body string) (before, mine, after string) {
	at := markerLine.FindStringIndex(body)
	if at == nil {
		if body == "" {
			return "", "", ""
		}
		return "", "", "\n\n" + body
	}
	before, rest := body[:at[0]], body[at[1]:]
	mine, after, ok := strings.Cut(rest, markerEnd)
	if !ok {
		return before, "", "\n" + rest
	}
	return before, mine, after
}

// sameBody compares bodies as a reader would: line ends aside, which editing in a browser changes.
func sameBody(a, b string) bool {
	return normalise(a) == normalise(b)
}

func normalise(s string) string {
	return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n \t")
}

// title makes one line of a title that fits.
func title(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if r := []rune(s); len(r) > maxTitle {
		return string(r[:maxTitle-1]) + "…"
	}
	return s
}
