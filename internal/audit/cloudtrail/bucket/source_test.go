package bucket_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/bucket"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// store starts an S3 server with one bucket and puts objects into it.
func store(t *testing.T, objects map[string]string) *s3.Client {
	t.Helper()
	server := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")})
	ctx := context.Background()
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("trail")}); err != nil {
		t.Fatal(err)
	}
	for key, text := range objects {
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("trail"), Key: &key, Body: bytes.NewReader(pack(t, text))}); err != nil {
			t.Fatal(err)
		}
	}
	return client
}

func pack(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func records(list ...string) string {
	var out []string
	for _, e := range list {
		id, at, _ := strings.Cut(e, "@")
		out = append(out, `{"eventID":"`+id+`","eventName":"CreateTags","eventSource":"ec2.amazonaws.com","eventTime":"`+at+`"}`)
	}
	return `{"Records":[` + strings.Join(out, ",") + `]}`
}

func TestWindowAccountsRegionsAndLateFiles(t *testing.T) {
	const org = "x/AWSLogs/o-abc/"
	client := store(t, map[string]string{
		org + "111122223333/CloudTrail/eu-west-1/2026/11/20/111122223333_CloudTrail_eu-west-1_20261120T1000Z_aaaaaaaaaaaaaaaa.json.gz":   records("in@2026-11-20T09:58:00Z", "before@2026-11-20T08:00:00Z"),
		org + "111122223333/CloudTrail/eu-west-1/2026/11/21/111122223333_CloudTrail_eu-west-1_20261121T0030Z_aaaaaaaaaaaaaaaa.json.gz":   records("late@2026-11-20T23:50:00Z"),
		org + "111122223333/CloudTrail/us-east-1/2026/11/20/111122223333_CloudTrail_us-east-1_20261120T1000Z_aaaaaaaaaaaaaaaa.json.gz":   records("global@2026-11-20T09:58:00Z"),
		org + "111122223333/CloudTrail/eu-west-1/2026/11/20/111122223333_CloudTrail_eu-west-1_20261120T0100Z_aaaaaaaaaaaaaaaa.json.gz":   "damaged, but published before the window",
		org + "111122223333/CloudTrail/ap-south-1/2026/11/20/111122223333_CloudTrail_ap-south-1_20261120T1000Z_aaaaaaaaaaaaaaaa.json.gz": records("elsewhere@2026-11-20T09:58:00Z"),
		org + "999999999999/CloudTrail/eu-west-1/2026/11/20/999999999999_CloudTrail_eu-west-1_20261120T1000Z_aaaaaaaaaaaaaaaa.json.gz":   records("stranger@2026-11-20T09:58:00Z"),
	})
	src := bucket.New(client, bucket.Options{Bucket: "trail", Prefix: "x", Now: func() time.Time { return now }})
	var ids []string
	q := audit.Query{From: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 23, 59, 0, 0, time.UTC), Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1"}}
	for e, err := range src.Query(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
		if !strings.HasPrefix(e.File, "s3://trail/x/AWSLogs/") {
			t.Errorf("read from %q", e.File)
		}
	}
	slices.Sort(ids)
	if strings.Join(ids, " ") != "global in late" {
		t.Errorf("got %v", ids)
	}
}

func TestAMissingBucketIsAProblem(t *testing.T) {
	src := bucket.New(store(t, nil), bucket.Options{Bucket: "nothing", Now: func() time.Time { return now }})
	n := 0
	for _, err := range src.Query(context.Background(), audit.Query{}) {
		var problem *audit.SourceError
		if n++; !errors.As(err, &problem) || !strings.Contains(err.Error(), "cloudtrail bucket nothing") {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("got %d answers, want one problem", n)
	}
}
