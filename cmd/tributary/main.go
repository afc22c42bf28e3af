// Command tributary runs a broker's partner programme. It is the server and the
// operator's command line. See tributary --help and docs/configuration.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // embeds the time zone database, because some machines have none

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/programme"
)

// These are the exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // the command failed, or found a fault
	exitUsage  = 2 // the command line is not valid
)

var commands = map[string]func(context.Context, *app) error{
	"serve":           serve,
	"demo":            runDemo,
	"import":          importFiles,
	"partner create":  createPartner,
	"partner move":    movePartner,
	"client move":     moveClients,
	"client evidence": clientEvidence,
	"key create":      createKey,
	"key list":        listKeys,
	"key revoke":      revokeKey,
	"staff create":    createStaff,
	"staff list":      listStaff,
	"staff disable":   disableStaff,
	"staff reset":     resetStaff,
	"settings show":   showSettings,
	"settings set":    setSetting,
	"plan show":       showPlan,
	"plan apply":      applyPlan,
	"plan try":        tryPlan,
	"migrate up":      migrateUp,
	"migrate status":  migrateStatus,
	"backup":          makeBackup,
	"restore":         restoreBackup,
	"verify":          verifyBooks,
	"replay":          replayBooks,
	"version":         printVersion,
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cli, command, err := config.Parse(args, stdout, os.Exit)
	if err != nil {
		fmt.Fprintf(stderr, "tributary: %v\n", err)
		return exitUsage
	}
	// After the first signal, the command stops cleanly. The second signal ends
	// it at once. The default signal handling must be restored before the
	// context is cancelled, so that the second signal is never lost.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()

	err = commands[command](ctx, newApp(cli, stdin, stdout, stderr))
	if err == nil {
		return exitOK
	}
	tell(stderr, err)
	if errors.As(err, new(usageError)) || errors.As(err, new(programme.ConfigError)) {
		return exitUsage
	}
	return exitFailed
}

// errFound is the error of a command that has already printed what is wrong.
var errFound = errors.New("something is wrong")

// usageError is a mistake in the command line that is found only after the options
// have been parsed.
type usageError struct{ error }

// tell prints an error for a person. Each invalid field has its own line.
func tell(w io.Writer, err error) {
	var known *fault.Error
	switch {
	case errors.Is(err, errFound):
	case errors.As(err, &known) && len(known.Fields) > 0:
		for _, f := range known.Fields {
			fmt.Fprintf(w, "tributary: %s: %s\n", f.Name, f.Message)
		}
	case errors.As(err, &known) && known.Message != "":
		fmt.Fprintf(w, "tributary: %s\n", known.Message)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "tributary: interrupted")
	default:
		fmt.Fprintf(w, "tributary: %v\n", err)
	}
}
