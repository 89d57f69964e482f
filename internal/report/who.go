package report

import (
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
)

// A teller says who made a change, when and how, in the words of one medium.
type teller struct {
	at func(time.Time) string // how times are written
}

// The two ways of writing a time. Neither says how long ago it was: that would go stale.
func dayAndTime(t time.Time) string  { return t.UTC().Format("2 Jan 15:04") }
func dateAndTime(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04") }
func date(t time.Time) string        { return t.UTC().Format("2 Jan 2006") }

// actorPhrase names an actor the way the log allows: a person by name, everything else by what it is.
func actorPhrase(a audit.Actor) phrase {
	n := a.Name
	if n == "" {
		n = a.Principal
	}
	switch {
	case a.Type == audit.ActorService:
		if a.Name == "" && a.InvokedBy != "" {
			n = a.InvokedBy
		}
		if n == "" {
			return words("a service of the cloud")
		}
		if known, ok := services[n]; ok {
			return words(known)
		}
		return name(n)
	case n == "" && a.Type == audit.ActorHuman:
		return words("a person")
	case n == "" && a.Type == audit.ActorRole:
		return words("a role")
	case n == "":
		return words("a caller without a name")
	case a.Type == audit.ActorHuman:
		return name(n)
	case a.Type == audit.ActorRole:
		return join(words("role "), name(n))
	case a.Type == audit.ActorMachine:
		return join(words("machine "), name(n))
	}
	return join(words("principal "), name(n))
}

// withPrincipal names an actor beside the principal that the log names.
func withPrincipal(a audit.Actor) phrase {
	p := actorPhrase(a)
	if a.Principal == "" || a.Principal == a.Name {
		return p
	}
	return join(p, words(" ("), code(a.Principal), words(")"))
}

// services are the names that people know cloud services by.
var services = map[string]string{
	"autoscaling.amazonaws.com":                 "EC2 Auto Scaling",
	"application-autoscaling.amazonaws.com":     "Application Auto Scaling",
	"ecs.application-autoscaling.amazonaws.com": "Application Auto Scaling",
	"cloudformation.amazonaws.com":              "CloudFormation",
	"ssm.amazonaws.com":                         "Systems Manager",
	"config.amazonaws.com":                      "AWS Config",
	"backup.amazonaws.com":                      "AWS Backup",
	"rds.amazonaws.com":                         "Amazon RDS",
	"eks.amazonaws.com":                         "Amazon EKS",
	"ecs.amazonaws.com":                         "Amazon ECS",
	"lambda.amazonaws.com":                      "AWS Lambda",
	"elasticloadbalancing.amazonaws.com":        "Elastic Load Balancing",
	"securityhub.amazonaws.com":                 "Security Hub",
	"controltower.amazonaws.com":                "Control Tower",
}

// viaPhrase says how a call was made; nothing when it is not known or goes without saying.
func viaPhrase(v audit.Via) phrase {
	switch v {
	case audit.ViaUnknown, audit.ViaService:
		return nil
	case audit.ViaConsole:
		return words("console")
	case audit.ViaCLI:
		return words("command line")
	case audit.ViaSDK:
		return words("SDK")
	case audit.ViaTerraform:
		return words("terraform")
	case audit.ViaKubectl:
		return words("kubectl")
	}
	return quoted(string(v))
}

// reasons say why nobody is named.
var reasons = map[string]string{
	blame.ReasonDeliveryLag:      "no audit record yet, logs can be late",
	blame.ReasonOutsideRetention: "older than the audit log keeps",
	blame.ReasonNoPermission:     "the audit log could not be read: no permission",
	blame.ReasonRegionNotQueried: "the audit log of its region was not searched",
	blame.ReasonDataEvent:        "such calls are data events, which are not logged",
	blame.ReasonNoEventEmitted:   "the service logs no such calls",
	blame.ReasonRedacted:         "the audit log hides the values",
	blame.ReasonProviderChange:   "came with a provider upgrade",
	blame.ReasonNoSource:         "no audit log is configured",
	blame.ReasonSourceFailed:     "an audit log could not be read; see the warnings",
	blame.ReasonNoMatch:          "no audit record fits",
}

func reasonPhrase(code string) phrase {
	if r, ok := reasons[code]; ok {
		return words(r)
	}
	if code == "" {
		return words(reasons[blame.ReasonNoMatch])
	}
	return quoted(strings.ReplaceAll(code, "_", " "))
}

// verdictWord is how a verdict is written beside what it is about.
func verdictWord(v blame.Verdict) string {
	switch v {
	case blame.Confirmed, blame.Likely, blame.Ambiguous, blame.Possible, blame.Automation:
		return string(v)
	case blame.OwnApply:
		return "own apply"
	}
	return "unexplained"
}

// brief says who, when and how in one line, without the verdict: alice, 20 Nov 17:03, console.
func (t teller) brief(a blame.Attribution) phrase {
	switch a.Verdict {
	case blame.Confirmed:
		return list(", ", actorPhrase(a.Actor), t.when(a.At), viaPhrase(a.Via))
	case blame.Likely:
		return list(", ", join(words("probably "), actorPhrase(a.Actor)), t.when(a.At), viaPhrase(a.Via))
	case blame.Automation:
		return list(", ", actorPhrase(a.Actor), t.when(a.At))
	case blame.OwnApply:
		return list(", ", words("an apply of this stack"), t.when(a.At))
	case blame.Ambiguous:
		return t.either(a.Candidates)
	case blame.Possible:
		return list(", ", words("something touched it, unclear what"), t.when(a.At))
	}
	return reasonPhrase(a.Reason)
}

func (t teller) when(at time.Time) phrase {
	if at.IsZero() {
		return nil
	}
	return words(t.at(at))
}

// either names the candidates of a tie.
func (t teller) either(candidates []blame.Candidate) phrase {
	var parts []phrase
	for _, c := range candidates {
		p := actorPhrase(c.Actor)
		if !slices.ContainsFunc(parts, func(q phrase) bool { return q.text() == p.text() }) {
			parts = append(parts, p)
		}
	}
	switch {
	case len(parts) == 0:
		return words("several changes fit")
	case len(parts) == 1 && len(candidates) > 1:
		return join(parts[0], words(", "+plural(len(candidates), "change fits", "changes fit")))
	case len(parts) > 3:
		return join(list(", ", parts[:3]...), words(" or "+plural(len(parts)-3, "other", "others")))
	}
	return list(" or ", parts...)
}

// explanations returns the attributions of a finding that are about the change at path, surest first.
func explanations(f *Finding, path string) []blame.Attribution {
	var out []blame.Attribution
	for _, a := range f.Attribution {
		about := len(a.Paths) == 0
		for _, p := range a.Paths {
			about = about || covers(p, path) || covers(path, p)
		}
		if about {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b blame.Attribution) int { return rank(a.Verdict) - rank(b.Verdict) })
	return out
}

func rank(v blame.Verdict) int {
	order := []blame.Verdict{blame.Confirmed, blame.Likely, blame.Ambiguous, blame.Automation, blame.OwnApply, blame.Possible, blame.None}
	if i := slices.Index(order, v); i >= 0 {
		return i
	}
	return len(order)
}
