package pace

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Refused makes an *[Again] of err when an HTTP answer with this status may be another one later, and returns err itself when it will not.
func Refused(status int, header http.Header, err error) error {
	if status != http.StatusTooManyRequests && status != http.StatusRequestTimeout && status < 500 {
		return err
	}
	seconds, _ := strconv.Atoi(header.Get("Retry-After")) // a date is rare, and then the usual wait will do
	return &Again{After: time.Duration(max(seconds, 0)) * time.Second, Err: err}
}

// Broken makes an *[Again] of err when it is that of a connection which ended too early or was never made.
func Broken(err error) error {
	var network net.Error
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.As(err, &network) {
		return &Again{Err: err}
	}
	return err
}

// Cut makes an *[Again] of err when it is that of an answer which ended too early, and of nothing else: for clients that repeat by themselves what is
// refused or broken, and not what they could not read.
func Cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &Again{Err: err}
	}
	return err
}
