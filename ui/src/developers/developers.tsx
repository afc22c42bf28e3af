import "../styles/developers.css";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link, Route, Switch } from "wouter";
import { Icon } from "../parts/icon";
import { Tabs } from "../parts/tabs";
import { Calls } from "./calls";
import { Events } from "./events";
import { Hooks } from "./hooks";
import { OneHook } from "./one-hook";

/** Shows what a partner's programmer needs: requests as code, events, webhooks and postbacks. */
export default function Developers() {
  return (
    <>
      <div class="page-head">
        <h1><Trans>Developers</Trans></h1>
        <span class="grow" />
        <a class="btn" href="/api/schema/" target="_blank" rel="noopener"><Trans>All operations</Trans></a>
        <Link class="btn" href="/settings/keys"><Icon name="lock" /><Trans>API keys</Trans></Link>
      </div>
      <Tabs
        label={t`Parts of the developers’ screen`}
        tabs={[
          { href: "/developers", name: t`Calls` },
          { href: "/developers/events", name: t`Events` },
          { href: "/developers/webhooks", name: t`Webhooks` },
          { href: "/developers/postbacks", name: t`Postbacks` },
        ]}
      />
      <Switch>
        <Route path="/developers/events"><Events /></Route>
        <Route path="/developers/webhooks"><Hooks key="webhooks" kind="webhooks" /></Route>
        <Route path="/developers/postbacks"><Hooks key="postbacks" kind="postbacks" /></Route>
        <Route path="/developers/webhooks/:id">{({ id }) => <OneHook key={id} kind="webhooks" id={id} />}</Route>
        <Route path="/developers/postbacks/:id">{({ id }) => <OneHook key={id} kind="postbacks" id={id} />}</Route>
        <Route><Calls /></Route>
      </Switch>
    </>
  );
}
