package manager

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// clouds are Azure's, as ARM_ENVIRONMENT of the Terraform provider names them.
var clouds = map[string]cloud.Configuration{
	"": cloud.AzurePublic, "public": cloud.AzurePublic, "usgovernment": cloud.AzureGovernment, "china": cloud.AzureChina,
}

// Connect returns the logs of some subscriptions, read with the credentials that are found in an environment. A source that cannot be set up says so
// when it is asked.
func Connect(getenv func(string) string, subscriptions []string, now func() time.Time, patience pace.Backoff) audit.Source {
	s, err := connect(getenv, subscriptions, now, patience)
	if err != nil {
		return audit.Unusable("azure", Capabilities(subscriptions), err)
	}
	return s
}

func connect(getenv func(string) string, subscriptions []string, now func() time.Time, patience pace.Backoff) (audit.Source, error) {
	where, ok := clouds[getenv("ARM_ENVIRONMENT")]
	if !ok {
		return nil, fmt.Errorf("azure: ARM_ENVIRONMENT is %q; it may be public, usgovernment or china", getenv("ARM_ENVIRONMENT"))
	}
	options := policy.ClientOptions{Cloud: where}
	credential, err := credentialOf(getenv, options)
	if err != nil {
		return nil, fmt.Errorf("azure: find credentials: %w", err)
	}
	return New(Options{Subscriptions: subscriptions, Credential: credential, Client: &arm.ClientOptions{ClientOptions: options}, Now: now, Backoff: patience})
}

// credentialOf takes the secret or the federated token that the environment names, and otherwise what the SDK finds: the identity of the machine, or
// who signed in with az, which is what azure/login leaves in a workflow.
func credentialOf(getenv func(string) string, options policy.ClientOptions) (azcore.TokenCredential, error) {
	tenant, client := getenv("AZURE_TENANT_ID"), getenv("AZURE_CLIENT_ID")
	if secret := getenv("AZURE_CLIENT_SECRET"); secret != "" && tenant != "" && client != "" {
		return azidentity.NewClientSecretCredential(tenant, client, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options})
	}
	if file := getenv("AZURE_FEDERATED_TOKEN_FILE"); file != "" && tenant != "" && client != "" {
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: options, TenantID: tenant, ClientID: client, TokenFilePath: file})
	}
	return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: options, TenantID: tenant})
}

// Identity signs in with the credentials of an environment, and says as whom.
func Identity(ctx context.Context, getenv func(string) string, now func() time.Time) (string, error) {
	s, err := connect(getenv, nil, now, pace.Backoff{})
	if err != nil {
		return "", err
	}
	return s.(*source).Check(ctx)
}
