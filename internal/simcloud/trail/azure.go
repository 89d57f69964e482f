package trail

func azureCalls(c Change) []Call { return genericCalls(c) }
