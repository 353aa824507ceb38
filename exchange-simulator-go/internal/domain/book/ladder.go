package book

import "math/bits"

// ladder orders the levels of one shelf. Levels are linked from the best on; a level is found by its price in a trie of
// 64-way nodes, each with a bitmap of its children: six bits of the price a step. The trie is only as high as the prices
// in it differ, two or three steps around a touch, and it has no window to leave: wherever the market goes, every price has
// its place.
type ladder struct {
	nodes     []node  // 0 is none
	levels    []Level // 0 is none
	freeNode  int32   // linked through child[0]
	freeLevel int32   // linked through worse
	best      int32
	root      int32
	height    uint   // steps from the root to a level; 0 when empty
	prefix    uint64 // what all keys have above the bits that the root tells apart
	flip      uint64
}

type node struct {
	set   uint64 // which children are there
	child [64]int32
}

const (
	digitBits = 6
	digitMask = 1<<digitBits - 1
	maxHeight = 11 // 64 bits, six a step
)

func newLadder(highestFirst bool) ladder {
	l := ladder{nodes: make([]node, 1), levels: make([]Level, 1), flip: 1 << 63}
	if highestFirst {
		l.flip = ^l.flip
	}
	return l
}

// key maps a price to a number that is smaller the better the price is.
func (l *ladder) key(price int64) uint64 { return uint64(price) ^ l.flip }

// at returns the level of a price, made if it was not there.
func (l *ladder) at(price int64) int32 {
	key := l.key(price)
	if found := l.find(key); found != 0 {
		return found
	}
	number := l.freeLevel
	if number != 0 {
		l.freeLevel = l.levels[number].worse
	} else {
		l.levels = append(l.levels, Level{})
		number = int32(len(l.levels) - 1)
	}
	better := l.insert(key, number)
	worse := l.best
	if better != 0 {
		worse = l.levels[better].worse
		l.levels[better].worse = number
	} else {
		l.best = number
	}
	if worse != 0 {
		l.levels[worse].better = number
	}
	l.levels[number] = Level{Price: price, better: better, worse: worse}
	return number
}

// drop takes a level away.
func (l *ladder) drop(number int32) {
	level := &l.levels[number]
	if level.better != 0 {
		l.levels[level.better].worse = level.worse
	} else {
		l.best = level.worse
	}
	if level.worse != 0 {
		l.levels[level.worse].better = level.better
	}
	key := l.key(level.Price)
	*level = Level{worse: l.freeLevel}
	l.freeLevel = number
	l.erase(key)
}

// find returns the level of a key, or 0.
func (l *ladder) find(key uint64) int32 {
	if l.height == 0 || key>>(digitBits*l.height) != l.prefix {
		return 0
	}
	at := l.root
	for step := l.height; step > 0; {
		step--
		at = l.nodes[at].child[key>>(digitBits*step&63)&digitMask] // node 0 has no children
	}
	return at
}

// insert adds a key that is not there and returns the level of the next smaller one, or 0.
func (l *ladder) insert(key uint64, number int32) (better int32) {
	l.cover(key)
	at, smaller, below := l.root, int32(0), uint(0)
	for step := l.height - 1; ; step-- {
		digit := key >> (digitBits * step) & digitMask
		here := &l.nodes[at]
		if lower := here.set & (1<<digit - 1); lower != 0 {
			smaller, below = here.child[63-bits.LeadingZeros64(lower)], step
		}
		here.set |= 1 << digit
		if step == 0 {
			here.child[digit] = number
			break
		}
		next := here.child[digit]
		if next == 0 {
			next = l.newNode()
			l.nodes[at].child[digit] = next
		}
		at = next
	}
	for ; below > 0; below-- { // down to the last level of the subtree
		here := &l.nodes[smaller]
		smaller = here.child[63-bits.LeadingZeros64(here.set)]
	}
	return smaller
}

// cover raises the root until it tells a key apart from those that are there.
func (l *ladder) cover(key uint64) {
	if l.height == 0 {
		l.root, l.height, l.prefix = l.newNode(), 1, key>>digitBits
	}
	for key>>(digitBits*l.height) != l.prefix {
		root := l.newNode()
		digit := l.prefix & digitMask
		l.nodes[root].set, l.nodes[root].child[digit] = 1<<digit, l.root
		l.root, l.height, l.prefix = root, l.height+1, l.prefix>>digitBits
	}
}

// erase takes a key out that is there, and with it the nodes that it leaves without children.
func (l *ladder) erase(key uint64) {
	var path [maxHeight]int32
	at := l.root
	for step := l.height - 1; step > 0; step-- {
		path[step] = at
		at = l.nodes[at].child[key>>(digitBits*step)&digitMask]
	}
	path[0] = at
	for step := range l.height {
		here, digit := &l.nodes[path[step]], key>>(digitBits*step)&digitMask
		here.set &^= 1 << digit
		here.child[digit] = 0
		if here.set != 0 {
			l.lower()
			return
		}
		l.freeNodeAt(path[step])
	}
	l.root, l.height = 0, 0
}

// lower takes away roots that tell nothing apart.
func (l *ladder) lower() {
	for l.height > 1 {
		root := &l.nodes[l.root]
		if root.set&(root.set-1) != 0 {
			return
		}
		digit := uint64(bits.TrailingZeros64(root.set))
		child := root.child[digit]
		root.child[digit] = 0
		l.freeNodeAt(l.root)
		l.root, l.height, l.prefix = child, l.height-1, l.prefix<<digitBits|digit
	}
}

// newNode returns a node without children.
func (l *ladder) newNode() int32 {
	if at := l.freeNode; at != 0 {
		l.freeNode = l.nodes[at].child[0]
		l.nodes[at].child[0] = 0
		return at
	}
	l.nodes = append(l.nodes, node{})
	return int32(len(l.nodes) - 1)
}

func (l *ladder) freeNodeAt(at int32) {
	l.nodes[at].set = 0
	l.nodes[at].child[0] = l.freeNode
	l.freeNode = at
}
