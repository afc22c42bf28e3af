package report

// SplitSheets lets a sheet have so many rows, the head among them.
func (s *Service) SplitSheets(rows int) { s.sheetRows = rows }
