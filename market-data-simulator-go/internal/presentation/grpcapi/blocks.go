// This file turns bars into blocks of columns, and blocks into bars.

package grpcapi

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// newBlocks is an empty block for each symbol of a plan.
func newBlocks(plan *simulation.Plan) []*marketdatav1.BarBlock {
	blocks := make([]*marketdatav1.BarBlock, len(plan.Symbols))
	for i, symbol := range plan.Symbols {
		blocks[i] = &marketdatav1.BarBlock{Symbol: symbol, Interval: barcsv.FormatInterval(plan.Interval)}
	}
	return blocks
}

// add puts a bar at the end of a block.
func add(block *marketdatav1.BarBlock, one bar.Bar) {
	if block.Start == nil {
		block.Start = timestamppb.New(one.Time)
	}
	block.Open, block.High = append(block.Open, one.Open), append(block.High, one.High)
	block.Low, block.Close = append(block.Low, one.Low), append(block.Close, one.Close)
	block.Volume = append(block.Volume, one.Volume)
}

// maxSentBars is the most bars that one caller may send in a stream.
const maxSentBars = 1_000_000

// collection gathers blocks into series.
type collection struct {
	field string
	all   []bar.Series
	count int
}

func newCollection(field string) *collection { return &collection{field: field} }

func (c *collection) series() []bar.Series { return c.all }

// seriesOf is the series of all blocks of a request.
func seriesOf(field string, blocks []*marketdatav1.BarBlock) ([]bar.Series, error) {
	if len(blocks) == 0 {
		return nil, errs.InvalidField(field, "", "the bars to draw from")
	}
	c := newCollection(field)
	for i, block := range blocks {
		if err := c.add(i, block); err != nil {
			return nil, err
		}
	}
	return c.series(), nil
}

// takeIn adds one message of a stream.
func takeIn(request *marketdatav1.ValidateSimulationRequest, simulated, real *collection) error {
	for i, block := range request.GetSimulated() {
		if err := simulated.add(i, block); err != nil {
			return err
		}
	}
	for i, block := range request.GetReal() {
		if err := real.add(i, block); err != nil {
			return err
		}
	}
	if count := simulated.count + real.count; count > maxSentBars {
		return errs.InvalidField("simulated", count, fmt.Sprintf("at most %d bars altogether", maxSentBars))
	}
	return nil
}

// add appends the bars of a block to the series of its symbol.
func (c *collection) add(n int, block *marketdatav1.BarBlock) error {
	field := fmt.Sprintf("%s[%d]", c.field, n)
	interval, err := intervalOf(field+".interval", block.GetInterval())
	if err != nil {
		return err
	}
	start, err := timeOf(field+".start", block.GetStart())
	if err != nil {
		return err
	}
	if err := checkColumns(field, block); err != nil {
		return err
	}
	series, err := c.find(field, block.GetSymbol(), interval)
	if err != nil {
		return err
	}
	c.count += len(block.GetClose())
	before := block.GetClose()[0]
	if have := len(series.Bars); have > 0 {
		before = series.Bars[have-1].Close
	}
	series.Bars = slices.Grow(series.Bars, len(block.GetClose()))
	for i, last := range block.GetClose() {
		one := barOf(block, i, before)
		one.Time = start.Add(time.Duration(i) * interval)
		series.Bars = append(series.Bars, one)
		before = last
	}
	return nil
}

// barOf is bar i of a block but for its time; absent columns follow from the closes.
func barOf(block *marketdatav1.BarBlock, i int, before float64) bar.Bar {
	at := func(column []float64, otherwise float64) float64 {
		return or(columnAt(column, i), len(column) > 0, otherwise)
	}
	last := block.GetClose()[i]
	open := at(block.GetOpen(), before)
	return bar.Bar{
		Open: open, Close: last, High: at(block.GetHigh(), max(open, last)), Low: at(block.GetLow(), min(open, last)),
		Volume: at(block.GetVolume(), 0),
	}
}

func columnAt(column []float64, i int) float64 {
	if len(column) == 0 {
		return 0
	}
	return column[i]
}

func checkColumns(field string, block *marketdatav1.BarBlock) error {
	count := len(block.GetClose())
	if count == 0 || count > maxSentBars {
		return errs.InvalidField(field+".close", count, fmt.Sprintf("1 to %d prices", maxSentBars))
	}
	for name, column := range map[string][]float64{
		"open": block.GetOpen(), "high": block.GetHigh(), "low": block.GetLow(), "volume": block.GetVolume(),
	} {
		if len(column) != 0 && len(column) != count {
			return errs.InvalidField(field+"."+name, len(column), fmt.Sprintf("%d values, as close has, or none", count))
		}
	}
	return nil
}

// find is the series of a symbol, a new one when there is none yet.
func (c *collection) find(field, symbol string, interval time.Duration) (*bar.Series, error) {
	for i := range c.all {
		if one := &c.all[i]; one.Symbol == symbol {
			if one.Interval != interval {
				return nil, errs.InvalidField(field+".interval", interval.String(), one.Interval.String()+", as the block before")
			}
			return one, nil
		}
	}
	if symbol == "" || len(symbol) > longestSymbol {
		return nil, errs.InvalidField(field+".symbol", shown(symbol), "BASE/QUOTE, at most 32 bytes")
	}
	if len(c.all) == mostPairs {
		return nil, errs.InvalidField(field+".symbol", symbol, fmt.Sprintf("at most %d pairs", mostPairs))
	}
	c.all = append(c.all, bar.Series{Symbol: symbol, Interval: interval})
	return &c.all[len(c.all)-1], nil
}

// mostPairs is the most that bars may be of: every two of them are correlated.
const mostPairs = 20
