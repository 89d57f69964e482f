package trail

func githubCalls(c Change) []Call { return genericCalls(c) }

func genericCalls(c Change) []Call { return []Call{{Operation: c.Type, Request: c.After}} }
