package pace_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mooringdev/mooring/internal/audit/pace"
)

func TestEachKeyHasItsOwnBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, began := pace.New(2, 2), time.Now()
		for range 6 {
			for _, key := range []string{"eu-west-1", "us-east-1"} {
				if err := b.Wait(t.Context(), key); err != nil {
					t.Fatal(err)
				}
			}
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("six requests of each at two a second, two at once, took %s, want 2s", took)
		}
	})
}

func TestBackoff(t *testing.T) {
	final, busy := errors.New("final"), errors.New("busy")
	tests := []struct {
		name   string
		answer []error
		slept  []time.Duration
		want   error
	}{
		{"at once", []error{nil}, nil, nil},
		{"another error is not repeated", []error{final}, nil, final},
		{"doubling", []error{&pace.Again{Err: busy}, &pace.Again{Err: busy}, nil}, []time.Duration{time.Second, 2 * time.Second}, nil},
		{"as long as asked", []error{&pace.Again{After: 30 * time.Second, Err: busy}, final}, []time.Duration{30 * time.Second}, final},
		{"too long", []error{&pace.Again{After: time.Hour, Err: busy}}, nil, busy},
		{"too often", []error{&pace.Again{Err: busy}, &pace.Again{Err: busy}, &pace.Again{Err: busy}}, []time.Duration{time.Second, 2 * time.Second}, busy},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var slept []time.Duration
			n := 0
			b := pace.Backoff{Attempts: 3, Sleep: func(_ context.Context, d time.Duration) error {
				slept = append(slept, d)
				return nil
			}}
			err := b.Do(context.Background(), func() error { n++; return test.answer[n-1] })
			if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) || !slices.Equal(slept, test.slept) || n != len(test.answer) {
				t.Errorf("got %v after %d calls and %v", err, n, slept)
			}
		})
	}
}

func TestAnEndedContextEndsTheWait(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := pace.Backoff{First: time.Hour, Most: time.Hour}.Do(ctx, func() error { return &pace.Again{Err: errors.New("busy")} })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
