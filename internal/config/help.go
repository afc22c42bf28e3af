package config

// description is the beginning of tributary --help.
const description = `Tributary runs a broker's partner programme: it takes in what the broker's systems report, turns
every closed order into an exact reward, books it, and answers partners through an API.

To look around: tributary demo

Exit status: 0 when all went well, 1 when the command failed or found something wrong, 2 when it was called in a wrong way.`

// Help implements kong.HelpProvider.
func (Serve) Help() string {
	return `The database is created when it is not there, and its schema brought up to date. GET /healthz answers as
soon as the server serves, GET /readyz when it is ready for work, GET /metrics in Prometheus' format. SIGINT or SIGTERM
ends it once running requests are done, after 20 seconds at most.

Examples:

    tributary serve
    tributary serve --db postgres://tributary@localhost/tributary --listen 127.0.0.1:8080
    TRIBUTARY_DB_FILE=/run/secrets/db tributary serve --config /etc/tributary.yaml
    tributary serve --public-url https://partners.example.com --smtp-url-file /run/secrets/smtp --mail-from no-reply@example.com`
}

// Help implements kong.HelpProvider.
func (Demo) Help() string {
	return `Everything is kept in a temporary directory that is deleted at the end, unless --db names an empty database.
Started again on that database, it shows what is there; the broker key is the one that its first start printed.

Examples:

    tributary demo
    tributary demo --listen 127.0.0.1:9000 --orders 5000
    tributary demo --db sqlite:demo.db`
}

// Help implements kong.HelpProvider.
func (Import) Help() string {
	return `Facts that are known already are counted as duplicates and change nothing, so that a file can be imported
again after an error. The summary goes to standard output as JSON; each line that was rejected goes to standard error as
FILE:LINE: CODE: MESSAGE, the first 1,000 of them, and the exit status is 1.

Examples:

    tributary import facts.ndjson
    zcat 2026-*.ndjson.gz | tributary import -
    tributary import --format mt4 --server Real-1 --utc-offset +02:00 statement.htm
    tributary import --format mt4 --server Real-1 --account 5012 trades.csv`
}

// Help implements kong.HelpProvider.
func (PartnerCreate) Help() string {
	return `Clients who named the partner's code before it was created here are the partner's from then on.

Examples:

    tributary partner create --email ann@example.com --code ann --country ZA --verified
    tributary partner create --email bob@example.com --parent ann --currency EUR`
}

// Help implements kong.HelpProvider.
func (KeyCreate) Help() string {
	return `A key is sent as a token is: "Authorization: Bearer KEY".

Examples:

    tributary key create --role broker --name "trading server"
    tributary key create --role broker --scope feed --expires 90d
    tributary key create --role partner --partner ann@example.com --scope read`
}

// Help implements kong.HelpProvider.
func (SettingsSet) Help() string {
	return `What everything that runs on one store has to agree on is kept in the store, not in flags.

Examples:

    tributary settings
    tributary settings set attribution_window 60d --from 2026-07-01
    tributary settings set time_zone Europe/Athens`
}

// Help implements kong.HelpProvider.
func (PlanApply) Help() string {
	return `A plan is dated by its "from": orders that close from then on earn by it, until a later plan's date. What
was earned before is never computed again.

Examples:

    tributary plan show > plan.json
    tributary plan apply plan.json`
}

// Help implements kong.HelpProvider.
func (Backup) Help() string {
	return `One file holds a copy of the database and one of its clicks, each of one consistent moment, whoever writes
meanwhile, and a checksum over both. It needs as much room again while it is being written. On PostgreSQL the command
says how to use pg_dump.

Example:

    tributary backup --db sqlite:tributary.db backup-2026-01-31.tributary`
}

// Help implements kong.HelpProvider.
func (Restore) Help() string {
	return `The database and its clicks come back together. The backup's checksum and both databases in it are checked
before anything is replaced. Stop the server first. On PostgreSQL the command says how to use pg_restore.

Example:

    tributary restore --db sqlite:tributary.db --force backup-2026-01-31.tributary`
}

// Help implements kong.HelpProvider.
func (Verify) Help() string {
	return `Recomputes rewards from their stored inputs and sums from their entries. Prints each fault; the exit status
is 1 when there is one.`
}
