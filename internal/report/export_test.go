package report

// SplitSheets limits a sheet to the given number of rows, including its head.
func (s *Service) SplitSheets(rows int) { s.sheetRows = rows }
