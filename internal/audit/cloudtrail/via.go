package cloudtrail

import (
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Caller reads who made the call of a record, and how.
func Caller(record any) (audit.Actor, audit.Via) {
	who := actor(tree.Get(record, "userIdentity"), tree.String(record, "eventType"))
	return who, via(record, who)
}

// via tells how a call was made. Only sessionCredentialFromConsole is written by AWS; the user agent is what the client says of itself.
func via(v any, who audit.Actor) audit.Via {
	agent := strings.Trim(tree.String(v, "userAgent"), "[]")
	low := strings.ToLower(agent)
	switch {
	case who.Type == audit.ActorService:
		return audit.ViaService
	case tree.True(v, "sessionCredentialFromConsole"):
		return audit.ViaConsole
	case tree.String(v, "eventType") == "AwsConsoleAction":
		return audit.ViaConsole
	case strings.HasPrefix(low, "console.") || strings.HasPrefix(low, "signin.") || strings.Contains(low, "s3console") ||
		strings.HasPrefix(low, "mozilla/") || strings.HasPrefix(low, "aws internal") || strings.HasPrefix(low, "aws-internal"):
		return audit.ViaConsole
	case IsTerraform(agent):
		return audit.ViaTerraform
	case strings.HasSuffix(low, ".amazonaws.com"):
		return audit.ViaService
	case strings.HasPrefix(low, "aws-cli/"):
		return audit.ViaCLI
	case strings.Contains(low, "aws-sdk") || strings.HasPrefix(low, "boto") || strings.HasPrefix(low, "aws-chalice") || strings.Contains(low, "pulumi"):
		return audit.ViaSDK
	}
	return audit.ViaUnknown
}

// IsTerraform tells whether a user agent is that of Terraform, OpenTofu or one of their providers.
func IsTerraform(agent string) bool {
	low := strings.ToLower(agent)
	return strings.Contains(low, "terraform/") || strings.Contains(low, "opentofu/") || strings.Contains(low, "terraform-provider-") ||
		strings.Contains(low, "hashicorp/")
}
