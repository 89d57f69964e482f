// Package connect builds the sources that read CloudTrail, from plain settings and an environment.
//
// Start with [Lookup], [Bucket] and [Athena]. Credentials are found as the AWS command line finds them: keys, profiles, single sign-on, the identity token
// of a CI job (AWS_WEB_IDENTITY_TOKEN_FILE) and the role of a machine all work; a role of its own for reading logs can be assumed on top
// (credentials.go). A source that cannot be set up says so when it is asked.
package connect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkathena "github.com/aws/aws-sdk-go-v2/service/athena"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/athena"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/bucket"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/lookup"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// Options are what all sources need.
type Options struct {
	Getenv  func(string) string // environment in which credentials are found
	Now     func() time.Time
	Backoff pace.Backoff // zero: eight attempts, with the SDK's own delays
	Cache   string       // folder where the event history's settled hours are kept; "" for none
	RoleARN string       // assumed for reading; "" for none
}

// Lookup asks CloudTrail itself, in these regions beside those of the query.
func Lookup(ctx context.Context, o Options, regions []string) audit.Source {
	cfg, err := credentialsOf(ctx, o)
	if err != nil {
		return unusable(err)
	}
	return reader{cfg: cfg, Source: lookup.New(cfg, lookup.Options{Account: account(ctx, cfg, o.RoleARN), Regions: regions, Now: o.Now, Cache: o.Cache, Backoff: o.Backoff})}
}

// BucketOptions say where a trail writes.
type BucketOptions struct {
	Bucket, Region, Prefix string
	Verify                 bool // check the digests
}

// Bucket reads the bucket of a trail.
func Bucket(ctx context.Context, o Options, b BucketOptions) audit.Source {
	cfg, err := credentialsOf(ctx, o)
	if err != nil {
		return unusable(err)
	}
	client := s3.NewFromConfig(cfg, func(so *s3.Options) {
		if b.Region != "" {
			so.Region = b.Region
		}
		so.UsePathStyle = cfg.BaseEndpoint != nil // servers other than AWS seldom answer to one name per bucket
	})
	options := bucket.Options{Bucket: b.Bucket, Prefix: b.Prefix, Now: o.Now, Backoff: o.Backoff}
	if b.Verify {
		options.Verify = func(region string) bucket.Keys {
			return sdk.NewFromConfig(cfg, func(so *sdk.Options) { so.Region = region })
		}
	}
	return reader{cfg: cfg, Source: bucket.New(client, options)}
}

// AthenaOptions say which table a trail is.
type AthenaOptions struct {
	Table     string // DATABASE.TABLE
	Region    string // of the table; "" for that of the credentials
	Workgroup string // "" for primary
	Output    string // where results are kept, s3://BUCKET/PREFIX; "" where the workgroup says it
	Accounts  []string
	Regions   []string
	MaxGiB    int // a query that reads more is stopped; 0 for no limit
}

// Athena asks a table over the bucket of a trail.
func Athena(ctx context.Context, o Options, a AthenaOptions) audit.Source {
	cfg, err := credentialsOf(ctx, o)
	if err != nil {
		return audit.Unusable("athena", audit.Capabilities{Provider: "aws"}, err)
	}
	client := sdkathena.NewFromConfig(cfg, func(so *sdkathena.Options) {
		if a.Region != "" {
			so.Region = a.Region
		}
	})
	database, table, _ := strings.Cut(a.Table, ".")
	return reader{cfg: cfg, Source: athena.New(client, athena.Options{
		Database: database, Table: table, Workgroup: a.Workgroup, Output: a.Output, Regions: a.Regions, Accounts: a.Accounts, MaxGiB: a.MaxGiB, Now: o.Now, Backoff: o.Backoff,
	})}
}

// A reader is a source with the credentials that it reads with.
type reader struct {
	audit.Source
	cfg aws.Config
}

// Check asks AWS whose credentials these are, which needs no right.
func (r reader) Check(ctx context.Context) (string, error) {
	who, err := client(r.cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("aws: ask whose credentials these are: %w", err)
	}
	return aws.ToString(who.Arn), nil
}

// Spent is that of the source.
func (r reader) Spent() string {
	if m, ok := r.Source.(audit.Metered); ok {
		return m.Spent()
	}
	return ""
}

func unusable(err error) audit.Source {
	return audit.Unusable("cloudtrail", audit.Capabilities{Provider: "aws"}, err)
}
