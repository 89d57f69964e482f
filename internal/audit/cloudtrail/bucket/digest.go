package bucket

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/klauspost/compress/gzip"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Keys lists the public keys that CloudTrail signed digests with. *cloudtrail.Client is one; keys are those of its region.
type Keys interface {
	ListPublicKeys(context.Context, *cloudtrail.ListPublicKeysInput, ...func(*cloudtrail.Options)) (*cloudtrail.ListPublicKeysOutput, error)
}

// Every hour CloudTrail writes a digest: the SHA-256 of each log file, signed, and naming the digest before it. A digest is looked for this long
// after the last event that it covers.
const digestLag = 2 * time.Hour

// maxObject bounds what is held in memory while a file is checked; CloudTrail's own limit is 50 MB packed.
const (
	maxObject   = 64 << 20
	maxUnpacked = 2 << 30
)

// A digest is what one digest file says.
type digest struct {
	key      string
	previous string
	files    map[string]string // key of a log file -> hex SHA-256 of its content
}

// digests reads and checks all digests of a region for the window. What does not check out is a problem, and vouches for nothing.
func (s *source) digests(ctx context.Context, account, region string, q audit.Query) (map[string]string, []error) {
	name := lastStep(region)
	root := strings.TrimSuffix(account, "/") + "/CloudTrail-Digest/" + name + "/"
	wide := q
	if !wide.To.IsZero() {
		wide.To = wide.To.Add(digestLag)
	}
	days, err := s.days(ctx, root, wide)
	if err != nil {
		return nil, []error{s.failed(err)}
	}
	keys, err := s.publicKeys(ctx, name, wide)
	if err != nil {
		return nil, []error{s.unverified(name, fmt.Errorf("public keys: %w", err))}
	}
	vouched, seen := map[string]string{}, map[string]bool{}
	var problems []error
	var chain []digest
	for _, day := range days {
		list, err := s.list(ctx, day, "")
		if err != nil {
			return nil, append(problems, s.failed(err))
		}
		for _, key := range list {
			d, err := s.digest(ctx, key, keys)
			if err != nil {
				problems = append(problems, s.unverified(name, err))
				continue
			}
			chain, seen[d.key] = append(chain, d), true
			for file, hash := range d.files {
				vouched[file] = hash
			}
		}
	}
	for i, d := range chain {
		if i > 0 && d.previous != "" && !seen[d.previous] {
			problems = append(problems, s.unverified(name, fmt.Errorf("digest %s names %s before it, which is missing or damaged", d.key, d.previous)))
		}
	}
	return vouched, problems
}

func (s *source) unverified(region string, err error) error {
	return &audit.SourceError{Code: audit.ProblemUnverified, Region: region, Err: fmt.Errorf("cloudtrail bucket %s: %w", s.opts.Bucket, err)}
}

// publicKeys reads the keys valid in the window, by fingerprint.
func (s *source) publicKeys(ctx context.Context, region string, q audit.Query) (map[string]*rsa.PublicKey, error) {
	in := &cloudtrail.ListPublicKeysInput{}
	if !q.From.IsZero() {
		in.StartTime = aws.Time(q.From)
	}
	out := map[string]*rsa.PublicKey{}
	for {
		page, err := s.opts.Verify(region).ListPublicKeys(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, k := range page.PublicKeyList {
			key, err := x509.ParsePKCS1PublicKey(k.Value)
			if err != nil {
				return nil, fmt.Errorf("key %s: %w", aws.ToString(k.Fingerprint), err)
			}
			out[aws.ToString(k.Fingerprint)] = key
		}
		if aws.ToString(page.NextToken) == "" {
			return out, nil
		}
		in.NextToken = page.NextToken
	}
}

// digest reads one digest and checks its signature: over its end time, its place, the hash of its content and the signature before it.
func (s *source) digest(ctx context.Context, key string, keys map[string]*rsa.PublicKey) (digest, error) {
	object, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.opts.Bucket, Key: &key})
	if err != nil {
		return digest{}, err
	}
	packed, err := readAll(object.Body)
	if err != nil {
		return digest{}, fmt.Errorf("digest %s: %w", key, err)
	}
	text, err := unpack(packed)
	if err != nil {
		return digest{}, fmt.Errorf("digest %s: %w", key, err)
	}
	d, err := tree.Parse(text)
	if err != nil {
		return digest{}, fmt.Errorf("digest %s: %w", key, err)
	}
	if tree.String(d, "digestS3Object") != key || tree.String(d, "digestS3Bucket") != s.opts.Bucket {
		return digest{}, fmt.Errorf("digest %s says it is %s/%s", key, tree.String(d, "digestS3Bucket"), tree.String(d, "digestS3Object"))
	}
	public := keys[tree.String(d, "digestPublicKeyFingerprint")]
	if public == nil {
		return digest{}, fmt.Errorf("digest %s is signed with a key that CloudTrail does not list", key)
	}
	signature, err := hex.DecodeString(object.Metadata["signature"])
	if err != nil || len(signature) == 0 {
		return digest{}, fmt.Errorf("digest %s has no signature", key)
	}
	previous := tree.String(d, "previousDigestSignature")
	if previous == "" {
		previous = "null"
	}
	sum := sha256.Sum256(text)
	signed := sha256.Sum256([]byte(strings.Join([]string{tree.String(d, "digestEndTime"), s.opts.Bucket + "/" + key, hex.EncodeToString(sum[:]), previous}, "\n")))
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, signed[:], signature); err != nil {
		return digest{}, fmt.Errorf("digest %s: the signature does not match its content", key)
	}
	out := digest{key: key, previous: tree.String(d, "previousDigestS3Object"), files: map[string]string{}}
	for _, f := range tree.List(d, "logFiles") {
		out.files[tree.String(f, "s3Object")] = strings.ToLower(tree.String(f, "hashValue"))
	}
	return out, nil
}

// check reads a whole log file and compares it with what the digests say. It returns the file again, and whether they vouch for it.
func check(body io.ReadCloser, want string) (io.ReadCloser, bool, error) {
	packed, err := readAll(body)
	if err != nil {
		return nil, false, err
	}
	text, err := unpack(packed)
	if err != nil {
		return nil, false, err
	}
	sum := sha256.Sum256(text)
	return io.NopCloser(bytes.NewReader(packed)), hex.EncodeToString(sum[:]) == want, nil
}

func readAll(body io.ReadCloser) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxObject+1))
	if err = errors.Join(err, body.Close()); err == nil && len(text) > maxObject {
		err = fmt.Errorf("larger than %d MiB", maxObject>>20)
	}
	return text, err
}

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("damaged gzip: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, maxUnpacked))
	if err != nil {
		return nil, fmt.Errorf("damaged gzip: %w", err)
	}
	return text, nil
}
