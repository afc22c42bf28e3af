package config_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
)

func parse(t *testing.T, args ...string) (*config.CLI, string, error) {
	t.Helper()
	return config.Parse(args, io.Discard, func(code int) { t.Fatalf("exit %d", code) })
}

func TestParseDatabase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]config.Database{
		"sqlite:tributary.db":                {Engine: db.SQLite, Address: "tributary.db"},
		"sqlite:/var/lib/tributary/main.db":  {Engine: db.SQLite, Address: "/var/lib/tributary/main.db"},
		"sqlite:///var/lib/tributary/x.db":   {Engine: db.SQLite, Address: "/var/lib/tributary/x.db"},
		"sqlite:./a/../b c.db":               {Engine: db.SQLite, Address: "b c.db"},
		"postgres://ann:secret@db/programme": {Engine: db.Postgres, Address: "postgres://ann:secret@db/programme"},
		"postgresql://db/x?sslmode=disable":  {Engine: db.Postgres, Address: "postgresql://db/x?sslmode=disable"},
	} {
		got, err := config.ParseDatabase(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{
		"", "tributary.db", "sqlite", "sqlite:", "sqlite:dir/", "sqlite::memory:", "sqlite://relative.db", "sqlite:x.db?mode=ro",
		"postgres:programme", "mysql://ann:secret@db/x", "ann:secret@db",
	} {
		_, err := config.ParseDatabase(text)
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cli, command, err := parse(t, "partner", "create", "--email", "ann@example.com")
	require.NoError(t, err)
	require.Equal(t, "partner create", command)
	require.Equal(t, "ib", cli.Partner.Create.Program)
	require.Nil(t, cli.TimeZone.Location)
	require.True(t, cli.Clock.IsZero())
	database, err := cli.Database()
	require.NoError(t, err)
	require.Equal(t, config.Database{Engine: db.SQLite, Address: "tributary.db"}, database)
}

func TestFlagsMayStandAnywhere(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--clock", "2026-03-01T10:00:00+02:00", "import", "-", "--format", "mt4", "--server", "S", "--utc-offset", "-05:00"},
		{"import", "--format=mt4", "--utc-offset=-05:00", "--server=S", "-", "--clock=2026-03-01T10:00:00+02:00"},
	} {
		cli, command, err := parse(t, args...)
		require.NoError(t, err)
		require.Equal(t, "import", command)
		require.True(t, cli.Clock.Equal(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)))
		require.Equal(t, config.Import{Format: "mt4", Server: "S", UTCOffset: "-05:00", Files: []string{"-"}}, cli.Import)
	}
}

func TestUsageErrorsSayWhereHelpIs(t *testing.T) {
	t.Parallel()
	for command, args := range map[string]string{
		"tributary --help":                "--nonsense",
		"tributary import --help":         "import",
		"tributary demo --help":           "demo --orders -1",
		"tributary partner create --help": "partner create --email x --password a --password-file b",
		"tributary serve --help":          "serve --db x",
		"tributary key create --help":     "key create --role broker --expires 0d",
	} {
		_, _, err := parse(t, strings.Fields(args)...)
		var usage *config.UsageError
		require.ErrorAs(t, err, &usage, args)
		require.Contains(t, err.Error(), command)
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"90d":                       now.AddDate(0, 0, 90),
		"12h":                       now.Add(12 * time.Hour),
		"1h30m":                     now.Add(90 * time.Minute),
		"2030-01-31":                time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC),
		"2030-01-31T10:00:00+02:00": time.Date(2030, 1, 31, 8, 0, 0, 0, time.UTC),
	} {
		var e config.Expiry
		require.NoError(t, e.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, *e.From(now))
	}
	var never config.Expiry
	require.Nil(t, never.From(now))
	for _, text := range []string{"", "d", "0d", "-1d", "90", "0s", "-5h", "99999d", "9999999h", "31.01.2030", "2030-02-31"} {
		require.Error(t, new(config.Expiry).UnmarshalText([]byte(text)), text)
	}
}

func TestZone(t *testing.T) {
	t.Parallel()
	var z config.Zone
	require.NoError(t, z.UnmarshalText([]byte("Europe/Athens")))
	require.Equal(t, "Europe/Athens", z.Location.String())
	for _, name := range []string{"", "Local", "Mars/Olympus", "+02:00", "../../etc/passwd"} {
		require.Error(t, z.UnmarshalText([]byte(name)), name)
	}
}

// The generated documentation must be up to date, and must name each option's
// environment variable.
func TestReference(t *testing.T) {
	t.Parallel()
	text, err := config.Reference()
	require.NoError(t, err)
	committed, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	require.NoError(t, err)
	require.Equal(t, string(committed), string(text), "run make generate")
	names, err := config.Commands()
	require.NoError(t, err)
	for _, name := range names {
		require.Contains(t, string(text), "\n## tributary "+name+"\n")
	}
	rows := 0
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("| `--")) {
			rows++
			flag := string(bytes.Trim(bytes.Fields(line)[1], "`"))
			variable := "TRIBUTARY_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "--"), "-", "_"))
			require.Contains(t, string(line), "| `"+variable+"` |")
		}
	}
	require.Greater(t, rows, 20)
	require.Contains(t, string(text), "| `"+config.DefaultDB+"` |")
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	exits := 0
	_, _, err := config.Parse([]string{"serve", "--help"}, &out, func(code int) {
		exits++
		require.Zero(t, code)
	})
	require.NoError(t, err)
	require.NotZero(t, exits)
	require.Contains(t, strings.Join(strings.Fields(out.String()), " "), "(default :8080; $TRIBUTARY_LISTEN)")
}
