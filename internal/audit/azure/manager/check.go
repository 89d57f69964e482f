package manager

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Check signs in, and says as whom the token reads.
func (s *source) Check(ctx context.Context) (string, error) {
	where := cloud.AzurePublic
	if s.Client != nil && len(s.Client.Cloud.Services) > 0 {
		where = s.Client.Cloud
	}
	token, err := s.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{where.Services[cloud.ResourceManager].Audience + "/.default"}})
	if err != nil {
		return "", failed("azure", "", err)
	}
	return bearer(token.Token), nil
}

// bearer reads from a token whom it was given to: a person's name, or the id of an application. It proves nothing and is only shown to who holds it.
func bearer(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	claims, err := tree.Parse(text)
	if err != nil {
		return ""
	}
	return tree.First(claims, "upn", "unique_name", "appid", "oid")
}
