package githubtest

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

func (s *Server) gitRoutes() []*route {
	const git = "/repos/{owner}/{repo}/git"
	return []*route{
		{method: http.MethodPost, template: git + "/blobs", need: "contents=write", handle: s.createBlob},
		{method: http.MethodGet, template: git + "/blobs/{file_sha}", need: "contents=read", handle: s.getBlob},
		{method: http.MethodPost, template: git + "/trees", need: "contents=write", handle: s.createTree},
		{method: http.MethodGet, template: git + "/trees/{tree_sha}", need: "contents=read", handle: s.getTree},
		{method: http.MethodPost, template: git + "/commits", need: "contents=write", handle: s.createCommit},
		{method: http.MethodGet, template: git + "/commits/{commit_sha}", need: "contents=read", handle: s.getCommit},
		{method: http.MethodPost, template: git + "/refs", need: "contents=write", handle: s.createRef},
		{method: http.MethodGet, template: git + "/ref/{ref}", need: "contents=read", handle: s.getRef},
		{method: http.MethodPatch, template: git + "/refs/{ref}", need: "contents=write", handle: s.updateRef},
		{method: http.MethodDelete, template: git + "/refs/{ref}", need: "contents=write", handle: s.deleteRef},
		{method: http.MethodGet, template: git + "/matching-refs/{ref}", need: "contents=read", handle: s.matchingRefs},
		{method: http.MethodGet, template: "/repos/{owner}/{repo}/commits", need: "contents=read", handle: s.listCommits},
		{method: http.MethodGet, template: "/repos/{owner}/{repo}/compare/{basehead}", need: "contents=read", handle: s.compare},
		{method: http.MethodGet, template: "/repos/{owner}/{repo}/contents/{path}", need: "contents=read", handle: s.getContents},
	}
}

func (s *Server) emptyRepository() bool { return s.tip(s.opts.DefaultBranch).IsZero() }

func (s *Server) createBlob(c *call) *answer {
	if s.emptyRepository() {
		return fail(http.StatusConflict, "Git Repository is empty.")
	}
	var in struct{ Content, Encoding string }
	if a := c.decode(&in); a != nil {
		return a
	}
	content := []byte(in.Content)
	if in.Encoding == "base64" {
		var err error
		if content, err = base64.StdEncoding.DecodeString(in.Content); err != nil {
			return invalid("Blob", "content", "invalid", "")
		}
	}
	id := s.writeBlob(content)
	return created(map[string]any{"sha": id.String(), "url": s.gitURL("blobs", id)})
}

func (s *Server) getBlob(c *call) *answer {
	id := plumbing.NewHash(c.params["file_sha"])
	blob, err := s.repo.BlobObject(id)
	if err != nil {
		return notFound()
	}
	r, err := blob.Reader()
	if err != nil {
		return notFound()
	}
	content, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return notFound()
	}
	return ok(map[string]any{
		"sha": id.String(), "node_id": "B_" + id.String(), "url": s.gitURL("blobs", id), "size": len(content), "encoding": "base64",
		"content": base64.StdEncoding.EncodeToString(content),
	})
}

func (s *Server) gitURL(kind string, id plumbing.Hash) string {
	return "https://api.github.com/repos/" + s.owner + "/" + s.name + "/git/" + kind + "/" + id.String()
}

func (s *Server) createTree(c *call) *answer {
	var in struct {
		BaseTree string `json:"base_tree"`
		Tree     []struct {
			Path, Mode, Type string
			SHA              *string
			Content          *string
		}
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	if s.emptyRepository() {
		return fail(http.StatusConflict, "Git Repository is empty.")
	}
	base := plumbing.NewHash(in.BaseTree)
	// GitHub takes a commit too.
	if commit, err := s.repo.CommitObject(base); err == nil {
		base = commit.TreeHash
	}
	files, err := s.flatten(base)
	if err != nil {
		return fail(http.StatusUnprocessableEntity, "base_tree is not a valid tree oid")
	}
	for _, e := range in.Tree {
		switch {
		case strings.HasPrefix(e.Path, "/") || strings.Contains(e.Path, "..") || e.Path == "":
			return fail(http.StatusUnprocessableEntity, "tree.path contains a malformed path component")
		case e.Content != nil:
			files[e.Path] = entry{mode(e.Mode), s.writeBlob([]byte(*e.Content))}
		case e.SHA == nil:
			if _, ok := files[e.Path]; !ok {
				return fail(http.StatusUnprocessableEntity, "GitRPC::BadObjectState")
			}
			delete(files, e.Path)
		default:
			id := plumbing.NewHash(*e.SHA)
			if _, err := s.repo.BlobObject(id); err != nil {
				return fail(http.StatusUnprocessableEntity, "tree.sha "+*e.SHA+" is not a valid blob")
			}
			files[e.Path] = entry{mode(e.Mode), id}
		}
	}
	id := s.writeTree(files)
	return created(s.treeJSON(id))
}

func mode(s string) filemode.FileMode {
	m, err := filemode.New(s)
	if err != nil {
		return filemode.Regular
	}
	return m
}

func (s *Server) treeJSON(id plumbing.Hash) map[string]any {
	entries := []any{}
	files, err := s.flatten(id)
	if err == nil {
		for _, path := range sortedKeys(files) {
			e := files[path]
			entries = append(entries, map[string]any{"path": path, "mode": e.mode.String()[1:], "type": "blob", "sha": e.hash.String(), "url": s.gitURL("blobs", e.hash)})
		}
	}
	return map[string]any{"sha": id.String(), "url": s.gitURL("trees", id), "truncated": false, "tree": entries}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (s *Server) getTree(c *call) *answer {
	id := plumbing.NewHash(c.params["tree_sha"])
	if commit, err := s.repo.CommitObject(id); err == nil {
		id = commit.TreeHash
	}
	t, err := s.repo.TreeObject(id)
	if err != nil {
		return notFound()
	}
	if c.query.Get("recursive") != "" {
		return ok(s.treeJSON(id))
	}
	entries := []any{}
	for _, e := range t.Entries {
		kind, url := "blob", "blobs"
		if e.Mode == filemode.Dir {
			kind, url = "tree", "trees"
		}
		entries = append(entries, map[string]any{"path": e.Name, "mode": modeText(e.Mode), "type": kind, "sha": e.Hash.String(), "url": s.gitURL(url, e.Hash)})
	}
	return ok(map[string]any{"sha": id.String(), "url": s.gitURL("trees", id), "truncated": false, "tree": entries})
}

func modeText(m filemode.FileMode) string { return strings.TrimPrefix(m.String(), "0")[0:6] }

func (s *Server) createCommit(c *call) *answer {
	var in struct {
		Message           string
		Tree              string
		Parents           []string
		Author, Committer *struct{ Name, Email string }
		Signature         string
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	tree := plumbing.NewHash(in.Tree)
	if _, err := s.repo.TreeObject(tree); err != nil {
		return fail(http.StatusUnprocessableEntity, "Tree SHA does not exist")
	}
	var parents []plumbing.Hash
	for _, p := range in.Parents {
		id := plumbing.NewHash(p)
		if _, err := s.repo.CommitObject(id); err != nil {
			return fail(http.StatusUnprocessableEntity, "Parent SHA does not exist or is not a commit object")
		}
		parents = append(parents, id)
	}
	author, committer := c.user(), c.user()
	if in.Author != nil {
		author = &User{Login: in.Author.Name, Email: in.Author.Email}
		committer = author
	}
	if in.Committer != nil {
		committer = &User{Login: in.Committer.Name, Email: in.Committer.Email}
	}
	id := s.writeCommit(author, committer, tree, parents, in.Message)
	// GitHub signs for a bot that gives neither author nor committer nor signature. It knows no key of anybody else's here.
	s.verified[id] = c.user().Type == "Bot" && in.Author == nil && in.Committer == nil && in.Signature == ""
	return created(s.commitJSON(id))
}

// commitJSON is the git-commit object.
func (s *Server) commitJSON(id plumbing.Hash) map[string]any {
	c, err := s.repo.CommitObject(id)
	if err != nil {
		return nil
	}
	parents := []any{}
	for _, p := range c.ParentHashes {
		parents = append(parents, map[string]any{"sha": p.String(), "url": s.gitURL("commits", p), "html_url": "https://github.com/commit/" + p.String()})
	}
	signature := func(sig object.Signature) map[string]any {
		return map[string]any{"name": sig.Name, "email": sig.Email, "date": stamp(sig.When)}
	}
	return map[string]any{
		"sha": id.String(), "node_id": "C_" + id.String(), "url": s.gitURL("commits", id), "html_url": "https://github.com/commit/" + id.String(),
		"author": signature(c.Author), "committer": signature(c.Committer), "message": c.Message, "parents": parents,
		"tree":         map[string]any{"sha": c.TreeHash.String(), "url": s.gitURL("trees", c.TreeHash)},
		"verification": s.verification(id),
	}
}

func (s *Server) verification(id plumbing.Hash) map[string]any {
	if !s.verified[id] {
		return map[string]any{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
	}
	return map[string]any{"verified": true, "reason": "valid", "signature": "-----BEGIN PGP SIGNATURE-----", "payload": "tree", "verified_at": stamp(s.now)}
}

// historyJSON is the commit object of lists, with the accounts.
func (s *Server) historyJSON(id plumbing.Hash) map[string]any {
	c, err := s.repo.CommitObject(id)
	if err != nil {
		return nil
	}
	inner := s.commitJSON(id)
	out := map[string]any{
		"sha": id.String(), "node_id": inner["node_id"], "url": inner["url"], "html_url": inner["html_url"], "comments_url": inner["url"], "parents": inner["parents"],
		"commit": map[string]any{"url": inner["url"], "author": inner["author"], "committer": inner["committer"], "message": c.Message, "comment_count": 0, "tree": inner["tree"], "verification": inner["verification"]},
		"author": nil, "committer": nil,
	}
	if u := s.userOf(c.Author); u != nil {
		out["author"] = u.json()
	}
	if u := s.userOf(c.Committer); u != nil {
		out["committer"] = u.json()
	}
	return out
}

func (s *Server) getCommit(c *call) *answer {
	j := s.commitJSON(plumbing.NewHash(c.params["commit_sha"]))
	if j == nil {
		return notFound()
	}
	return ok(j)
}

func (s *Server) getContents(c *call) *answer {
	ref := c.query.Get("ref")
	if ref == "" {
		ref = s.opts.DefaultBranch
	}
	commit, err := s.repo.CommitObject(s.resolve(ref))
	if err != nil {
		return notFound()
	}
	file, err := commit.File(c.params["path"])
	if err != nil {
		return notFound()
	}
	content, err := file.Contents()
	if err != nil {
		return notFound()
	}
	url := "https://api.github.com/repos/" + s.owner + "/" + s.name + "/contents/" + c.params["path"]
	return ok(map[string]any{
		"type": "file", "encoding": "base64", "size": len(content), "name": file.Name, "path": file.Name, "sha": file.Hash.String(), "url": url,
		"content": base64.StdEncoding.EncodeToString([]byte(content)), "git_url": nil, "html_url": nil, "download_url": nil,
		"_links": map[string]any{"self": url, "git": nil, "html": nil},
	})
}
