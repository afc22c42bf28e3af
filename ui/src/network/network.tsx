import "../styles/network.css";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Route, Switch } from "wouter";
import { Icon } from "../parts/icon";
import { Tabs } from "../parts/tabs";
import { Fresh } from "../shell/topbar";
import { Agents } from "./agents";
import { useAgents } from "./data";
import { NewAgent } from "./new-agent";
import { SubPartners } from "./sub-partners";

/** Shows what sub-partners add to the reward, and the agents who bring clients for a share. */
export default function Network() {
  const [makes, setMakes] = useState(false);
  const agents = useAgents(50).data?.totals.count;
  return (
    <>
      <div class="page-head">
        <h1><Trans>Network</Trans></h1>
        <Fresh class="only-phone fx" />
        <span class="grow" />
        <button class="btn" type="button" onClick={() => setMakes(true)}><Icon name="plus" /><Trans>New agent</Trans></button>
      </div>
      <Tabs
        label={t`Parts of the network`}
        tabs={[{ href: "/network", name: t`Sub-partners` }, { href: "/network/agents", name: t`Agents`, many: agents }]}
      />
      <Switch>
        <Route path="/network/agents"><Agents /></Route>
        <Route><SubPartners /></Route>
      </Switch>
      {makes && <NewAgent onClose={() => setMakes(false)} />}
    </>
  );
}
