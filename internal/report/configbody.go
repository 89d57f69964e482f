package report

import (
	"strings"

	"github.com/mooringdev/mooring/internal/report/secret"
)

// ConfigTitle is the title of the issue about a configuration that cannot be read.
const ConfigTitle = "Action required: fix the configuration of Mooring"

// maxConfigText bounds what is quoted of the complaint.
const maxConfigText = 20_000

// ConfigBody is the bot's part of that issue, without markers: what is wrong and where, as mooring config check says it.
func ConfigBody(complaint string) string {
	var lines []string
	size := 0
	for line := range strings.Lines(complaint) {
		line = noComment.Replace(visible(secret.Text(clean(strings.TrimRight(line, "\r\n"))), 500))
		if size += len(line) + 1; size > maxConfigText {
			lines = append(lines, "…")
			break
		}
		lines = append(lines, line)
	}
	text := strings.Join(lines, "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return "The configuration cannot be read, so Mooring scans nothing and opens no pull request until it is mended. What exists stays as it is.\n\n" +
		fence + "text\n" + text + "\n" + fence + "\n\nRun `mooring config check` to see the same, `mooring config reference` for every setting. This issue is closed when the file is sound again."
}
