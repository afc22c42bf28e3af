package report

// SplitSheets limits the number of rows in a sheet, including its head row.
func (s *Service) SplitSheets(rows int) { s.sheetRows = rows }
