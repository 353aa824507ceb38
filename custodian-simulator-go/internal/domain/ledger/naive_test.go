// This file is a ledger that is obviously right: big integers that are added up anew from everything that was made.

package ledger_test

import (
	"bytes"
	"math/big"
	"slices"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/ledger"
)

type naiveLedger struct {
	accounts []ledger.Account
	made     []naiveTransfer
}

type naiveTransfer struct {
	ledger.Transfer // with accounts and amount filled in
	asked           ledger.Transfer
	state           ledger.State
}

type naiveSums struct{ debits, debitsPending, credits, creditsPending *big.Int }

func (n *naiveLedger) sums(account int32) naiveSums {
	s := naiveSums{new(big.Int), new(big.Int), new(big.Int), new(big.Int)}
	for _, one := range n.made {
		debit, credit := s.debits, s.credits
		switch {
		case one.Kind == ledger.Post || one.Kind == ledger.Void:
			if one.Kind == ledger.Void {
				continue
			}
		case one.state == ledger.Open:
			debit, credit = s.debitsPending, s.creditsPending
		case one.Kind == ledger.Pending:
			continue
		}
		if one.Debit == account {
			debit.Add(debit, big.NewInt(one.Amount))
		}
		if one.Credit == account {
			credit.Add(credit, big.NewInt(one.Amount))
		}
	}
	return s
}

func (n *naiveLedger) find(id ledger.ID) *naiveTransfer {
	for k := range n.made {
		if n.made[k].ID == id {
			return &n.made[k]
		}
	}
	return nil
}

// apply returns the reason of a refusal.
func (n *naiveLedger) apply(now int64, t ledger.Transfer) string {
	if before := n.find(t.ID); before != nil {
		asked := before.asked
		if whole := n.find(t.Of); whole != nil && asked.Kind == t.Kind && asked.Of == t.Of && t.Amount == 0 {
			t.Amount = whole.Amount
		}
		if t.Kind >= ledger.Post {
			asked.Amount = before.Amount
		}
		if asked == t {
			return ""
		}
		return ledger.IDReused
	}
	one := naiveTransfer{Transfer: t, asked: t}
	var other *naiveTransfer
	if t.Kind >= ledger.Post {
		if other = n.find(t.Of); other == nil {
			return ledger.UnknownTransfer
		}
		one.Debit, one.Credit = other.Debit, other.Credit
		if t.Amount == 0 {
			one.Amount = other.Amount
		}
	}
	switch t.Kind {
	case ledger.Post, ledger.Void:
		switch {
		case other.Kind != ledger.Pending:
			return ledger.NotPending
		case other.state == ledger.Expired || other.state == ledger.Open && other.Expires != 0 && other.Expires <= now:
			return ledger.TransferExpired
		case other.state != ledger.Open:
			return ledger.TransferResolved
		case one.Amount > other.Amount:
			return ledger.ExceedsPending
		}
		other.state = map[ledger.Kind]ledger.State{ledger.Post: ledger.Posted, ledger.Void: ledger.Voided}[t.Kind]
	case ledger.Reverse:
		one.Debit, one.Credit = other.Credit, other.Debit
		switch {
		case other.Kind == ledger.Pending || other.Kind == ledger.Void:
			return ledger.NotPosted
		case other.state == ledger.Reversed:
			return ledger.TransferResolved
		}
	}
	if t.Kind != ledger.Post && t.Kind != ledger.Void {
		if reason := n.take(&one); reason != "" {
			return reason
		}
	}
	if t.Kind == ledger.Reverse {
		other.state = ledger.Reversed
	}
	if t.Kind == ledger.Pending {
		one.state = ledger.Open
	}
	n.made = append(n.made, one)
	return ""
}

func (n *naiveLedger) take(one *naiveTransfer) string {
	debit, credit := n.accounts[one.Debit], n.accounts[one.Credit]
	switch {
	case one.Debit == one.Credit:
		return ledger.SameAccount
	case one.Amount <= 0:
		return ledger.InvalidAmount
	case debit.Asset != credit.Asset:
		return ledger.AssetMismatch
	case debit.Closed || credit.Closed:
		return ledger.ClosedAccount
	}
	given, taken := n.sums(one.Debit), n.sums(one.Credit)
	given.debits.Add(given.debits, given.debitsPending).Add(given.debits, big.NewInt(one.Amount))
	taken.credits.Add(taken.credits, taken.creditsPending).Add(taken.credits, big.NewInt(one.Amount))
	if debit.Bound == ledger.DebitsWithinCredits && given.debits.Cmp(given.credits) > 0 ||
		credit.Bound == ledger.CreditsWithinDebits && taken.credits.Cmp(taken.debits) > 0 {
		return ledger.InsufficientBalance
	}
	return ""
}

func (n *naiveLedger) group(now int64, group []ledger.Transfer) string {
	before, known := slices.Clone(n.made), 0
	for _, t := range group {
		size := len(n.made)
		reason := n.apply(now, t)
		if reason == "" && len(n.made) == size {
			known++
		}
		if reason == "" && known > 0 && len(n.made) > len(before) {
			reason = ledger.IDReused
		}
		if reason != "" {
			n.made = before
			return reason
		}
	}
	return ""
}

func (n *naiveLedger) expire(now int64) (expired []ledger.ID) {
	due := []*naiveTransfer{}
	for k := range n.made {
		if one := &n.made[k]; one.state == ledger.Open && one.Expires != 0 && one.Expires <= now {
			due = append(due, one)
		}
	}
	slices.SortFunc(due, func(a, b *naiveTransfer) int {
		if a.Expires != b.Expires {
			return int(a.Expires - b.Expires)
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	for _, one := range due {
		one.state = ledger.Expired
		expired = append(expired, one.ID)
	}
	return expired
}
