package event

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// The data of reward events is stored in a packed form, which needs a tenth of
// the space of JSON. Space matters because there are as many account-days as
// orders. The packed form omits the client of an account. Unpack looks up the
// client, which is possible because an account's client never changes.
//
// The packed form consists of the byte packedForm, the currency, the number of
// account-days, and the account-days. An account-day has the account, the
// number of days since the previous account-day's day, and its other numbers.
// The lots are stored as whole hundredths and the rest, because most volumes
// have two decimal places. The last number is the reward minus the reward in
// USD. A string is stored as its length and its bytes. All numbers are varints.

// packedForm is the version of the packed form, stored as its first byte.
const packedForm = 1

const hundredth = money.Lots(1_000_000)

var errPacked = errors.New("the packed data of an event is damaged")

// OfRewards returns a reward event that is not stored yet. Its Data is nil
// because the event is stored in packed form.
func OfRewards(partnerID id.UUID, t Type, at time.Time, data *Rewards) Event {
	return Event{PartnerID: partnerID, Type: t, At: at, packed: data.pack()}
}

func (r *Rewards) pack() []byte {
	out := []byte{packedForm}
	out = appendText(out, r.Currency)
	out = binary.AppendUvarint(out, uint64(len(r.Rewards)))
	before := clock.Day(0)
	for i := range r.Rewards {
		d := &r.Rewards[i]
		out = appendAccount(out, d.ClientAccount)
		for _, n := range []int64{
			int64(d.Day - before), d.Orders, int64(d.VolumeLots / hundredth), int64(d.VolumeLots % hundredth), int64(d.VolumeUSD),
			int64(d.RewardUSD), int64(d.Reward - d.RewardUSD),
		} {
			out = binary.AppendVarint(out, n)
		}
		before = d.Day
	}
	return out
}

func appendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// accountBits is the maximum size in bits of an account that is stored as a
// number instead of a string.
const accountBits = 62

// appendAccount appends an account. If the account can be stored as a number n,
// appendAccount appends 2n. Otherwise the account begins with 0 or is very long. Then
// appendAccount appends 2 × the account's length + 1, followed by the text.
func appendAccount(dst []byte, account string) []byte {
	n, err := strconv.ParseUint(account, 10, accountBits)
	if err != nil || strconv.FormatUint(n, 10) != account {
		return append(binary.AppendUvarint(dst, uint64(len(account))<<1|1), account...)
	}
	return binary.AppendUvarint(dst, n<<1)
}

// unpacker reads the packed form. After an error, it returns only zeros.
type unpacker struct {
	rest   []byte
	faulty bool
}

func (u *unpacker) number() int64 {
	n, width := binary.Varint(u.rest)
	u.skip(width)
	return n
}

func (u *unpacker) size() uint64 {
	n, width := binary.Uvarint(u.rest)
	u.skip(width)
	return n
}

func (u *unpacker) skip(width int) {
	if width <= 0 {
		u.rest, u.faulty = nil, true
		return
	}
	u.rest = u.rest[width:]
}

func (u *unpacker) text(size uint64) string {
	if size > uint64(len(u.rest)) {
		u.rest, u.faulty = nil, true
		return ""
	}
	text := string(u.rest[:size])
	u.rest = u.rest[size:]
	return text
}

func (u *unpacker) account() string {
	n := u.size()
	if n&1 == 1 {
		return u.text(n >> 1)
	}
	return strconv.FormatUint(n>>1, 10)
}

// unpack returns the rewards without their clients, which the packed form
// omits.
func unpack(packed []byte) (*Rewards, error) {
	u := unpacker{rest: packed}
	if form := u.size(); form != packedForm {
		return nil, fmt.Errorf("%w: unknown format %d", errPacked, form)
	}
	r := &Rewards{Currency: u.text(u.size()), Rewards: []Reward{}}
	day := clock.Day(0)
	for n := u.size(); n > 0 && !u.faulty; n-- {
		d := Reward{ClientAccount: u.account()}
		day += clock.Day(u.number())
		d.Day, d.Orders = day, u.number()
		d.VolumeLots = money.Lots(u.number()) * hundredth
		d.VolumeLots += money.Lots(u.number())
		d.VolumeUSD = money.Volume(u.number())
		d.RewardUSD = money.Amount(u.number())
		d.Reward = d.RewardUSD + money.Amount(u.number())
		r.Rewards = append(r.Rewards, d)
	}
	if u.faulty || len(u.rest) > 0 {
		return nil, errPacked
	}
	return r, nil
}

// Unpack sets the Data of events that were read in packed form. It looks up the
// clients by the primary key of account_routes.
func Unpack(ctx context.Context, q db.Querier, events ...*Event) error {
	type client struct {
		Account string  `db:"client_account"`
		UID     id.UUID `db:"client_uid"`
	}
	unpacked := map[*Event]*Rewards{}
	wanted := map[string]bool{}
	for _, e := range events {
		if e.packed == nil {
			continue
		}
		r, err := unpack(e.packed)
		if err != nil {
			return fmt.Errorf("event %s: %w", e.ID(), err)
		}
		unpacked[e] = r
		for i := range r.Rewards {
			wanted[r.Rewards[i].ClientAccount] = true
		}
	}
	if len(unpacked) == 0 {
		return nil
	}
	found, err := db.All[client](ctx, q, `SELECT client_account, client_uid FROM account_routes WHERE client_account @any($1)`,
		slices.Collect(maps.Keys(wanted)))
	if err != nil {
		return err
	}
	clients := make(map[string]id.UUID, len(found))
	for _, c := range found {
		clients[c.Account] = c.UID
	}
	for e, r := range unpacked {
		for i := range r.Rewards {
			uid, known := clients[r.Rewards[i].ClientAccount]
			if !known {
				return fmt.Errorf("event %s: %w: the account %s is unknown", e.ID(), errPacked, r.Rewards[i].ClientAccount)
			}
			r.Rewards[i].ClientUID = uid
		}
		e.Data, e.packed = r.AppendJSON(nil), nil
	}
	return nil
}
