package guard

import "errors"

// These errors may be shown to callers.
var (
	ErrRefused     = errors.New("not a public http or https address")
	ErrUnreachable = errors.New("the address did not answer")
)

// failure is ErrRefused or ErrUnreachable with its cause. It has the text of
// ErrRefused or ErrUnreachable, and its chain does not contain the cause. So
// errors that are shown to callers reveal nothing about the network.
type failure struct{ kind, cause error }

func (f *failure) Error() string { return f.kind.Error() }
func (f *failure) Unwrap() error { return f.kind }

func refused(cause error) error     { return &failure{ErrRefused, cause} }
func unreachable(cause error) error { return &failure{ErrUnreachable, cause} }

// Cause returns the reason for a failure, for the operator's log. It may
// contain addresses of the internal network, so partners must not see it.
func Cause(err error) string {
	if f, is := errors.AsType[*failure](err); is {
		return f.cause.Error()
	}
	return err.Error()
}
