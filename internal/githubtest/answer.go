package githubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"
)

// A call is one request while it is served, under the lock.
type call struct {
	token  *Token
	params map[string]string
	query  url.Values
	body   []byte
	header http.Header // of the answer
}

func (c *call) user() *User { return c.token.User }

func (c *call) number(name string) int {
	n, err := strconv.Atoi(c.params[name])
	if err != nil {
		return -1
	}
	return n
}

// decode reads the body into v.
func (c *call) decode(v any) *answer {
	if err := json.Unmarshal(c.body, v); err != nil {
		return fail(http.StatusBadRequest, "Problems parsing JSON")
	}
	return nil
}

// An answer is what a handler returns.
type answer struct {
	status int
	body   any
}

func ok(body any) *answer      { return &answer{http.StatusOK, body} }
func created(body any) *answer { return &answer{http.StatusCreated, body} }

func fail(status int, message string) *answer {
	return &answer{status, map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)}}
}

// invalid is GitHub's 422.
func invalid(resource, field, code, message string) *answer {
	e := map[string]any{"resource": resource, "code": code}
	if field != "" {
		e["field"] = field
	}
	if message != "" {
		e["message"] = message
	}
	return &answer{http.StatusUnprocessableEntity, map[string]any{
		"message": "Validation Failed", "documentation_url": "https://docs.github.com/rest", "errors": []any{e}, "status": "422",
	}}
}

func notFound() *answer { return fail(http.StatusNotFound, "Not Found") }

func encode(t testing.TB, a *answer) (int, []byte) {
	if a.body == nil {
		return a.status, nil
	}
	out, err := json.Marshal(a.body)
	if err != nil {
		t.Errorf("githubtest: encode an answer: %v", err)
	}
	return a.status, out
}

// page cuts a list to the page that was asked for and links to the others.
func (s *Server) page(c *call, list []any) *answer {
	size, err := strconv.Atoi(c.query.Get("per_page"))
	if err != nil || size < 1 {
		size = 30
	}
	size = min(size, s.opts.PageSize)
	n, err := strconv.Atoi(c.query.Get("page"))
	if err != nil || n < 1 {
		n = 1
	}
	from, to := min((n-1)*size, len(list)), min(n*size, len(list))
	if to < len(list) {
		last := (len(list) + size - 1) / size
		link := func(page int, rel string) string {
			q := url.Values{}
			for k, v := range c.query {
				q[k] = v
			}
			q.Set("page", strconv.Itoa(page))
			return fmt.Sprintf("<%s/x?%s>; rel=%q", s.URL, q.Encode(), rel)
		}
		c.header.Set("Link", link(n+1, "next")+", "+link(last, "last"))
	}
	return ok(append([]any{}, list[from:to]...))
}

func (s *Server) id() int64 {
	s.nextID++
	return s.nextID
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
