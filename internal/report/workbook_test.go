package report_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/report"
)

// openWorkbook reads a workbook. It returns two functions for the text of a
// cell: the first returns the text as stored, and the second as a spreadsheet
// shows it.
func openWorkbook(t *testing.T, content []byte) (stored, shown func(cell string) string, book *excelize.File) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(content))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, book.Close()) })
	sheet := book.GetSheetName(0)
	read := func(options ...excelize.Options) func(string) string {
		return func(cell string) string {
			text, err := book.GetCellValue(sheet, cell, options...)
			require.NoError(t, err)
			return text
		}
	}
	return read(excelize.Options{RawCellValue: true}), read(), book
}

func TestXLSX_Cells(t *testing.T) {
	t.Parallel()
	d := &report.Definition{
		ID: "cells", Path: "/api/reports/cells/", Source: report.Source{Table: "t", Key: []string{"k"}},
		Columns: []report.Column{
			{Name: "date", Format: report.Date, SQL: "a"},
			{Name: "datetime", Format: report.DateTime, SQL: "a"},
			{Name: "money", Format: report.Money, SQL: "a"},
			{Name: "money_number", Format: report.MoneyNumber, SQL: "a"},
			{Name: "money_exact", Format: report.MoneyExact, SQL: "a"},
			{Name: "lots", Format: report.Lots, SQL: "a"},
			{Name: "partner_account", Format: report.Digits, Partner: report.TextOf(func(*report.Partner) string { return "1163683105934900000" })},
		},
	}
	write := func(number int64) []byte {
		var out bytes.Buffer
		require.NoError(t, answer(t, &numbers{rows: 1, number: number}, d, report.XLSX).Write(t.Context(), &out))
		return out.Bytes()
	}

	stored, shown, book := openWorkbook(t, write(20_000))
	for cell, want := range map[string][2]string{
		"A2": {"45569", "2024-10-04"}, "B2": {"25569", "1970-01-01 00:00:00"}, "C2": {"0.02", "0.02"}, "D2": {"0.02", "0.02"},
		"E2": {"0.02", "0.020000"}, "F2": {"0.0002", "0.0002"}, "G2": {"1163683105934900000", "1163683105934900000"}, "G1": {"partner_account", "partner_account"},
	} {
		require.Equal(t, want[0], stored(cell), cell)
		require.Equal(t, want[1], shown(cell), cell)
	}
	kind, err := book.GetCellType(book.GetSheetName(0), "G2")
	require.NoError(t, err)
	require.Equal(t, excelize.CellTypeInlineString, kind, "a number cannot hold so many digits")
	panes, err := book.GetPanes(book.GetSheetName(0))
	require.NoError(t, err)
	require.True(t, panes.Freeze)
	require.Equal(t, 1, panes.YSplit)

	stored, _, _ = openWorkbook(t, write(-30_000))
	require.Equal(t, "1887-11-12", stored("A2"), "a workbook has no such date")
}

func TestWriteRows(t *testing.T) {
	t.Parallel()
	columns := []*report.Column{
		{Name: "day", Format: report.Date},
		{Name: "hour", Format: report.Hour},
		{Name: "link", Format: report.Integer},
		{Name: "reward_usd", Format: report.Money},
		{Name: "roi", Format: report.Percent},
		{Name: "sub_id", Format: report.Text},
	}
	rows := func(write func(*report.Row) error) error {
		row := report.NewRow(columns)
		row.SetNumber(0, 20_513)
		row.SetNumber(1, 20_513*24+13)
		row.SetNumber(2, 7)
		row.SetNumber(3, 1_234_500_000)
		row.SetNumber(4, -66_67)
		row.SetText(5, "=1+1")
		if err := write(row); err != nil {
			return err
		}
		return write(report.NewRow(columns))
	}
	var out bytes.Buffer
	require.NoError(t, report.WriteRows(&out, report.XLSX, true, columns, rows))
	stored, shown, _ := openWorkbook(t, out.Bytes())
	require.Equal(t, "46082", stored("A2"))
	require.Equal(t, "2026-03-01", shown("A2"))
	require.Equal(t, "2026-03-01 13:00:00", shown("B2"))
	require.Equal(t, "1,234.50", shown("D2"))
	require.Equal(t, "-66.67", shown("E2"))
	require.Equal(t, "=1+1", stored("F2"))
	require.Empty(t, stored("A3"))

	for _, bom := range []bool{false, true} {
		out.Reset()
		require.NoError(t, report.WriteRows(&out, report.CSV, bom, columns, rows))
		require.Equal(t, bom, strings.HasPrefix(out.String(), "\xef\xbb\xbf"))
		require.Equal(t, "day,hour,link,reward_usd,roi,sub_id\r\n2026-03-01,2026-03-01T13,7,1234.50,-66.67,'=1+1\r\n,,,,,\r\n",
			strings.TrimPrefix(out.String(), "\xef\xbb\xbf"))
	}
}

// TestCSV_Formulas checks that no CSV cell begins with a text that a
// spreadsheet could take for a formula.
func TestCSV_Formulas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "\"'\r=1\"", "\n=1": "\"'\n=1\"",
		"＝1+1": "'＝1+1", "＋1": "'＋1", "－1": "'－1", "＠SUM(A1)": "'＠SUM(A1)", "＝\"a\"": "\"'＝\"\"a\"\"\"",
		"a=1": "a=1", "дом": "дом", "": "",
	} {
		var out bytes.Buffer
		columns := []*report.Column{{Name: "c", Format: report.Text}}
		row := report.NewRow(columns)
		row.SetText(0, text)
		require.NoError(t, report.WriteRows(&out, report.CSV, false, columns, func(write func(*report.Row) error) error { return write(row) }))
		require.Equal(t, "c\r\n"+want+"\r\n", out.String())
	}
}

// TestXLSX_Sheets checks that when a sheet is full, the next sheet begins with
// its own header row.
func TestXLSX_Sheets(t *testing.T) {
	t.Parallel()
	const rows = 25
	service := report.NewService(&numbers{rows: rows, number: 7}, clock.System(), report.Options{})
	service.SplitSheets(11)
	var told [][2]int64
	var out bytes.Buffer
	require.NoError(t, service.Export(t.Context(), &report.Export{
		Report: report.ByID("orders"), Request: &report.Request{PartnerID: partnerID}, Directory: t.TempDir(),
		Progress: func(written, total int64) { told = append(told, [2]int64{written, total}) },
	}, &out))
	require.Len(t, told, 1+rows)
	require.Equal(t, [2]int64{0, 7}, told[0]) // the store returns 7 for every query
	require.Equal(t, [2]int64{rows, 7}, told[rows])
	book, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	require.Equal(t, []string{"Sheet1", "Sheet2", "Sheet3"}, book.GetSheetList())
	for name, lines := range map[string]int{"Sheet1": 11, "Sheet2": 11, "Sheet3": 6} {
		got, err := book.GetRows(name)
		require.NoError(t, err)
		require.Len(t, got, lines, name)
		require.Equal(t, "order_id", got[0][0], name)
	}
}

func TestExport_Stops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	written := int64(0)
	err := report.NewService(&numbers{rows: 1000}, clock.System(), report.Options{}).Export(ctx, &report.Export{
		Report: report.ByID("orders"), Request: &report.Request{PartnerID: partnerID}, Directory: t.TempDir(),
		Progress: func(n, _ int64) {
			if written = n; n == 10 {
				cancel()
			}
		},
	}, io.Discard)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, 10, written)
}
