package stack

import (
	"path"
	"slices"
	"strings"
)

// engineCommand reads one command line. ok is false when it is none of an engine's.
func engineCommand(args []string, dir string) (c run, ok bool) {
	i := slices.IndexFunc(args, func(a string) bool { base := path.Base(a); return base == "terraform" || base == "tofu" })
	if i < 0 {
		return run{}, false
	}
	c.dir = dir
	var words []string
	for rest := args[i+1:]; len(rest) > 0; rest = rest[1:] {
		name, value, given := strings.Cut(strings.TrimPrefix(rest[0], "-"), "=")
		name = strings.TrimPrefix(name, "-")
		switch {
		case !strings.HasPrefix(rest[0], "-"):
			words = append(words, rest[0])
			continue
		case name != "chdir" && name != "var-file" && name != "backend-config":
			continue
		case !given && len(rest) > 1 && name != "chdir":
			value, rest = rest[1], rest[1:]
		}
		if strings.Contains(value, "$") || value == "" {
			continue
		}
		switch name {
		case "chdir":
			c.dir = path.Join(dir, value)
		case "var-file":
			c.varFiles = append(c.varFiles, path.Clean(value))
		case "backend-config":
			c.backendConfig = append(c.backendConfig, value)
		}
	}
	if len(words) == 0 || strings.Contains(c.dir, "$") {
		return run{}, false
	}
	switch words[0] {
	case "plan", "apply", "refresh":
		c.plans = true
	case "workspace":
		if len(words) > 2 && (words[1] == "select" || words[1] == "new") && !strings.Contains(words[2], "$") {
			c.workspace = words[2]
		}
	case "init":
	default:
		return run{}, false
	}
	return c, true
}

// shellLines are the commands of a script: lines, joined where one ends with a backslash, split where commands follow each other.
func shellLines(script string) []string {
	script = strings.ReplaceAll(script, "\\\n", " ")
	return strings.FieldsFunc(strings.NewReplacer("&&", "\n", "||", "\n", ";", "\n", "|", "\n").Replace(script), func(r rune) bool { return r == '\n' })
}

// fields splits a command at blanks, quotes removed.
func fields(line string) []string {
	var list []string
	var word strings.Builder
	quote, begun := rune(0), false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if begun {
				list = append(list, word.String())
			}
			word.Reset()
			begun = false
		case quote == 0 && r == '#' && !begun:
			return list
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		list = append(list, word.String())
	}
	return list
}
