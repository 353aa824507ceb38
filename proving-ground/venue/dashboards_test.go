package venue_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/proving-ground/internal/checkout"
	"github.com/trading-ecosystem/proving-ground/internal/launch"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestEveryMetricOfTheDashboardsIsOneThatADaemonHas(t *testing.T) {
	dashboards, err := filepath.Glob(filepath.Join(checkout.Root(t), "deploy", "grafana", "dashboards", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, dashboards)
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		known := map[string]bool{}
		for _, d := range open(t, network, 1).all() {
			collect(d.Registry, known)
		}
		for _, path := range dashboards {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			queries := queriesOf(t, text)
			require.NotEmpty(t, queries, path)
			for _, query := range queries {
				metrics := metricsOf(query)
				assert.NotEmpty(t, metrics, "%s: %s", filepath.Base(path), query)
				for _, metric := range metrics {
					assert.True(t, known[metric], "%s: no daemon has the metric %s of %s", filepath.Base(path), metric, query)
				}
			}
		}
	})
}

func TestPrometheusScrapesEveryDaemonWhereItListens(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(checkout.Root(t), "deploy", "prometheus.yml"))
	require.NoError(t, err)
	for name, ports := range launch.Daemons {
		assert.Contains(t, string(text), "{names: ["+name+"], type: A, port: "+ports[1]+",")
	}
}

func TestTheMetricsOfAQueryAreWhatIsNeitherAFunctionNorALabel(t *testing.T) {
	for query, want := range map[string][]string{
		`up`: {"up"},
		`histogram_quantile(0.99, sum by (service, le) (rate(wait_seconds_bucket{code!="OK"}[1m])))`: {"wait_seconds_bucket"},
		`a_total / on (peer) group_left b_total offset 5m > 1e3`:                                     {"a_total", "b_total"},
		`sum(c{d="e and f"}) without (g)`:                                                            {"c"},
	} {
		assert.Equal(t, want, metricsOf(query), query)
	}
}

var fullName = regexp.MustCompile(`fqName: "([^"]*)"`)

// collect adds the series of everything registered, whether or not it has a value yet. Which of them are histograms is not told, so all
// may have buckets.
func collect(registry *prometheus.Registry, known map[string]bool) {
	descriptions := make(chan *prometheus.Desc)
	go func() { defer close(descriptions); registry.Describe(descriptions) }()
	for description := range descriptions {
		if name := fullName.FindStringSubmatch(description.String()); name != nil {
			for _, suffix := range []string{"", "_bucket", "_sum", "_count"} {
				known[name[1]+suffix] = true
			}
		}
	}
}

// queriesOf finds each "expr" of a dashboard, however deep it lies.
func queriesOf(t *testing.T, dashboard []byte) (queries []string) {
	t.Helper()
	var whole any
	require.NoError(t, json.Unmarshal(dashboard, &whole))
	var visit func(any)
	visit = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, child := range node {
				visit(child)
			}
		case map[string]any:
			if query, is := node["expr"].(string); is {
				queries = append(queries, query)
			}
			for _, child := range node {
				visit(child)
			}
		}
	}
	visit(whole)
	return queries
}

var (
	notMetrics = regexp.MustCompile(`"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\boffset\s+\w+`)
	word       = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*\s*\(?|[0-9.]+\w*`)
	keywords   = " and or unless bool group_left group_right inf nan "
)

// metricsOf are the names of the series that a PromQL query selects.
func metricsOf(query string) (metrics []string) {
	for _, found := range word.FindAllString(notMetrics.ReplaceAllString(query, " "), -1) {
		name := strings.TrimSpace(found)
		isFunction, isNumber := strings.HasSuffix(name, "("), strings.ContainsAny(name[:1], "0123456789.")
		if !isFunction && !isNumber && !strings.Contains(keywords, " "+strings.ToLower(name)+" ") {
			metrics = append(metrics, name)
		}
	}
	return metrics
}
