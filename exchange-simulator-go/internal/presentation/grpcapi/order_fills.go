package grpcapi

// What an order traded when it was placed, read back from the events of that command.

import (
	"context"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// fillsOf returns the fills of an order that the command made which placed it, at most venue.MaxFills, as that was answered with; none
// when its events are no longer retained.
func (d *Desk) fillsOf(ctx context.Context, order *venue.Record) ([]venue.Fill, error) {
	reader, err := d.Machine.Events(order.First)
	if err == nil {
		defer func() { _ = reader.Close() }() // it was only read
		var fills []venue.Fill
		if fills, err = readFills(ctx, reader, order); err == nil {
			return fills, nil
		}
	}
	if errs.KindOf(err) == errs.OutOfRange {
		return nil, nil
	}
	return nil, err
}

func readFills(ctx context.Context, reader *journal.Reader, order *venue.Record) (fills []venue.Fill, err error) {
	var event venue.Event
	for sequence := order.First; sequence <= order.Last && len(fills) < venue.MaxFills; sequence++ {
		raw, err := reader.Next(ctx)
		if err != nil {
			return nil, err
		}
		if err := venue.DecodeEvent(raw.Payload, &event); err != nil {
			return nil, err
		}
		if event.Kind == venue.Traded && (event.Order == order.ID || event.Maker == order.ID) {
			fills = append(fills, venue.FillOf(&event, event.Maker == order.ID, raw.Business.UnixNano(), raw.Sequence))
		}
	}
	return fills, nil
}
