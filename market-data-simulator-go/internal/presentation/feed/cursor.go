package feed

// cursor is where one reader is in the feed, and decides what it is sent next: first, when it resumes, what its interval
// would have delivered while it was away; then the newest step that is a multiple of its interval, so that a late reader gets
// the latest and never a backlog; or, lossless, every step.
type cursor struct {
	every    uint64 // steps between two updates
	last     uint64 // step that was sent last, or resumed after
	replayTo uint64 // steps up to this one are replayed in order; those after it are live
	round    uint64 // steps of the replay under way; 0 when there is no further one
	fresh    bool   // nothing was sent and nothing is resumed: the newest step is due, multiple or not
	lossless bool
}

// startNow is the cursor of a reader that starts with the newest price.
func startNow(every uint64) cursor { return cursor{every: every, fresh: true} }

// resumeAfter is the cursor of a reader that was sent everything up to a step elsewhere.
func resumeAfter(step, newest, every uint64) cursor {
	return cursor{every: every, last: step, replayTo: newest}
}

// deep makes the cursor replay also what is not retained. That takes a while, after which what has come in the meantime is
// replayed too, and so on until it is live: without a gap, if the reader reads faster than the feed publishes. One that does not is
// late like any other when a round has been longer than the one before.
func (c *cursor) deep() { c.round = c.replayTo - min(c.last, c.replayTo) }

// next returns the step to send, given which are retained; false when the reader is up to date. What has left the window
// while it was to be replayed is skipped, as for any late reader, unless the cursor is deep or lossless.
func (c *cursor) next(earliest, newest uint64) (step uint64, ok bool) {
	if c.fresh {
		return newest, true
	}
	following := c.following()
	if c.lossless {
		return following, following <= newest
	}
	if c.round > 0 && following > c.replayTo {
		c.again(newest)
	}
	if following <= c.replayTo && (following >= earliest || c.round > 0) {
		return following, true
	}
	live := newest - newest%c.every
	return live, live > c.last
}

// again begins another round of the replay, or ends it.
func (c *cursor) again(newest uint64) {
	left := newest - min(newest, c.replayTo)
	if left >= c.round || c.following() > newest {
		c.round = 0
		return
	}
	c.replayTo, c.round = newest, left
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
