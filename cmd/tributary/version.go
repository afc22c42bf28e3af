package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker in make build. If it is empty, the version comes
// from the build information of Go.
var version = ""

func release() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}

func printVersion(_ context.Context, a *app) error {
	_, err := fmt.Fprintf(a.stdout, "tributary %s (%s, %s/%s)\n", release(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
