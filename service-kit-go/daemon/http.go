package daemon

import (
	"context"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	schemas "github.com/trading-ecosystem/protobuf-schemas"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/httpserver"
)

// newHTTP makes the HTTP side. The gateway calls the daemon's own listener, so that a JSON call meets the same
// interceptors, limits and faults as a gRPC call.
func (r *running) newHTTP() (server *http.Server, err error) {
	r.own, err = grpc.NewClient("passthrough:///"+r.grpcSocket.Addr().String(),
		grpc.WithContextDialer(r.options.Network.Dial), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("make the gateway's client: %w", err)
	}
	gateway := runtime.NewServeMux(runtime.WithIncomingHeaderMatcher(incomingHeader))
	for _, register := range append(slices.Clip(r.service.Gateway), faultv1.RegisterFaultServiceHandler) {
		if err := register(context.Background(), gateway, r.own); err != nil {
			return nil, fmt.Errorf("register the gateway: %w", err)
		}
	}
	document, err := schemas.OpenAPI(append(slices.Clip(r.service.OpenAPI), "fault.v1")...)
	if err != nil {
		return nil, err
	}
	sources := append([]health.Source{r.registrar, r.Directory, r.Config, r.Peers, r.Faults}, r.service.Sources...)
	return httpserver.New(httpserver.Options{
		Log: r.Log, Registry: r.Registry, Settings: r.options.Settings,
		Readiness: func() httpserver.Readiness { return r.readiness(sources) },
		Gateway:   gateway, OpenAPI: document,
	}), nil
}

// ties are the HTTP headers that tie calls together; they go on to gRPC beside what the gateway passes anyway.
var ties = []string{"X-Correlation-Id", "Traceparent", "Tracestate", "Baggage"}

func incomingHeader(key string) (string, bool) {
	if slices.Contains(ties, textproto.CanonicalMIMEHeaderKey(key)) {
		return strings.ToLower(key), true
	}
	return runtime.DefaultHeaderMatcher(key)
}

// readiness gathers the state of the daemon and of all it leans on.
func (c *Chassis) readiness(sources []health.Source) httpserver.Readiness {
	readiness := c.state.now()
	for _, source := range sources {
		readiness.Dependencies = append(readiness.Dependencies, source.Dependencies()...)
	}
	down := func(dependency health.Dependency) bool { return dependency.State == health.Down }
	if i := slices.IndexFunc(readiness.Dependencies, down); i >= 0 {
		readiness.Ready, readiness.Reason = false, readiness.Dependencies[i].Name+" is down: "+readiness.Dependencies[i].LastError
	}
	return readiness
}
