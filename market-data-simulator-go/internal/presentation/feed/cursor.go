package feed

// cursor is where one reader is in the feed, and decides what it is sent next: first, when it resumes, what its interval
// would have delivered while it was away; then always the newest step that is a multiple of its interval, so that a
// late reader gets the latest and never a backlog.
type cursor struct {
	every    uint64 // steps between two updates
	last     uint64 // step that was sent last, or resumed after
	replayTo uint64 // steps up to this one are replayed in order; those after it are live
	fresh    bool   // nothing was sent and nothing is resumed: the newest step is due, multiple or not
}

// startNow is the cursor of a reader that starts with the newest price.
func startNow(every uint64) cursor { return cursor{every: every, fresh: true} }

// resumeAfter is the cursor of a reader that was sent everything up to a step elsewhere.
func resumeAfter(step, newest, every uint64) cursor {
	return cursor{every: every, last: step, replayTo: newest}
}

// next returns the step to send, given which are retained; false when the reader is up to date. What has left the window
// while it was to be replayed is skipped, as for any late reader.
func (c *cursor) next(earliest, newest uint64) (step uint64, ok bool) {
	if c.fresh {
		return newest, true
	}
	if following := c.following(); following <= c.replayTo && following >= earliest {
		return following, true
	}
	live := newest - newest%c.every
	return live, live > c.last
}

// following is the step that comes after the last one at this interval.
func (c *cursor) following() uint64 { return c.last - c.last%c.every + c.every }

// skips is the number of updates that the interval would have delivered before a step and that are given up for it.
func (c *cursor) skips(step uint64) uint64 {
	if c.fresh || step < c.following() {
		return 0
	}
	return (step - c.following()) / c.every
}

// sent moves the cursor on.
func (c *cursor) sent(step uint64) { c.last, c.fresh = step, false }
