package clients

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
)

func TestOpeningAndClosingOfACircuitIsLoggedOnceEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logtest.NewNullLogger()
		var code atomic.Int64
		code.Store(int64(codes.Internal))
		fleet := newFleet(t, []*replica{fixable(&code)}, func(options *Options) { options.Log = log })
		for range 2 * BreakerFailures {
			require.Error(t, fleet.get(t.Context()))
		}
		code.Store(int64(codes.OK))
		time.Sleep(BreakerOpen)
		for range 3 {
			require.NoError(t, fleet.get(t.Context()))
		}
		require.Len(t, lines.AllEntries(), 2)
		opened, closed := lines.AllEntries()[0], lines.AllEntries()[1]
		assert.Equal(t, logrus.WarnLevel, opened.Level)
		assert.Contains(t, opened.Message, "circuit open: ")
		assert.Equal(t, logrus.Fields{"peer": "market-data", "error": "rpc error: code = Internal desc = broken"}, opened.Data)
		assert.Equal(t, logrus.InfoLevel, closed.Level)
		assert.Equal(t, "circuit closed: the peer is back", closed.Message)
	})
}
