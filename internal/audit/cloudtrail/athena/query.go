package athena

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

const (
	pageSize    = 1000
	stopTimeout = 5 * time.Second
	gib         = 1 << 30
)

// run starts a query, waits for it and yields its rows. A query that failed by Athena's own fault is run again.
func (s *source) run(ctx context.Context, statement string, parameters []string, yield func(audit.Event, error) bool) error {
	var id string
	err := s.Backoff.Do(ctx, func() (err error) {
		id, err = s.execute(ctx, statement, parameters)
		return err
	})
	if err != nil {
		return err
	}
	return s.results(ctx, id, yield)
}

// execute runs a query to its end. The SDK makes a started query one and the same when the request has to be repeated.
func (s *source) execute(ctx context.Context, statement string, parameters []string) (string, error) {
	in := &sdk.StartQueryExecutionInput{
		QueryString: &statement, ExecutionParameters: parameters, WorkGroup: &s.Workgroup,
		QueryExecutionContext: &types.QueryExecutionContext{Catalog: &s.Catalog, Database: &s.Database},
	}
	if s.Output != "" {
		in.ResultConfiguration = &types.ResultConfiguration{OutputLocation: &s.Output}
	}
	started, err := s.client.StartQueryExecution(ctx, in)
	if err != nil {
		return "", err
	}
	id := text(started.QueryExecutionId)
	if err := s.wait(ctx, id); err != nil {
		if !errors.As(err, new(*ended)) {
			s.stop(ctx, id)
		}
		return "", err
	}
	return id, nil
}

// ended is a query that Athena ended without a result.
type ended struct{ why string }

func (e *ended) Error() string { return e.why }

// wait returns nil when the query has a result.
func (s *source) wait(ctx context.Context, id string) error {
	var counted int64
	for {
		got, err := s.client.GetQueryExecution(ctx, &sdk.GetQueryExecutionInput{QueryExecutionId: &id})
		if err != nil {
			return err
		}
		if got.QueryExecution == nil || got.QueryExecution.Status == nil {
			return errors.New("the server says nothing of a query that it started")
		}
		if st := got.QueryExecution.Statistics; st != nil && aws.ToInt64(st.DataScannedInBytes) > counted {
			s.read.Add(aws.ToInt64(st.DataScannedInBytes) - counted)
			counted = aws.ToInt64(st.DataScannedInBytes)
		}
		status := got.QueryExecution.Status
		switch status.State {
		case types.QueryExecutionStateSucceeded:
			return nil
		case types.QueryExecutionStateFailed:
			err := error(&ended{"the query failed: " + short(text(status.StateChangeReason))})
			if status.AthenaError != nil && status.AthenaError.Retryable {
				err = &pace.Again{Err: err}
			}
			return err
		case types.QueryExecutionStateCancelled:
			return &ended{"the query was cancelled: " + short(text(status.StateChangeReason)+" (by a person, or by the workgroup's limit on what a query may read)")}
		}
		if s.MaxGiB > 0 && counted > int64(s.MaxGiB)*gib {
			return fmt.Errorf("the query was stopped when it had read more than max_gib = %d; shorten attribution.lookback, or raise it", s.MaxGiB)
		}
		if err := s.Backoff.Sleep(ctx, s.Poll); err != nil {
			return err
		}
	}
}

// stop ends a query that nobody waits for any more, so that it costs no more. Whether that worked changes nothing for us.
func (s *source) stop(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	_, _ = s.client.StopQueryExecution(ctx, &sdk.StopQueryExecutionInput{QueryExecutionId: &id})
}

// results yields the rows of a query. The first row of the first page is the names of the columns.
func (s *source) results(ctx context.Context, id string, yield func(audit.Event, error) bool) error {
	where := "athena " + s.Database + "." + s.Table
	in := &sdk.GetQueryResultsInput{QueryExecutionId: &id, MaxResults: aws.Int32(pageSize)}
	seen := map[string]bool{}
	var names []string
	for n := 0; ; {
		var page *sdk.GetQueryResultsOutput
		err := s.Backoff.Do(ctx, func() (err error) {
			page, err = s.client.GetQueryResults(ctx, in)
			return pace.Cut(err)
		})
		if err != nil {
			return err
		}
		if page.ResultSet == nil {
			return errors.New("the server sends a page without rows")
		}
		rows := page.ResultSet.Rows
		if names == nil && len(rows) > 0 {
			for _, d := range rows[0].Data {
				names = append(names, text(d.VarCharValue))
			}
			rows = rows[1:]
		}
		for _, row := range rows {
			if !yield(decode(names, row, where, n)) {
				return errEnough
			}
			n++
		}
		next := text(page.NextToken)
		if next == "" {
			return nil
		}
		if seen[next] {
			return errors.New("the server names the same page twice; the rest is not read")
		}
		seen[next], in.NextToken = true, page.NextToken
	}
}
