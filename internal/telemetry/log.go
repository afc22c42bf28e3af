// Package telemetry shows the operator what the server does. It contains the log,
// the metrics, and the health checks. The metrics contain no partners and no
// amounts.
package telemetry

import (
	"io"
	"log/slog"
)

// Logger returns a structured logger. level is debug, info, warn or error.
// format is text, json or auto, which means text on a terminal and json
// elsewhere. The logger reports an unavailable database at most once a minute.
func Logger(w io.Writer, level, format string, terminal bool) *slog.Logger {
	options := &slog.HandlerOptions{}
	var least slog.Level
	if least.UnmarshalText([]byte(level)) == nil {
		options.Level = least
	}
	if format == "json" || format == "auto" && !terminal {
		return slog.New(newQuiet(slog.NewJSONHandler(w, options)))
	}
	return slog.New(newQuiet(slog.NewTextHandler(w, options)))
}
