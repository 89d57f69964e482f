package enginetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// versionVariable makes a test's own program a provider.
const versionVariable = "MOORING_TEST_PROVIDER"

// VersionedSource is the source of the provider that [Versions] offers.
const VersionedSource = "example/sim"

// ServeVersion turns the program into the provider when it was started as one: a package whose tests use [Versions] calls it first in TestMain.
// It does not return then.
func ServeVersion() {
	version := os.Getenv(versionVariable)
	if version == "" {
		return
	}
	err := tf6server.Serve("registry.opentofu.org/"+VersionedSource, func() tfprotov6.ProviderServer { return &versioned{version: version} })
	if err != nil {
		panic(err)
	}
	os.Exit(0) //nolint:revive // this is the provider's main
}

// Versions lays out a filesystem mirror that offers a provider in several versions, and returns the environment entries that make an engine install
// from it and from nowhere else. The provider has one resource, sim_server: name is required, size is optional, id is computed, and tier, unless
// the code sets it, is what the version says: "standard" before 2.0.0, "premium" from then on.
func Versions(t testing.TB, versions ...string) []string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mirror := filepath.Join(dir, "mirror")
	for _, version := range versions {
		for _, host := range []string{"registry.opentofu.org", "registry.terraform.io"} {
			folder := filepath.Join(mirror, host, filepath.FromSlash(VersionedSource), version, runtime.GOOS+"_"+runtime.GOARCH)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			script := fmt.Sprintf("#!/bin/sh\n%s=%s exec '%s'\n", versionVariable, version, strings.ReplaceAll(program, "'", `'\''`))
			if err := os.WriteFile(filepath.Join(folder, "terraform-provider-sim_v"+version), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"TF_CLI_CONFIG_FILE=" + config}
}

// versioned is a provider without a cloud: what was applied is what is live.
type versioned struct {
	tfprotov6.ProviderServer // what the engines do not ask of it
	version                  string
}

var server = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
	{Name: "id", Type: tftypes.String, Computed: true},
	{Name: "name", Type: tftypes.String, Required: true},
	{Name: "size", Type: tftypes.String, Optional: true},
	{Name: "tier", Type: tftypes.String, Optional: true, Computed: true},
}}}

func (v *versioned) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{Resources: []tfprotov6.ResourceMetadata{{TypeName: "sim_server"}}}, nil
}

func (v *versioned) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}}, ResourceSchemas: map[string]*tfprotov6.Schema{"sim_server": server},
	}, nil
}

func (v *versioned) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (v *versioned) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (v *versioned) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (v *versioned) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (v *versioned) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (v *versioned) UpgradeResourceState(_ context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	typ := server.ValueType()
	value, err := r.RawState.Unmarshal(typ)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(typ, value)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (v *versioned) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: r.CurrentState}, nil
}

func (v *versioned) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	planned, err := edited(r.ProposedNewState, func(attributes map[string]tftypes.Value) error {
		config, err := r.Config.Unmarshal(server.ValueType())
		if err != nil {
			return err
		}
		var said map[string]tftypes.Value
		if err := config.As(&said); err != nil {
			return err
		}
		if said["tier"].IsNull() {
			attributes["tier"] = tftypes.NewValue(tftypes.String, v.tier())
		}
		if attributes["id"].IsNull() {
			attributes["id"] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		}
		return nil
	})
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned}, err
}

func (v *versioned) tier() string {
	if strings.HasPrefix(v.version, "0.") || strings.HasPrefix(v.version, "1.") {
		return "standard"
	}
	return "premium"
}

func (v *versioned) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	applied, err := edited(r.PlannedState, func(attributes map[string]tftypes.Value) error {
		if attributes["id"].IsKnown() {
			return nil
		}
		var name string
		err := attributes["name"].As(&name)
		attributes["id"] = tftypes.NewValue(tftypes.String, "server-"+name)
		return err
	})
	return &tfprotov6.ApplyResourceChangeResponse{NewState: applied}, err
}

// edited changes the attributes of an object; one that is to be destroyed has none.
func edited(from *tfprotov6.DynamicValue, edit func(map[string]tftypes.Value) error) (*tfprotov6.DynamicValue, error) {
	typ := server.ValueType()
	value, err := from.Unmarshal(typ)
	if err != nil {
		return nil, err
	}
	if !value.IsNull() {
		attributes := map[string]tftypes.Value{}
		if err := value.As(&attributes); err != nil {
			return nil, err
		}
		if err := edit(attributes); err != nil {
			return nil, err
		}
		value = tftypes.NewValue(typ, attributes)
	}
	out, err := tfprotov6.NewDynamicValue(typ, value)
	return &out, err
}
