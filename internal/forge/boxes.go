package forge

import (
	"regexp"
	"strings"
)

// Box writes a checkbox whose ticking asks for a command, such as "scan" or "adopt stack=infra/prod".
func Box(command, label string) string {
	return "- [ ] <!-- mooring-do " + command + " --> " + label
}

// BoxCommand writes the command of a box about a stack.
func BoxCommand(verb, stack string, extra ...string) string {
	command := verb + " stack=" + escapeWord(stack)
	for _, e := range extra {
		command += " " + e
	}
	return command
}

var boxPattern = regexp.MustCompile(`(?m)^([ \t]*[-*] \[)([ xX])(\] <!-- mooring-do ([^\n]*?) -->)`)

// TickedBoxes lists the commands whose boxes are ticked in the bot's part of a body, in order.
func TickedBoxes(body string) []string {
	_, mine, _ := split(body)
	return ticked(mine)
}

func ticked(text string) []string {
	var commands []string
	for _, m := range boxPattern.FindAllStringSubmatch(text, -1) {
		if m[2] != " " {
			commands = append(commands, m[4])
		}
	}
	return commands
}

// tick ticks the box of a command; text without it is unchanged.
func tick(text, command string) string {
	return boxPattern.ReplaceAllStringFunc(text, func(match string) string {
		if m := boxPattern.FindStringSubmatch(match); m[4] == command {
			return m[1] + "x" + m[3]
		}
		return match
	})
}

// option is the value of key=value in a command.
func option(command, key string) string {
	for _, word := range strings.Fields(command) {
		if v, ok := strings.CutPrefix(word, key+"="); ok {
			return unescapeWord(v)
		}
	}
	return ""
}
