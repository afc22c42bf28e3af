package dbtest

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Together makes several calls at the same time, as several servers would. It
// returns the errors of the calls.
func Together(calls ...func() error) []error {
	errs, start := make([]error, len(calls)), make(chan struct{})
	var running sync.WaitGroup
	for i, call := range calls {
		running.Go(func() {
			<-start
			errs[i] = call()
		})
	}
	close(start)
	running.Wait()
	return errs
}

func RequireNone(t *testing.T, errs []error) {
	t.Helper()
	for _, err := range errs {
		require.NoError(t, err)
	}
}
