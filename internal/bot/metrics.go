package bot

import (
	"context"
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics count. Their labels are words of ours and events of GitHub's, never text of people.
type metrics struct {
	registry   *prometheus.Registry
	deliveries *prometheus.CounterVec
	pushes     *prometheus.CounterVec
	jobs       *prometheus.CounterVec
	took       *prometheus.HistogramVec
	runs       prometheus.Counter
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mooring_webhooks_total", Help: "Webhooks by event and outcome; the event is empty when the sender was not believed."}, []string{"event", "outcome"}),
		pushes:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mooring_events_total", Help: "Requests that push audit events, by source and outcome."}, []string{"source", "outcome"}),
		jobs:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mooring_jobs_total", Help: "Attempts at jobs by kind and result."}, []string{"kind", "result"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mooring_job_seconds", Help: "From the arrival of a job to the end of an attempt.", Buckets: []float64{.05, .1, .5, 1, 5, 15, 60, 300, 1800},
		}, []string{"kind"}),
		runs: prometheus.NewCounter(prometheus.CounterOpts{Name: "mooring_dispatches_total", Help: "Runs of workflows that were started."}),
	}
	m.registry.MustRegister(m.deliveries, m.pushes, m.jobs, m.took, m.runs, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &queueCollector{server: s})
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

func (m *metrics) delivered(event, outcome string) {
	if _, known := interesting[event]; !known && event != "" && event != "ping" {
		event = "other"
	}
	m.deliveries.WithLabelValues(event, outcome).Inc()
}

func (m *metrics) pushed(source, outcome string) { m.pushes.WithLabelValues(source, outcome).Inc() }
func (m *metrics) started()                      { m.runs.Inc() }
func (m *metrics) ended(kind, result string, took time.Duration) {
	m.jobs.WithLabelValues(kind, result).Inc()
	m.took.WithLabelValues(kind).Observe(took.Seconds())
}

// queueCollector asks the database when somebody looks.
type queueCollector struct{ server *Server }

var queueDescription = prometheus.NewDesc("mooring_queue_jobs", "Jobs by state.", []string{"state"}, nil)

// Describe implements [prometheus.Collector].
func (c *queueCollector) Describe(ch chan<- *prometheus.Desc) { ch <- queueDescription }

// Collect implements [prometheus.Collector].
func (c *queueCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	counts, err := c.server.store.Counts(ctx)
	if err != nil {
		return // the gauge is missing then, which alerts can see
	}
	for state, n := range counts {
		ch <- prometheus.MustNewConstMetric(queueDescription, prometheus.GaugeValue, float64(n), state)
	}
}

// guardMetrics asks for the token when there is one.
func (s *Server) guardMetrics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Metrics != "" && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.Metrics)) != 1 {
			say(w, http.StatusUnauthorized, "a token is needed")
			return
		}
		next.ServeHTTP(w, r)
	})
}
