// Package corpus holds nothing but tests that hold the decoders against real records of all logs: those vendored with package file, and the whole
// corpus where MOORING_SHARED_DATA says it is. Start with corpus_test.go; "make corpus" prints what was read of each log.
package corpus
