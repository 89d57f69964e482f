package githubtest

import (
	"errors"
	"sort"
	"strings"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/memory"
)

func (s *Server) initGit() {
	var err error
	made := true
	if s.opts.GitDir == "" {
		s.repo, err = gogit.Init(memory.NewStorage(), nil)
	} else {
		s.repo, err = gogit.PlainInit(s.opts.GitDir, true)
		if errors.Is(err, gogit.ErrRepositoryAlreadyExists) {
			made = false
			s.repo, err = gogit.PlainOpen(s.opts.GitDir)
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if s.opts.Empty || !made {
		return
	}
	files := s.opts.Files
	if files == nil {
		files = map[string]string{"README.md": "# Infrastructure\n"}
	}
	changes := map[string]*string{}
	for path, content := range files {
		changes[path] = &content
	}
	id := s.commit(s.users[Owner], nil, plumbing.ZeroHash, changes, "Start")
	s.setRef(s.users[Owner], s.opts.DefaultBranch, id)
}

// entry is a file of a tree.
type entry struct {
	mode filemode.FileMode
	hash plumbing.Hash
}

// flatten lists the files of a tree.
func (s *Server) flatten(tree plumbing.Hash) (map[string]entry, error) {
	files := map[string]entry{}
	if tree.IsZero() {
		return files, nil
	}
	t, err := s.repo.TreeObject(tree)
	if err != nil {
		return nil, err
	}
	walker := object.NewTreeWalker(t, true, nil)
	defer walker.Close()
	for {
		name, e, err := walker.Next()
		if err != nil {
			break // the end of the tree
		}
		if e.Mode != filemode.Dir {
			files[name] = entry{e.Mode, e.Hash}
		}
	}
	return files, nil
}

// writeTree stores a tree of files.
func (s *Server) writeTree(files map[string]entry) plumbing.Hash {
	var t object.Tree
	dirs := map[string]map[string]entry{}
	for path, e := range files {
		head, rest, nested := strings.Cut(path, "/")
		if !nested {
			t.Entries = append(t.Entries, object.TreeEntry{Name: path, Mode: e.mode, Hash: e.hash})
			continue
		}
		if dirs[head] == nil {
			dirs[head] = map[string]entry{}
		}
		dirs[head][rest] = e
	}
	for name, sub := range dirs {
		t.Entries = append(t.Entries, object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: s.writeTree(sub)})
	}
	sort.Sort(object.TreeEntrySorter(t.Entries))
	return s.store(t.Encode)
}

func (s *Server) store(encode func(plumbing.EncodedObject) error) plumbing.Hash {
	o := s.repo.Storer.NewEncodedObject()
	if err := encode(o); err != nil {
		s.t.Errorf("githubtest: encode a git object: %v", err)
	}
	id, err := s.repo.Storer.SetEncodedObject(o)
	if err != nil {
		s.t.Errorf("githubtest: store a git object: %v", err)
	}
	return id
}

func (s *Server) writeBlob(content []byte) plumbing.Hash {
	return s.store(func(o plumbing.EncodedObject) error {
		o.SetType(plumbing.BlobObject)
		w, err := o.Writer()
		if err != nil {
			return err
		}
		_, err = w.Write(content)
		return errors.Join(err, w.Close())
	})
}

// commit makes a commit over the tree of base; a nil content deletes. committer nil is the author.
func (s *Server) commit(author, committer *User, base plumbing.Hash, changes map[string]*string, message string) plumbing.Hash {
	files := map[string]entry{}
	var parents []plumbing.Hash
	if !base.IsZero() {
		c, err := s.repo.CommitObject(base)
		if err != nil {
			s.t.Fatalf("githubtest: commit on %s: %v", base, err)
		}
		if files, err = s.flatten(c.TreeHash); err != nil {
			s.t.Fatalf("githubtest: commit on %s: %v", base, err)
		}
		parents = []plumbing.Hash{base}
	}
	for path, content := range changes {
		if content == nil {
			delete(files, path)
			continue
		}
		mode := filemode.Regular
		if old, ok := files[path]; ok {
			mode = old.mode
		}
		files[path] = entry{mode, s.writeBlob([]byte(*content))}
	}
	return s.writeCommit(author, committer, s.writeTree(files), parents, message)
}

func (s *Server) writeCommit(author, committer *User, tree plumbing.Hash, parents []plumbing.Hash, message string) plumbing.Hash {
	if committer == nil {
		committer = author
	}
	c := &object.Commit{
		Author:    object.Signature{Name: author.Login, Email: author.Email, When: s.now},
		Committer: object.Signature{Name: committer.Login, Email: committer.Email, When: s.now},
		Message:   message, TreeHash: tree, ParentHashes: parents,
	}
	return s.store(c.Encode)
}

// setRef is what by does with a branch.
func (s *Server) setRef(by *User, branch string, id plumbing.Hash) {
	before := s.tip(branch)
	if err := s.repo.Storer.SetReference(plumbing.NewHashReference(plumbing.NewBranchReferenceName(branch), id)); err != nil {
		s.t.Errorf("githubtest: move %s: %v", branch, err)
	}
	s.moved(by, branch, before)
}

func (s *Server) removeRef(by *User, branch string) {
	before := s.tip(branch)
	if err := s.repo.Storer.RemoveReference(plumbing.NewBranchReferenceName(branch)); err != nil {
		s.t.Errorf("githubtest: delete %s: %v", branch, err)
	}
	s.moved(by, branch, before)
}

// tip is where a branch points; zero when there is none.
func (s *Server) tip(branch string) plumbing.Hash {
	ref, err := s.repo.Reference(plumbing.NewBranchReferenceName(branch), false)
	if err != nil {
		return plumbing.ZeroHash
	}
	return ref.Hash()
}

// userOf finds the account of a commit's signature by its address, as GitHub does.
func (s *Server) userOf(sig object.Signature) *User {
	for _, u := range s.users {
		if u.Email == sig.Email {
			return u
		}
	}
	return nil
}
