package trail

func kubeCalls(c Change) []Call { return genericCalls(c) }
