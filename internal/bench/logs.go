package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
	"github.com/mooringdev/mooring/internal/stack"
)

// mostForJQ is the largest log, in MiB, that jq is asked to read: it holds a document as a whole, at many times its size.
const mostForJQ = 500

// logs measures mooring explain on a CloudTrail export beside what reads the same file: zcat into wc, and zcat into jq looking for writes.
func (b *bench) logs(ctx context.Context) (err error) {
	dir := filepath.Join(b.temp, "logs")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	size, n, err := writeTrail(filepath.Join(dir, "trail.json.gz"), int64(b.logSize)<<20)
	if err != nil {
		return err
	}
	if err := writeFindings(filepath.Join(dir, "findings.json")); err != nil {
		return err
	}
	explain := []string{"explain", "--findings", "findings.json", "--events", "trail.json.gz", "--format", "json"}
	type reader struct {
		name, aim string
		env       []string
		command   string
		args      []string
	}
	readers := []reader{
		{"zcat into wc -c", "-", nil, "sh", []string{"-c", "zcat trail.json.gz | wc -c"}},
		{"zcat into jq, ids of writes", "-", nil, "sh", []string{"-c", `zcat trail.json.gz | jq -c '.Records[] | select(.readOnly == false) | .eventID' | wc -l`}},
		{"mooring explain, one core", "-", []string{"GOMAXPROCS=1"}, b.mooring, explain},
		{"mooring explain, all cores", "zcat <= 1.25, jq >= 20, < 200 MiB", nil, b.mooring, explain},
	}
	if b.logSize > mostForJQ {
		readers[1] = reader{"(jq holds the whole document)", "-", nil, "true", nil}
	}
	costs := make([][]cost, len(readers))
	for range b.rounds {
		for i, r := range readers {
			c, err := b.measure(ctx, dir, append(append([]string{}, b.env...), r.env...), nil, r.command, r.args...)
			if err != nil {
				return err
			}
			costs[i] = append(costs[i], c)
		}
	}
	zcat, jq := medians(costs[0]), medians(costs[1])
	t := b.table(fmt.Sprintf("a CloudTrail export of %d MiB in %d records, gzip, one in four a write", size>>20, n), "who", "wall", "cpu", "MB/s", "wall to zcat", "jq to wall", "memory", "aim")
	for i, r := range readers {
		c := medians(costs[i])
		memory := mebibytes(c.memory)
		if i < 2 {
			memory = "-"
		}
		t.row(r.name, seconds(c.wall), seconds(c.cpu), fmt.Sprintf("%.0f", float64(size)/1e6/c.wall.Seconds()), times(c.wall, zcat.wall), times(jq.wall, c.wall), memory, r.aim)
	}
	t.note("all cores are %d; wc reads on a core of its own. Rounds: %d, run in turn, medians.", runtime.GOMAXPROCS(0), b.rounds)
	return t.print()
}

// writeTrail writes an export of at least size bytes, and says how many bytes and records it holds.
func writeTrail(name string, size int64) (written int64, records int, err error) {
	from := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	list := trail.Noise{Seed: 1, Account: "111122223333", Region: "eu-west-1", From: from, To: from.Add(24 * time.Hour), N: 8000}.Records()
	for i := range list {
		list[i].Seal(1, i)
	}
	text, err := trail.CloudTrail(list)
	if err != nil {
		return 0, 0, err
	}
	text = bytes.TrimSuffix(bytes.TrimPrefix(bytes.TrimSpace(text), []byte(`{"Records":[`)), []byte("]}"))
	f, err := os.Create(name)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buffer := bufio.NewWriterSize(f, 1<<20)
	z, err := gzip.NewWriterLevel(buffer, gzip.DefaultCompression)
	if err != nil {
		return 0, 0, err
	}
	out := &sized{w: z}
	_, err = io.WriteString(out, `{"Records":[`)
	mark := []byte(`"eventID":"`)
	for round := 0; err == nil && out.n < size; round++ {
		if round > 0 {
			_, err = io.WriteString(out, ",")
		}
		for rest := text; len(rest) > 0 && err == nil; {
			i := bytes.Index(rest, mark)
			if i < 0 {
				_, err = out.Write(rest)
				break
			}
			i += len(mark) // eight digits of every id are the round's: no two records are one
			if _, err = out.Write(rest[:i]); err == nil {
				_, err = fmt.Fprintf(out, "%08x", round)
			}
			rest = rest[i+8:]
			records++
		}
	}
	if err == nil {
		_, err = io.WriteString(out, "]}")
	}
	return out.n, records, errors.Join(err, z.Close(), buffer.Flush())
}

type sized struct {
	w io.Writer
	n int64
}

func (s *sized) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.n += int64(n)
	return n, err
}

// writeFindings writes a hundred findings of which some are named by the export.
func writeFindings(name string) error {
	from := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	st := report.StackResult{Stack: stack.Stack{ID: "infra", Path: "infra", Workspace: "default"}, Status: report.StatusDrifted}
	for i := range 100 {
		id := fmt.Sprintf("i-%017x", i)
		st.Findings = append(st.Findings, report.Finding{Finding: drift.Finding{ID: fmt.Sprintf("f_%016x", i), Address: fmt.Sprintf("aws_instance.n%d", i), Type: "aws_instance",
			Kind: drift.KindDrift, Action: string(drift.ActionUpdate), IDs: []string{id}, Account: "111122223333", Region: "eu-west-1", Window: drift.Window{From: from, To: from.Add(24 * time.Hour)},
			Changes: []drift.Change{{Path: "instance_type", Kind: drift.KindDrift, Base: "t3.micro", Code: "t3.micro", Live: "t3.large"}}}})
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(report.WriteJSON(f, &report.Results{ScannedAt: from.Add(24 * time.Hour), Tool: report.Tool{Name: "mooring"}, Stacks: []report.StackResult{st}}), f.Close())
}
