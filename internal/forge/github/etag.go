package github

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
)

// answers remembers what GitHub answered to the lists that every run begins with. Asked again with the tag of the answer, GitHub says "not
// modified", which costs nothing of the hourly limit. Nothing depends on it: an answer that is lost or broken is asked for anew.
type answers struct {
	dir    string // where they are kept for later runs, readable by this user alone; "" keeps them for this run
	owner  string // a hash of whose they are: another token may see other things
	memory map[string]answer
}

type answer struct {
	Tag  string `json:"tag"`
	Link string `json:"link,omitempty"` // to the other pages
	Type string `json:"type"`
	Body []byte `json:"body"`
}

func newAnswers(dir, token string) *answers {
	sum := sha256.Sum256([]byte(token))
	return &answers{dir: dir, owner: hex.EncodeToString(sum[:]), memory: map[string]answer{}}
}

// asked are the paths below a repository that are asked for in every run: itself, lists, and where a branch points.
var asked = regexp.MustCompile(`/repos/[^/]+/[^/]+(/issues|/pulls|/git/matching-refs/.*|/git/ref/.*)?$`)

func (a *answers) name(r *http.Request) string {
	sum := sha256.Sum256([]byte(a.owner + " " + r.URL.String()))
	return hex.EncodeToString(sum[:16]) + ".json"
}

// prepare makes a request conditional when its answer is known.
func (a *answers) prepare(r *http.Request) (known answer, ok bool) {
	if r.Method != http.MethodGet || !asked.MatchString(r.URL.Path) {
		return answer{}, false
	}
	if known, ok = a.memory[a.name(r)]; !ok && a.dir != "" {
		text, err := os.ReadFile(filepath.Join(a.dir, a.name(r)))
		ok = err == nil && json.Unmarshal(text, &known) == nil
	}
	if !ok || known.Tag == "" || !json.Valid(known.Body) {
		return answer{}, false
	}
	r.Header.Set("If-None-Match", known.Tag)
	return known, true
}

// restore makes the answer "not modified" the one that it stands for.
func (k answer) restore(response *http.Response) {
	response.StatusCode, response.Status = http.StatusOK, "200 OK"
	response.Header.Set("Content-Type", k.Type)
	response.Header.Set("Etag", k.Tag)
	if k.Link != "" {
		response.Header.Set("Link", k.Link)
	}
	response.Body = io.NopCloser(bytes.NewReader(k.Body))
	response.ContentLength = int64(len(k.Body))
}

// remember keeps a whole answer.
func (a *answers) remember(r *http.Request, response *http.Response, body []byte) {
	tag := response.Header.Get("Etag")
	if r.Method != http.MethodGet || response.StatusCode != http.StatusOK || tag == "" || !asked.MatchString(r.URL.Path) {
		return
	}
	k := answer{tag, response.Header.Get("Link"), response.Header.Get("Content-Type"), body}
	a.memory[a.name(r)] = k
	if a.dir != "" {
		_ = a.keep(a.name(r), k) // the next run asks for the whole again
	}
}

func (a *answers) keep(name string, k answer) error {
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return err
	}
	part, err := os.CreateTemp(a.dir, ".part-*")
	if err != nil {
		return err
	}
	_, err = part.Write(text)
	if closeErr := part.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(part.Name(), filepath.Join(a.dir, name))
	}
	if err != nil {
		_ = os.Remove(part.Name())
	}
	return err
}
