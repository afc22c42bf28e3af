package report

// SplitSheets limits a sheet to rows rows, including its head.
func (s *Service) SplitSheets(rows int) { s.sheetRows = rows }
