package bucket_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/bucket"
)

// signer is CloudTrail's side: it signs digests and lists its public key.
type signer struct{ key *rsa.PrivateKey }

func (s signer) ListPublicKeys(context.Context, *cloudtrail.ListPublicKeysInput, ...func(*cloudtrail.Options)) (*cloudtrail.ListPublicKeysOutput, error) {
	return &cloudtrail.ListPublicKeysOutput{PublicKeyList: []types.PublicKey{{Fingerprint: aws.String("f1"), Value: x509.MarshalPKCS1PublicKey(&s.key.PublicKey)}}}, nil
}

// put writes a signed digest over files and returns its signature.
func (s signer) put(t *testing.T, client *s3.Client, key, end, previousKey, previousSignature string, files map[string]string) string {
	t.Helper()
	d := map[string]any{"digestEndTime": end, "digestS3Bucket": "trail", "digestS3Object": key, "digestPublicKeyFingerprint": "f1", "previousDigestS3Object": nil, "previousDigestSignature": nil}
	previous := "null"
	if previousKey != "" {
		d["previousDigestS3Object"], d["previousDigestSignature"], previous = previousKey, previousSignature, previousSignature
	}
	var list []any
	for file, text := range files {
		sum := sha256.Sum256([]byte(text))
		list = append(list, map[string]any{"s3Bucket": "trail", "s3Object": file, "hashValue": hex.EncodeToString(sum[:]), "hashAlgorithm": "SHA-256"})
	}
	d["logFiles"] = list
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	signed := sha256.Sum256([]byte(strings.Join([]string{end, "trail/" + key, hex.EncodeToString(sum[:]), previous}, "\n")))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, signed[:])
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("trail"), Key: &key, Body: bytes.NewReader(pack(t, string(text))),
		Metadata: map[string]string{"signature": hex.EncodeToString(signature)}})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(signature)
}

func TestDigests(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const (
		day   = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/111122223333_CloudTrail_eu-west-1_"
		chain = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/20/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_"
	)
	good, changed, fresh := records("good@2026-11-20T10:00:00Z"), records("changed@2026-11-20T10:00:00Z"), records("fresh@2026-11-20T12:30:00Z")
	client := store(t, map[string]string{day + "20261120T1005Z_a.json.gz": good, day + "20261120T1010Z_b.json.gz": changed, day + "20261120T1235Z_c.json.gz": fresh})
	s := signer{private}
	first := s.put(t, client, chain+"20261120T110000Z.json.gz", "2026-11-20T11:00:00Z", "", "", map[string]string{
		day + "20261120T1005Z_a.json.gz": good, day + "20261120T1010Z_b.json.gz": "what CloudTrail wrote"})
	s.put(t, client, chain+"20261120T120000Z.json.gz", "2026-11-20T12:00:00Z", chain+"20261120T110000Z.json.gz", first, nil)
	s.put(t, client, chain+"20261120T140000Z.json.gz", "2026-11-20T14:00:00Z", chain+"20261120T130000Z.json.gz", first, nil)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer{other}.put(t, client, chain+"20261120T150000Z.json.gz", "2026-11-20T15:00:00Z", "", "", nil)

	src := bucket.New(client, bucket.Options{Bucket: "trail", Now: func() time.Time { return now }, Verify: func(string) bucket.Keys { return s }})
	got := map[string]bool{}
	var problems []string
	q := audit.Query{From: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC)}
	for e, err := range src.Query(context.Background(), q) {
		var problem *audit.SourceError
		switch {
		case errors.As(err, &problem) && problem.Code == audit.ProblemUnverified:
			problems = append(problems, err.Error())
		case err != nil:
			t.Error(err)
		default:
			got[e.ID] = e.Verified
		}
	}
	if len(got) != 2 || !got["good"] || got["fresh"] {
		t.Errorf("got %v: want good verified, fresh not yet, changed not used", got)
	}
	want := []string{"signature does not match", "20261120T130000Z.json.gz before it, which is missing", "was changed after it was written"}
	for i, text := range want {
		if i >= len(problems) || !strings.Contains(problems[i], text) {
			t.Errorf("problem %d: want %q in %q", i, text, problems)
		}
	}
}
