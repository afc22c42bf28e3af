import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import { Empty } from "../parts/states";

/** The screen for an address that belongs to no other screen. */
export default function Lost() {
  return (
    <Empty title={t`There is no such screen`} whole>
      <p><Trans>The address may be mistyped, or the screen has moved.</Trans></p>
      <Link class="btn" href="/"><Trans>Go to Home</Trans></Link>
    </Empty>
  );
}
