package main

import (
	"io"
	"log/slog"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/httpapi/intake"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/telemetry"
)

type app struct {
	cli    *config.CLI
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	log    *slog.Logger
	clock  clock.Clock

	patience intake.Patience // how long slow clients may take
}

func newApp(cli *config.CLI, stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{
		cli: cli, stdin: stdin, stdout: stdout, stderr: stderr,
		log:   telemetry.Logger(stderr, cli.LogLevel, cli.LogFormat, isTerminal(stderr)),
		clock: clock.System(), patience: intake.Default,
	}
	if !cli.Clock.IsZero() {
		a.clock = clock.StartingAt(cli.Clock)
	}
	return a
}

func (a *app) config() programme.Config {
	return programme.Config{
		Clock: a.clock, Logger: a.log, Version: release(),
		Zone: a.cli.TimeZone.Location, ClickRetention: a.cli.ClickRetention.Duration,
	}
}
