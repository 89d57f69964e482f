package bot

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/report"
)

//go:embed pages
var pages embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"plural": plural, "plain": report.Plain}).ParseFS(pages, "pages/*.html"))

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// A message is a page that says one thing.
type message struct {
	Text string
	Next string // where to go on
}

func (s *Server) addPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.overview)
	mux.HandleFunc("GET /repository/{owner}/{name}", s.repositoryPage)
	mux.HandleFunc("GET /login", s.login)
	mux.HandleFunc("GET /login/callback", s.callback)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		http.ServeFileFS(w, r, pages, "pages/style.css")
	})
}

// page renders before it answers, so that an error is never half a page.
func (s *Server) page(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name+".html", data); err != nil {
		s.log.Error("a page could not be rendered", "page", name, "error", err)
		say(w, http.StatusInternalServerError, "the page could not be made")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // who asked may be gone
}

// A row is one repository of the overview.
type row struct {
	Name, Link, Web string
	Problem         string
	Stacks          int
	Drifted         int
	Pending         int
	Failed          int
	Differences     int
	Oldest          string
	Scanned         string
	Stale           bool
	Never           bool
}

type overviewPage struct {
	Login string
	Rows  []row
	Total row
	Now   string
}

// staleAfter is how old a scan may be before the page says so: nothing looks as clean as a bot that stopped.
const staleAfter = 48 * time.Hour

// overview is all repositories that somebody may read, those that need somebody first.
func (s *Server) overview(w http.ResponseWriter, r *http.Request) {
	session, ok, err := s.who(r)
	switch {
	case err != nil:
		s.page(w, http.StatusServiceUnavailable, "message", message{"The database does not answer. Try again in a moment.", "/"})
		return
	case !ok:
		http.Redirect(w, r, "/login", http.StatusFound)
		return
	}
	all, err := s.store.Repositories(r.Context())
	if err != nil {
		s.page(w, http.StatusServiceUnavailable, "message", message{"The database does not answer. Try again in a moment.", "/"})
		return
	}
	now := s.Now()
	p := overviewPage{Login: session.Login, Now: now.UTC().Format("2 January 2006, 15:04 UTC")}
	for _, x := range all {
		if !slices.Contains(session.Readable, x.ID) {
			continue
		}
		v := s.row(x.Name, stateOf(x), now)
		p.Rows = append(p.Rows, v)
		p.Total.Stacks += v.Stacks
		p.Total.Drifted += v.Drifted
		p.Total.Failed += v.Failed
		p.Total.Differences += v.Differences
	}
	slices.SortStableFunc(p.Rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.Drifted+b.Failed, a.Drifted+a.Failed), cmp.Compare(b.Differences, a.Differences), cmp.Compare(a.Name, b.Name))
	})
	s.page(w, http.StatusOK, "overview", p)
}

func (s *Server) row(name string, st repositoryState, now time.Time) row {
	owner, repo, _ := strings.Cut(name, "/")
	v := row{Name: name, Link: "/repository/" + url.PathEscape(owner) + "/" + url.PathEscape(repo), Web: s.Web + "/" + name, Problem: st.Problem, Stacks: len(st.Stacks), Never: st.Scanned.IsZero()}
	var oldest time.Time
	for _, x := range st.Stacks {
		switch {
		case x.Status == report.StatusFailed:
			v.Failed++
		case len(x.Items) > 0:
			v.Drifted++
		case x.Status == report.StatusPending:
			v.Pending++
		}
		v.Differences += len(x.Items)
		if !x.Since.IsZero() && (oldest.IsZero() || x.Since.Before(oldest)) {
			oldest = x.Since
		}
	}
	if !oldest.IsZero() {
		v.Oldest = ago(now.Sub(oldest))
	}
	if !v.Never {
		v.Scanned, v.Stale = ago(now.Sub(st.Scanned)), now.Sub(st.Scanned) > staleAfter
	}
	return v
}

// ago is a span as people say it.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return plural(int(d/time.Minute), "minute") + " ago"
	case d < 48*time.Hour:
		return plural(int(d/time.Hour), "hour") + " ago"
	}
	return plural(int(d/(24*time.Hour)), "day") + " ago"
}

type stackRow struct {
	ID, Status, Word string
	Since, Looked    string
	Items            []string
	More             int
}

type repositoryPage struct {
	row
	Login  string
	Rows   []stackRow
	Issues string
	Now    string
}

// repositoryPage is one repository. One that somebody may not read is one that is not there.
func (s *Server) repositoryPage(w http.ResponseWriter, r *http.Request) {
	session, ok, err := s.who(r)
	if err == nil && !ok {
		http.Redirect(w, r, "/login", http.StatusFound)
		return
	}
	x, found, findErr := s.store.RepositoryNamed(r.Context(), r.PathValue("owner")+"/"+r.PathValue("name"))
	switch {
	case err != nil || findErr != nil:
		s.page(w, http.StatusServiceUnavailable, "message", message{"The database does not answer. Try again in a moment.", "/"})
		return
	case !found || !slices.Contains(session.Readable, x.ID):
		s.page(w, http.StatusNotFound, "message", message{"There is no such repository, or you may not read it.", "/"})
		return
	}
	now := s.Now()
	st := stateOf(x)
	p := repositoryPage{row: s.row(x.Name, st, now), Login: session.Login, Issues: s.Web + "/" + x.Name + "/issues?q=" + url.QueryEscape("is:open label:drift"), Now: now.UTC().Format("2 January 2006, 15:04 UTC")}
	for _, k := range st.Stacks {
		v := stackRow{ID: k.ID, Status: string(k.Status), Looked: ago(now.Sub(k.At)), Items: k.Items}
		switch {
		case k.Status == report.StatusFailed:
			v.Word = "could not be planned"
		case len(k.Items) > 0:
			v.Status, v.Word = "drifted", plural(len(k.Items), "difference")
		case k.Status == report.StatusPending:
			v.Word = "waits to be applied"
		default:
			v.Status, v.Word = "clean", "clean"
		}
		if len(v.Items) > maxListed {
			v.Items, v.More = v.Items[:maxListed], len(v.Items)-maxListed
		}
		if !k.Since.IsZero() {
			v.Since = ago(now.Sub(k.Since))
		}
		p.Rows = append(p.Rows, v)
	}
	order := []string{"failed", "drifted", "pending", "clean"}
	slices.SortStableFunc(p.Rows, func(a, b stackRow) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Status), slices.Index(order, b.Status)), cmp.Compare(a.ID, b.ID))
	})
	s.page(w, http.StatusOK, "repository", p)
}
