// Package telemetry shows an operator what the programme does: its log, its
// metrics, and whether it is alive and ready. Nothing in it names a partner or
// an amount.
package telemetry

import (
	"io"
	"log/slog"
)

// Logger returns a structured logger. level is debug, info, warn or error;
// format is text, json or auto: text on a terminal and json elsewhere. It logs
// at most once a minute that the store is unavailable.
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
