package bot

import "context"

// Drain does what is due, one job after the other, and counts the attempts.
func (s *Server) Drain(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		jobs, err := s.store.Take(ctx, s.owner, 1, s.Now(), lease)
		if err != nil || len(jobs) == 0 {
			return n, err
		}
		s.do(ctx, jobs[0])
	}
}

// Due makes jobs of what is due, as the scheduler does.
func (s *Server) Due(ctx context.Context) { s.due(ctx, -1) }

// ReadNotice is readNotice for tests.
func ReadNotice(event string, body []byte) (string, error) {
	n, why, err := readNotice(event, body)
	if why == "" && err == nil {
		why = "to do in " + n.lane()
	}
	return why, err
}

// SetReady is what Run does when it serves.
func (s *Server) SetReady(ready bool) { s.setReady(ready) }
