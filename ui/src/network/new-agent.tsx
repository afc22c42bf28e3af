import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { Field } from "../parts/field";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { agentsKey } from "./data";

/** Creates a link for an agent. The agent earns nothing until there is an agreement. */
export function NewAgent({ onClose }: { onClose: () => void }) {
  const [alias, setAlias] = useState("");
  const [email, setEmail] = useState("");
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const make = useMutation({
    mutationFn: () => {
      const body = { alias: alias.trim(), email: email.trim() };
      return once("agent", body, (key) => value(api.POST("/api/v1/referral-agent-links/", { headers: { "Idempotency-Key": key }, body })));
    },
    onSuccess: (link) => {
      void queries.invalidateQueries({ queryKey: agentsKey });
      navigate("/network/agents");
      say(t`${{ name: link.alias }} has the link ${{ link: link.link_code }}. Make an agreement next.`);
      onClose();
    },
  });
  const problem = make.isError ? asProblem(make.error) : undefined;
  const known = problem && (problem.of("alias") || problem.of("email"));
  return (
    <Sheet title={t`New agent`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); make.mutate(); }}>
        <Field label={t`Name`} value={alias} onValue={setAlias} fault={problem?.of("alias")} hint={<Trans>For you alone.</Trans>} autoFocus />
        <Field label={t`E-mail`} type="email" value={email} onValue={setEmail} fault={problem?.of("email")} hint={<Trans>The agent signs in with it to see what you share.</Trans>} />
        {problem && !known && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`No link was made.`} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={make.isPending || !alias.trim() || !email.trim()}><Trans>Make the link</Trans></button></div>
      </form>
    </Sheet>
  );
}
