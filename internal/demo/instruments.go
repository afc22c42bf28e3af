package demo

// instrument is an instrument that the broker offers. A point is a price
// difference of 10^-digits.
type instrument struct {
	symbol, group, base, quote string
	contract                   int64 // units of the base currency in one lot
	digits                     int
	spread                     int64 // usual spread, in tenths of a point
	price                      int64 // price at the start of the year, in points; 0 if the price is computed from the rates of its currencies
	swing                      int64 // movement in a day, in millionths of the price
	weight                     int64 // share of the orders, relative to the weights of other instruments
	opens, closes              int64 // times of day at which trading starts and ends, in seconds after midnight UTC
}

const hour = 3600

// On weekdays, each group of instruments trades between these times, in seconds
// after midnight UTC.
const (
	stocksOpen, stocksClose   = 14*hour + 40*60, 19*hour + 55*60
	indicesOpen, indicesClose = 1 * hour, 20*hour + 10*60
	metalsOpen                = 1 * hour
	weekdayClose              = 20*hour + 55*60
)

func forex(base, quote string, digits int, spread, weight int64) instrument {
	return instrument{base + quote, "forex", base, quote, 100_000, digits, spread, 0, 0, weight, 0, weekdayClose}
}

func metal(symbol, base, quote string, contract, spread, price, swing, weight int64) instrument {
	return instrument{symbol, "metals", base, quote, contract, 3, spread, price, swing, weight, metalsOpen, weekdayClose}
}

func crypto(base string, contract int64, digits int, spread, price, swing, weight int64) instrument {
	return instrument{base + "USD", "crypto", base, "USD", contract, digits, spread, price, swing, weight, 0, daySeconds}
}

func index(symbol, quote string, contract int64, digits int, spread, price, swing, weight int64) instrument {
	return instrument{symbol, "indices", quote, quote, contract, digits, spread, price, swing, weight, indicesOpen, indicesClose}
}

func energy(symbol string, contract int64, digits int, spread, price, swing, weight int64) instrument {
	return instrument{symbol, "energies", "USD", "USD", contract, digits, spread, price, swing, weight, metalsOpen, weekdayClose}
}

func stock(symbol string, spread, price, swing, weight int64) instrument {
	return instrument{symbol, "stocks", "USD", "USD", 100, 2, spread, price, swing, weight, stocksOpen, stocksClose}
}

var listed = []instrument{
	forex("EUR", "USD", 5, 90, 150), forex("GBP", "USD", 5, 110, 90), forex("USD", "JPY", 3, 105, 80), forex("USD", "CHF", 5, 130, 20),
	forex("AUD", "USD", 5, 100, 30), forex("USD", "CAD", 5, 140, 25), forex("NZD", "USD", 5, 160, 12), forex("EUR", "GBP", 5, 140, 12),
	forex("EUR", "JPY", 3, 170, 18), forex("GBP", "JPY", 3, 210, 40), forex("EUR", "CHF", 5, 190, 8), forex("EUR", "AUD", 5, 260, 7),
	forex("EUR", "CAD", 5, 250, 6), forex("EUR", "NZD", 5, 320, 4), forex("AUD", "JPY", 3, 180, 12), forex("CAD", "JPY", 3, 210, 7),
	forex("CHF", "JPY", 3, 230, 5), forex("NZD", "JPY", 3, 240, 4), forex("GBP", "AUD", 5, 290, 8), forex("GBP", "CAD", 5, 310, 6),
	forex("GBP", "CHF", 5, 270, 5), forex("AUD", "CAD", 5, 220, 5), forex("AUD", "NZD", 5, 240, 5), forex("USD", "ZAR", 5, 12_000, 14),
	forex("USD", "SGD", 5, 260, 4), forex("USD", "MXN", 5, 5_500, 5),
	metal("XAUUSD", "XAU", "USD", 100, 1_950, 2_620_400, 9_000, 300), metal("XAGUSD", "XAG", "USD", 5_000, 320, 30_150, 15_000, 22),
	metal("XPTUSD", "XPT", "USD", 100, 9_500, 981_500, 12_000, 3), metal("XAUEUR", "XAU", "EUR", 100, 2_600, 2_415_700, 9_000, 5),
	crypto("BTC", 1, 2, 18_000, 6_384_050, 24_000, 60), crypto("ETH", 1, 2, 1_250, 264_512, 30_000, 25),
	crypto("SOL", 10, 3, 900, 152_470, 38_000, 6), crypto("XRP", 10_000, 5, 2_400, 58_210, 36_000, 6), crypto("LTC", 10, 2, 320, 7_140, 32_000, 3),
	energy("USOIL", 1_000, 3, 180, 71_250, 18_000, 25), energy("UKOIL", 1_000, 3, 200, 74_810, 17_000, 10),
	energy("XNGUSD", 10_000, 3, 60, 2_915, 30_000, 5),
	index("US500", "USD", 1, 2, 620, 572_340, 9_000, 14), index("USTEC", "USD", 1, 2, 1_450, 1_984_025, 12_000, 30),
	index("US30", "USD", 1, 1, 290, 422_185, 8_000, 26), index("DE40", "EUR", 1, 1, 160, 194_310, 9_500, 12),
	index("UK100", "GBP", 1, 1, 150, 82_460, 7_000, 4), index("JP225", "JPY", 100, 0, 90, 38_420, 11_000, 4),
	index("HK50", "HKD", 10, 1, 95, 205_180, 14_000, 3),
	stock("AAPL", 40, 22_675, 14_000, 4), stock("MSFT", 70, 41_820, 13_000, 2), stock("NVDA", 35, 12_460, 26_000, 5),
	stock("TSLA", 60, 24_890, 32_000, 5), stock("AMZN", 45, 18_630, 17_000, 2),
}

// bitcoin trades at any hour, so accounts trade it while other markets are
// closed.
const bitcoin = "BTCUSD"

func (i *instrument) alwaysOpen() bool { return i.group == "crypto" }

// indexOf returns the position of a symbol in the list of instruments. It
// panics if the symbol is not there.
func indexOf(symbol string) int {
	for i := range listed {
		if listed[i].symbol == symbol {
			return i
		}
	}
	panic("demo: " + symbol + " is not listed")
}
