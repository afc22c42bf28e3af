"use strict";

// Swagger UI reads documents as YAML, which takes several times as long as
// reading the JSON that ours is.
const JSONPlugin = () => ({
  statePlugins: {
    spec: {
      wrapActions: {
        parseToJson: (original, { specActions, specSelectors }) => (text) => {
          try {
            return specActions.updateJsonSpec(JSON.parse(text || specSelectors.specStr()));
          } catch {
            return original(text);
          }
        },
      },
    },
  },
});

window.ui = SwaggerUIBundle({
  // Swagger UI needs several times as long for the same document in 3.1.
  url: "/api/schema/?format=openapi-3.0",
  dom_id: "#ui",
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [JSONPlugin, SearchPlugin, SessionPlugin],
  layout: "BaseLayout",
  deepLinking: true,
  filter: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // The default asks a service on the network whether the document is valid.
  validatorUrl: "none",
});

// Swagger UI follows a link to an operation only when the page loads.
window.addEventListener("hashchange", () => window.ui.layoutActions.parseDeepLinkHash(location.hash));
