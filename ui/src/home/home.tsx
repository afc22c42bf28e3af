import "../styles/home.css";
import { Trans } from "@lingui/react/macro";
import { t } from "@lingui/core/macro";
import { Fresh } from "../shell/topbar";
import { NoticeList, useNotifications } from "../shell/notifications";
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
  // Whether rebates wait decides where the panels of the second column are. The
  // panels load meanwhile, and are shown where they stay.
  const asking = usePendingRebates().isPending;
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
