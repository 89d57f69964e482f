package githubtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The App, its installation on the repository's organisation, and its webhook.
const (
	appID          = 7777
	installationID = 501
	hookID         = 109948940
)

// AppID and InstallationID are the numbers of the App that [App] acts for.
const (
	AppID          int64 = appID
	InstallationID int64 = installationID
)

// AppKey makes the App's private key, in PEM: with it a client can prove to be the App and ask for tokens of its installation.
func (s *Server) AppKey() []byte {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.appKey == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			s.t.Fatal(err)
		}
		s.appKey = key
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(s.appKey)})
}

// Uninstall removes the App from the repository: its tokens end.
func (s *Server) Uninstall(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emit(s.users[login], "installation", "deleted", map[string]any{"repositories": []any{s.shortRepository()}})
	maps.DeleteFunc(s.tokens, func(_ string, t *Token) bool { return t.User.Login == App })
	s.uninstalled = true
}

// Install installs the App on the repository, again.
func (s *Server) Install(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uninstalled = false
	s.emit(s.users[login], "installation", "created", map[string]any{"repositories": []any{s.shortRepository()}, "requester": nil})
}

func (s *Server) shortRepository() map[string]any {
	return map[string]any{"id": 4242, "node_id": "R_4242", "name": s.name, "full_name": s.owner + "/" + s.name, "private": false}
}

func (s *Server) appRoutes() []*route {
	return []*route{
		{method: http.MethodGet, template: "/app", jwt: true, handle: func(*call) *answer {
			return ok(map[string]any{
				"id": appID, "slug": "mooring", "node_id": "A_7777", "name": "mooring", "owner": map[string]any{"login": s.owner, "id": 9, "type": "Organization"}, "description": nil,
				"external_url": "https://example.com", "html_url": "https://github.com/apps/mooring", "permissions": allPermissions(), "events": []any{"issue_comment"},
			})
		}},
		{method: http.MethodGet, template: "/app/installations", jwt: true, handle: func(c *call) *answer {
			if s.uninstalled {
				return s.page(c, nil)
			}
			return s.page(c, []any{s.installationJSON()})
		}},
		{method: http.MethodPost, template: "/app/installations/{installation_id}/access_tokens", jwt: true, handle: s.createToken},
		{method: http.MethodGet, template: "/repos/{owner}/{repo}/installation", jwt: true, handle: func(*call) *answer {
			if s.uninstalled {
				return notFound()
			}
			return ok(s.installationJSON())
		}},
		{method: http.MethodGet, template: "/installation/repositories", need: "metadata=read", handle: func(c *call) *answer {
			return s.pageIn(c, "repositories", []any{s.repositoryJSON(c.token)})
		}},
	}
}

func (s *Server) installationJSON() map[string]any {
	return map[string]any{
		"id": installationID, "app_id": appID, "app_slug": "mooring", "target_id": 9, "target_type": "Organization", "repository_selection": "selected",
		"account": map[string]any{"login": s.owner, "id": 9, "type": "Organization", "node_id": "O_9"}, "permissions": allPermissions(), "events": []any{"issue_comment", "push"},
		"access_tokens_url": "https://api.github.com/app/installations/501/access_tokens", "repositories_url": "https://api.github.com/installation/repositories",
		"html_url": "https://github.com/organizations/acme/settings/installations/501", "created_at": stamp(s.opts.Start), "updated_at": stamp(s.opts.Start),
		"single_file_name": nil, "suspended_by": nil, "suspended_at": nil,
	}
}

// allPermissions are those that the App was granted.
func allPermissions() map[string]string {
	return map[string]string{
		"contents": "write", "issues": "write", "pull_requests": "write", "actions": "write", "checks": "write", "security_events": "write", "members": "read", "metadata": "read",
	}
}

// createToken makes a token of the installation that ends after an hour, with less than all permissions when asked to.
func (s *Server) createToken(c *call) *answer {
	if s.uninstalled || c.number("installation_id") != installationID {
		return notFound()
	}
	var in struct {
		Repositories  []string
		RepositoryIDs []int64 `json:"repository_ids"`
		Permissions   map[string]string
	}
	if len(c.body) > 0 {
		if a := c.decode(&in); a != nil {
			return a
		}
	}
	for _, r := range in.Repositories {
		if !strings.EqualFold(r, s.name) {
			return fail(http.StatusUnprocessableEntity, "There is at least one repository that does not exist or is not accessible to the parent installation.")
		}
	}
	if slices.ContainsFunc(in.RepositoryIDs, func(id int64) bool { return id != 4242 }) {
		return fail(http.StatusUnprocessableEntity, "There is at least one repository that does not exist or is not accessible to the parent installation.")
	}
	granted := allPermissions()
	for name, level := range in.Permissions {
		if have := granted[name]; have == "" || level == "write" && have != "write" {
			return fail(http.StatusUnprocessableEntity, "The permissions requested are not granted to this installation.")
		}
	}
	if in.Permissions != nil {
		granted = maps.Clone(in.Permissions)
	}
	name := "ghs_" + stringOf(s.id())
	expires := s.now.Add(time.Hour)
	s.tokens[name] = &Token{User: s.users[App], Permissions: granted, App: true, expires: expires}
	// A client compares the end with its own clock, which its proof tells.
	return created(map[string]any{"token": name, "expires_at": stamp(c.token.issued.Add(time.Hour)), "permissions": granted, "repository_selection": "selected"})
}

// provesApp checks a client's JSON web token: signed with the App's key, for the App, not outlived. GitHub's own clock decides, so it says what is wrong.
func (s *Server) provesApp(token string) (*Token, *answer) {
	refuse := func(message string) (*Token, *answer) { return nil, fail(http.StatusUnauthorized, message) }
	parts := strings.Split(token, ".")
	if len(parts) != 3 || s.appKey == nil {
		return refuse("A JSON web token could not be decoded")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return refuse("A JSON web token could not be decoded")
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&s.appKey.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
		return refuse("A JSON web token could not be decoded")
	}
	var claims struct {
		Issuer  any     `json:"iss"`
		Expires float64 `json:"exp"`
		Issued  float64 `json:"iat"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return refuse("A JSON web token could not be decoded")
	}
	// Clients of the App stamp with the machine's clock, which the server's time has nothing to do with: only the span can be judged.
	switch {
	case fmt.Sprint(claims.Issuer) != stringOf(appID):
		return refuse("'Issuer' claim ('iss') must be an Integer")
	case claims.Expires-claims.Issued > (11*time.Minute+time.Second).Seconds() || claims.Expires <= claims.Issued:
		return refuse("'Expiration time' claim ('exp') is too far in the future")
	}
	return &Token{User: s.users[App], App: true, jwt: true, issued: time.Unix(int64(claims.Issued), 0)}, nil
}
