package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/impersonate"
	"google.golang.org/api/option"

	"github.com/mooringdev/mooring/internal/audit/gcp/call"
)

// scope lets a token do what the identity's roles allow; narrower ones differ by API, and roles are what people review.
const scope = "https://www.googleapis.com/auth/cloud-platform"

// timeout is for one request; the SDK has none.
const timeout = 2 * time.Minute

// client signs every request in. The environment may name an access token (GOOGLE_OAUTH_ACCESS_TOKEN), a credential file
// (GOOGLE_APPLICATION_CREDENTIALS, as google-github-actions/auth leaves it) or its content (GOOGLE_CREDENTIALS); otherwise it is what the SDK finds:
// who signed in with gcloud, or the identity of the machine.
func client(ctx context.Context, o Options) ([]option.ClientOption, identity, error) {
	plain := &http.Client{Transport: o.Transport, Timeout: timeout}
	who, err := detect(o, plain)
	if err != nil {
		return nil, identity{}, fmt.Errorf("google cloud: find credentials: %w", err)
	}
	if o.Impersonate != "" {
		// Tokens of others are asked for with our own: the same client that signs in every other request.
		who, err = impersonate.NewCredentials(&impersonate.CredentialsOptions{
			TargetPrincipal: o.Impersonate, Scopes: []string{scope}, Client: signedIn(ctx, who, plain),
		})
		if err != nil {
			return nil, identity{}, fmt.Errorf("google cloud: act as %s: %w", o.Impersonate, err)
		}
	}
	return []option.ClientOption{option.WithHTTPClient(signedIn(ctx, who, plain))}, identity{who, o.Impersonate}, nil
}

// An identity is what requests are signed in with.
type identity struct {
	credentials *auth.Credentials
	impersonate string
}

// Check signs in, and says as whom where the credentials tell.
func (i identity) Check(ctx context.Context) (string, error) {
	if _, err := i.credentials.Token(ctx); err != nil {
		return "", fmt.Errorf("google cloud: sign in: %w", err)
	}
	if i.impersonate != "" {
		return i.impersonate, nil
	}
	var file struct {
		Email string `json:"client_email"`
		URL   string `json:"service_account_impersonation_url"`
	}
	if json.Unmarshal(i.credentials.JSON(), &file) != nil {
		return "", nil // the identity of a machine, or a token: nothing tells
	}
	if file.Email == "" {
		file.Email = strings.TrimSuffix(file.URL[strings.LastIndexByte(file.URL, '/')+1:], ":generateAccessToken")
	}
	return file.Email, nil
}

func detect(o Options, plain *http.Client) (*auth.Credentials, error) {
	if token := o.Getenv("GOOGLE_OAUTH_ACCESS_TOKEN"); token != "" {
		return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: fixed(token)}), nil
	}
	options := &credentials.DetectOptions{Scopes: []string{scope}, Client: plain}
	text := []byte(o.Getenv("GOOGLE_CREDENTIALS"))
	if file := o.Getenv("GOOGLE_APPLICATION_CREDENTIALS"); file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("GOOGLE_APPLICATION_CREDENTIALS: %w", err)
		}
	}
	if len(text) == 0 {
		return credentials.DetectDefault(options)
	}
	var kind struct{ Type credentials.CredType }
	if json.Unmarshal(text, &kind) != nil || kind.Type == "" { // the error would quote the file
		return nil, errors.New("the credential file is not one that gcloud or google-github-actions/auth writes: it has no type")
	}
	return credentials.NewCredentialsFromJSON(kind.Type, text, options)
}

// fixed is a token that somebody else renews.
type fixed string

func (f fixed) Token(context.Context) (*auth.Token, error) { return &auth.Token{Value: string(f)}, nil }

// signedIn is a client that puts a token on every request, and follows no redirect with it.
func signedIn(ctx context.Context, who *auth.Credentials, plain *http.Client) *http.Client {
	base := plain.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	quota, err := who.QuotaProjectID(ctx)
	if err != nil {
		quota = ""
	}
	return &http.Client{
		Transport:     &signer{who: who, quota: quota, base: base},
		Timeout:       plain.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type signer struct {
	who   *auth.Credentials
	quota string // project that requests are counted for; "" for the identity's own
	base  http.RoundTripper
}

func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := s.who.Token(r.Context())
	if err != nil {
		var refused *auth.Error
		var network net.Error
		wait := errors.As(err, &refused) && refused.Temporary() || errors.As(err, &network)
		return nil, &call.SignInError{Err: withoutBody(err, refused), Wait: wait}
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token.Value)
	if s.quota != "" {
		r.Header.Set("X-Goog-User-Project", s.quota)
	}
	return s.base.RoundTrip(r)
}

// withoutBody keeps what a server of tokens answered out of messages, but for the code.
func withoutBody(err error, refused *auth.Error) error {
	if refused == nil || refused.Response == nil {
		return err
	}
	text, _, _ := strings.Cut(refused.Error(), "\n")
	return errors.New(text)
}

// Identity signs in with the credentials of the environment, and says as whom where they tell.
func Identity(ctx context.Context, o Options) (string, error) {
	_, who, err := client(ctx, o)
	if err != nil {
		return "", err
	}
	return who.Check(ctx)
}
