import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/gate.css";
import { i18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { I18nProvider } from "@lingui/react";
import { render } from "preact";
import { App } from "./app";
import { language, startLanguage } from "./lib/language";
import { useStore } from "./lib/store";
import { watchTheme } from "./lib/theme";

/** Draws everything from the start when the language changes, so that no old text stays. */
function Page() {
  const name = useStore(language);
  return <I18nProvider key={name} i18n={i18n}><App /></I18nProvider>;
}

watchTheme();
i18n.setMessagesCompiler(compileMessage);

const place = document.getElementById("page");
if (place) void startLanguage().then(() => render(<Page />, place));
