# shellcheck shell=bash
# Sourced by the scripts that need a browser.

# browser finds Chromium, or installs it, and sets CHROMIUM to its path.
browser() {
	export CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}
	[[ -z $CHROMIUM ]] || return 0
	scripts/apt.sh Chromium "install Chromium (on Debian: apt-get install chromium), or name one in CHROMIUM" chromium
	CHROMIUM=$(command -v chromium)
}
