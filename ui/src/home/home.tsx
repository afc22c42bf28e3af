import "../styles/home.css";
import { Trans } from "@lingui/react/macro";
import { t } from "@lingui/core/macro";
import { Fresh } from "../shell/topbar";
import { NoticeList, useNotifications } from "../shell/notifications";
import { useEffect, useRef, useState } from "react";
import { asProblem } from "../api/problem";
import { usePendingRebates } from "../api/queries";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";
import { ByDay } from "./by-day";
import { Earners } from "./earners";
import { Level } from "./level";
import { Figures } from "./figures";
import { FromClickToReward } from "./streams";
import { ToApprove } from "./to-approve";

export default function Home() {
  const asking = useAsking();
  return (
    <>
      <div class="page-head">
        <h1><Trans>Home</Trans></h1>
        <Fresh class="only-phone fx" />
      </div>
      <Figures />
      <div class="grid g-31">
        <div class="col">
          <ByDay />
          <FromClickToReward />
          <Earners />
        </div>
        {asking && <div class="col"><div class="first"><Skeleton lines={4} height={160} /></div></div>}
        <div class="col" hidden={asking}>
          <ToApprove />
          <Level />
          <Newest />
        </div>
      </div>
    </>
  );
}

/** How long the second column may wait, in milliseconds. */
const patience = 3000;

/**
 * Whether rebates wait decides where the panels of the second column are. The panels load
 * meanwhile, and are shown where they stay. They do not wait for a request that has failed
 * once or takes long: a query without data is pending again with each new try.
 */
function useAsking(): boolean {
  const { isFetched, failureCount } = usePendingRebates();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patience);
    return () => clearTimeout(timer);
  }, []);
  const placed = useRef(false);
  placed.current ||= isFetched || failureCount > 0 || late;
  return !placed.current;
}

function Newest() {
  const list = useNotifications(5);
  return (
    <Panel title={t`Newest events`} flush>
      {list.data
        ? <NoticeList notices={list.data.data} />
        : <div class="body">
            {list.isError
              ? <ProblemNote problem={asProblem(list.error)} what={t`The events could not be loaded.`} onAgain={() => void list.refetch()} />
              : <Skeleton lines={5} height={220} />}
          </div>}
    </Panel>
  );
}
