package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/tributary-server/tributary/internal/backup"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/money"
)

func makeBackup(ctx context.Context, a *app) error {
	target := a.cli.Backup.File
	path, err := a.sqlitePath("To copy a PostgreSQL database while it is in use:\n\n    pg_dump --format=custom --file=%[2]s %[1]s", target)
	if err != nil {
		return err
	}
	if err := checkExists(config.Database{Engine: db.SQLite, Address: path}); err != nil {
		return err
	}
	saved, err := backup.Save(ctx, path, target, a.clock.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "saved %s and its clicks in %s: %s bytes, sha256 %s\n", path, target, money.GroupInt(saved.Bytes), saved.SHA256)
	return err
}

func restoreBackup(ctx context.Context, a *app) error {
	source := a.cli.Restore.File
	path, err := a.sqlitePath("To restore a PostgreSQL database, with no server running on it:\n\n"+
		"    pg_restore --clean --if-exists --single-transaction --dbname=%[1]s %[2]s", source)
	if err != nil {
		return err
	}
	if err := backup.Restore(ctx, source, path, a.cli.Restore.Force); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "restored %s and its clicks from %s\n", path, source)
	return err
}

// sqlitePath returns the path of the SQLite database. On PostgreSQL, it returns
// an error that tells the operator what to do instead. advice is the format
// string of this error. Its arguments are the address of the database and the
// name of the file.
func (a *app) sqlitePath(advice, file string) (string, error) {
	database, err := a.cli.Database()
	if err != nil {
		return "", usageError{err}
	}
	if database.Engine == db.SQLite {
		return database.Address, nil
	}
	address := "postgres://USER@HOST/DATABASE"
	if u, err := url.Parse(database.Address); err == nil {
		if u.User != nil {
			u.User = url.User(u.User.Username()) // without the password
		}
		u.RawQuery = ""
		address = u.String()
	}
	return "", fmt.Errorf("this command works on SQLite databases. "+advice, "'"+address+"'", "'"+file+"'")
}
