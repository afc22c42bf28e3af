package guard

import "errors"

// Callers may see these errors.
var (
	ErrRefused     = errors.New("not a public http or https address")
	ErrUnreachable = errors.New("the address did not answer")
)

// failure is ErrRefused or ErrUnreachable, with the cause. Its text does not
// contain the cause, and neither does its chain of errors. An error that is
// shown to a caller therefore reveals nothing about the network.
type failure struct{ kind, cause error }

func (f *failure) Error() string { return f.kind.Error() }
func (f *failure) Unwrap() error { return f.kind }

func refused(cause error) error     { return &failure{ErrRefused, cause} }
func unreachable(cause error) error { return &failure{ErrUnreachable, cause} }

// Cause returns the cause of a failure, for the operator's log. The cause may
// contain addresses of the internal network, so partners must not see it.
func Cause(err error) string {
	if f, is := errors.AsType[*failure](err); is {
		return f.cause.Error()
	}
	return err.Error()
}
