import "../styles/settings.css";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Redirect, Route, Switch } from "wouter";
import { Tabs } from "../parts/tabs";
import { Keys } from "./keys";
import { NotificationSettings } from "./notifications";
import { Profile } from "./profile";
import { Security } from "./security";
import { Sessions } from "./sessions";

export default function Settings() {
  return (
    <>
      <div class="page-head keep"><h1><Trans>Settings</Trans></h1></div>
      <Tabs
        label={t`Parts of the settings`}
        tabs={[
          { href: "/settings/profile", name: t`Profile` },
          { href: "/settings/security", name: t`Security` },
          { href: "/settings/sessions", name: t`Sessions` },
          { href: "/settings/keys", name: t`API keys` },
          { href: "/settings/notifications", name: t`Notifications` },
        ]}
      />
      <Switch>
        <Route path="/settings/profile"><Profile /></Route>
        <Route path="/settings/security"><Security /></Route>
        <Route path="/settings/sessions"><Sessions /></Route>
        <Route path="/settings/keys"><Keys /></Route>
        <Route path="/settings/notifications"><NotificationSettings /></Route>
        <Route><Redirect to="/settings/profile" replace /></Route>
      </Switch>
    </>
  );
}
