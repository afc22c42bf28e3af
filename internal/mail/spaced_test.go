package mail_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/mail"
)

func TestSpaced(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "",
		"203.0.113.1":            "203.0.113.1",
		"12345":                  "12345",
		"123456":                 "123 456",
		"a1234567.example.com":   "a123 456 7.example.com",
		"12345678901 and 654321": "123 456 789 01 and 654 321",
	} {
		require.Equal(t, want, mail.Spaced(text))
		require.NotRegexp(t, `[0-9]{6}`, mail.Spaced(text))
	}
}
