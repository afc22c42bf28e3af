package guard

import "errors"

// A caller may be shown these errors.
var (
	ErrRefused     = errors.New("not a public http or https address")
	ErrUnreachable = errors.New("the address did not answer")
)

// failure is ErrRefused or ErrUnreachable with its cause. It has their text,
// and its chain does not lead to the cause, so errors shown to strangers reveal
// nothing about the network.
type failure struct{ kind, cause error }

func (f *failure) Error() string { return f.kind.Error() }
func (f *failure) Unwrap() error { return f.kind }

func refused(cause error) error     { return &failure{ErrRefused, cause} }
func unreachable(cause error) error { return &failure{ErrUnreachable, cause} }

// Cause returns why a call failed, for the operator's log. It may name
// addresses of the internal network, so partners must not see it.
func Cause(err error) string {
	if f, is := errors.AsType[*failure](err); is {
		return f.cause.Error()
	}
	return err.Error()
}
