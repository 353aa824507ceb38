package exchangesim_test

// A child process is the real daemon. Two accounts trade with each other through it as fast as they are answered, until it is killed;
// then it is started again on what is left. What was acknowledged must be there, once.

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

const (
	childFolder = "EXCHANGE_TEST_FOLDER"
	killRounds  = 50
	callers     = 8
)

// child is the child process: it tells its address and serves until it is killed.
func child() bool {
	folder := os.Getenv(childFolder)
	if folder == "" {
		return false
	}
	config := exchangesim.Config{Common: settings.FreePorts()}
	config.DataDir = folder
	market := `{"profile": "calm", "auctions": {"opening": "0s"}}` // there is no time to lose
	s, err := exchangesim.New(config, daemon.Options{Defaults: exchangesim.Documents(map[string]string{"market": market})})
	if err != nil {
		panic(err)
	}
	go func() {
		<-s.Serving()
		fmt.Println(s.GRPCAddr())
	}()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := s.Run(ctx); err != nil {
		panic(err)
	}
	return true
}

// victim is one life of the daemon.
type victim struct {
	process *exec.Cmd
	conn    *grpc.ClientConn
	orders  exchangev1.TradingServiceClient
}

func raise(t *testing.T, folder string) *victim {
	t.Helper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), childFolder+"="+folder)
	process.Stderr = t.Output()
	output, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	t.Cleanup(func() { _ = process.Process.Kill() }) // for when the test fails
	address, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err, "the daemon starts on what is left")
	go func() { _, _ = io.Copy(io.Discard, output) }()
	conn, err := grpc.NewClient("passthrough:///"+strings.TrimSpace(address), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	return &victim{process, conn, exchangev1.NewTradingServiceClient(conn)}
}

func (v *victim) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, v.process.Process.Kill())
	require.Error(t, v.process.Wait(), "it was killed")
}

// answered is what callers were told, by the id that they gave their order.
type answered struct {
	mu     sync.Mutex
	orders map[string]*exchangev1.PlaceOrderResponse
	enough int           // answers after which it is over
	over   chan struct{} // closed then
}

// take notes an answer.
func (a *answered) take(id string, answer *exchangev1.PlaceOrderResponse) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.orders[id] = answer
	if a.enough--; a.enough == 0 {
		close(a.over)
	}
}

// trade places orders of a caller until its call fails: an even one sells, an odd one buys at the same price. It returns the last
// request, which was not answered.
func (a *answered) trade(t *testing.T, v *victim, caller, round int) *exchangev1.PlaceOrderRequest {
	side, account := exchangev1.Side_SIDE_SELL, "alice"
	if caller%2 == 1 {
		side, account = exchangev1.Side_SIDE_BUY, "bob"
	}
	for n := 0; ; n++ {
		request := &exchangev1.PlaceOrderRequest{
			Account: account, ClientOrderId: fmt.Sprintf("%d-%d-%d", round, caller, n), Order: limit(side, "0.001", "50000"),
		}
		if n%4 == 3 {
			request.Order.TimeInForce = exchangev1.TimeInForce_TIME_IN_FORCE_IOC
		}
		answer, err := v.orders.PlaceOrder(context.Background(), request)
		if err != nil {
			assert.Equal(t, codes.Unavailable, status.Code(err), err)
			return request
		}
		a.take(request.GetClientOrderId(), answer)
	}
}

// load trades with all callers until so many answers have come; then the daemon is killed, or asked to stop, which leaves a snapshot.
func (a *answered) load(t *testing.T, v *victim, round, answers int, asked bool) []*exchangev1.PlaceOrderRequest {
	t.Helper()
	a.enough, a.over = answers, make(chan struct{})
	open := make([]*exchangev1.PlaceOrderRequest, callers)
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() { open[caller] = a.trade(t, v, caller, round) })
	}
	<-a.over
	if asked {
		require.NoError(t, v.process.Process.Signal(syscall.SIGTERM))
		require.NoError(t, v.process.Wait())
	} else {
		v.kill(t)
	}
	all.Wait()
	require.NoError(t, v.conn.Close())
	return open
}

func TestWhatAKilledExchangeHadAcknowledgedIsThereOnce(t *testing.T) {
	folder, random := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	told := &answered{orders: map[string]*exchangev1.PlaceOrderResponse{}}
	v := raise(t, folder)
	accounts := exchangev1.NewAccountServiceClient(v.conn)
	for _, name := range []string{"alice", "bob"} {
		_, err := accounts.CreateAccount(t.Context(), &exchangev1.CreateAccountRequest{Account: name, Fund: []*exchangev1.Amount{
			{Asset: "USD", Amount: "100000000"}, {Asset: "BTC", Amount: "10000"},
		}})
		require.NoError(t, err)
	}
	checked := map[string]bool{}
	for round := range killRounds {
		open := told.load(t, v, round, 1+random.IntN(300), round%10 == 9)
		v = raise(t, folder)
		for _, request := range open { // it is wholly there or wholly absent: now it is there
			answer, err := v.orders.PlaceOrder(t.Context(), request)
			require.NoError(t, err)
			told.orders[request.GetClientOrderId()] = answer
		}
		for id, answer := range told.orders {
			if !checked[id] {
				checked[id] = true
				kept(t, v, answer)
			}
		}
	}
	once(t, v, told)
	v.kill(t)
	require.NoError(t, v.conn.Close())
}

// kept checks that an order is as it was acknowledged, or further.
func kept(t *testing.T, v *victim, answer *exchangev1.PlaceOrderResponse) {
	t.Helper()
	was := answer.GetOrder()
	got, err := v.orders.GetOrder(t.Context(), &exchangev1.GetOrderRequest{Account: was.GetAccount(), ClientOrderId: was.GetClientOrderId()})
	require.NoError(t, err)
	require.Equal(t, was.GetOrderId(), got.GetOrder().GetOrderId())
	require.GreaterOrEqual(t, lots(t, got.GetOrder().GetFilledQuantity()), lots(t, was.GetFilledQuantity()))
}

// once reads the whole drop copy: each order was filled by what it was told and no more, each trade is there once for each side, and
// what one account lost the other has.
func once(t *testing.T, v *victim, told *answered) {
	t.Helper()
	market := exchangev1.NewMarketServiceClient(v.conn)
	book, err := market.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "BTC/USD"})
	require.NoError(t, err)
	filled, sides := map[string]int64{}, map[uint64]int{}
	for _, account := range []string{"alice", "bob"} {
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := v.orders.StreamExecutions(ctx, &exchangev1.StreamExecutionsRequest{Account: account, FromSequence: 1})
		require.NoError(t, err)
		end := &exchangev1.PlaceOrderRequest{Account: account, ClientOrderId: "end", Order: limit(exchangev1.Side_SIDE_SELL, "0.001", "60000")}
		_, err = v.orders.PlaceOrder(t.Context(), end)
		require.NoError(t, err)
		for last := uint64(0); ; {
			message, err := stream.Recv()
			require.NoError(t, err)
			require.GreaterOrEqual(t, message.GetSequence(), last)
			last = message.GetSequence()
			if message.GetClientOrderId() == "end" {
				break
			}
			if fill := message.GetFill(); fill != nil {
				filled[fill.GetClientOrderId()] += lots(t, fill.GetQuantity())
				sides[fill.GetTradeId()]++
			}
		}
		cancel()
	}
	for trade, count := range sides {
		require.Equal(t, 2, count, "trade %d of %v", trade, book.GetSequence())
	}
	for id, answer := range told.orders {
		total := int64(0)
		for _, fill := range answer.GetFills() {
			total += lots(t, fill.GetQuantity())
		}
		require.GreaterOrEqual(t, filled[id], total, id)
		require.LessOrEqual(t, filled[id], lots(t, answer.GetOrder().GetOrder().GetQuantity()), id)
	}
	assert.NotEmpty(t, sides)
	t.Logf("%d orders and %d trades in %d lives", len(told.orders), len(sides), killRounds+1)
}

// lots reads a quantity of BTC/USD.
func lots(t *testing.T, quantity string) int64 {
	t.Helper()
	value, err := decimal.Parse(quantity, 5)
	require.NoError(t, err)
	return value
}
