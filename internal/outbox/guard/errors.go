package guard

import "errors"

// These errors may be shown to callers.
var (
	ErrRefused     = errors.New("not a public http or https address")
	ErrUnreachable = errors.New("the address did not answer")
)

// failure is ErrRefused or ErrUnreachable, and remembers the cause. Neither the
// text nor Unwrap reveals the cause, so a failure can be shown to a caller
// without revealing anything about the network.
type failure struct{ kind, cause error }

func (f *failure) Error() string { return f.kind.Error() }
func (f *failure) Unwrap() error { return f.kind }

func refused(cause error) error     { return &failure{ErrRefused, cause} }
func unreachable(cause error) error { return &failure{ErrUnreachable, cause} }

// Cause returns the cause of a failure for the operator's log. The cause may
// contain internal addresses, so partners must not see it.
func Cause(err error) string {
	if f, is := errors.AsType[*failure](err); is {
		return f.cause.Error()
	}
	return err.Error()
}
