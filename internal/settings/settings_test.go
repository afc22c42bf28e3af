package settings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/settings"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	for _, info := range settings.All() {
		require.Regexp(t, `^[a-z]+(_[a-z]+)*$`, info.Name)
		require.Regexp(t, `\.$`, info.About, info.Name)
		canonical, err := info.Canonical(info.Initial)
		require.NoError(t, err, info.Name)
		require.Equal(t, info.Initial, canonical, info.Name)
		text, set := info.At(nil, settings.Beginning)
		require.Equal(t, info.Initial, text, info.Name)
		require.False(t, set)
		found, err := settings.Find(info.Name)
		require.NoError(t, err)
		require.Same(t, info, found)
		_, err = info.Canonical("\x00")
		require.ErrorIs(t, err, fault.New(fault.ValidationError), info.Name)
	}
	_, err := settings.Find("colour")
	require.ErrorContains(t, err, "attribution_window")
	found, err := settings.Find("Attribution-Window")
	require.NoError(t, err)
	require.Equal(t, "attribution_window", found.Name)
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"720h": "30d", "30d": "30d", "90m": "1h30m0s"} {
		got, err := settings.AttributionWindow.Canonical(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"", "30", "-1d", "Local"} {
		_, err := settings.AttributionWindow.Canonical(bad)
		require.Error(t, err, bad)
		_, err = settings.TimeZone.Canonical(bad)
		require.Error(t, err, bad)
	}
}

// TestUnknownText checks that the initial value applies if this version cannot
// parse the stored value, which a newer version may have written.
func TestUnknownText(t *testing.T) {
	t.Parallel()
	values := settings.Values{}
	values.Add("time_zone", settings.Value{Text: "Mars/Olympus", From: settings.Beginning})
	require.Equal(t, time.UTC, settings.Zone(values))
}
