package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	shipped "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/documents"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run parses a command line and runs it; a parse error is bad usage.
func run(ctx context.Context, t *testing.T, arguments ...string) (out, progress string, usage, failure error) {
	t.Helper()
	var grammar struct {
		Replay Replay `cmd:""`
	}
	var stdout, stderr bytes.Buffer
	parser, err := kong.New(&grammar, kong.Writers(&stdout, &stderr), kong.Exit(func(int) { t.Fatal("kong wants to exit") }),
		kong.BindTo(ctx, (*context.Context)(nil)))
	require.NoError(t, err)
	chosen, err := parser.Parse(append([]string{"replay"}, arguments...))
	if err != nil {
		return "", "", err, nil
	}
	failure = chosen.Run()
	return stdout.String(), stderr.String(), nil, failure
}

// replay runs a command line that must succeed.
func replay(t *testing.T, arguments ...string) string {
	t.Helper()
	out, _, usage, failure := run(t.Context(), t, arguments...)
	require.NoError(t, usage)
	require.NoError(t, failure)
	return out
}

// replayJSON decodes what a command line prints.
func replayJSON[T any](t *testing.T, arguments ...string) (into T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(replay(t, append(arguments, "--json")...)), &into))
	return into
}

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// desk is a venue with a journal in a data directory, which stays open.
type desk struct {
	*testing.T
	machine *records.Machine
	folder  string
	now     time.Time
}

func document(t *testing.T, name string, into any) {
	t.Helper()
	text, err := shipped.Documents.ReadFile(name + ".json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into))
}

// open begins with the shipped instruments and fees, and nobody of the venue's own.
func open(t *testing.T) *desk {
	d := &desk{T: t, folder: t.TempDir(), now: morning}
	directory, err := journal.Dir(filepath.Join(d.folder, records.Folder))
	require.NoError(t, err)
	d.machine, err = journal.Open(records.Options{
		Directory: directory, State: records.NewState(), Codec: records.Codec{}, Version: records.Version, SegmentBytes: 1 << 11,
		Clock: func() (time.Time, time.Time) { return d.now, d.now },
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.machine.Close(context.Background()) })
	var instruments documents.Instruments
	var fees documents.Fees
	document(t, "instruments", &instruments)
	document(t, "fees", &fees)
	c, err := documents.Configure(instruments, fees, documents.Market{}, 7)
	require.NoError(t, err)
	c.Opening = 0
	d.do(c)
	return d
}

// do submits a command that must succeed, and returns the last event so far.
func (d *desk) do(c venue.Command) uint64 {
	d.Helper()
	answer, err := d.machine.Submit(d.Context(), c)
	require.NoError(d, err)
	require.NoError(d, answer.Err)
	return answer.Sequence
}

const (
	usd, btc = 0, 1
	dollars  = 10_000_000    // units of the shipped USD
	coins    = 1_000_000_000 // units of the shipped BTC
)

func (d *desk) fund(name string, amount venue.Amount) {
	d.do(&venue.Open{Account: name, Fund: []venue.Amount{amount}})
}

// place places a limit order in BTC/USD: dollars and thousandths of a coin.
func (d *desk) place(name, id string, side book.Side, price, thousandths int64) uint64 {
	return d.do(&venue.Place{Account: name, ClientID: id, Order: venue.Order{Side: side, Price: price * 100, Lots: thousandths * 100}})
}

// traded is a venue where bob bought one of the two coins that alice offers at 60000.
func traded(t *testing.T) (d *desk, resting, last uint64) {
	d = open(t)
	d.fund("alice", venue.Amount{Asset: btc, Units: 3 * coins})
	d.fund("bob", venue.Amount{Asset: usd, Units: 100_000 * dollars})
	resting = d.place("alice", "a1", book.Sell, 60_000, 2000)
	d.now = d.now.Add(time.Minute)
	last = d.place("bob", "b1", book.Buy, 61_000, 1000)
	return d, resting, last
}

func text(number uint64) string { return strconv.FormatUint(number, 10) }

// write makes a file of a shipped document with some of its text replaced.
func write(t *testing.T, name string, replaced ...string) string {
	t.Helper()
	text, err := shipped.Documents.ReadFile(name + ".json")
	require.NoError(t, err)
	changed := strings.NewReplacer(replaced...).Replace(string(text))
	require.NotEqual(t, string(text), changed)
	file := filepath.Join(t.TempDir(), name+".json")
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	return file
}
