package cloudtrail

import (
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// actor resolves userIdentity as far as the record alone allows, surest sign first: onBehalfOf, sourceIdentity, an Identity Center session, the
// session name, the role. A service that called on its own or somebody's behalf is the service.
func actor(id any, eventType string) audit.Actor {
	a := audit.Actor{
		Principal: tree.First(id, "arn", "principalId", "accountId"),
		AccessKey: tree.String(id, "accessKeyId"),
		InvokedBy: tree.String(id, "invokedBy"),
		Issuer:    tree.String(id, "sessionContext", "sessionIssuer", "arn"),
		SourceID:  tree.String(id, "onBehalfOf", "userId"),
	}
	if s := tree.String(id, "sessionContext", "sourceIdentity"); s != "" && a.SourceID == "" {
		a.SourceID = s
	}
	kind := tree.String(id, "type")
	role := roleName(id)
	if service := callingService(id, kind, eventType, role); service != "" {
		a.Name, a.Type = service, audit.ActorService
		return a
	}
	switch kind {
	case "Root":
		a.Name, a.Type = "root", audit.ActorHuman
	case "WebIdentityUser":
		// The subject of a token: repo:org/name:ref for a workflow, an e-mail address or a number for a person.
		a.Name, a.Type = tree.First(id, "userName", "principalId"), audit.ActorMachine
		if !machineProvider(tree.String(id, "identityProvider")) && audit.KindOfName(a.Name) == audit.ActorHuman {
			a.Type = audit.ActorHuman
		}
	case "IAMUser", "User", "SAMLUser", "Directory", "FederatedUser":
		name := tree.String(id, "userName")
		if name == "" {
			name = lastPart(a.Principal)
		}
		a.Name, a.Type = name, audit.KindOfName(name)
		if a.Type == audit.ActorRole {
			a.Type = audit.ActorHuman // an account of its own is a person unless its name says otherwise
		}
	case "IdentityCenterUser":
		a.Name, a.Type = a.SourceID, audit.ActorHuman
	case "AssumedRole":
		assumedRole(&a, id, role)
	default:
		a.Name = tree.First(id, "userName", "arn", "principalId", "accountId")
		if kind != "" {
			a.Type = audit.ActorRole
		}
	}
	if a.Name == "" {
		a.Type = ""
	}
	return a
}

func assumedRole(a *audit.Actor, id any, role string) {
	a.Session = lastPart(a.Principal)
	if _, session, ok := strings.Cut(tree.String(id, "principalId"), ":"); ok && session != "" {
		a.Session = session
	}
	provider := tree.String(id, "sessionContext", "webIdFederationData", "federatedProvider")
	sso := strings.HasPrefix(role, "AWSReservedSSO_")
	switch {
	case tree.String(id, "onBehalfOf", "userId") != "" && sso:
		a.Name, a.Type = a.Session, audit.ActorHuman
	case tree.String(id, "onBehalfOf", "userId") != "":
		a.Name, a.Type = a.SourceID, audit.ActorHuman
	case a.SourceID != "":
		a.Name, a.Type = a.SourceID, audit.KindOfName(a.SourceID)
		if a.Type == audit.ActorRole {
			a.Type = audit.ActorHuman
		}
	case sso:
		a.Name, a.Type = a.Session, audit.ActorHuman
	case machineProvider(provider):
		a.Name, a.Type = role, audit.ActorMachine
		if a.Session != "" {
			a.Name = role + "/" + a.Session
		}
	case tree.String(id, "sessionContext", "ec2RoleDelivery") != "" || strings.HasPrefix(a.Session, "i-"):
		a.Name, a.Type = role+"/"+a.Session, audit.ActorMachine
	default:
		a.Type = audit.KindOfName(a.Session)
		if a.Type == audit.ActorHuman && audit.KindOfName(role) == audit.ActorMachine && !strings.Contains(a.Session, "@") {
			a.Type = audit.ActorMachine // a pipeline's role: its session name is chosen by the pipeline
		}
		a.Name = a.Session
		if a.Type != audit.ActorHuman {
			a.Name = strings.Trim(role+"/"+a.Session, "/")
			if audit.KindOfName(role) == audit.ActorMachine {
				a.Type = audit.ActorMachine
			}
		}
	}
}

// machineProvider tells identity providers that vouch for workloads, not people.
func machineProvider(provider string) bool {
	for _, mark := range []string{"githubusercontent", "oidc.eks", "gitlab", "oidc-provider/", "bitbucket", "circleci", "app.terraform.io", "spacelift", "buildkite"} {
		if strings.Contains(provider, mark) {
			return true
		}
	}
	return false
}

// callingService names the AWS service that made the call, or "".
func callingService(id any, kind, eventType, role string) string {
	invoked := tree.String(id, "invokedBy")
	switch {
	case kind == "AWSService" || eventType == "AwsServiceEvent":
		if invoked != "" {
			return invoked
		}
		return "aws"
	case strings.HasPrefix(role, "AWSServiceRoleFor"):
		if invoked != "" && strings.HasSuffix(invoked, ".amazonaws.com") {
			return invoked
		}
		return role
	case strings.HasPrefix(invoked, "signin.") || strings.HasPrefix(invoked, "console.") || strings.Contains(invoked, ".console."):
		return ""
	case strings.HasSuffix(invoked, ".amazonaws.com"):
		return invoked
	}
	return ""
}

func roleName(id any) string {
	if name := tree.String(id, "sessionContext", "sessionIssuer", "userName"); name != "" {
		return name
	}
	// arn:aws:sts::111122223333:assumed-role/ROLE/SESSION
	if _, rest, ok := strings.Cut(tree.String(id, "arn"), ":assumed-role/"); ok {
		role, _, _ := strings.Cut(rest, "/")
		return role
	}
	return ""
}

func lastPart(arn string) string {
	if i := strings.LastIndexAny(arn, "/:"); i >= 0 {
		return arn[i+1:]
	}
	return arn
}
