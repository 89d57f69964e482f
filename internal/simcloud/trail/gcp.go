package trail

func gcpCalls(c Change) []Call { return genericCalls(c) }
