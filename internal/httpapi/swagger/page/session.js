"use strict";

// Authorization survives a reload of the page, but no longer than its tab:
// session storage forgets it then. Logout in the Authorize dialog and the
// page's Forget authorization button forget it at once.
window.SessionPlugin = () => {
  const key = "tributary.authorization";
  const button = document.getElementById("forget");

  const show = () => { button.hidden = read() === null; };

  function read() {
    try {
      const saved = JSON.parse(sessionStorage.getItem(key));
      return saved && Object.keys(saved).length > 0 ? saved : null;
    } catch {
      return null; // the browser keeps nothing for this page, or something else wrote there
    }
  }

  function write(authorized) {
    try {
      sessionStorage.setItem(key, JSON.stringify(authorized));
    } catch {
      // the browser keeps nothing for this page: authorization ends with a reload
    }
    show();
  }

  return {
    statePlugins: {
      auth: {
        wrapActions: {
          // Called after every authorization and logout; the original keeps it in local storage.
          persistAuthorizationIfNeeded: (_, { authSelectors }) => () => write(authSelectors.authorized().toJS()),
        },
      },
    },
    afterLoad(system) {
      const saved = read();
      if (saved) {
        system.authActions.restoreAuthorization({ authorized: saved });
      }
      button.addEventListener("click", () => {
        system.authActions.logoutWithPersistOption(system.authSelectors.authorized().keySeq().toList());
      });
      show();
    },
  };
};
