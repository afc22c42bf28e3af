import "../styles/wallet.css";
import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Link, Route, Switch } from "wouter";
import { asProblem } from "../api/problem";
import { free } from "../lib/format";
import { Currency } from "../parts/amount";
import { Icon } from "../parts/icon";
import { ProblemNote, Skeleton } from "../parts/states";
import { Tabs } from "../parts/tabs";
import { Fresh } from "../shell/topbar";
import { Accounts } from "./accounts";
import { useTransfers, useWallet, useWithdrawals, type Account } from "./data";
import { Ledger } from "./ledger";
import { NewAccount } from "./new-account";
import { Transfer } from "./transfer";
import { Transfers } from "./transfers";
import { Withdraw } from "./withdraw";
import { Withdrawals } from "./withdrawals";

type Opened = "withdraw" | "transfer" | "account";

export default function Wallet() {
  const [opened, setOpened] = useState<Opened>();
  const wallet = useWallet();
  const withdrawals = useWithdrawals().data?.totals.count;
  const transfers = useTransfers().data?.totals.count;
  const accounts = wallet.data?.accounts ?? [];
  const close = () => setOpened(undefined);
  return (
    <>
      <div class="page-head">
        <h1><Trans>Wallet</Trans></h1>
        <Fresh class="only-phone fx" />
        <span class="grow" />
        <button class="btn" type="button" onClick={() => setOpened("account")}><Icon name="plus" /><Trans>New account</Trans></button>
        {accounts.length > 1 && <button class="btn" type="button" onClick={() => setOpened("transfer")}><Trans>Transfer</Trans></button>}
        <button class="btn primary" type="button" disabled={accounts.length === 0} onClick={() => setOpened("withdraw")}><Trans>Withdraw</Trans></button>
      </div>
      {wallet.isError && !wallet.data && <ProblemNote problem={asProblem(wallet.error)} what={t`The wallet could not be loaded.`} onAgain={() => void wallet.refetch()} />}
      {wallet.isPending && <section class="panel body"><Skeleton lines={3} height={76} /></section>}
      {wallet.data && <Balances accounts={accounts} />}
      <Tabs
        label={t`Parts of the wallet`}
        tabs={[
          { href: "/wallet", name: t`Ledger` },
          { href: "/wallet/withdrawals", name: t`Withdrawals`, many: withdrawals },
          { href: "/wallet/transfers", name: t`Transfers`, many: transfers },
          { href: "/wallet/accounts", name: t`Accounts`, many: accounts.length },
        ]}
      />
      <Switch>
        <Route path="/wallet/withdrawals"><Withdrawals /></Route>
        <Route path="/wallet/transfers"><Transfers /></Route>
        <Route path="/wallet/accounts"><Accounts accounts={accounts} /></Route>
        <Route><Ledger /></Route>
      </Switch>
      {opened === "withdraw" && <Withdraw accounts={accounts} onClose={close} />}
      {opened === "transfer" && <Transfer accounts={accounts} onClose={close} />}
      {opened === "account" && <NewAccount onClose={close} />}
    </>
  );
}

/** Shows the available and the reserved amount of each account. */
function Balances({ accounts }: { accounts: Account[] }) {
  const many = plural({ count: accounts.length }, { one: "# account", other: "# accounts" });
  return (
    <section class="panel stats balances" aria-label={t`Balances of ${many}`}>
      {accounts.map((account) => (
        <div class="stat" key={account.id}>
          <span class="k"><Trans>Free to use · {{ name: account.name }}</Trans></span>
          <span class="v"><Link class="open" href={`/wallet?account=${account.id}`}>{free(account.balance)}</Link><Currency code={account.currency} /></span>
          <span class="d"><Trans>{{ amount: free(account.reserved_rebates_amount) }} set aside for rebates</Trans></span>
          <span class="d"><Trans>account {{ account: account.id }}</Trans></span>
        </div>
      ))}
    </section>
  );
}
