// Package bucket reads CloudTrail's log files from the S3 bucket of a trail: the source for organisations, with no limit on age.
//
// Start with [New]. Keys are listed by account, region and day; a key's date is when the file was published, which is up to an hour after what it
// tells, so the listing goes on beyond the window's end and events are filtered by their own time. Records inside files have no order, and several
// trails hold the same record. With Options.Verify the digests that AWS signs are checked (digest.go), and events of files that they vouch for are
// marked verified.
//
// Rights needed: s3:ListBucket and s3:GetObject on the trail's prefix; to verify also cloudtrail:ListPublicKeys.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/file"
	"github.com/mooringdev/mooring/internal/audit/pace"
)

// late is how long after the event its file may be published.
const late = time.Hour

// Options say where the trail writes.
type Options struct {
	Bucket string
	Prefix string // before AWSLogs/; "" for none
	Now    func() time.Time
	Verify func(region string) Keys // nil: digests are not checked
	// Backoff is for answers that were cut short; what is refused the client repeats by itself.
	Backoff pace.Backoff
}

// New returns a source of all records in the bucket that a query can want.
func New(client *s3.Client, opts Options) audit.Source {
	return &source{client: client, opts: opts}
}

type source struct {
	client *s3.Client
	opts   Options
}

func (s *source) Name() string { return "cloudtrail-s3" }

func (s *source) Capabilities() audit.Capabilities {
	return audit.Capabilities{Provider: "aws", Lag: 15 * time.Minute, HasActor: true, HasValues: true}
}

// Query lists the files of the window and reads them as exported logs.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		files := &objects{ctx: ctx, source: s, query: q, vouched: map[string]string{}, verified: map[string]bool{}}
		folders, problems, err := s.folders(ctx, q, files)
		if err != nil {
			yield(audit.Event{}, s.failed(err))
			return
		}
		for _, p := range problems {
			if !yield(audit.Event{}, p) {
				return
			}
		}
		for e, err := range file.New(folders, files).Query(ctx, q) {
			if err == nil && (!q.From.IsZero() && e.Time.Before(q.From) || !q.To.IsZero() && e.Time.After(q.To)) {
				continue
			}
			e.Verified = files.isVerified(e.File)
			e.File = "s3://" + s.opts.Bucket + "/" + e.File
			if !yield(e, err) {
				return
			}
		}
	}
}

// folders lists one folder per account, region and day of the window: prefix/AWSLogs/[o-id/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/.
// With Verify it also learns which files the digests vouch for.
func (s *source) folders(ctx context.Context, q audit.Query, files *objects) ([]string, []error, error) {
	root := "AWSLogs/"
	if s.opts.Prefix != "" {
		root = strings.TrimSuffix(s.opts.Prefix, "/") + "/" + root
	}
	accounts, err := s.accounts(ctx, root, q)
	if err != nil {
		return nil, nil, err
	}
	var out []string
	var problems []error
	for _, account := range accounts {
		regions, err := s.children(ctx, account+"CloudTrail/")
		if err != nil {
			return nil, nil, err
		}
		for _, region := range regions {
			name := lastStep(region)
			if len(q.Regions) > 0 && name != "us-east-1" && !slices.Contains(q.Regions, name) {
				continue
			}
			days, err := s.days(ctx, region, q)
			if err != nil {
				return nil, nil, err
			}
			out = append(out, days...)
			if s.opts.Verify != nil {
				vouched, bad := s.digests(ctx, account, region, q)
				maps.Copy(files.vouched, vouched)
				problems = append(problems, bad...)
			}
		}
	}
	return out, problems, nil
}

func (s *source) accounts(ctx context.Context, root string, q audit.Query) ([]string, error) {
	list, err := s.children(ctx, root)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, folder := range list {
		name := lastStep(folder)
		if strings.HasPrefix(name, "o-") { // an organisation's trail has one level more
			inner, err := s.accounts(ctx, folder, q)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
			continue
		}
		if len(q.Accounts) == 0 || slices.Contains(q.Accounts, name) {
			out = append(out, folder)
		}
	}
	return out, nil
}

// days lists the day folders of a region. With an open beginning the bucket is asked which days there are.
func (s *source) days(ctx context.Context, region string, q audit.Query) ([]string, error) {
	to := q.To
	if to.IsZero() {
		to = s.opts.Now()
	}
	to = to.Add(late)
	if !q.From.IsZero() {
		var out []string
		for day := q.From.UTC().Truncate(24 * time.Hour); !day.After(to); day = day.AddDate(0, 0, 1) {
			out = append(out, region+day.Format("2006/01/02")+"/")
		}
		return out, nil
	}
	folders := []string{region}
	for range 3 { // year, month, day
		var next []string
		for _, f := range folders {
			inner, err := s.children(ctx, f)
			if err != nil {
				return nil, err
			}
			next = append(next, inner...)
		}
		folders = next
	}
	return folders, nil
}

// children lists the folders directly below a prefix.
func (s *source) children(ctx context.Context, prefix string) ([]string, error) {
	var out []string
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.opts.Bucket, Prefix: &prefix, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := s.next(ctx, pages)
		if err != nil {
			return nil, err
		}
		for _, p := range page.CommonPrefixes {
			out = append(out, aws.ToString(p.Prefix))
		}
	}
	return out, nil
}

// next asks for the next page of a listing.
func (s *source) next(ctx context.Context, pages *s3.ListObjectsV2Paginator) (page *s3.ListObjectsV2Output, err error) {
	err = s.opts.Backoff.Do(ctx, func() (err error) {
		page, err = pages.NextPage(ctx)
		return pace.Cut(err)
	})
	return page, err
}

func lastStep(folder string) string {
	folder = strings.TrimSuffix(folder, "/")
	return folder[strings.LastIndexByte(folder, '/')+1:]
}

// objects makes folders of the bucket readable as files.
type objects struct {
	ctx    context.Context
	source *source
	query  audit.Query

	vouched  map[string]string // key -> hash, from checked digests
	mu       sync.Mutex
	verified map[string]bool
}

func (o *objects) isVerified(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.verified[key]
}

// Glob lists the log files of one day folder, beginning with the window: names hold the time of publication. A day without files is no error.
func (o *objects) Glob(folder string) ([]string, error) {
	after := ""
	steps := strings.Split(strings.Trim(folder, "/"), "/")
	if n := len(steps); n >= 6 && !o.query.From.IsZero() {
		account, region := steps[n-6], steps[n-4]
		after = folder + account + "_CloudTrail_" + region + "_" + o.query.From.UTC().Format("20060102T1504Z")
	}
	out, err := o.source.list(o.ctx, folder, after)
	if err != nil {
		return nil, o.source.failed(err)
	}
	if out == nil {
		return nil, file.ErrNothing
	}
	return out, nil
}

// list names the packed JSON files below a prefix, from the key after on.
func (s *source) list(ctx context.Context, prefix, after string) ([]string, error) {
	in := &s3.ListObjectsV2Input{Bucket: &s.opts.Bucket, Prefix: &prefix}
	if after != "" {
		in.StartAfter = &after
	}
	var out []string
	pages := s3.NewListObjectsV2Paginator(s.client, in)
	for pages.HasMorePages() {
		page, err := s.next(ctx, pages)
		if err != nil {
			return nil, err
		}
		for _, object := range page.Contents {
			if key := aws.ToString(object.Key); strings.HasSuffix(key, ".json.gz") {
				out = append(out, key)
			}
		}
	}
	return out, nil
}

// Open streams one object.
func (o *objects) Open(key string) (io.ReadCloser, error) {
	got, err := o.source.client.GetObject(o.ctx, &s3.GetObjectInput{Bucket: &o.source.opts.Bucket, Key: &key})
	if err != nil {
		return nil, o.source.failed(err)
	}
	want, ok := o.vouched[key]
	if !ok {
		return got.Body, nil // newer than the last digest, or digests are not checked
	}
	body, fits, err := check(got.Body, want)
	if err != nil {
		return nil, err
	}
	if !fits {
		return nil, o.source.unverified("", fmt.Errorf("%s was changed after it was written: its content does not match the digest; it is not used", key))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.verified[key] = true
	return body, nil
}

func (s *source) failed(err error) error {
	var problem *audit.SourceError
	if errors.As(err, &problem) {
		return err
	}
	out := &audit.SourceError{Code: audit.ProblemFailed, Err: fmt.Errorf("cloudtrail bucket %s: %w", s.opts.Bucket, err)}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return out
	}
	switch api.ErrorCode() {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		out.Err = fmt.Errorf("cloudtrail bucket %s: the credentials have expired; renew them and run again", s.opts.Bucket)
	case "AccessDenied", "AllAccessDisabled", "Forbidden":
		out.Code = audit.ProblemNoPermission
		out.Err = fmt.Errorf("cloudtrail bucket %s: access denied; grant s3:ListBucket and s3:GetObject on it", s.opts.Bucket)
	}
	return out
}
