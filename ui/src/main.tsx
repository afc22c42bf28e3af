import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/gate.css";
import { i18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { I18nProvider } from "@lingui/react";
import { render } from "preact";
import { App } from "./app";
import { watchTheme } from "./lib/theme";

watchTheme();
i18n.setMessagesCompiler(compileMessage);
i18n.load("en", {});
i18n.activate("en");

const place = document.getElementById("page");
if (place) render(<I18nProvider i18n={i18n}><App /></I18nProvider>, place);
