package simcloud

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// provider answers the plugin protocol for one schema. What it must remember of a connection is in its session.
type provider struct {
	cloud  *Cloud
	schema *schema.Provider
}

var _ tfprotov6.ProviderServer = (*provider)(nil)

func (p *provider) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	resp := &tfprotov6.GetMetadataResponse{ServerCapabilities: capabilities()}
	for _, name := range schema.Names(p.schema.Resources) {
		resp.Resources = append(resp.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for _, name := range schema.Names(p.schema.Data) {
		resp.DataSources = append(resp.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return resp, nil
}

func capabilities() *tfprotov6.ServerCapabilities {
	return &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true}
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	config, resources, data, err := p.schema.Proto()
	if err != nil {
		return nil, err
	}
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: capabilities(), Provider: config, ResourceSchemas: resources, DataSourceSchemas: data,
	}, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) ValidateProviderConfig(_ context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (p *provider) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	config, err := decode(req.Config, p.schema.Config)
	if err != nil {
		return &tfprotov6.ConfigureProviderResponse{Diagnostics: failed("Provider configuration", err)}, nil
	}
	if s, ok := ctx.Value(sessionKey{}).(*session); ok {
		s.configure(config, req.TerraformVersion)
	}
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (p *provider) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (p *provider) ValidateResourceConfig(_ context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp := &tfprotov6.ValidateResourceConfigResponse{}
	if _, err := p.resource(req.TypeName); err != nil {
		resp.Diagnostics = failed("Resource configuration", err)
	}
	return resp, nil
}

func (p *provider) UpgradeResourceState(_ context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	resp := &tfprotov6.UpgradeResourceStateResponse{}
	o, err := p.resource(req.TypeName)
	if err == nil {
		var v cty.Value
		if v, err = upgrade(o, req.RawState); err == nil {
			resp.UpgradedState, err = encode(v, o)
		}
	}
	resp.Diagnostics = failed("Resource state", err)
	return resp, nil
}

// upgrade reads a state of this or another version of the schema: attributes that are gone are dropped, new ones are null.
func upgrade(o *schema.Object, raw *tfprotov6.RawState) (cty.Value, error) {
	if raw == nil || raw.JSON == nil {
		return cty.NilVal, fmt.Errorf("%s: the state is in a format that is older than JSON", o.Name)
	}
	if v, err := ctyjson.Unmarshal(raw.JSON, o.Type); err == nil {
		return v, nil
	}
	var plain map[string]any
	if err := json.Unmarshal(raw.JSON, &plain); err != nil {
		return cty.NilVal, fmt.Errorf("%s: %w", o.Name, err)
	}
	return o.Value(plain, true)
}

func (p *provider) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	resp := &tfprotov6.ImportResourceStateResponse{}
	o, err := p.resource(req.TypeName)
	if err == nil {
		var live Object
		if live, err = p.cloud.lookup(o, req.ID, p.cloud.sessionOf(ctx)); err == nil {
			imported := &tfprotov6.ImportedResource{TypeName: req.TypeName}
			if imported.State, err = encode(live.Value, o); err == nil {
				resp.ImportedResources = append(resp.ImportedResources, imported)
			}
		}
	}
	resp.Diagnostics = failed("Cannot import non-existent remote object", err)
	return resp, nil
}

func (p *provider) MoveResourceState(_ context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return &tfprotov6.MoveResourceStateResponse{Diagnostics: failed("Move between types",
		fmt.Errorf("%s cannot become %s", req.SourceTypeName, req.TargetTypeName))}, nil
}

func (p *provider) UpgradeResourceIdentity(_ context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return &tfprotov6.UpgradeResourceIdentityResponse{Diagnostics: failed("Resource identity", fmt.Errorf("%s has none", req.TypeName))}, nil
}

func (p *provider) GenerateResourceConfig(_ context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return &tfprotov6.GenerateResourceConfigResponse{Config: req.State}, nil
}

func (p *provider) ValidateDataResourceConfig(_ context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (p *provider) GetFunctions(context.Context, *tfprotov6.GetFunctionsRequest) (*tfprotov6.GetFunctionsResponse, error) {
	return &tfprotov6.GetFunctionsResponse{}, nil
}

func (p *provider) CallFunction(_ context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return &tfprotov6.CallFunctionResponse{Error: &tfprotov6.FunctionError{Text: "there is no function " + req.Name}}, nil
}

func (p *provider) ValidateEphemeralResourceConfig(context.Context, *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return &tfprotov6.ValidateEphemeralResourceConfigResponse{}, nil
}

func (p *provider) OpenEphemeralResource(_ context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return &tfprotov6.OpenEphemeralResourceResponse{Diagnostics: failed("Ephemeral resource", fmt.Errorf("there is no %s", req.TypeName))}, nil
}

func (p *provider) RenewEphemeralResource(context.Context, *tfprotov6.RenewEphemeralResourceRequest) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return &tfprotov6.RenewEphemeralResourceResponse{}, nil
}

func (p *provider) CloseEphemeralResource(context.Context, *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return &tfprotov6.CloseEphemeralResourceResponse{}, nil
}

func (p *provider) resource(name string) (*schema.Object, error) {
	if o, ok := p.schema.Resources[name]; ok {
		return o, nil
	}
	return nil, fmt.Errorf("provider %s has no resource type %q", p.schema.Source, name)
}

func decode(v *tfprotov6.DynamicValue, o *schema.Object) (cty.Value, error) {
	switch {
	case v == nil:
		return cty.NullVal(o.Type), nil
	case len(v.MsgPack) > 0:
		return msgpack.Unmarshal(v.MsgPack, o.Type)
	case len(v.JSON) > 0:
		return ctyjson.Unmarshal(v.JSON, o.Type)
	}
	return cty.NullVal(o.Type), nil
}

func encode(v cty.Value, o *schema.Object) (*tfprotov6.DynamicValue, error) {
	b, err := msgpack.Marshal(v, o.Type)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	return &tfprotov6.DynamicValue{MsgPack: b}, nil
}

// failed is the diagnostics of an error, none for none.
func failed(summary string, err error) []*tfprotov6.Diagnostic {
	if err == nil {
		return nil
	}
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: err.Error()}}
}
