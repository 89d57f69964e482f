package githubtest

import (
	"net/http"
	"os"
	"strconv"
	"syscall"
)

// A Fault is what goes wrong with one request. The zero value is nothing.
type Fault struct {
	// Status is answered instead of the real answer.
	Status  int
	Message string
	Header  map[string]string
	// Reset closes the connection without an answer.
	Reset bool
	// Timeout lets the client wait until it gives up; over a network, where that would take its time, the connection is closed.
	Timeout bool
	// Truncate sends half of the real answer.
	Truncate bool
	// After lets the request take effect first.
	After bool
	// Do is called when the fault strikes, for instance to end the client.
	Do func()
}

// The faults of the matrix.
var (
	ResetBefore = Fault{Reset: true}
	ResetAfter  = Fault{Reset: true, After: true}
	// The client gives up waiting: before the request took effect, and after.
	TimeoutBefore = Fault{Timeout: true}
	TimeoutAfter  = Fault{Timeout: true, After: true}

	Error500  = Fault{Status: http.StatusInternalServerError, Message: "Server Error"}
	Truncated = Fault{Truncate: true, After: true}
	Error502  = Fault{Status: http.StatusBadGateway, Message: "Bad Gateway", After: true}
	Secondary = Fault{
		Status: http.StatusForbidden, Message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
		Header: map[string]string{"Retry-After": "60"},
	}
	TooMany = Fault{Status: http.StatusTooManyRequests, Message: "Too many requests", Header: map[string]string{"Retry-After": "30"}}
)

// Inject asks f about every request from now on; nil ends it. Request.Status is not known yet then.
func (s *Server) Inject(f func(Request) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inject = f
}

func (s *Server) faultOf(r Request) Fault {
	if s.inject == nil {
		return Fault{}
	}
	return s.inject(r)
}

// before strikes before the request takes effect and tells whether it is over then.
func (f Fault) before(w http.ResponseWriter) bool {
	if f.After {
		return false
	}
	return f.strike(w, nil)
}

// after strikes when the request took effect.
func (f Fault) after(w http.ResponseWriter, answer []byte) bool {
	if !f.After {
		return false
	}
	return f.strike(w, answer)
}

func (f Fault) strike(w http.ResponseWriter, answer []byte) bool {
	if f.Do != nil {
		f.Do()
	}
	switch {
	case f.Truncate:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer[:len(answer)/2])
		return true
	case f.Reset || f.Timeout:
		if memory, ok := w.(*written); ok {
			memory.breaks(syscall.ECONNRESET)
			if f.Timeout {
				memory.breaks(os.ErrDeadlineExceeded)
			}
			return true
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close() // the client sees the end either way
		}
		return true
	case f.Status != 0:
		w.Header().Set("Content-Type", "application/json")
		for k, v := range f.Header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(`{"message":` + strconv.Quote(f.Message) + `,"documentation_url":"https://docs.github.com/rest"}`))
		return true
	}
	return false
}
