import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/data.css";
import "./styles/overlay.css";
import "./styles/chart.css";
import "./styles/narrow.css";
import { t } from "@lingui/core/macro";
import { QueryClientProvider } from "@tanstack/react-query";
import type { ComponentChildren } from "preact";
import { lazy, Suspense, useEffect, useState } from "react";
import { Redirect, Route, Switch } from "wouter";
import { replayed } from "./api/client";
import { useNews } from "./api/news";
import { queries, useProfile } from "./api/queries";
import { recent } from "./api/recent";
import { afterSignIn } from "./app";
import { setZone, timeZone } from "./lib/locale";
import { Ended } from "./shell/ended";
import { Screen } from "./shell/screen";
import { Shell } from "./shell/shell";
import { screens } from "./shell/screens";
import { hush, say, Toasts } from "./parts/toast";

/** Shows the partner's screens inside their common frame. */
export default function Inside() {
  useNews();
  useEffect(() => forget, []);
  useEffect(() => replayed.watch(() => say(t`The first try had already taken effect. It was not done twice.`)), []);
  return (
    <QueryClientProvider client={queries}>
      <InZone>
        <Suspense fallback={null}>
          <Switch>
            {["/sign-in", "/register", "/forgot"].map((path) => (
              <Route key={path} path={path}><SignedIn /></Route>
            ))}
            {screens.map((screen) => (
              <Route key={screen.path} path={screen.match ?? screen.path}>
                {(params) => <Screen screen={screen} params={params} />}
              </Route>
            ))}
            <Route><Lost /></Route>
          </Switch>
        </Suspense>
      </InZone>
      <Ended />
      <Toasts />
    </QueryClientProvider>
  );
}

/** Removes one partner's data before another partner signs in. */
function forget() {
  queries.clear();
  recent.set([]);
  hush();
  setZone("UTC");
}

/** Opens the address that the partner asked for before signing in. */
function SignedIn() {
  const [to] = useState(afterSignIn);
  return <Redirect to={to} replace />;
}

const Lost = lazy(() => import("./shell/lost"));

/**
 * Shows all times in the zone of the partner's profile, once the profile is loaded.
 * The frame is drawn again only if the zone differs from the one that is shown, so
 * that no open sheet is lost.
 */
function InZone({ children }: { children: ComponentChildren }) {
  const zone = useProfile().data?.time_zone;
  const [shown, setShown] = useState(timeZone);
  useEffect(() => {
    if (!zone) return;
    setZone(zone);
    setShown(timeZone());
  }, [zone]);
  return <Shell key={shown}>{children}</Shell>;
}
