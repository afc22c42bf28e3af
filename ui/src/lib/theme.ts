// The colour theme: light, dark, or the system's setting.
import { store } from "./store";

export type Theme = "light" | "dark" | "system";

const key = "tributary-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function kept(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system"; // the browser blocks storage
  }
}

export const theme = store<Theme>(kept());

export const isDark = (choice: Theme) => choice === "dark" || (choice === "system" && dark.matches);

function apply(): void {
  document.documentElement.dataset.theme = isDark(theme.get()) ? "dark" : "light";
}

export function setTheme(choice: Theme): void {
  theme.set(choice);
  try {
    if (choice === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // If storage is blocked, the choice applies only until the tab is closed.
  }
  apply();
}

export function watchTheme(): void {
  apply();
  dark.addEventListener("change", apply);
}
