import { t } from "@lingui/core/macro";

const browsers: [RegExp, string][] = [
  [/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Version\/.*Safari\//, "Safari"],
];
const systems: [RegExp, string][] = [
  [/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"],
];

/** Returns a name such as "Firefox on Linux", or the name that a program gives itself. */
export function agentName(agent: string): string {
  const browser = browsers.find(([mark]) => mark.test(agent))?.[1];
  const system = systems.find(([mark]) => mark.test(agent))?.[1];
  if (browser && system) return t`${browser} on ${system}`;
  return agent.split(" ")[0] || t`an unnamed program`;
}
