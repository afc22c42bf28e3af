package mail_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestMails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Mails)
}
