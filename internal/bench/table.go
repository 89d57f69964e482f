package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// A table is printed when it is full, with aligned columns.
type table struct {
	out   io.Writer
	title string
	rows  [][]string
	notes string
}

func (b *bench) table(title string, columns ...string) *table {
	return &table{out: b.out, title: title, rows: [][]string{columns}}
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) note(format string, args ...any) { t.notes = fmt.Sprintf(format, args...) }

func (t *table) print() error {
	fmt.Fprintf(t.out, "\n%s (%s)\n\n", t.title, machine())
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, cells := range t.rows {
		fmt.Fprintln(w, "  "+strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if t.notes != "" {
		fmt.Fprintf(t.out, "\n  %s\n", t.notes)
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func mebibytes(n int64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// percent is what a takes beyond b, as a share of b.
func percent(a, b time.Duration) string {
	return fmt.Sprintf("%+.0f %%", 100*(a.Seconds()/b.Seconds()-1))
}

func times(a, b time.Duration) string { return fmt.Sprintf("%.2f", a.Seconds()/b.Seconds()) }

// machine says where a table was made, and how busy that place was: on a busy one, only what was run in turn compares.
func machine() string {
	m := fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		one, _, _ := strings.Cut(string(load), " ")
		m += ", load " + one
	}
	return m
}
