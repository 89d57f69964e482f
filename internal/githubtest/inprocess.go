package githubtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// Transport reaches the server without a network: the same requests and answers, many times faster. Resets, timeouts and answers that break
// off reach the client as the errors that a connection would bring.
func (s *Server) Transport() http.RoundTripper { return inProcess{s} }

type inProcess struct{ s *Server }

// RoundTrip implements [http.RoundTripper].
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := context.Cause(r.Context()); err != nil {
		return nil, err
	}
	served := r.Clone(r.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	w := &written{header: http.Header{}, status: http.StatusOK}
	t.s.serve(w, served)
	if w.err != nil {
		return nil, w.err
	}
	if err := context.Cause(r.Context()); err != nil {
		return nil, err
	}
	var body io.Reader = &w.body
	if n, err := strconv.Atoi(w.header.Get("Content-Length")); err == nil && n > w.body.Len() {
		body = io.MultiReader(body, brokenOff{})
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: -1, Request: r,
	}, nil
}

// brokenOff is the end of an answer that should have been longer.
type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// written is an answer that stays in memory.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
	err    error // instead of an answer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }

// breaks ends the connection with an error.
func (w *written) breaks(err error) { w.err = err }
