import { lazy, Suspense, useEffect, useRef } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { resume, session } from "./api/session";
import SignIn from "./gate/sign-in";
import { useStore } from "./lib/store";

const Register = lazy(() => import("./gate/register"));
const Forgot = lazy(() => import("./gate/forgot"));
const Inside = lazy(() => import("./inside"));

/** Shows the screens before sign-in, or the partner's screens. */
export function App() {
  const state = useStore(session);
  const opened = useRef(false);
  if (state === "open" || state === "ended") opened.current = true;
  useEffect(() => {
    if (state === "unknown") resume().catch(() => session.get() === "unknown" && session.set("none"));
  }, [state]);
  if (state === "unknown") return null;
  return (
    <Suspense fallback={null}>
      {state === "none" ? <AtGate opened={opened.current} /> : <Inside />}
    </Suspense>
  );
}

/**
 * The address that the partner asked for. After sign-in, the page opens this address. An
 * address where another partner has signed out is not kept.
 */
let wanted = "";

function AtGate({ opened }: { opened: boolean }) {
  const [path] = useLocation();
  if (!["/sign-in", "/register", "/forgot"].includes(path)) {
    wanted = opened ? "" : path + location.search;
    return <Redirect to="/sign-in" replace />;
  }
  return (
    <Switch>
      <Route path="/register"><Register /></Route>
      <Route path="/forgot"><Forgot /></Route>
      <Route><SignIn /></Route>
    </Switch>
  );
}

export function afterSignIn(): string {
  const to = wanted || "/";
  wanted = "";
  return to;
}
