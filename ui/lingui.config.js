// The catalogue of messages. English is in the code; npm run extract writes the
// file that translators take.
export default {
  sourceLocale: "en",
  locales: ["en"],
  catalogs: [{ path: "locales/{locale}", include: ["src"] }],
};
