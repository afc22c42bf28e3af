package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

const searches = 1000

// benchSearch measures how long a search takes for a partner with many accounts
// and as many clients. For comparison, it measures a read of one account by its
// number.
func benchSearch(ctx context.Context, out io.Writer, engine string, open opener, accounts int) error {
	database, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	p, err := build(ctx, database, clock.At(accrualNow))
	if err != nil {
		return err
	}
	defer p.Close()
	partnerID := id.New()
	if err := fillPartner(ctx, database, partnerID, 0, accounts*fillAccountFor); err != nil {
		return fmt.Errorf("filling: %w", err)
	}
	if err := analyze(ctx, database); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // data of a benchmark may be predictable
	var found, bare []time.Duration
	for range searches {
		n := random.IntN(accounts)
		whole, uid := account(n), benchClient(n).Hex()
		for _, text := range []string{whole, whole[:2+random.IntN(6)], uid[:8], uid, strconv.Itoa(n), "spring"} {
			began := time.Now()
			if _, err := p.Search.Find(ctx, partnerID, text, 5); err != nil {
				return fmt.Errorf("searching %q: %w", text, err)
			}
			found = append(found, time.Since(began))
		}
		began := time.Now()
		if _, err := db.All[string](ctx, database, `SELECT country FROM accounts WHERE partner_id = $1 AND client_account = $2`, partnerID, whole); err != nil {
			return err
		}
		bare = append(bare, time.Since(began))
	}
	slices.Sort(found)
	slices.Sort(bare)
	fmt.Fprintf(out, "| a search among %d accounts, %s | p50 %.1f ms, p95 %.1f ms | 100 ms; one account p50 %.1f ms, p95 %.1f ms | %.1f |\n",
		accounts, engine, ms(found, 50), ms(found, 95), ms(bare, 50), ms(bare, 95), ms(found, 95)/ms(bare, 95))
	return nil
}
