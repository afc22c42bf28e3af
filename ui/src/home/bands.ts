// Computes the picture of the way from click to reward. Each column is a stage.
// The height of a band is a source's share of the stage, used only for drawing.

export interface Source {
  key: string;
  name: string;
  values: number[]; // one value for each stage
}

export interface Band {
  from: number;
  to: number; // from and to are positions along the stage, from 0 to 1
}

/**
 * Returns at most `most` sources and combines the rest as "others". Clients
 * without a campaign come last, because they belong to no campaign.
 */
export function together(sources: Source[], others: string, most = 4): Source[] {
  const weight = (source: Source) =>
    source.values.reduce((sum, value, stage) => sum + value / Math.max(1, sources.reduce((all, one) => all + one.values[stage]!, 0)), 0);
  const campaigns = sources.filter((source) => source.key).sort((a, b) => weight(b) - weight(a));
  const without = sources.filter((source) => !source.key);
  const room = most - without.length;
  if (campaigns.length <= room) return [...campaigns, ...without];
  const rest = campaigns.slice(room - 1);
  const joined = { key: "*", name: others, values: rest[0]!.values.map((_, stage) => rest.reduce((sum, source) => sum + source.values[stage]!, 0)) };
  return [...campaigns.slice(0, room - 1), joined, ...without];
}

/** Returns the position of each source's band at a stage. The gaps get smaller to the right. */
export function bandsAt(sources: Source[], stage: number, gap: number): Band[] {
  const sum = sources.reduce((all, source) => all + Math.max(0, source.values[stage]!), 0);
  const open = 1 - gap * (sources.length - 1);
  let at = 0;
  return sources.map((source) => {
    const part = sum > 0 ? (Math.max(0, source.values[stage]!) / sum) * open : 0;
    const band = { from: at, to: at + part };
    at += part + gap;
    return band;
  });
}
