package audit

import (
	"regexp"
	"strings"
	"unicode"
)

// Words in a name that mark a pipeline, a robot or a service account, whatever stands beside them.
var machineWords = words(`actions apply argo argocd atlantis automation autoscaler aws awscli backup bot build boto botocore buildkite ci cd cicd circleci codebuild
	codedeploy codepipeline controller cron crossplane daemon datadog deploy deployer deployment drift ecs eks env0 flux gha github gitlab gitops helm jenkins job
	kube lambda mooring node operator pipeline prometheus pulumi renovate robot runner scalr scheduler sdk service serviceaccount spacelift svc system task
	terraform terragrunt tf tfc tofu opentofu vault worker workflow`)

// Words that name a job or a session, not a person.
var roleWords = words(`access account admin administrator breakglass cli cross default dev developer development emergency engineer guest ops power
	poweruser prod production read readonly role root session sre stage staging support switch temp test user web write api data app`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

var (
	email    = regexp.MustCompile(`^[^@\s/:]+@[^@\s/:]+\.[A-Za-z]{2,}$`)
	personal = regexp.MustCompile(`^\p{L}{2,}([._-]\p{L}{1,}){0,2}\d{0,2}$`)
)

// KindOfName guesses from a user or session name whether it is a person (human), a robot (machine), or cannot be told (role).
func KindOfName(name string) ActorType {
	if name == "" {
		return ActorRole
	}
	local := name
	if at := strings.LastIndexByte(name, '@'); at > 0 {
		local = name[:at]
		if strings.HasSuffix(name, ".gserviceaccount.com") || strings.HasSuffix(name, "[bot]") {
			return ActorMachine
		}
	}
	plain := true
	parts := NameWords(local)
	for i, w := range parts {
		if machineWords[w] || (i > 0 && machineWords[parts[i-1]+w]) {
			return ActorMachine
		}
		if roleWords[w] {
			plain = false
		}
	}
	switch {
	case email.MatchString(name):
		return ActorHuman
	case plain && personal.MatchString(name):
		return ActorHuman
	}
	return ActorRole
}

// NameWords splits a name at punctuation, digits and humps, in lower case.
func NameWords(s string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || (i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1]))):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return out
}
