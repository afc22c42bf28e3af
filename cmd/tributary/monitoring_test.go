package main

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/jobs"
)

// TestMonitoringNamesMetricsThatExist checks that a server exports every metric
// that the alert rules, the dashboard and docs/operations.md name.
func TestMonitoringNamesMetricsThatExist(t *testing.T) {
	t.Parallel()
	told := servedMetrics(t)
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	content, err := os.ReadFile("../../docs/monitoring/alerts.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(content, &rules))
	var expressions []string
	for _, rule := range rules.Groups[0].Rules {
		require.NotEmpty(t, rule.Alert)
		require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		expressions = append(expressions, rule.Expr)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	content, err = os.ReadFile("../../docs/monitoring/dashboard.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &dashboard))
	for _, panel := range dashboard.Panels {
		require.NotEmpty(t, panel.Targets, panel.Title)
		for _, target := range panel.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	require.Greater(t, len(expressions), 20)
	operations, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	expressions = append(expressions, regexp.MustCompile("`tributary_[a-z_]+").FindAllString(string(operations), -1)...)
	named := 0
	for _, expression := range expressions {
		for _, name := range regexp.MustCompile(`(tributary|process)_[a-z_]+`).FindAllString(expression, -1) {
			named++
			base := strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count")
			require.Contains(t, told, "# TYPE "+base+" ", expression)
		}
	}
	require.Greater(t, named, 30)
}

// servedMetrics returns the metrics of a server after at least one event of
// every counted kind.
func servedMetrics(t *testing.T) string {
	t.Helper()
	cli := &config.CLI{}
	cli.ClickRetention.Duration = 400 * 24 * time.Hour
	a := newApp(cli, nil, io.Discard, io.Discard)
	p, err := a.build(t.Context(), config.Database{Engine: db.SQLite, Address: filepath.Join(t.TempDir(), "metrics.db")}, a.config())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	p.Metrics.Observe("summary", 200, time.Millisecond, 1)
	job := p.Metrics.Jobs([]jobs.Job{{Name: "drain", Run: p.Facts.Drain}})[0]
	require.NoError(t, job.Run(t.Context()))
	w := httptest.NewRecorder()
	p.Metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	require.Equal(t, 200, w.Code)
	return w.Body.String()
}
