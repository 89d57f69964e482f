package connect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/mooringdev/mooring/internal/audit/pace"
)

// sessionName is how our own reading shows up in the log.
const sessionName = "mooring"

// attempts is how often a throttled request is tried; with the SDK's own delays that is about two minutes.
const attempts = 8

// stsRegion is where roles are assumed when the environment names no region.
const stsRegion = "us-east-1"

// retryer repeats what is throttled as often and as patiently as b says.
func retryer(b pace.Backoff) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		if b.Attempts > 0 {
			o.MaxAttempts = b.Attempts
		}
		if b.Most > 0 {
			o.MaxBackoff = b.Most
		}
	})
}

// credentialsOf returns the configuration for clients. The role is assumed when there is one.
func credentialsOf(ctx context.Context, o Options) (aws.Config, error) {
	getenv, role := o.Getenv, o.RoleARN
	options := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer { return retryer(o.Backoff) }),
		config.WithAppID("mooring"),
		config.WithLogger(logging.Nop{}), // what goes wrong comes back as an error
	}
	if strings.EqualFold(getenv("AWS_EC2_METADATA_DISABLED"), "true") {
		options = append(options, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	if region := first(getenv, "AWS_REGION", "AWS_DEFAULT_REGION"); region != "" {
		options = append(options, config.WithRegion(region))
	}
	if profile := first(getenv, "AWS_PROFILE", "AWS_DEFAULT_PROFILE"); profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	if endpoint := getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		options = append(options, config.WithBaseEndpoint(endpoint))
	}
	if id, secret := getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"); id != "" && secret != "" {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(id, secret, getenv("AWS_SESSION_TOKEN"))))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("aws: find credentials: %w", err)
	}
	if role != "" {
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client(cfg), role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = sessionName
		}))
	}
	return cfg, nil
}

// patience bounds the question for the account, which only makes messages and reasons better.
const patience = 10 * time.Second

// account is the account that cfg reads: that of the role, or else what AWS says, which needs no right. "" when it cannot be known.
func account(ctx context.Context, cfg aws.Config, role string) string {
	if a, err := arn.Parse(role); err == nil {
		return a.AccountID
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	who, err := client(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.Options) { o.RetryMaxAttempts = 1 })
	if err != nil {
		return ""
	}
	return aws.ToString(who.Account)
}

func client(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		if o.Region == "" {
			o.Region = stsRegion
		}
	})
}

func first(getenv func(string) string, keys ...string) string {
	for _, key := range keys {
		if v := getenv(key); v != "" {
			return v
		}
	}
	return ""
}

// Identity asks AWS whose credentials the environment holds, which needs no right: the ARN of a user or of a session of a role.
func Identity(ctx context.Context, o Options) (string, error) {
	cfg, err := credentialsOf(ctx, o)
	if err != nil {
		return "", err
	}
	return reader{cfg: cfg}.Check(ctx)
}
