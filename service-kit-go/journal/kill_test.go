package journal_test

// A child process journals as fast as it can until it is killed; what it had told was acknowledged must be there.

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/journal"
)

const (
	childDirectory = "JOURNAL_TEST_DIRECTORY"
	childAccounts  = 16
	killRounds     = 10
)

// child is the child process: it adds 1 to each account in turn, from one goroutine each, and reports each answer on stdout.
func child() bool {
	path := os.Getenv(childDirectory)
	if path == "" {
		return false
	}
	directory, err := journal.Dir(path)
	if err != nil {
		panic(err)
	}
	o := on(directory)
	o.SegmentBytes, o.SnapshotBytes, o.Random = 64<<10, 200<<10, nil
	m, err := journal.Open(o)
	if err != nil {
		panic(err)
	}
	var accounts sync.WaitGroup
	for account := range childAccounts {
		accounts.Go(func() {
			for {
				balance, err := m.Submit(context.Background(), deposit{account: uint8(account), amount: 1})
				if err != nil {
					panic(err)
				}
				_, _ = os.Stdout.Write(binary.LittleEndian.AppendUint64([]byte{uint8(account)}, uint64(balance)))
			}
		})
	}
	accounts.Wait()
	return true
}

func TestWhatAKilledProcessHadAcknowledgedIsThere(t *testing.T) {
	path := t.TempDir()
	var acknowledged [childAccounts]int64
	for round := range killRounds {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), childDirectory+"="+path)
		command.Stderr = os.Stderr
		output, err := command.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, command.Start())
		answers := bufio.NewReader(output)
		killAfter := 2000 + 777*round
		for read := 0; ; read++ {
			var answer [9]byte
			if _, err := io.ReadFull(answers, answer[:]); err != nil {
				break // what it had told before it was killed is read
			}
			acknowledged[answer[0]] = int64(binary.LittleEndian.Uint64(answer[1:]))
			if read == killAfter {
				require.NoError(t, command.Process.Kill())
			}
		}
		require.Error(t, command.Wait(), "it was killed")

		directory, err := journal.Dir(path)
		require.NoError(t, err)
		o := on(directory)
		j := load(t, o)
		total := int64(0)
		for account, balance := range o.State.(*bank).balances {
			total += balance
			require.GreaterOrEqual(t, balance, acknowledged[account], "round %d", round)
			require.LessOrEqual(t, balance, acknowledged[account]+1, "one more may have been under way")
		}
		_, all := everything(t, j, uint64(2*total))
		require.NotEmpty(t, all)
		require.NoError(t, j.Close())
	}
}
