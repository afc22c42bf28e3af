import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { api, call, value } from "../api/client";
import { save } from "../lib/copy";
import { count } from "../lib/format";
import { mostRows } from "../parts/show-more";
import { say } from "../parts/toast";

export interface Material {
  id: number;
  kind: "banner" | "landing" | "logo" | "text" | "video" | "widget";
  title: string;
  language: string;
  width: number | null;
  height: number | null;
  theme: string;
  product: string;
  preview_url: string | null;
  file_url: string;
  clicks?: number;
}

/** The fields by which materials can be filtered, in the order of their chips. */
export const fields = ["kind", "language", "size", "theme", "product"] as const;

export type Field = (typeof fields)[number];

export type Chosen = Partial<Record<Field, string[]>>;

/** The number of materials on one page of the gallery. */
const page = 60;

/** Reads the filters from the address. Each field may have several values. */
export function chosenIn(search: string): Chosen {
  const said = new URLSearchParams(search);
  const chosen: Chosen = {};
  for (const field of fields) {
    const values = (said.get(field) ?? "").split(",").filter(Boolean);
    if (values.length > 0) chosen[field] = values;
  }
  return chosen;
}

/** Returns the address for the chosen filters. */
export function addressOf(chosen: Chosen): string {
  const parts = fields.filter((field) => chosen[field]?.length).map((field) => `${field}=${chosen[field]!.map(encodeURIComponent).join(",")}`);
  return parts.length > 0 ? `/promo?${parts.join("&")}` : "/promo";
}

export const useMaterials = (chosen: Chosen, pages: number) =>
  useQuery({
    queryKey: ["materials", chosen, pages],
    queryFn: async () => {
      const query = { ...(chosen as object), limit: Math.min(page * pages, mostRows) };
      const answer = await value(api.GET("/api/promo/materials/", { params: { query } }));
      return { list: answer.data as Material[], count: answer.totals.count };
    },
    placeholderData: (before) => before,
    staleTime: 60_000,
  });

export const useValues = () =>
  useQuery({ queryKey: ["material-values"], queryFn: () => value(api.GET("/api/promo/materials/filters/")) as Promise<Record<Field, string[]>>, staleTime: 600_000 });

/** Loads a file that needs the session, as an address that an image can use. */
export const usePicture = (url: string | null) =>
  useQuery({
    queryKey: ["picture", url],
    queryFn: async () => {
      const blob = await (await call(new Request(url ?? ""))).blob();
      return await dataUrl(blob);
    },
    enabled: url !== null,
    staleTime: Infinity,
  });

/** Returns the picture as a data URL. Unlike the address of a blob, it does not have to be released. */
const dataUrl = (blob: Blob) =>
  new Promise<string>((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });

export function kindName(kind: string): string {
  const names: Record<string, () => string> = {
    banner: () => t`Banner`, landing: () => t`Landing page`, logo: () => t`Logo`, text: () => t`Text`, video: () => t`Video`, widget: () => t`Widget`,
  };
  return names[kind]?.() ?? kind;
}

/** Returns a size such as "300 × 250", or an empty text. */
export const sizeOf = ({ width, height }: Material): string => (width && height ? t`${width} × ${height}` : "");

export const clicksOf = (material: Material): string | undefined => (material.clicks === undefined ? undefined : count(material.clicks));

/** Lets the browser save a material's file. */
export async function download(material: Material): Promise<void> {
  try {
    const response = await call(new Request(material.file_url));
    const offered = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
    save(offered ?? `${material.kind}-${material.id}`, await response.blob());
  } catch {
    say(t`The file could not be loaded. Check your connection, then try again.`);
  }
}
