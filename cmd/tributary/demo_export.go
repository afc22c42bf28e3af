package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/money"
)

// exportDemo writes the facts of the demo to a file, one per line. It uses no
// database.
func (a *app) exportDemo(ctx context.Context) error {
	if a.cli.Demo.Export == stdinName {
		_, err := writeDemo(ctx, a.stdout, a.demoOptions())
		return err
	}
	f, err := os.OpenFile(a.cli.Demo.Export, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // the facts are invented, so anyone may read them
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s already exists. Give the name of a new file", a.cli.Demo.Export)
	}
	if err != nil {
		return err
	}
	n, err := writeDemo(ctx, f, a.demoOptions())
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(a.cli.Demo.Export)) //nolint:gosec // the operator chose the path
	}
	_, err = fmt.Fprintf(a.stdout, "%s facts written to %s. Import them with: tributary migrate up && tributary import %[2]s\n",
		money.GroupInt(n), a.cli.Demo.Export)
	return err
}

func (a *app) demoOptions() demo.Options {
	return demo.Options{Seed: a.cli.Demo.Seed, Now: a.clock.Now(), Clients: a.cli.Demo.Clients, Orders: a.cli.Demo.Orders}
}

func writeDemo(ctx context.Context, w io.Writer, made demo.Options) (n int64, err error) {
	out := bufio.NewWriter(w)
	for fact := range demo.Generate(made) {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if _, err := out.Write(append(demo.Line(fact), '\n')); err != nil {
			return n, err
		}
		n++
	}
	return n, out.Flush()
}
