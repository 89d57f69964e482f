package demo

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// background is how many records the log holds besides those of the story and of the applies.
const background = 1100

// writeLogs writes audit/*.json.gz as CloudTrail delivers it: one file a day and region here, named by its convention.
func (w *World) writeLogs(o Options) error {
	noise := trail.Noise{Seed: o.Seed, Account: account, Region: region, From: o.Now.Add(-sinceApply), To: o.Now.Add(-10 * time.Minute), N: background}
	records := map[string]trail.Record{}
	for _, r := range w.Cloud.Records() {
		records[r.ID] = r
	}
	for _, d := range w.Deeds {
		noise.Targets = append(noise.Targets, trail.Target{Type: d.Type, ID: d.ID})
		for _, id := range d.Records {
			noise.Twins = append(noise.Twins, records[id])
		}
	}
	w.Cloud.Log(noise.Records()...)

	dir := filepath.Join(o.Dir, "audit")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := map[string][]trail.Record{}
	for _, r := range w.Cloud.Records() {
		files[logName(r)] = append(files[logName(r)], r)
		w.Events++
	}
	for name, records := range files {
		content, err := trail.CloudTrail(records)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		zipped := gzip.NewWriter(&b)
		_, err = zipped.Write(content)
		if err = errors.Join(err, zipped.Close()); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func logName(r trail.Record) string {
	where := r.Region
	if r.Call.Region != "" {
		where = r.Call.Region
	}
	return fmt.Sprintf("%s_CloudTrail_%s_%s.json.gz", account, where, r.Time.UTC().Format("20060102"))
}
