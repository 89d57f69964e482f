package git

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// Blame tells for every line of a file, as it stands in the work tree, which commit wrote it; nil for a line that is not committed.
func (r *Repo) Blame(ctx context.Context, path string) ([]*Commit, error) {
	if !fs.ValidPath(path) {
		return nil, fmt.Errorf("%q is not a path inside the repository", path)
	}
	out, err := r.run(ctx, nil, "blame", "--porcelain", "--", path)
	if err != nil {
		return nil, err
	}
	return parseBlame(string(out))
}

// parseBlame reads git's porcelain: a header names a commit, what is known of it follows the first time, and the line ends the entry.
func parseBlame(out string) ([]*Commit, error) {
	known := map[string]*Commit{}
	var lines []*Commit
	var current *Commit
	for text := range strings.Lines(out) {
		text = strings.TrimSuffix(text, "\n")
		if strings.HasPrefix(text, "\t") {
			if current != nil && strings.Trim(current.ID, "0") == "" {
				lines = append(lines, nil)
			} else {
				lines = append(lines, current)
			}
			continue
		}
		key, value, _ := strings.Cut(text, " ")
		switch key {
		case "author":
			current.Author.Name = value
		case "author-mail":
			current.Author.Email = strings.Trim(value, "<>")
		case "committer-time":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("git blame wrote a time that cannot be read: %w", err)
			}
			current.Time = time.Unix(seconds, 0).UTC()
		case "summary":
			current.Subject = value
		default:
			if !isObjectID(key) {
				continue
			}
			if current = known[key]; current == nil {
				current = &Commit{ID: key}
				known[key] = current
			}
		}
	}
	return lines, nil
}

func isObjectID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
