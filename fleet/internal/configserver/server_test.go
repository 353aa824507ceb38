package configserver

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/fleet/internal/document"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var shipped = fstest.MapFS{
	"market.json": {Data: []byte(`{"profile": "lively"}`)},
	"clock.json":  {Data: []byte(`{"scale": 1}`)},
}

func silent() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

// pipeListener is a listener without sockets, so that a server runs in a synctest bubble.
type pipeListener struct {
	connections chan net.Conn
	closed      chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{connections: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case connection := <-l.connections:
		return connection, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8090} }

func (l *pipeListener) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.connections <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// fixture is a server over a directory, with Redis, in virtual time.
type fixture struct {
	dir    string
	redis  *redis.Client
	client *http.Client
	stop   func()
}

func serve(t *testing.T) *fixture {
	t.Helper()
	store := miniredis.NewMiniRedis()
	rdb := redis.NewClient(&redis.Options{ // a numeric address: no name is looked up in a bubble
		Addr: "127.0.0.1:6379", Dialer: func(context.Context, string, string) (net.Conn, error) { return store.Dial() },
	})
	f := &fixture{dir: t.TempDir(), redis: rdb}
	server, err := New(Options{Library: document.NewLibrary(f.dir, shipped), Redis: rdb, Log: silent()})
	require.NoError(t, err)
	listener := newPipeListener()
	transport := &http.Transport{DialContext: listener.dial}
	f.client = &http.Client{Transport: transport}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	f.stop = func() {
		transport.CloseIdleConnections()
		cancel()
		require.NoError(t, <-ended)
	}
	t.Cleanup(func() {
		_ = rdb.Close()
		store.Close()
	})
	synctest.Wait()
	return f
}

func (f *fixture) write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(f.dir, name+".json"), []byte(text), 0o600))
}

func (f *fixture) do(t *testing.T, method, path string, header http.Header) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, "http://config"+path, http.NoBody)
	require.NoError(t, err)
	request.Header = header
	response, err := f.client.Do(request)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response, string(body)
}

func (f *fixture) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	return f.do(t, http.MethodGet, path, nil)
}

func inBubble(t *testing.T, test func(*testing.T, *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := serve(t)
		defer f.stop()
		test(t, f)
	})
}

func TestDocumentIsServedWithAnETagAndNotAgainWhenTheClientHasIt(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fixture) {
		first, body := f.get(t, "/v1/config/market")
		require.Equal(t, http.StatusOK, first.StatusCode)
		assert.JSONEq(t, `{"profile": "lively"}`, body)
		assert.Equal(t, "application/json", first.Header.Get("Content-Type"))

		again, body := f.do(t, http.MethodGet, "/v1/config/market", http.Header{"If-None-Match": {first.Header.Get("ETag")}})
		assert.Equal(t, http.StatusNotModified, again.StatusCode)
		assert.Empty(t, body)

		f.write(t, "market", `{"profile": "calm"}`)
		changed, body := f.do(t, http.MethodGet, "/v1/config/market", http.Header{"If-None-Match": {first.Header.Get("ETag")}})
		assert.Equal(t, http.StatusOK, changed.StatusCode)
		assert.JSONEq(t, `{"profile": "calm"}`, body)
	})
}

func TestErrorsAreJSONThatSaysWhatToDo(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fixture) {
		f.write(t, "broken", "{")
		for _, given := range []struct {
			method, path string
			code         int
			want         string
		}{
			{"GET", "/v1/config/feees", 404, "there are broken, clock, market"},
			{"GET", "/v1/config/Bad_Name", 400, "lower-case letters"},
			{"GET", "/v1/config/..%2Fsecret", 400, "lower-case letters"},
			{"GET", "/v1/config/", 400, "lower-case letters"},
			{"GET", "/v1/config/broken", 500, "line 1, column 1"},
			{"GET", "/v1/other", 404, "/v1/config/<document>"},
			{"PUT", "/v1/config/market", 405, "changed by editing their files"},
			{"POST", "/v1/config", 405, "changed by editing their files"},
		} {
			response, body := f.do(t, given.method, given.path, nil)
			var failure struct{ Message string }
			require.NoError(t, json.Unmarshal([]byte(body), &failure), body)
			assert.Equal(t, given.code, response.StatusCode, given.path)
			assert.Contains(t, failure.Message, given.want)
		}
	})
}

func TestListNamesEveryDocumentAndWhereItComesFrom(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fixture) {
		f.write(t, "market", `{"profile": "calm"}`)
		f.write(t, "fees", `{"maker":`)
		_, body := f.get(t, "/v1/config")
		var answer struct{ Documents []listing }
		require.NoError(t, json.Unmarshal([]byte(body), &answer))
		require.Len(t, answer.Documents, 3)
		assert.Equal(t, "shipped", answer.Documents[0].Source)
		assert.Contains(t, answer.Documents[1].Error, "fees.json: line 1")
		assert.Equal(t, filepath.Join(f.dir, "market.json"), answer.Documents[2].Source)
	})
}

func TestChangeOfADocumentIsAnnouncedWithinAPollAndOnlyOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fixture) {
		subscription := f.redis.Subscribe(t.Context(), remoteconfig.Channel)
		defer func() { require.NoError(t, subscription.Close()) }()
		var announced []string
		messages := subscription.Channel()
		go func() {
			for message := range messages {
				announced = append(announced, message.Payload)
			}
		}()
		time.Sleep(2 * PollInterval)
		synctest.Wait()
		require.Empty(t, announced, "nothing changed yet")

		f.write(t, "market", `{"profile": "calm"}`)
		time.Sleep(2 * PollInterval)
		f.write(t, "market", `{"profile": broken`)
		time.Sleep(3 * PollInterval)
		require.NoError(t, os.Remove(filepath.Join(f.dir, "market.json")))
		time.Sleep(3 * PollInterval)
		synctest.Wait()

		assert.Equal(t, []string{"market", "market"}, announced, "changed, then back to the shipped one; broken is no change")
	})
}

func TestServerIsRegisteredWhileItServesAndNotAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t)
		ids, err := f.redis.SMembers(t.Context(), "fleet:instances:config").Result()
		require.NoError(t, err)
		require.Len(t, ids, 1)
		text, err := f.redis.Get(t.Context(), "fleet:instance:config:"+ids[0]).Result()
		require.NoError(t, err)
		var instance discovery.Instance
		require.NoError(t, json.Unmarshal([]byte(text), &instance))
		assert.Equal(t, "127.0.0.1:8090", instance.HTTPAddr)
		assert.Empty(t, instance.GRPCAddr)
		assert.Equal(t, discovery.Serving, instance.Health)

		f.stop()

		ids, err = f.redis.SMembers(t.Context(), "fleet:instances:config").Result()
		require.NoError(t, err)
		assert.Empty(t, ids)
	})
}

func TestServerSaysThatItIsAliveReadyAndBuilt(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fixture) {
		f.write(t, "market", "[]")
		for path, want := range map[string]string{
			"/healthz": "alive", "/readyz": "document:market", "/metrics": "config_requests_total", "/buildinfo": "version",
		} {
			_, _ = f.get(t, "/v1/config/clock")
			response, body := f.get(t, path)
			assert.Equal(t, http.StatusOK, response.StatusCode, path)
			assert.Contains(t, body, want)
		}
		_, body := f.get(t, "/readyz")
		assert.Contains(t, body, "want one JSON object", "a broken document shows")
	})
}

func TestServerRunsWithoutRedis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := New(Options{Library: document.NewLibrary("", shipped), Log: silent()})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, server.Serve(ctx, newPipeListener()))
	})
}

func TestConnectionThatNeverEndsItsHeadersIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := New(Options{Library: document.NewLibrary("", shipped), Log: silent()})
		require.NoError(t, err)
		listener := newPipeListener()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = server.Serve(ctx, listener) }()
		connection, err := listener.dial(ctx, "", "")
		require.NoError(t, err)
		opened := time.Now()
		_, err = io.Copy(connection, strings.NewReader("GET /v1/config/market HTTP/1.1\r\nHost: x\r\n"))
		require.NoError(t, err)
		_, _ = io.ReadAll(connection)
		assert.LessOrEqual(t, time.Since(opened), 10*time.Second)
	})
}
