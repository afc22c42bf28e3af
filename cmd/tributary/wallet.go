package main

import (
	"context"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/wallet"
)

// wallets are the partners' wallets; from now on a code for a withdrawal can
// be asked for.
func (a *app) wallets(p *programme, web *config.Web) *wallet.Service {
	s := wallet.New(sqldb.NewWallet(p.store), a.clock, wallet.Config{
		Zone: p.zone, Methods: web.WithdrawalMethod,
		Exchange: wallet.Exchange{Off: web.Transfers == "off", Spread: web.TransferSpread.Percent, DailyUSD: web.TransferLimit.Amount},
		Audit:    sqldb.NewAudit(p.store, a.clock), Mails: p.mails, Logger: a.log,
		Drain: func(ctx context.Context) error {
			db.AfterCommit(ctx, func() { a.drain(ctx, p) })
			return nil
		},
	})
	p.binders[verification.Withdraw] = s
	return s
}

// payouts are what the broker is asked to pay.
func (a *app) payouts(p *programme) *payout.Service {
	return payout.New(sqldb.NewPayouts(p.store), p.accrual, a.clock, sqldb.NewAudit(p.store, a.clock))
}
