package identity_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity"
)

// TestPasswordsInEveryUnicodeForm checks that a password matches in each of its
// Unicode forms, no matter which form was set, imported or typed.
func TestPasswordsInEveryUnicodeForm(t *testing.T) {
	t.Parallel()
	composed, decomposed := norm.NFC.String("pässwörd-é"), norm.NFD.String("pässwörd-é")
	require.NotEqual(t, composed, decomposed)
	mixed := decomposed[:len(decomposed)-3] + "é"
	for name, set := range map[string]func(b *bundle, password string) error{
		"set": func(b *bundle, password string) error {
			return b.service.SetPassword(t.Context(), b.partnerID, password)
		},
		"hashed as it was typed": func(b *bundle, password string) error {
			return b.service.ImportPassword(t.Context(), b.partnerID, identity.HashAsTyped(password))
		},
	} {
		for _, was := range []string{composed, decomposed} {
			for _, typed := range []string{composed, decomposed, mixed} {
				b := setup(t, identity.Config{})
				require.NoError(t, set(b, was), name)
				_, err := b.service.Login(t.Context(), identity.Login{Login: email, Password: typed, Address: address})
				require.NoError(t, err, "%s as %+q, typed as %+q", name, was, typed)
				before := b.service.Work().Argon2
				_, err = b.service.Login(t.Context(), identity.Login{Login: email, Password: composed, Address: address})
				require.NoError(t, err)
				require.Equal(t, int64(1), b.service.Work().Argon2-before, "%s: the stored hash is of the composed form", name)
				_, err = b.service.Login(t.Context(), identity.Login{Login: email, Password: "pässword-é", Address: address})
				require.Equal(t, fault.AuthenticationFailed, code(t, err))
			}
		}
	}
}

func TestPasswordLengthCountsComposed(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	seven := norm.NFD.String("ééééééé")
	require.Equal(t, fault.ValidationError, code(t, b.service.SetPassword(t.Context(), b.partnerID, seven)))
	require.NoError(t, b.service.SetPassword(t.Context(), b.partnerID, seven+"é"))
}
