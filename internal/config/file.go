package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

const maxFile = 1 << 20

// File is the path of a configuration file. It is empty if there is none.
type File string

// BeforeResolve reads the configuration file. kong calls BeforeResolve before
// it looks up the values that neither the command line nor the environment
// sets.
func (File) BeforeResolve(parsed *kong.Context, trace *kong.Path) error {
	path, ok := parsed.FlagValue(trace.Flag).(File)
	if !ok || path == "" {
		return nil
	}
	f, err := os.Open(string(path))
	if err != nil {
		return fmt.Errorf("reading the configuration file: %w", err)
	}
	defer f.Close()
	values, err := readFile(f)
	if err != nil {
		return err
	}
	parsed.AddResolver(values)
	return nil
}

// fileValues maps the flags in a configuration file to their values. The format
// is YAML, which includes JSON.
type fileValues map[string]yaml.Node

func readFile(r io.Reader) (fileValues, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the configuration file: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("the configuration file has more than %d bytes", maxFile)
	}
	values := fileValues{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("the configuration file: %w", err)
	}
	for name, value := range values {
		if !scalar(&value) && value.Kind != yaml.SequenceNode {
			return nil, fmt.Errorf("the configuration file, line %d: %s takes one value, as in \"%s: ...\"", value.Line, name, name)
		}
		for _, item := range value.Content {
			if !scalar(item) {
				return nil, fmt.Errorf("the configuration file, line %d: %s takes a list of single values, as in \"%s: [a, b]\"", item.Line, name, name)
			}
		}
	}
	return values, nil
}

func scalar(value *yaml.Node) bool { return value.Kind == yaml.ScalarNode && value.Tag != "!!null" }

// Resolve implements kong.Resolver.
func (f fileValues) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, given := f[flag.Name]
	if !given || slices.ContainsFunc(flag.Envs, func(name string) bool { return os.Getenv(name) != "" }) {
		return nil, nil //nolint:nilnil // this tells kong that the file does not set the flag
	}
	if value.Kind != yaml.SequenceNode {
		return value.Value, nil
	}
	items := make([]string, len(value.Content))
	for i, item := range value.Content {
		items[i] = item.Value
	}
	return kong.JoinEscaped(items, flag.Tag.Sep), nil
}

// Validate implements kong.Resolver. It returns an error for an unknown key.
func (f fileValues) Validate(app *kong.Application) error {
	known, lists := settingNames(app), listFlags(app)
	var faults []error
	for name, value := range f {
		if value.Kind == yaml.SequenceNode && slices.Contains(known, name) && !lists[name] {
			faults = append(faults, fmt.Errorf("the configuration file, line %d: %s takes one value, as in \"%s: ...\"", value.Line, name, name))
		}
		if !slices.Contains(known, name) {
			faults = append(faults, fmt.Errorf("the configuration file, line %d: %q is not an option; the options are %s",
				value.Line, name, strings.Join(known, ", ")))
		}
	}
	return errors.Join(faults...)
}

func listFlags(app *kong.Application) map[string]bool {
	lists := map[string]bool{}
	flags := slices.Clone(app.Flags)
	for _, leaf := range app.Leaves(true) {
		flags = append(flags, leaf.Flags...)
	}
	for _, flag := range flags {
		lists[flag.Name] = flag.IsSlice()
	}
	return lists
}

// settingNames returns the names of the flags that a configuration file can
// set. They are the global flags and the flags of serve.
func settingNames(app *kong.Application) []string {
	var names []string
	flags := slices.Clone(app.Flags)
	for _, child := range app.Children {
		if child.Name == "serve" {
			flags = append(flags, child.Flags...)
		}
	}
	for _, flag := range flags {
		if flag.Name != "help" && flag.Name != "config" {
			names = append(names, flag.Name)
		}
	}
	return names
}
