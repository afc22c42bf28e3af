// Package config declares the command line. The fields of CLI declare every command
// and flag, with its environment variable and its key in the configuration file.
// Parsing, --help and docs/configuration.md all use this declaration.
//
// The order of precedence is: command line, environment variable, configuration
// file, default.
package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
)

//go:generate go run ../api/gen configuration ../../docs/configuration.md

// CLI holds the commands and options of the whole command line.
type CLI struct {
	Global

	Serve    Serve    `cmd:"" help:"Serve the API."`
	Demo     Demo     `cmd:"" help:"Serve a made-up programme with a year of orders, to explore."`
	Import   Import   `cmd:"" help:"Import facts, or a MetaTrader history, from files."`
	Partner  Partner  `cmd:"" help:"Manage partners."`
	Key      Key      `cmd:"" help:"Manage the keys with which programs call the API."`
	Staff    Staff    `cmd:"" help:"Manage the accounts of the people who work for the broker."`
	Settings Settings `cmd:"" help:"Show or change the programme's settings in its store."`
	Client   Client   `cmd:"" help:"Manage clients."`
	Plan     Plan     `cmd:"" help:"Show or change what partners earn."`
	Migrate  Migrate  `cmd:"" help:"Bring the database's schema up to date, or show its version."`
	Backup   Backup   `cmd:"" help:"Copy the SQLite database and its clicks to one file, even while they are in use."`
	Restore  Restore  `cmd:"" help:"Replace the SQLite database and its clicks with a backup."`
	Verify   Verify   `cmd:"" help:"Check that the books are correct."`
	Replay   Replay   `cmd:"" help:"Compute a past period again from its facts, and compare it with the books."`
	Version  Version  `cmd:"" help:"Print the version."`
}

// DefaultDB is the default of --db.
const DefaultDB = "sqlite:tributary.db"

// Global holds the options of every command.
type Global struct {
	Config   File      `placeholder:"FILE" help:"Read options from this YAML or JSON file; its keys are the names of the flags."`
	DB       string    `name:"db" placeholder:"URL" usual:"sqlite:tributary.db" help:"The database: sqlite:PATH or postgres://... Default: sqlite:tributary.db."`
	DBFile   string    `name:"db-file" placeholder:"FILE" help:"Read the database's URL from this file, so that its password is not on the command line."`
	Clock    time.Time `placeholder:"TIME" format:"2006-01-02T15:04:05.999999999Z07:00" help:"Start the programme's clock at this time (RFC 3339) instead of now. Use it only for tests and trial runs."`
	TimeZone Zone      `placeholder:"ZONE" usual:"the store's" help:"The programme's time zone, such as Europe/Athens, which decides the day of an order. It is stored in the database, where it is UTC at first. After the first fact or click it cannot be changed, and a command with another zone is refused."`
	Tracking
	LogLevel  string `placeholder:"LEVEL" enum:"debug,info,warn,error" default:"info" help:"The least severe messages to log: ${enum}."`
	LogFormat string `placeholder:"FORMAT" enum:"auto,text,json" default:"auto" help:"The format of the log on standard error: ${enum}. auto is text on a terminal and json elsewhere."`
}

// Database holds the engine and the address of a database.
type Database struct {
	Engine  db.Engine
	Address string // path of the file, or the whole postgres:// URL including a password
}

const maxURL = 4 << 10

// Database reads --db or --db-file. Its errors never contain the URL, because the
// URL may contain a password.
func (g *Global) Database() (Database, error) {
	text := g.DB
	if g.DBFile != "" {
		content, err := os.ReadFile(g.DBFile)
		if err != nil {
			return Database{}, fmt.Errorf("reading --db-file: %w", err)
		}
		if len(content) > maxURL {
			return Database{}, fmt.Errorf("--db-file: %s is too large to hold a URL", g.DBFile)
		}
		text = strings.TrimSpace(string(content))
		if text == "" {
			return Database{}, fmt.Errorf("--db-file: %s is empty", g.DBFile)
		}
	}
	if text == "" {
		text = DefaultDB
	}
	return ParseDatabase(text)
}

// ParseDatabase reads sqlite:PATH or postgres://....
func ParseDatabase(text string) (Database, error) {
	scheme, rest, found := strings.Cut(text, ":")
	switch {
	case found && scheme == "sqlite":
		path := strings.TrimPrefix(rest, "//")
		switch {
		case path == "" || strings.HasSuffix(path, "/"):
			return Database{}, fmt.Errorf("--db: name the file, such as %s", DefaultDB)
		case path == ":memory:":
			return Database{}, fmt.Errorf("--db: a database in memory cannot be shared: name a file, such as %s", DefaultDB)
		case path != rest && !strings.HasPrefix(path, "/"):
			return Database{}, fmt.Errorf(`--db: "sqlite://" must be followed by an absolute path; a relative path has the form %s`, DefaultDB)
		case strings.ContainsAny(path, "?\x00"):
			return Database{}, fmt.Errorf(`--db: "sqlite:" must be followed by a path without options, such as %s`, DefaultDB)
		}
		return Database{Engine: db.SQLite, Address: filepath.Clean(path)}, nil
	case found && (scheme == "postgres" || scheme == "postgresql") && strings.HasPrefix(rest, "//"):
		return Database{Engine: db.Postgres, Address: text}, nil
	default:
		return Database{}, fmt.Errorf("--db: write sqlite:PATH or postgres://USER@HOST/DATABASE")
	}
}

// Zone is a time zone, given by its name. Location is nil if no name was given.
type Zone struct{ Location *time.Location }

// UnmarshalText implements encoding.TextUnmarshaler.
func (z *Zone) UnmarshalText(text []byte) error {
	location, err := clock.ParseZone(string(text))
	z.Location = location
	return err
}

// Validate checks the options. kong calls it.
func (g *Global) Validate() error {
	if !g.Clock.IsZero() && (g.Clock.Year() < 1980 || g.Clock.Year() > 9000) {
		return fmt.Errorf("--clock: the year %d is out of range: write one from 1980 to 9000", g.Clock.Year())
	}
	if g.DBFile != "" && g.DB != "" {
		return errors.New("--db and --db-file cannot be used together")
	}
	if g.DBFile != "" {
		return nil // Database reads and checks the file later
	}
	_, err := g.Database()
	return err
}
