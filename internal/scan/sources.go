package scan

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/azure/manager"
	cloudtrail "github.com/mooringdev/mooring/internal/audit/cloudtrail/connect"
	"github.com/mooringdev/mooring/internal/audit/file"
	gcp "github.com/mooringdev/mooring/internal/audit/gcp/connect"
	"github.com/mooringdev/mooring/internal/audit/github/orglog"
	"github.com/mooringdev/mooring/internal/audit/kube/live"
	"github.com/mooringdev/mooring/internal/audit/pace"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/config"
)

// SourceOptions say what the sources of a configuration need besides it.
type SourceOptions struct {
	Root   string   // relative paths are relative to it
	Events []string // globs of audit files, besides those of the configuration
	Env    []string // environment in which credentials are found, KEY=VALUE
	Cache  string   // Mooring's cache directory; "" for none
	Now    func() time.Time
	// Backoff is how patiently refused requests are repeated. The zero Backoff is what each log's limits ask for, which can be minutes.
	Backoff pace.Backoff
}

// Sources are the audit sources of the configuration and of the command line. One that cannot be set up is among them, and says so when it is read.
func Sources(ctx context.Context, c *config.Config, o SourceOptions) []audit.Source {
	var out []audit.Source
	var globs []string
	for _, a := range c.Audit {
		if s, ok := a.Settings.(*config.AuditFile); ok {
			globs = append(globs, s.Paths...)
			continue
		}
		out = append(out, audit.Named(a.Log+" "+a.Name, o.source(ctx, a.Settings)))
	}
	if globs = append(globs, o.Events...); len(globs) > 0 {
		for i, g := range globs {
			globs[i] = o.absolute(g)
		}
		out = append(out, file.New(globs, file.Disk{}))
	}
	return out
}

// source is what one audit block of the configuration names, apart from files, which are read together.
func (o SourceOptions) source(ctx context.Context, settings any) audit.Source {
	switch s := settings.(type) {
	case *config.Athena:
		with := cloudtrail.Options{Getenv: o.getenv, Now: o.Now, Backoff: o.Backoff, RoleARN: s.RoleARN}
		return cloudtrail.Athena(ctx, with, cloudtrail.AthenaOptions{
			Table: s.Table, Region: s.Region, Workgroup: s.Workgroup, Output: s.Output, Accounts: s.Accounts, Regions: s.Regions, MaxGiB: s.MaxGiB,
		})
	case *config.Azure:
		return manager.Connect(o.getenv, s.Subscriptions, o.Now, o.Backoff)
	case *config.BigQuery:
		with := gcp.Options{Getenv: o.getenv, Now: o.Now, Backoff: o.Backoff, Impersonate: s.Impersonate}
		return gcp.Export(ctx, with, gcp.ExportOptions{Dataset: s.Dataset, Payer: s.Project, DataAccess: s.DataAccess, MaxGiB: s.MaxGiB})
	case *config.CloudTrail:
		with := cloudtrail.Options{Getenv: o.getenv, Now: o.Now, Backoff: o.Backoff, RoleARN: s.RoleARN}
		if s.Cache && o.Cache != "" {
			with.Cache = filepath.Join(o.Cache, "cloudtrail")
		}
		if s.Bucket != "" {
			return cloudtrail.Bucket(ctx, with, cloudtrail.BucketOptions{Bucket: s.Bucket, Region: s.BucketRegion, Prefix: s.Prefix, Verify: s.Verify})
		}
		return cloudtrail.Lookup(ctx, with, s.Regions)
	case *config.GCP:
		with := gcp.Options{Getenv: o.getenv, Now: o.Now, Backoff: o.Backoff, Impersonate: s.Impersonate}
		return gcp.Entries(ctx, with, s.Parents(), s.DataAccess)
	case *config.GitHub:
		return orglog.New(orglog.Options{Organization: s.Organization, Token: o.getenv(s.TokenVariable), TokenName: s.TokenVariable, URL: o.getenv("GITHUB_API_URL"), Now: o.Now, Backoff: o.Backoff})
	case *config.Kubernetes:
		with := live.Options{Context: s.Context, Env: o.Env}
		if s.Kubeconfig != "" {
			with.Kubeconfig = o.absolute(s.Kubeconfig)
		}
		return live.New(with)
	}
	panic("scan: an audit log that nothing reads") // config knows a log that is missing here
}

func (o SourceOptions) absolute(path string) string {
	if path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(o.Root, path)
}

func (o SourceOptions) getenv(key string) string {
	for _, pair := range slices.Backward(o.Env) {
		if v, ok := strings.CutPrefix(pair, key+"="); ok {
			return v
		}
	}
	return ""
}

// regions are where the findings and what lies beside them are, for logs that are kept by region.
func regions(subjects []blame.Subject, managed []blame.Managed) []string {
	var out []string
	for _, s := range subjects {
		out = append(out, s.Finding.Region)
	}
	for _, m := range managed {
		out = append(out, m.Region)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(r string) bool { return r == "" || r == "global" })
}
