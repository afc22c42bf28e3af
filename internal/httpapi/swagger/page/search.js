"use strict";

// Swagger UI's own filter looks at tags and paths alone. This one finds the
// operations that have every word of the search in their title, description,
// path, operation id or tag, and shows them without a further click.
window.SearchPlugin = (system) => {
  const React = system.React;

  const textOf = (tag, description, operation) => {
    const op = operation.get("operation");
    return [
      tag, description, operation.get("method"), operation.get("path"),
      op.get("operationId"), op.get("summary"), op.get("description"),
    ].join(" ").toLowerCase();
  };

  const wordsOf = (phrase) => phrase.toLowerCase().split(/\s+/).filter(Boolean);

  const opsFilter = (tagged, phrase) => {
    const words = wordsOf(phrase);
    const found = (tag, details) => (operation) => {
      const text = textOf(tag, details && details.get("description"), operation);
      return words.every((word) => text.includes(word));
    };
    return tagged
      .map((group, tag) => group.update("operations", (all) => all.filter(found(tag, group.get("tagDetails")))))
      .filter((group) => group.get("operations").size > 0);
  };

  // One letter is in nearly every operation: tags open from two on.
  const searching = (layout) => {
    const phrase = layout.currentFilter();
    return typeof phrase === "string" && phrase.trim().length > 1;
  };

  const isShown = (original, { layoutSelectors }) => (_, thing, standard) =>
    original(thing, standard || (thing[0] === "operations-tag" && searching(layoutSelectors)));

  const FilterContainer = ({ layoutActions, layoutSelectors, specSelectors }) => {
    const current = layoutSelectors.currentFilter();
    const [text, setText] = React.useState(typeof current === "string" ? current : "");
    const timer = React.useRef();
    const search = (event) => {
      const phrase = event.target.value;
      setText(phrase);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => layoutActions.updateFilter(phrase.trim() ? phrase : true), 250);
    };
    const nothing = searching(layoutSelectors) && specSelectors.taggedOperations().size === 0;
    const element = React.createElement;
    return element("div", { className: "wrapper search", role: "search" },
      element("label", { htmlFor: "search" }, "Search"),
      element("input", {
        id: "search", type: "search", value: text, onChange: search, autoComplete: "off",
        placeholder: "Words of a title, a description or a path",
      }),
      nothing && element("p", null, "Nothing has all of these words."));
  };

  return {
    fn: { opsFilter },
    components: { FilterContainer },
    statePlugins: { layout: { wrapSelectors: { isShown } } },
  };
};
