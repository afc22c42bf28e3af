package demo

import (
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
)

// accountTypes are the types of accounts. The weight of a type is its share of
// the accounts, in percent.
var accountTypes = []struct {
	name   string
	weight int64
}{
	{"Standard", 34},
	{"Standard Cent", 17},
	{"Pro", 16},
	{"Raw Spread", 9},
	{"Zero", 8},
	{"Standard Plus", 7},
	{"Social Standard", 5},
	{"Social Pro", 4},
}

// account is a client account and the trading habits of its owner.
type account struct {
	number         string
	owner          *client
	server         *server
	kind, currency string
	typedCode      string    // link code that the client typed; empty if none
	opened, funded time.Time // funded is the time of the first deposit; zero if there is none

	from, until        int // first day on which the account trades, and the day after the last
	restFrom, restTo   int // first day of a break in trading, and the day after the break
	weight             int64
	habit              int64 // usual size of a EURUSD order, in hundredths of a lot; a lot of a cent account is smaller
	stake              int64 // first deposit in USD
	favourites         []int
	weekends           bool   // whether one of the account's favourite instruments trades at weekends
	becomes            string // account type from becomesDay onwards; empty if the type does not change
	becomesDay         int
	balance            money.Amount
	neverReportsSpread bool
}

func (a *account) cent() bool { return a.kind == "Standard Cent" }

func (w *world) equip(luck dice, c *client) {
	if !c.opens {
		return
	}
	n := 1 + luck.pickWeighted([]int64{85, 15, 0, 0})
	if c.trades {
		n = 1 + luck.pickWeighted([]int64{46, 27, 17, 10})
	}
	opened := c.registered.Add(luck.pause(2*time.Minute, 5*time.Hour))
	for range n {
		if opened.After(w.opt.Now) {
			return
		}
		w.accounts = append(w.accounts, w.newAccount(luck, c, opened))
		opened = opened.Add(luck.pause(2*24*time.Hour, 120*24*time.Hour))
	}
}

func (w *world) newAccount(luck dice, c *client, opened time.Time) *account {
	weights := make([]int64, len(accountTypes))
	for i, t := range accountTypes {
		weights[i] = t.weight
	}
	a := &account{
		owner: c, opened: opened, kind: accountTypes[luck.pickWeighted(weights)].name, currency: "USD",
		server: w.servers[luck.pickWeighted([]int64{40, 25, 22, 13})], weight: luck.pareto(5, 400), habit: luck.pareto(16, 1200),
		neverReportsSpread: luck.chance(15),
	}
	a.stake = a.habit * luck.between(4, 12)
	if a.cent() {
		a.stake /= 20
		a.habit *= 5
	} else if c.country.currency != "" && luck.chance(450) {
		a.currency = c.country.currency
	}
	a.stake = round(max(a.stake, 10))
	for range luck.between(2, 5) {
		i := anyInstrument(luck)
		a.favourites = append(a.favourites, i)
		a.weekends = a.weekends || listed[i].alwaysOpen()
	}
	if c.deposits {
		a.funded = opened.Add(time.Duration(luck.pareto(4, 8*24*60)) * time.Minute)
		a.from, a.until = w.dayOf(a.funded)+1, w.days
		if luck.chance(450) {
			a.until = a.from + int(luck.pareto(20, 400))
		}
	}
	if !c.trades {
		a.until = 0
	}
	return a
}

// round rounds a sum down to a multiple of 5, 10 or 100 USD, because people
// deposit round sums.
func round(usd int64) int64 {
	switch {
	case usd >= 1000:
		return usd - usd%100
	case usd >= 100:
		return usd - usd%10
	default:
		return usd - usd%5
	}
}

func anyInstrument(luck dice) int { return popular.pick(luck) }

var popular = func() picker {
	var p picker
	for i := range listed {
		p = p.add(listed[i].weight)
	}
	return p
}()

// openAccounts numbers the accounts in the order in which they open. It plans
// the facts about their openings, first deposits and changes of type.
func (w *world) openAccounts() {
	luck := newDice(w.opt.Seed, "accounts")
	slices.SortStableFunc(w.accounts, func(a, b *account) int { return a.opened.Compare(b.opened) })
	next := map[string]int64{"mt4": 41_000_000, "mt5": 118_000_000}
	for _, a := range w.accounts {
		next[a.server.platform] += luck.between(3, 900)
		a.number = strconv.FormatInt(next[a.server.platform], 10)
		if p := w.partners[luck.IntN(len(w.partners))]; luck.chance(25) && p.joined.Before(a.opened) {
			a.typedCode = p.Code
		}
		w.planFact(a.opened, feed.AccountOpened, &feed.Account{
			ClientAccount: a.number, ClientUID: a.owner.uid, Server: a.server.name, Platform: a.server.platform,
			AccountType: a.kind, Currency: a.currency, PartnerCode: a.typedCode,
		})
		if !a.funded.IsZero() {
			if luck.chance(120) {
				w.planFact(a.opened.Add(a.funded.Sub(a.opened)/2), feed.DepositFailed, a.deposit(a.stake))
			}
			w.planDeposit(a, a.funded, a.stake)
		} else if luck.chance(200) {
			w.planFact(a.opened.Add(luck.pause(5*time.Minute, time.Hour)), feed.DepositFailed, a.deposit(a.stake))
		}
		if a.becomes != "" {
			w.planFact(w.timeAt(a.becomesDay, 5*60), feed.AccountTypeChanged, &feed.TypeChange{ClientAccount: a.number, AccountType: a.becomes})
		}
	}
}

func (a *account) deposit(usd int64) *feed.Deposit {
	return &feed.Deposit{ClientAccount: a.number, AmountUSD: dollars(usd)}
}

func dollars(n int64) money.Amount { return money.Amount(n * power10(money.AmountPlaces)) }

// planDeposit plans a deposit. Of 1,000 deposits, 6 are reversed later.
func (w *world) planDeposit(a *account, at time.Time, usd int64) {
	w.planFact(at, feed.DepositReceived, a.deposit(usd))
	a.balance += dollars(usd)
	if w.money.chance(6) {
		w.planFact(at.Add(w.money.pause(24*time.Hour, 5*24*time.Hour)), feed.DepositReversed, a.deposit(usd))
		a.balance = max(0, a.balance-dollars(usd))
	}
}

// snapshot plans a fact about the equity of each funded account. It does so only
// on every 28th day. The last of these days is the day before Now.
func (w *world) snapshot(day int) {
	if (w.days-2-day)%28 != 0 {
		return
	}
	for _, a := range w.accounts {
		if a.funded.IsZero() || w.dayOf(a.funded) >= day {
			continue
		}
		balance := a.balance - a.balance%10_000
		equity := balance
		if a.tradesOn(day) {
			equity = balance / 10_000 * money.Amount(w.money.between(900, 1060)) / 1000 * 10_000
		}
		w.planFact(w.timeAt(day, 23*hour+55*60), feed.AccountEquity, &feed.Equity{ClientAccount: a.number, BalanceUSD: balance, EquityUSD: equity})
	}
}
