package guard

import "errors"

// What a caller may be told.
var (
	ErrRefused     = errors.New("not a public http or https address")
	ErrUnreachable = errors.New("the address did not answer")
)

// failure is ErrRefused or ErrUnreachable with its cause. Its text says no
// more than they do, and its chain does not lead to the cause: what may be
// shown to strangers holds nothing of the network.
type failure struct{ kind, cause error }

func (f *failure) Error() string { return f.kind.Error() }
func (f *failure) Unwrap() error { return f.kind }

func refused(cause error) error     { return &failure{ErrRefused, cause} }
func unreachable(cause error) error { return &failure{ErrUnreachable, cause} }

// Cause tells the operator's log why a call failed. It may name addresses of
// the internal network: it is not for partners.
func Cause(err error) string {
	if f, is := errors.AsType[*failure](err); is {
		return f.cause.Error()
	}
	return err.Error()
}
