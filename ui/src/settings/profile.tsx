import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { useProfile } from "../api/queries";
import { countryName } from "../gate/countries";
import { useMutation } from "../lib/mutation";
import { edited } from "../lib/edited";
import { useStore } from "../lib/store";
import { setTheme, theme, type Theme } from "../lib/theme";
import { Choice, Field } from "../parts/field";
import { LanguageChoice } from "../parts/language-choice";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";

interface Told {
  full_name: string;
  phone: string;
  messenger: string;
  time_zone: string;
}

/** Returns all time zones that this browser knows, UTC first. */
const zones = () => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

export function Profile() {
  const profile = useProfile();
  if (profile.isError && !profile.data) return <ProblemNote problem={asProblem(profile.error)} what={t`The profile could not be loaded.`} onAgain={() => void profile.refetch()} />;
  if (!profile.data) return <Skeleton lines={6} height={320} />;
  const { email, country } = profile.data;
  return (
    <div class="grid g-11">
      <Panel title={t`You`}>
        <dl class="kv start below">
          <dt><Trans>E-mail</Trans></dt><dd>{email}</dd>
          <dt><Trans>Country</Trans></dt><dd>{country ? countryName(country) : "–"}</dd>
        </dl>
        <Details profile={profile.data} />
      </Panel>
      <Panel title={t`This browser`}><div class="stack gap16"><LanguageChoice /><Colours /></div></Panel>
    </div>
  );
}

const told = (profile: Told): Told => ({
  full_name: profile.full_name ?? "", phone: profile.phone ?? "", messenger: profile.messenger ?? "", time_zone: profile.time_zone || "UTC",
});

function Details({ profile }: { profile: Told }) {
  const [before, setBefore] = useState(() => told(profile));
  const [draft, setDraft] = useState(before);
  const queries = useQueryClient();
  const put = (change: Partial<Told>) => setDraft({ ...draft, ...change });
  const save = useMutation({
    mutationFn: () => value(api.PATCH("/api/partner/profile/", { body: edited(before, draft) })),
    onSuccess: (saved) => {
      queries.setQueryData(["profile"], saved);
      setBefore(told(saved));
      say(t`The profile is saved.`);
    },
  });
  const problem = save.isError ? asProblem(save.error) : undefined;
  const known = Object.keys(draft).some((field) => problem?.of(field));
  return (
    <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
      <Field label={t`Name`} autocomplete="name" value={draft.full_name} onValue={(full_name) => put({ full_name })} fault={problem?.of("full_name")} />
      <Field label={t`Phone`} type="tel" autocomplete="tel" value={draft.phone} onValue={(phone) => put({ phone })} fault={problem?.of("phone")} />
      <Field label={t`Messenger`} value={draft.messenger} onValue={(messenger) => put({ messenger })} fault={problem?.of("messenger")} />
      <Choice
        label={t`Time zone`} value={draft.time_zone} onValue={(time_zone) => put({ time_zone })} fault={problem?.of("time_zone")}
        options={zones().map((zone) => ({ value: zone, text: zone.replaceAll("_", " ") }))}
        hint={<Trans>Times are shown in it. Days and periods are the programme’s.</Trans>}
      />
      {problem && !known && <ProblemNote problem={problem} what={t`The profile was not saved.`} />}
      <div class="row"><button class="btn primary" type="submit" disabled={save.isPending}><Trans>Save the profile</Trans></button></div>
    </form>
  );
}

function Colours() {
  const choice = useStore(theme);
  const options: [Theme, string][] = [["light", t`Light`], ["dark", t`Dark`], ["system", t`As the system`]];
  return (
    <fieldset class="plain">
      <legend class="label"><Trans>Colours</Trans></legend>
      <div class="stack">
        {options.map(([name, text]) => (
          <label class="check" key={name}><input type="radio" name="colours" checked={choice === name} onChange={() => setTheme(name)} />{text}</label>
        ))}
      </div>
    </fieldset>
  );
}
