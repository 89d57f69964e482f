package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/policy"
)

// Shown names what a reader is shown of a finding: what is planned for it, and each change with its values. Equal findings have equal names,
// also after a way through JSON; what is masked does not go into it.
func Shown(f Finding) string {
	form := findingForm(redactFinding(f))
	text, err := json.Marshal([]any{form.Address, form.Kind, form.Action, form.Changes})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// Seen names the live value of each change, for [policy.Decision]. A value that is masked anywhere is left out: a short secret can be
// guessed from its hash.
func Seen(f Finding) map[string]string {
	seen := map[string]string{}
	for _, c := range f.Changes {
		if r := redactChange(c, f.SensitivePaths); !r.Sensitive && reflect.DeepEqual(r.Live, c.Live) {
			if _, unknown := c.Live.(drift.Unknown); !unknown {
				seen[c.Path] = policy.Fingerprint(c.Live)
			}
		}
	}
	return seen
}

// Code writes foreign text as inline code of Markdown, in which nothing is live.
func Code(s string) string { return mdCode(visible(clean(s), codeLimit), false) }

// Prose writes foreign text as a sentence of Markdown, in which nothing is live and secrets are masked.
func Prose(s string) string { return mdText(Plain(s)) }

// StoryBlock is [WriteStory] as a block of Markdown.
func StoryBlock(r *Results) string {
	var b strings.Builder
	if err := WriteStory(&b, r, TextOptions{Width: 110}); err != nil {
		return ""
	}
	return block(b.String())
}

// block fences text with more backticks than it holds.
func block(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "text\n" + noComment.Replace(strings.TrimRight(text, "\n")) + "\n" + fence
}
