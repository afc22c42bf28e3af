import { Component, type ComponentChildren } from "preact";
import { Suspense, useEffect } from "react";
import { asProblem } from "../api/problem";
import { ProblemNote } from "../parts/states";
import type { Params, Screen as Described } from "./screens";

/** Draws a screen with its title. If the screen's code fails, the frame around it remains. */
export function Screen({ screen, params }: { screen: Described; params: Params }) {
  const name = screen.name();
  useEffect(() => {
    document.title = `${name} · Tributary`;
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [name]);
  const Code = screen.code;
  return (
    <Guard key={screen.path}>
      <Suspense fallback={null}><Code params={params} /></Suspense>
    </Guard>
  );
}

class Guard extends Component<{ children: ComponentChildren }, { error?: unknown }> {
  override componentDidCatch(error: unknown) {
    this.setState({ error });
  }

  render() {
    if (!this.state.error) return this.props.children;
    return <ProblemNote problem={asProblem(this.state.error)} onAgain={() => location.reload()} />;
  }
}
