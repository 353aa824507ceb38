// This file is the other setting of a replay: what a document changes in a Configure, and how the commands of clients still
// find their orders.

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/documents"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// settable are the documents that can be set.
var settable = map[string]bool{documents.FeesName: true, documents.MarketName: true}

// setting is what to change.
type setting struct {
	fees    *documents.Fees
	market  *documents.Market
	clients map[uint64]string // ids that clients gave their orders, by the venue's ids of before
}

// setting reads the files.
func (c *Replay) setting() (*setting, error) {
	s := &setting{clients: map[uint64]string{}}
	if file, is := c.Set[documents.FeesName]; is {
		s.fees = &documents.Fees{}
		if err := decode(file, s.fees); err != nil {
			return nil, err
		}
	}
	if file, is := c.Set[documents.MarketName]; is {
		s.market = &documents.Market{}
		if err := decode(file, s.market); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// decode reads a document as strictly as the daemon does.
func decode(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read a document: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

// note keeps the id that a client gave an order.
func (s *setting) note(e *venue.Event) {
	if e.Kind == venue.OrderAccepted && e.ClientID != "" {
		s.clients[e.Order] = e.ClientID
	}
}

// change is what the venue is told instead of a command.
func (s *setting) change(command venue.Command) (venue.Command, error) {
	switch c := command.(type) {
	case *venue.Configure:
		return s.configure(*c)
	case *venue.Cancel:
		return &venue.Cancel{Target: s.target(c.Target)}, nil
	case *venue.Replace:
		other := *c
		other.Target = s.target(c.Target)
		return &other, nil
	}
	return command, nil
}

// target names an order by its client's id: under another setting the venue may have given it another one.
func (s *setting) target(t venue.Target) venue.Target {
	if id, known := s.clients[t.Order]; known {
		return venue.Target{Account: t.Account, ClientID: id}
	}
	return t
}

func (s *setting) configure(c venue.Configure) (venue.Command, error) {
	if s.fees != nil {
		if err := s.fees.Into(&c); err != nil {
			return nil, err
		}
	}
	if s.market != nil {
		if err := s.market.Into(&c); err != nil {
			return nil, err
		}
	}
	return &c, nil
}
