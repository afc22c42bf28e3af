package notify_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestNotifications(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Notifications)
}

func TestNotificationsPurge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.NotificationsPurge)
}

func TestNotificationsMailed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.NotificationsMailed)
}
