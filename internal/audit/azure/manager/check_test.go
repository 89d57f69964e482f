package manager_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/azure/manager"
)

// bearer gives a token, or refuses.
type bearer struct{ token, refusal string }

func (b bearer) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if b.refusal != "" || len(o.Scopes) != 1 || o.Scopes[0] != "https://management.core.windows.net//.default" {
		return azcore.AccessToken{}, errors.New(b.refusal + strings.Join(o.Scopes, " "))
	}
	return azcore.AccessToken{Token: b.token, ExpiresOn: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
}

func TestCheck(t *testing.T) {
	claims := func(text string) string { return "e30." + base64.RawURLEncoding.EncodeToString([]byte(text)) + ".x" }
	for name, c := range map[string]struct {
		bearer bearer
		as     string
		fails  bool
	}{
		"a person":       {bearer{token: claims(`{"upn":"ann@example.com","appid":"1"}`)}, "ann@example.com", false},
		"an application": {bearer{token: claims(`{"appid":"6c3c"}`)}, "6c3c", false},
		"not to be read": {bearer{token: claims(`hello`)}, "", false},
		"no such form":   {bearer{token: "opaque"}, "", false},
		"refused":        {bearer{refusal: "AADSTS700016"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := manager.New(manager.Options{Subscriptions: []string{one}, Credential: c.bearer, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			as, err := src.(audit.Checker).Check(context.Background())
			if as != c.as || (err != nil) != c.fails {
				t.Errorf("got %q, %v", as, err)
			}
		})
	}
}
