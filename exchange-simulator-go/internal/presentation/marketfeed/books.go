package marketfeed

import "context"

// StreamBook sends the book of an instrument, which must exist, level by level or order by order, and then its changes, until the
// context ends or a send fails. Send must treat a frame as read-only. RESOURCE_EXHAUSTED (TOO_MANY_SUBSCRIBERS) when the limit is
// reached. When the context ends it returns the context's error.
func (f *Feed) StreamBook(ctx context.Context, instrument int32, byOrder bool, send func(*Frame) error) error {
	leave, err := f.admit(books)
	if err != nil {
		return err
	}
	defer leave()
	r := reader{view: f.boards[instrument].levels}
	if byOrder {
		r.view = f.boards[instrument].orders
	}
	r.view.join()
	defer r.view.leave()
	return r.run(ctx, f.metrics, send)
}

// admit lets a stream in and counts it; it leaves by calling what is returned.
func (f *Feed) admit(kind string) (leave func(), err error) {
	free, err := f.limit.admit()
	if err != nil {
		f.metrics.refused.Inc()
		return nil, err
	}
	open := f.metrics.subscribers.WithLabelValues(kind)
	open.Inc()
	return func() {
		open.Dec()
		free()
	}, nil
}

// reader is a cursor into a view.
type reader struct {
	view  *view
	parts []*Frame // of a snapshot that is being sent
	next  uint64   // number of the change to send then; 0 before the first snapshot
}

func (r *reader) run(ctx context.Context, metrics *metrics, send func(*Frame) error) error {
	for ctx.Err() == nil {
		due := r.view.bell.listen()
		frame := r.take(metrics)
		if frame == nil {
			select {
			case <-due:
			case <-ctx.Done():
			}
			continue
		}
		if err := send(frame); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// take returns the frame to send, nil when the reader knows everything.
func (r *reader) take(metrics *metrics) *Frame {
	if len(r.parts) == 0 && r.next != 0 {
		if r.next > r.view.newest.Load() {
			return nil
		}
		if found := r.view.at(r.next); found != nil {
			r.next++
			return &found.frame
		}
		metrics.resnapshots.Inc()
	}
	if len(r.parts) == 0 {
		whole := r.view.snapshot()
		r.parts, r.next = whole.frames, whole.number+1
	}
	frame := r.parts[0]
	r.parts = r.parts[1:]
	return frame
}
