package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed commits/*.txtar
var commitFiles embed.FS

// A commit is one file of commits/: headers, a blank line, the message, then the files that it writes.
type commit struct {
	author, email, message string
	days                   int // before now
	unapplied              bool
	files                  []txtar.File
}

func history() ([]commit, error) {
	names, err := fs.Glob(commitFiles, "commits/*.txtar")
	if err != nil {
		return nil, err
	}
	var out []commit
	for _, name := range names { // Glob sorts
		text, err := commitFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		c, err := parseCommit(txtar.Parse(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func parseCommit(a *txtar.Archive) (commit, error) {
	c := commit{files: a.Files}
	head, message, ok := strings.Cut(string(a.Comment), "\n\n")
	if !ok {
		return c, fmt.Errorf("want headers, a blank line and a message")
	}
	c.message = strings.TrimSpace(message) + "\n"
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		var err error
		switch key {
		case "author":
			name, email, found := strings.Cut(value, " <")
			if !found {
				return c, fmt.Errorf("author %q: want Name <address>", value)
			}
			c.author, c.email = name, strings.TrimSuffix(email, ">")
		case "days":
			c.days, err = strconv.Atoi(value)
		case "unapplied":
			c.unapplied, err = strconv.ParseBool(value)
		default:
			err = fmt.Errorf("unknown header %q", key)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}
