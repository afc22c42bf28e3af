package config

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// Parse reads a command line. It returns the options and the command's name, such
// as "partner create". For --help it prints to stdout and calls exit. If the
// arguments are wrong, for example because of an unknown flag, it returns a
// UsageError.
func Parse(args []string, stdout io.Writer, exit func(int)) (cli *CLI, command string, err error) {
	cli = &CLI{}
	parser, err := parser(cli, stdout, exit)
	if err != nil {
		return nil, "", err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return nil, "", &UsageError{err, hint(err)}
	}
	return cli, commandName(parsed.Selected()), nil
}

// UsageError is a mistake in a command line.
type UsageError struct {
	err  error
	hint string
}

// Error implements error.
func (e *UsageError) Error() string { return e.err.Error() + "\n" + e.hint }

// Unwrap returns the error without the hint about --help.
func (e *UsageError) Unwrap() error { return e.err }

func hint(err error) string {
	name := "tributary"
	var parsing *kong.ParseError
	if errors.As(err, &parsing) && parsing.Context != nil {
		if node := parsing.Context.Selected(); node != nil {
			name += " " + commandName(node)
		}
	}
	return fmt.Sprintf("Run %q for help.", name+" --help")
}

func commandName(node *kong.Node) string {
	var names []string
	for ; node != nil && node.Type == kong.CommandNode; node = node.Parent {
		names = append([]string{node.Name}, names...)
	}
	return strings.Join(names, " ")
}

func parser(cli *CLI, stdout io.Writer, exit func(int)) (*kong.Kong, error) {
	return kong.New(cli,
		kong.Name("tributary"),
		kong.Description(description),
		kong.DefaultEnvars("TRIBUTARY"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ValueFormatter(describe),
		kong.Writers(stdout, stdout),
		kong.Exit(exit),
		kong.WithHyphenPrefixedParameters(true),
	)
}

// describe returns the text of --help about a flag: its meaning, its default and its
// environment variable.
func describe(value *kong.Value) string {
	var notes []string
	if value.Default != "" {
		notes = append(notes, "default "+value.Default)
	}
	if len(value.Tag.Envs) > 0 {
		notes = append(notes, "$"+value.Tag.Envs[0])
	}
	if len(notes) == 0 {
		return value.Help
	}
	return fmt.Sprintf("%s (%s)", value.Help, strings.Join(notes, "; "))
}

// Commands returns the names of all commands in the order of --help.
func Commands() ([]string, error) {
	parser, err := parser(&CLI{}, io.Discard, func(int) {})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, leaf := range parser.Model.Leaves(true) {
		names = append(names, commandName(leaf))
	}
	return names, nil
}
