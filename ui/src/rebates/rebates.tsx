import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Route, Switch, useRoute } from "wouter";
import { asProblem } from "../api/problem";
import { usePendingRebates } from "../api/queries";
import { Icon } from "../parts/icon";
import { Empty } from "../parts/states";
import { Tabs } from "../parts/tabs";
import { Fresh } from "../shell/topbar";
import { Accounts } from "./accounts";
import { useGroups } from "./data";
import { GroupSheet } from "./group-sheet";
import { Groups } from "./groups";
import { History } from "./history";
import { RebateRows } from "./rows";
import { ToApprove } from "./to-approve";

/** Shows the rebates that wait for approval, the groups, their accounts, and the past rebates. */
export default function Rebates() {
  const [makes, setMakes] = useState(false);
  const pending = usePendingRebates();
  const groups = useGroups();
  const [isOne, one] = useRoute("/rebates/one/:id");
  if (pending.isError && asProblem(pending.error).status === 403) return <NotAllowed said={asProblem(pending.error).message} />;
  return (
    <>
      <div class="page-head">
        <h1><Trans>Rebates</Trans></h1>
        <Fresh class="only-phone fx" />
        <span class="grow" />
        <button class="btn" type="button" onClick={() => setMakes(true)}><Icon name="plus" /><Trans>New group</Trans></button>
      </div>
      <Tabs
        label={t`Parts of the rebates`}
        tabs={[
          { href: "/rebates", name: t`To approve`, many: pending.data?.totals.count },
          { href: "/rebates/groups", name: t`Groups`, many: groups.data?.length },
          { href: "/rebates/accounts", name: t`Accounts` },
          { href: "/rebates/history", name: t`History` },
        ]}
      />
      {isOne ? <RebateRows id={one.id ?? ""} /> : (
        <Switch>
          <Route path="/rebates/groups"><Groups /></Route>
          <Route path="/rebates/accounts"><Accounts /></Route>
          <Route path="/rebates/history"><History /></Route>
          <Route><ToApprove /></Route>
        </Switch>
      )}
      {makes && <GroupSheet onClose={() => setMakes(false)} />}
    </>
  );
}

function NotAllowed({ said }: { said: string }) {
  return (
    <>
      <div class="page-head"><h1><Trans>Rebates</Trans></h1></div>
      <Empty title={t`Rebates are not open to you yet`} icon="lock">
        <p>{said || t`The broker must verify your identity before you can give rebates or withdraw.`}</p>
      </Empty>
    </>
  );
}
