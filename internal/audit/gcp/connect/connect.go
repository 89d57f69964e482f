// Package connect builds the sources that ask Google Cloud, from plain settings and an environment.
//
// Start with [Entries] and [Export]. Credentials are found as Google's own tools find them: a credential file (service account, or the workload identity federation
// of a CI job), gcloud, the identity of a machine; a service account of its own for reading logs can be impersonated on top (credentials.go). A source
// that cannot be set up says so when it is asked.
package connect

import (
	"context"
	"net/http"
	"strings"
	"time"

	"google.golang.org/api/option"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/gcp/entries"
	"github.com/mooringdev/mooring/internal/audit/gcp/export"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// Options are what all sources need.
type Options struct {
	Getenv      func(string) string // environment in which credentials are found
	Now         func() time.Time
	Impersonate string            // service account that reads; "" for the identity itself
	Transport   http.RoundTripper // nil: the network
	Backoff     pace.Backoff
}

// Entries asks Cloud Logging for the logs of some parents. GOOGLE_LOGGING_CUSTOM_ENDPOINT names another server, as it does for the Terraform provider.
func Entries(ctx context.Context, o Options, parents []string, dataAccess bool) audit.Source {
	with, who, err := client(ctx, o)
	if err != nil {
		return audit.Unusable("gcp", entries.Capabilities(parents), err)
	}
	if endpoint := o.Getenv("GOOGLE_LOGGING_CUSTOM_ENDPOINT"); endpoint != "" { // theirs ends in the version, the client's does not
		with = append(with, option.WithEndpoint(strings.TrimSuffix(strings.TrimSuffix(endpoint, "/"), "/v2")+"/"))
	}
	s, err := entries.New(ctx, entries.Options{Parents: parents, DataAccess: dataAccess, Client: with, Now: o.Now, Backoff: o.Backoff})
	if err != nil {
		return audit.Unusable("gcp", entries.Capabilities(parents), err)
	}
	return reader{s, who}
}

// ExportOptions say where a sink writes to BigQuery.
type ExportOptions struct {
	Dataset    string // PROJECT.DATASET
	Payer      string // project that pays for queries; "" for the dataset's
	DataAccess bool
	MaxGiB     int // a query that reads more is refused; 0 for no limit
}

// Export asks BigQuery for what a sink wrote there. GOOGLE_BIGQUERY_CUSTOM_ENDPOINT names another server, as it does for the Terraform provider.
func Export(ctx context.Context, o Options, e ExportOptions) audit.Source {
	with, who, err := client(ctx, o)
	if err != nil {
		return audit.Unusable("bigquery", export.Capabilities(), err)
	}
	if endpoint := o.Getenv("GOOGLE_BIGQUERY_CUSTOM_ENDPOINT"); endpoint != "" {
		with = append(with, option.WithEndpoint(strings.TrimSuffix(endpoint, "/")+"/"))
	}
	dot := strings.LastIndexByte(e.Dataset, '.')
	s, err := export.New(ctx, export.Options{
		Project: e.Dataset[:max(dot, 0)], Dataset: e.Dataset[dot+1:], Payer: e.Payer, DataAccess: e.DataAccess, MaxGiB: e.MaxGiB, Client: with, Now: o.Now, Backoff: o.Backoff,
	})
	if err != nil {
		return audit.Unusable("bigquery", export.Capabilities(), err)
	}
	return reader{s, who}
}

// A reader is a source with the identity that it reads as.
type reader struct {
	audit.Source
	identity
}

// Spent is that of the source.
func (r reader) Spent() string {
	if m, ok := r.Source.(audit.Metered); ok {
		return m.Spent()
	}
	return ""
}
