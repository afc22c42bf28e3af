import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import { Icon } from "../parts/icon";
import { screens } from "./screens";

/** Lists, on a phone, every screen that has no tab. */
export default function More() {
  const rest = screens.filter((screen) => screen.icon && !screen.tab);
  return (
    <>
      <div class="page-head keep"><h1><Trans>More</Trans></h1></div>
      <section class="panel">
        <ul class="list">
          {rest.map((screen) => (
            <li key={screen.path}><Link class="row grow" href={screen.path}><Icon name={screen.icon ?? "page"} />{screen.name()}</Link></li>
          ))}
        </ul>
      </section>
    </>
  );
}
