package book

// slab is where orders live: in pages that are never moved, so that growing copies nothing, with the free places linked
// through their next. Place 0 is None, an order without an id.
type slab struct {
	pages []*[pageOrders]Order
	used  Handle // places handed out so far, None among them
	free  Handle
}

const (
	pageBits   = 10
	pageOrders = 1 << pageBits
)

func newSlab() slab { return slab{pages: []*[pageOrders]Order{new([pageOrders]Order)}, used: 1} }

func (s *slab) at(h Handle) *Order { return &s.pages[h>>pageBits][h&(pageOrders-1)] }

// take hands out a place, the one that was released last if there is one.
func (s *slab) take() (Handle, *Order) {
	if h := s.free; h != None {
		slot := s.at(h)
		s.free = slot.next
		return h, slot
	}
	if int(s.used)>>pageBits == len(s.pages) {
		s.pages = append(s.pages, new([pageOrders]Order))
	}
	h := s.used
	s.used++
	return h, s.at(h)
}

func (s *slab) release(h Handle) {
	slot := s.at(h)
	slot.next = s.free
	slot.ID = 0
	s.free = h
}
