// Lingui's macros need this file. npm run extract brings the catalogues in
// src/locales in line with the code; English is in the code.
export default {
  sourceLocale: "en",
  locales: ["en", "es", "ar"],
};
