// This file fills quorums with people, each of whom counts once.

package approval

import "slices"

// quorum is a Quorum with its groups resolved.
type quorum struct {
	count    int
	eligible []string // sorted, each once
}

// resolve makes the quorums of each rule of a valid policy.
func (p *Policy) resolve() map[string][]quorum {
	members := map[string][]string{}
	for _, group := range p.Groups {
		members[group.Name] = group.Members
	}
	resolved := map[string][]quorum{}
	for n := range p.Rules {
		rule := &p.Rules[n]
		for _, one := range rule.Quorums {
			eligible := slices.Clone(one.Approvers)
			for _, group := range one.Groups {
				eligible = append(eligible, members[group]...)
			}
			slices.Sort(eligible)
			resolved[rule.Name] = append(resolved[rule.Name], quorum{one.Count, slices.Compact(eligible)})
		}
	}
	return resolved
}

func (q *quorum) has(who string) bool {
	_, found := slices.BinarySearch(q.eligible, who)
	return found
}

// seating gives the people who have agreed to the quorums that they are eligible for, so that as many as possible count: a maximum bipartite
// matching by augmenting paths (Kuhn 1955).
type seating struct {
	quorums []quorum
	seats   [][]string // by quorum
}

// seat seats people, in their order.
func seat(quorums []quorum, people []string) seating {
	s := seating{quorums, make([][]string, len(quorums))}
	for _, who := range people {
		s.place(who, make([]bool, len(quorums)))
	}
	return s
}

// place finds a seat, and moves others when that makes one free. A quorum that was tried already does not help.
func (s *seating) place(who string, tried []bool) bool {
	for n := range s.quorums {
		if tried[n] || !s.quorums[n].has(who) {
			continue
		}
		tried[n] = true
		if len(s.seats[n]) < s.quorums[n].count {
			s.seats[n] = append(s.seats[n], who)
			return true
		}
		for m, other := range s.seats[n] {
			if s.place(other, tried) {
				s.seats[n][m] = who
				return true
			}
		}
	}
	return false
}

// missing is how many seats of a quorum are free.
func (s *seating) missing(n int) int { return s.quorums[n].count - len(s.seats[n]) }

// full tells whether none is free.
func (s *seating) full() bool {
	for n := range s.quorums {
		if s.missing(n) > 0 {
			return false
		}
	}
	return true
}

// eligible is everybody but one who counts for any of the quorums, in alphabetical order.
func eligible(quorums []quorum, but string) []string {
	var people []string
	for n := range quorums {
		people = append(people, quorums[n].eligible...)
	}
	slices.Sort(people)
	return slices.DeleteFunc(slices.Compact(people), func(who string) bool { return who == but })
}
