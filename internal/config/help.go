package config

const description = `Tributary runs a broker's partner programme: it receives what the broker's systems report, turns
every closed order into an exact reward, books it, and serves partners through an API.

To look around: tributary demo

Exit status: 0 on success, 1 if the command failed or found something wrong, 2 for a usage error.`

// Help implements kong.HelpProvider.
func (Serve) Help() string {
	return `The command creates a missing database, and updates the schema of an existing one. GET /healthz returns 200 as soon as
the server listens, and GET /readyz returns 200 once the server is ready for work. GET /metrics returns the metrics in the
format of Prometheus. On SIGINT or SIGTERM, the server finishes the running requests within at most 20 seconds, and stops.

Examples:

    tributary serve
    tributary serve --db postgres://tributary@localhost/tributary --listen 127.0.0.1:8080
    TRIBUTARY_DB_FILE=/run/secrets/db tributary serve --config /etc/tributary.yaml
    tributary serve --public-url https://partners.example.com --smtp-url-file /run/secrets/smtp --mail-from no-reply@example.com`
}

// Help implements kong.HelpProvider.
func (Demo) Help() string {
	return `The demo uses a temporary directory and deletes it at the end, unless --db names an empty database. If you start the
demo again with the same --db, it serves the same programme. The broker key is the one that the first start printed.

Examples:

    tributary demo
    tributary demo --listen 127.0.0.1:9000 --orders 5000
    tributary demo --db sqlite:demo.db`
}

// Help implements kong.HelpProvider.
func (Import) Help() string {
	return `Facts that the database already has count as duplicates and change nothing, so a file can be imported again after
an error. The summary goes to standard output as JSON. The first 1,000 rejected lines go to standard error as
FILE:LINE: CODE: MESSAGE. If any line was rejected, the exit status is 1.

Examples:

    tributary import facts.ndjson
    zcat 2026-*.ndjson.gz | tributary import -
    tributary import --format mt4 --server Real-1 --utc-offset +02:00 statement.htm
    tributary import --format mt4 --server Real-1 --account 5012 trades.csv`
}

// Help implements kong.HelpProvider.
func (PartnerCreate) Help() string {
	return `Clients who used the code before the partner existed become the partner's clients.

Examples:

    tributary partner create --email ann@example.com --code ann --country ZA --verified
    tributary partner create --email bob@example.com --parent ann --currency EUR`
}

// Help implements kong.HelpProvider.
func (KeyCreate) Help() string {
	return `Programs send a key like a token: "Authorization: Bearer KEY".

Examples:

    tributary key create --role broker --name "trading server"
    tributary key create --role broker --scope feed --expires 90d
    tributary key create --role partner --partner ann@example.com --scope read`
}

// Help implements kong.HelpProvider.
func (SettingsSet) Help() string {
	return `Settings are stored in the database, so that all servers and commands that use the database share them.

Examples:

    tributary settings
    tributary settings set attribution_window 60d --from 2026-07-01
    tributary settings set time_zone Europe/Athens`
}

// Help implements kong.HelpProvider.
func (PlanApply) Help() string {
	return `A plan applies to orders that close at or after its "from", until the date of a later plan. Past rewards are never
recomputed.

Examples:

    tributary plan show > plan.json
    tributary plan apply plan.json`
}

// Help implements kong.HelpProvider.
func (PlanTry) Help() string {
	return `The command computes each booked order of the period as if the plan had been in force in all of it. It prints what
partners earned and what they would have earned: in total, and for the ten largest winners and losers. It reads the
database and changes nothing. The "from" of the plan does not matter.

Examples:

    tributary plan try plan.json --from 2025-07-01 --to 2026-06-30
    tributary plan try plan.json --from 2026-06-01 --to 2026-06-30 --csv > partners.csv`
}

// Help implements kong.HelpProvider.
func (Replay) Help() string {
	return `The command looks up the plan, instrument, rates, level and account type of each booked order again, as they were known
when the order was booked, and computes its reward. It compares the inputs, the rewards, the sums of the partners' days
and the overrides with the books. It prints the first 20 differences. If there is one, the exit status is 1.

Example:

    tributary replay --from 2025-07-01 --to 2026-06-30`
}

// Help implements kong.HelpProvider.
func (Backup) Help() string {
	return `The file holds a copy of the database, a copy of its clicks, and a checksum over both. Each copy is consistent even
if a server writes meanwhile. While it is being written, the backup needs twice its size on the disk. On PostgreSQL the
command prints how to use pg_dump.

Example:

    tributary backup --db sqlite:tributary.db backup-2026-01-31.tributary`
}

// Help implements kong.HelpProvider.
func (Restore) Help() string {
	return `The command restores the database and its clicks together. It checks the backup's checksum and both databases before
it replaces anything. Stop the server first. On PostgreSQL the command prints how to use pg_restore.

Example:

    tributary restore --db sqlite:tributary.db --force backup-2026-01-31.tributary`
}

// Help implements kong.HelpProvider.
func (Verify) Help() string {
	return `The command recomputes rewards from their stored inputs and sums from their entries. It prints each fault. If it
finds one, the exit status is 1.`
}
