// Package athena asks Athena for CloudTrail records in the bucket of a trail: the source for logs too large to read here.
//
// Start with [New]. The table is looked at first (table.go): which columns it has, and by which keys it is partitioned, so that a query reads the days
// and regions of its window alone. Values are bound as execution parameters, never put into the text. Queries are started, waited for and read page by
// page (query.go); one that is given up, or reads more than Options.MaxGiB, is stopped. Rows become CloudTrail's own records again (row.go).
//
// Rights needed: athena:StartQueryExecution, GetQueryExecution, GetQueryResults, StopQueryExecution and GetTableMetadata, glue:GetDatabase, GetTable and
// GetPartitions, s3:ListBucket and GetObject on the trail, and s3:GetBucketLocation, GetObject and PutObject where the workgroup keeps results.
package athena

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/smithy-go"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// lag is how late CloudTrail mostly writes a file; late is how long after the event it may.
const (
	lag  = 15 * time.Minute
	late = time.Hour
)

// Options say what to ask.
type Options struct {
	Catalog   string // "" for AwsDataCatalog
	Database  string
	Table     string
	Workgroup string // "" for primary
	Output    string // s3://bucket/prefix for results; "" where the workgroup says it
	Regions   []string
	Accounts  []string
	MaxGiB    int // a query that reads more is stopped; 0 for no limit
	Now       func() time.Time
	Poll      time.Duration // between looks at a running query; 0 for a second
	Backoff   pace.Backoff  // for queries that fail and may be tried again
}

// New returns the records of a table.
func New(client *sdk.Client, o Options) audit.Source {
	if o.Catalog == "" {
		o.Catalog = "AwsDataCatalog"
	}
	if o.Workgroup == "" {
		o.Workgroup = "primary"
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Backoff.Sleep == nil {
		o.Backoff.Sleep = pace.Sleep
	}
	return &source{Options: o, client: client}
}

type source struct {
	Options
	client *sdk.Client
	read   atomic.Int64 // bytes
}

func (s *source) Name() string { return "athena" }

// Capabilities: a trail keeps what its owner lets it keep.
func (s *source) Capabilities() audit.Capabilities {
	return audit.Capabilities{Provider: "aws", Lag: lag, HasActor: true, HasValues: true, Accounts: s.Accounts}
}

// Spent says how much the queries so far read.
func (s *source) Spent() string { return audit.Scanned(s.read.Load()) }

// Query runs one query for all writes of the window.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		t, err := s.table(ctx)
		if err != nil {
			yield(audit.Event{}, s.failed(err))
			return
		}
		text, parameters := s.statement(t, q)
		if err := s.run(ctx, text, parameters, yield); err != nil && !errors.Is(err, errEnough) {
			yield(audit.Event{}, s.failed(err))
		}
	}
}

// errEnough says that the consumer wants no more.
var errEnough = errors.New("enough")

// statement asks for the writes of a window, and for the calls that open sessions of people who signed in through a SAML provider, which are reads.
// What is text in it is names that were checked: of columns, and of the table, which is quoted.
func (s *source) statement(t table, q audit.Query) (string, []string) {
	var conditions, parameters []string
	add := func(condition string, values ...string) {
		conditions = append(conditions, condition)
		for _, v := range values {
			parameters = append(parameters, literal(v))
		}
	}
	from, to := q.From.UTC(), q.To.UTC()
	if q.From.IsZero() {
		from = time.Unix(0, 0).UTC()
	}
	if q.To.IsZero() || q.To.After(s.Now().Add(-late)) {
		to = s.Now().UTC().Add(late) // clocks differ
	}
	add(t.day+" BETWEEN ? AND ?", from.Format(t.layout), to.Add(late).Format(t.layout)) // the day of a file is when it was written
	regions := q.Regions
	if len(s.Regions) > 0 {
		regions = slices.Concat(s.Regions, q.Regions)
	}
	if t.region != "" && len(regions) > 0 {
		regions = append(slices.Clone(regions), "us-east-1") // where global services log
		slices.Sort(regions)
		regions = slices.Compact(regions)
		add(t.region+" IN ("+marks(regions)+")", regions...)
	}
	accounts := s.Accounts
	if len(accounts) == 0 {
		accounts = q.Accounts
	}
	if t.account != "" && len(accounts) > 0 {
		add(t.account+" IN ("+marks(accounts)+")", accounts...)
	}
	add("eventtime BETWEEN ? AND ?", from.Format(time.RFC3339), to.Format(time.RFC3339))
	if q.WriteOnly {
		add("(readonly = ? OR eventname = ?)", "false", "AssumeRoleWithSAML")
	}
	return "SELECT " + strings.Join(t.columns, ", ") + " FROM " + quoted(s.Database) + "." + quoted(s.Table) + " WHERE " + strings.Join(conditions, " AND "), parameters
}

func marks(values []string) string {
	return strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
}

// literal writes a value as an execution parameter: Athena wants text as SQL does.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// failed turns an API error into a problem with its code and the next step.
func (s *source) failed(err error) error {
	where := "athena table " + s.Database + "." + s.Table
	out := &audit.SourceError{Code: audit.ProblemFailed, Err: fmt.Errorf("%s: %w", where, err)}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return out
	}
	switch code := api.ErrorCode(); {
	case strings.HasPrefix(code, "AccessDenied"), code == "UnauthorizedOperation":
		out.Code = audit.ProblemNoPermission
		out.Err = fmt.Errorf("%s: not allowed: %s; the policy in the documentation names what is needed", where, short(api.ErrorMessage()))
	case code == "ExpiredTokenException", code == "ExpiredToken", code == "RequestExpired":
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: the credentials have expired; renew them and run again", where)
	case code == "UnrecognizedClientException", code == "InvalidClientTokenId":
		out.Code, out.Err = audit.ProblemNoPermission, fmt.Errorf("%s: AWS does not know these credentials", where)
	case code == "MetadataException":
		out.Err = fmt.Errorf("%s: %s; does the table exist in this region?", where, short(api.ErrorMessage()))
	case code == "TooManyRequestsException", code == "ThrottlingException":
		out.Err = fmt.Errorf("%s: throttled, and stayed so: %s", where, short(api.ErrorMessage()))
	}
	return out
}

const maxText = 300

// short keeps what a service says to one line.
func short(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText]) + "..."
	}
	return s
}

func text(p *string) string { return aws.ToString(p) }
