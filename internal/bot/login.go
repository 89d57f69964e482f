package bot

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"
	"golang.org/x/oauth2"

	"github.com/mooringdev/mooring/internal/bot/store"
)

const (
	// sessionTime is how long what somebody may read is believed. Then GitHub is asked again, which takes no click of somebody still signed in.
	sessionTime = 15 * time.Minute
	signInTime  = 10 * time.Minute
	maxReadable = 5000
)

// signIn is what the browser keeps between leaving for GitHub and coming back: sealed, so that it can neither be read nor made.
type signIn struct {
	State    string
	Verifier string // of PKCE
	Until    int64
}

func (s *Server) oauth() *oauth2.Config {
	return &oauth2.Config{
		ClientID: s.OAuth.ID, ClientSecret: s.OAuth.Secret, RedirectURL: s.URL + "/login/callback",
		Endpoint: oauth2.Endpoint{AuthURL: s.Web + "/login/oauth/authorize", TokenURL: s.Web + "/login/oauth/access_token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// cookie names. __Host- binds a cookie to this host and to TLS; over plain HTTP, for a look on one's own machine, it cannot be used.
func (s *Server) cookie(name string) string {
	if strings.HasPrefix(s.URL, "https://") {
		return "__Host-mooring-" + name
	}
	return "mooring-" + name
}

func (s *Server) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookie(name), Value: value, Path: "/", MaxAge: int(age.Seconds()), HttpOnly: true, Secure: strings.HasPrefix(s.URL, "https://"), SameSite: http.SameSiteLaxMode,
	})
}

// sign adds a signature to text; verify takes it off. purpose keeps one cookie from being passed off as another.
func (s *Server) sign(purpose, text string) string {
	return text + "." + base64.RawURLEncoding.EncodeToString(s.mac(purpose, text))
}

func (s *Server) verify(purpose, signed string) (string, bool) {
	at := strings.LastIndexByte(signed, '.')
	if at < 0 {
		return "", false
	}
	got, err := base64.RawURLEncoding.DecodeString(signed[at+1:])
	if err != nil || !hmac.Equal(got, s.mac(purpose, signed[:at])) {
		return "", false
	}
	return signed[:at], true
}

func (s *Server) mac(purpose, text string) []byte {
	mac := hmac.New(sha256.New, s.OAuth.Session)
	mac.Write([]byte(purpose + "\x00" + text)) // never fails
	return mac.Sum(nil)
}

func random() (string, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// login sends the browser to GitHub.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	state, err := random()
	if err != nil {
		say(w, http.StatusInternalServerError, "there is no randomness")
		return
	}
	in := signIn{State: state, Verifier: oauth2.GenerateVerifier(), Until: s.Now().Add(signInTime).Unix()}
	text, err := json.Marshal(in)
	if err != nil {
		say(w, http.StatusInternalServerError, "the sign-in could not begin")
		return
	}
	s.setCookie(w, "sign-in", s.sign("sign-in", base64.RawURLEncoding.EncodeToString(text)), signInTime)
	http.Redirect(w, r, s.oauth().AuthCodeURL(in.State, oauth2.S256ChallengeOption(in.Verifier)), http.StatusFound)
}

// began reads what the browser kept.
func (s *Server) began(r *http.Request) (in signIn, ok bool) {
	c, err := r.Cookie(s.cookie("sign-in"))
	if err != nil {
		return in, false
	}
	encoded, ok := s.verify("sign-in", c.Value)
	if !ok {
		return in, false
	}
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || json.Unmarshal(text, &in) != nil {
		return in, false
	}
	return in, s.Now().Unix() < in.Until
}

// callback hears GitHub's answer, asks what the person may read, and gives the token back at once: none is kept.
func (s *Server) callback(w http.ResponseWriter, r *http.Request) {
	in, ok := s.began(r)
	q := r.URL.Query()
	s.setCookie(w, "sign-in", "", -time.Second)
	if !ok || q.Get("state") == "" || !hmac.Equal([]byte(q.Get("state")), []byte(in.State)) {
		s.page(w, http.StatusBadRequest, "message", message{"This sign-in was not begun here, or took too long.", "/login"})
		return
	}
	if q.Get("error") != "" || q.Get("code") == "" {
		s.page(w, http.StatusForbidden, "message", message{"GitHub did not let you in.", "/login"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	session, err := s.identify(ctx, q.Get("code"), in.Verifier)
	if err != nil {
		s.log.Warn("somebody could not sign in", "why", err.Error())
		s.page(w, http.StatusBadGateway, "message", message{"GitHub could not be asked who you are. Try again in a moment.", "/login"})
		return
	}
	id, err := random()
	if err == nil {
		session.ID = hashed(id)
		err = s.store.SetSession(ctx, session)
	}
	if err != nil {
		s.log.Error("a session could not be kept", "error", err)
		s.page(w, http.StatusServiceUnavailable, "message", message{"The sign-in could not be kept. Try again in a moment.", "/login"})
		return
	}
	s.log.Info("signed in", "login", session.Login, "repositories", len(session.Readable))
	s.setCookie(w, "session", s.sign("session", id), sessionTime)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// identify trades the code for a token, asks who it is and which repositories of the App's they may read, and has the token forgotten.
func (s *Server) identify(ctx context.Context, code, verifier string) (v store.Session, err error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: s.apps.next, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }})
	token, err := s.oauth().Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return v, errors.New("the code was not taken") // the library's text quotes the answer
	}
	client := gh.NewClient(&http.Client{Transport: &oauth2.Transport{Source: oauth2.StaticTokenSource(token), Base: s.apps.next}, Timeout: 20 * time.Second})
	client.BaseURL = s.apps.api.BaseURL
	defer s.revoke(context.WithoutCancel(ctx), token.AccessToken)
	user, _, err := client.Users.Get(ctx, "")
	if err != nil {
		return v, fmt.Errorf("ask who it is: %w", err)
	}
	v.Login, v.Expires = user.GetLogin(), s.Now().Add(sessionTime)
	o := &gh.ListOptions{PerPage: 100}
	for {
		page, response, err := client.Apps.ListUserInstallations(ctx, o)
		if err != nil {
			return v, fmt.Errorf("ask for their installations: %w", err)
		}
		for _, i := range page {
			if v.Readable, err = readable(ctx, client, i.GetID(), v.Readable); err != nil {
				return v, err
			}
		}
		if response.NextPage == 0 {
			return v, nil
		}
		o.Page = response.NextPage
	}
}

func readable(ctx context.Context, client *gh.Client, installation int64, have []int64) ([]int64, error) {
	o := &gh.ListOptions{PerPage: 100}
	for len(have) < maxReadable {
		page, response, err := client.Apps.ListUserRepos(ctx, installation, o)
		if err != nil {
			return have, fmt.Errorf("ask for their repositories: %w", err)
		}
		for _, r := range page.Repositories {
			have = append(have, r.GetID())
		}
		if response.NextPage == 0 {
			break
		}
		o.Page = response.NextPage
	}
	return have, nil
}

// revoke gives a token back. It would end by itself; that it could not be given back stops nobody.
func (s *Server) revoke(ctx context.Context, token string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	basic := gh.BasicAuthTransport{Username: s.OAuth.ID, Password: s.OAuth.Secret, Transport: s.apps.next}
	client := gh.NewClient(basic.Client())
	client.BaseURL = s.apps.api.BaseURL
	if _, err := client.Authorizations.Revoke(ctx, s.OAuth.ID, token); err != nil {
		s.log.Warn("a user's token could not be given back")
	}
}

// who finds the session of a request.
func (s *Server) who(r *http.Request) (v store.Session, ok bool, err error) {
	c, cookieErr := r.Cookie(s.cookie("session"))
	if cookieErr != nil {
		return v, false, nil
	}
	id, ok := s.verify("session", c.Value)
	if !ok {
		return v, false, nil
	}
	return s.store.Session(r.Context(), hashed(id), s.Now())
}

// logout ends a session. It is a POST from our own page, so that nobody else's can do it.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(s.URL); err != nil || origin != u.Scheme+"://"+u.Host {
			say(w, http.StatusForbidden, "another page asked for this")
			return
		}
	}
	if v, ok, err := s.who(r); err == nil && ok {
		if err := s.store.DropSession(r.Context(), v.ID); err != nil {
			say(w, http.StatusServiceUnavailable, "the session could not be ended")
			return
		}
	}
	s.setCookie(w, "session", "", -time.Second)
	s.page(w, http.StatusOK, "message", message{"You are signed out.", "/login"})
}
