package simcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path"
	"path/filepath"
	"sync"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// maxMessage is what the plugin library allows: a large provider's schema is tens of megabytes.
const maxMessage = 256 << 20

// registries are the hosts under which the two engines look for a provider.
var registries = []string{"registry.opentofu.org", "registry.terraform.io"}

// reattach is one entry of TF_REATTACH_PROVIDERS.
type reattach struct {
	Protocol        string
	ProtocolVersion int
	Pid             int
	Test            bool
	Addr            struct{ Network, String string }
}

// Serve answers engines until stop is called or the context ends. The string is the value for TF_REATTACH_PROVIDERS; it serves OpenTofu
// and Terraform alike and any number of processes at once. stop waits for calls under way and may be called twice.
func (c *Cloud) Serve(ctx context.Context) (attach string, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "simcloud")
	if err != nil {
		return "", nil, fmt.Errorf("simulated cloud: %w", err)
	}
	var servers []*grpc.Server
	var running sync.WaitGroup
	var once sync.Once
	var stopErr error
	end := func() error {
		once.Do(func() {
			for _, s := range servers {
				s.Stop()
			}
			running.Wait()
			stopErr = os.RemoveAll(dir)
		})
		return stopErr
	}
	logged := newConnections(c)
	entries := map[string]reattach{}
	for i, source := range schema.Names(c.providers) {
		listener, err := listen(ctx, filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			return "", nil, errors.Join(fmt.Errorf("simulated cloud: cannot listen for %s: %w", source, err), end())
		}
		server := grpc.NewServer(
			grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage),
			grpc.StatsHandler(logged), grpc.ChainUnaryInterceptor(rememberSchema()), grpc.WaitForHandlers(true),
		)
		servers = append(servers, server)
		served := &tf6server.GRPCProviderPlugin{
			Name:         registries[0] + "/" + source,
			GRPCProvider: func() tfprotov6.ProviderServer { return &provider{cloud: c, schema: c.providers[source]} },
		}
		if err := served.GRPCServer(nil, server); err != nil {
			return "", nil, errors.Join(fmt.Errorf("simulated cloud: %s: %w", source, err), listener.Close(), end())
		}
		alive := health.NewServer()
		alive.SetServingStatus(plugin.GRPCServiceName, grpc_health_v1.HealthCheckResponse_SERVING)
		grpc_health_v1.RegisterHealthServer(server, alive)
		running.Go(func() { _ = server.Serve(listener) }) // ends by Stop, and Serve then says only that it was stopped

		entry := reattach{Protocol: "grpc", ProtocolVersion: 6, Pid: os.Getpid(), Test: true}
		entry.Addr.Network, entry.Addr.String = listener.Addr().Network(), listener.Addr().String()
		for _, host := range registries {
			entries[host+"/"+source] = entry
		}
	}
	text, err := json.Marshal(entries)
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("simulated cloud: %w", err), end())
	}
	unhook := context.AfterFunc(ctx, func() { _ = end() })
	return string(text), func() error { unhook(); return end() }, nil
}

// listen prefers a socket file, which only this user can open, and falls back to loopback where the path is too long or sockets are not files.
func listen(ctx context.Context, file string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", file)
	if err == nil {
		return l, nil
	}
	return config.Listen(ctx, "tcp", "127.0.0.1:0")
}

// rememberSchema keeps the answer to GetProviderSchema, which is large and asked for several times by every engine process.
func rememberSchema() grpc.UnaryServerInterceptor {
	var mu sync.Mutex
	var answer any
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		if path.Base(info.FullMethod) != "GetProviderSchema" {
			return handler(ctx, req)
		}
		mu.Lock()
		defer mu.Unlock()
		if answer != nil {
			return answer, nil
		}
		resp, err := handler(ctx, req)
		if err == nil {
			answer = resp
		}
		return resp, err
	}
}
