package main

import (
	"path/filepath"
	"time"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// exportPace is how often exports are looked for that nobody has waked up for:
// those of a server that died, and those whose life is over.
const exportPace = 10 * time.Second

// defaultExportDir is made with the first export.
const defaultExportDir = "exports"

// exports makes the workbooks that are too large for one request.
func (a *app) exports(p *programme, options *config.Exports, reports *report.Service) *export.Service {
	directory := options.ExportDir
	switch {
	case directory != "":
	case p.database.Engine == config.SQLite:
		directory = filepath.Join(filepath.Dir(p.database.Address), defaultExportDir)
	default:
		directory = defaultExportDir
	}
	return export.New(sqldb.NewExports(p.store, p.exportsDue.Wake), reports, a.clock, a.log, directory)
}
