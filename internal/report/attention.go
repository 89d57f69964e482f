package report

// IsDrift tells whether a finding is one that somebody should look at now: reality was changed, and nobody chose to live with it.
func IsDrift(f Finding) bool { return attentionOf(&f) == attentionNow }

// IsWaiting tells whether a finding is code that is not applied.
func IsWaiting(f Finding) bool { return attentionOf(&f) == attentionWaiting }
