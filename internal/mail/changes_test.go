package mail_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

type mailbox struct {
	*mailsBundle

	clock   *clock.Fixed
	mails   mail.SQLStore
	partner id.UUID
	asked   int
}

func newMailbox(b *mailsBundle) *mailbox {
	clk := clock.At(programmetest.Now)
	return &mailbox{mailsBundle: b, clock: clk, mails: mail.NewSQLStore(b.db, clk, func() {}), partner: id.New()}
}

func (m *mailbox) change(t *testing.T, kind, title, detail string) {
	t.Helper()
	require.NoError(t, m.mails.Enqueue(t.Context(), mail.Message{
		PartnerID: &m.partner, Kind: kind, To: "Owner+x@example.com", Subject: title, Text: detail, Change: &mail.Change{Title: title, Detail: detail},
	}))
}

// ask requests a mail on behalf of a stranger who has not asked before.
func (m *mailbox) ask(t *testing.T) bool {
	t.Helper()
	m.asked++
	allowed, err := m.mails.Allow(t.Context(), "owner@example.com", strconv.Itoa(m.asked))
	require.NoError(t, err)
	return allowed
}

// sendDue marks the due mails as sent, and returns them.
func (m *mailbox) sendDue(t *testing.T) []mail.Mail {
	t.Helper()
	now := m.clock.Now()
	due, err := m.mails.Due(t.Context(), now, now.Add(2*time.Hour), 1000)
	require.NoError(t, err)
	for _, d := range due {
		lease := now.Add(time.Minute)
		claimed, err := m.mails.Claim(t.Context(), d, lease)
		require.NoError(t, err)
		require.True(t, claimed)
		require.NoError(t, m.mails.Sent(t.Context(), d.ID, lease, now))
	}
	return due
}

func testMailsChanges(t *testing.T, b *mailsBundle) {
	m := newMailbox(b)
	for i := range 34 {
		m.change(t, "endpoint_changed", "A new postback was made", fmt.Sprintf("It sends to: host%d.example.com.", i))
	}
	m.change(t, "endpoint_changed", "Your postback has a new address", "It sends to: elsewhere.example.com.")
	require.Len(t, m.sendDue(t), mail.NoticeQuota, "the first changes come in separate mails")
	m.change(t, "security_changed", "Your authenticator app was removed", "When: now.")
	told := m.sendDue(t)
	require.Len(t, told, 1, "changes of one kind do not delay another kind")
	require.Equal(t, "security_changed", told[0].Kind)

	for range mail.MailboxQuota - mail.NoticeQuota - 2 {
		require.True(t, m.ask(t), "a merged mail that waits counts")
	}
	require.False(t, m.ask(t), "twenty in all")
	m.change(t, "security_changed", "Your password was changed", "All sessions were ended.")
	m.clock.Advance(mail.QuotaWindow - time.Microsecond)
	require.Empty(t, m.sendDue(t))
	m.clock.Advance(time.Microsecond)
	told = m.sendDue(t)
	require.Len(t, told, 1)
	require.Equal(t, mail.KindMerged, told[0].Kind)
	require.Equal(t, "Owner+x@example.com", told[0].To)
	require.Equal(t, "32 more changes in your account", told[0].Subject)
	for _, text := range []string{told[0].Text, told[0].HTML} {
		require.Contains(t, text, "A new postback was made, 30 times:")
		for _, host := range []int{4, 5, 6, 7, 33} {
			require.Contains(t, text, fmt.Sprintf("host%d.example.com", host), "the mail has the first changes and the latest")
		}
		require.NotContains(t, text, "host20.example.com")
		require.Contains(t, text, "And 25 more. The latest:")
		require.Contains(t, text, "Your postback has a new address. It sends to: elsewhere.example.com.")
		require.Contains(t, text, "Your password was changed. All sessions were ended.")
		require.Contains(t, text, "reset your password at once")
	}
	var kept int
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT count(*) FROM mails WHERE changes <> ''`).Scan(&kept))
	require.Zero(t, kept, "the changes are removed once they are sent")
}

// testMailsChangesAtOnce lets several processes report changes to one mailbox
// at the same time. They must respect the quota together, and no change may be
// lost.
func testMailsChangesAtOnce(t *testing.T, b *mailsBundle) {
	m := newMailbox(b)
	const processes, changes = 6, 5
	var reporting sync.WaitGroup
	for process := range processes {
		reporting.Go(func() {
			mails := mail.NewSQLStore(b.db, m.clock, func() {})
			for i := range changes {
				title := fmt.Sprintf("Change %d of %d", i, process)
				err := mails.Enqueue(t.Context(), mail.Message{
					PartnerID: &m.partner, Kind: "endpoint_changed", To: "owner@example.com", Subject: title, Text: title,
					Change: &mail.Change{Title: title, Detail: title},
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	reporting.Wait()
	require.Len(t, m.sendDue(t), mail.NoticeQuota)
	m.clock.Advance(mail.QuotaWindow)
	told := m.sendDue(t)
	require.Len(t, told, 1, "the rest comes in one mail")
	require.Equal(t, fmt.Sprintf("%d more changes in your account", processes*changes-mail.NoticeQuota), told[0].Subject)
}

var timesMore = regexp.MustCompile(`^(\w+) more changes? in your account$`)

// testMailsChangesModel makes random changes and mixes them with requests of
// strangers. A mailbox must never get more mails in an hour than its quota, and
// every change must be mailed within an hour.
func testMailsChangesModel(t *testing.T, b *mailsBundle) {
	m := newMailbox(b)
	random := rand.New(rand.NewPCG(1, 2))
	kinds := []string{"endpoint_changed", "endpoint_disabled", "security_changed"}
	var counted []time.Time // times at which mails were sent
	var waiting []time.Time // times of changes that no mail has reported yet
	changes, merged := 0, 0
	for range 400 {
		switch at := m.clock.Now(); random.IntN(3) {
		case 0:
			if m.ask(t) {
				counted = append(counted, at)
			}
		default:
			changes++
			kind := kinds[random.IntN(len(kinds))]
			m.change(t, kind, "A change of "+kind, "detail")
			waiting = append(waiting, at)
		}
		for _, d := range m.sendDue(t) {
			told := 1
			due := m.clock.Now()
			if d.Kind == mail.KindMerged {
				due = d.NextAt
				found := timesMore.FindStringSubmatch(d.Subject)
				require.NotNil(t, found, d.Subject)
				if found[1] != "One" {
					var err error
					told, err = strconv.Atoi(found[1])
					require.NoError(t, err)
				}
				merged += told
				require.LessOrEqual(t, due.Sub(waiting[0]), mail.QuotaWindow, "every change is mailed within an hour")
				waiting = waiting[told:]
			} else {
				waiting = slices.Delete(waiting, len(waiting)-1, len(waiting)) // this mail reports the newest change
			}
			counted = append(counted, due)
		}
		m.clock.Advance(time.Duration(random.IntN(240)) * time.Second)
	}
	m.clock.Advance(mail.QuotaWindow)
	if last := m.sendDue(t); len(waiting) > 0 {
		require.Len(t, last, 1, "the last mail reports the rest")
	}
	require.Greater(t, merged, 50)
	require.Greater(t, changes-merged, 20)
	slices.SortFunc(counted, time.Time.Compare)
	for i := range counted {
		if j := i + mail.MailboxQuota; j < len(counted) {
			require.GreaterOrEqual(t, counted[j].Sub(counted[i]), mail.QuotaWindow, "twenty an hour")
		}
	}
}
