"use strict";

window.ui = SwaggerUIBundle({
  url: "/api/schema/?format=openapi",
  dom_id: "#ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  filter: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // The default asks a service on the network whether the document is valid.
  validatorUrl: "none",
});
