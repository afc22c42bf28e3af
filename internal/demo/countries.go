package demo

// region is a part of the world where people have similar names.
type region int

const (
	africa region = iota
	seAsia
	southAsia
	mena
	latam
	europe
	eastAsia
)

// country is a country that clients come from. The weight is its share of the
// clients.
type country struct {
	code     string
	region   region
	weight   int64
	currency string // currency of accounts that are not in USD; empty if all accounts are in USD
}

var countries = []country{
	{"ZA", africa, 80, "ZAR"},
	{"NG", africa, 70, ""},
	{"KE", africa, 45, ""},
	{"GH", africa, 25, ""},
	{"TZ", africa, 15, ""},
	{"UG", africa, 12, ""},
	{"CI", africa, 8, "EUR"},
	{"SN", africa, 8, "EUR"},
	{"CM", africa, 8, "EUR"},
	{"ET", africa, 6, ""},
	{"BW", africa, 9, "ZAR"},
	{"NA", africa, 7, "ZAR"},
	{"TH", seAsia, 85, ""},
	{"ID", seAsia, 80, ""},
	{"VN", seAsia, 70, ""},
	{"MY", seAsia, 40, ""},
	{"PH", seAsia, 25, ""},
	{"SG", seAsia, 8, "SGD"},
	{"KH", seAsia, 6, ""},
	{"IN", southAsia, 60, ""},
	{"PK", southAsia, 45, ""},
	{"BD", southAsia, 35, ""},
	{"LK", southAsia, 12, ""},
	{"NP", southAsia, 8, ""},
	{"EG", mena, 35, ""},
	{"AE", mena, 30, ""},
	{"SA", mena, 20, ""},
	{"JO", mena, 15, ""},
	{"MA", mena, 15, "EUR"},
	{"DZ", mena, 12, "EUR"},
	{"IQ", mena, 10, ""},
	{"KW", mena, 8, ""},
	{"OM", mena, 8, ""},
	{"BR", latam, 30, ""},
	{"MX", latam, 22, "MXN"},
	{"CO", latam, 18, ""},
	{"PE", latam, 12, ""},
	{"CL", latam, 10, ""},
	{"AR", latam, 10, ""},
	{"EC", latam, 6, ""},
	{"DE", europe, 14, "EUR"},
	{"AT", europe, 10, "EUR"},
	{"ES", europe, 8, "EUR"},
	{"IT", europe, 8, "EUR"},
	{"CH", europe, 6, "CHF"},
	{"PL", europe, 6, "EUR"},
	{"JP", eastAsia, 30, "JPY"},
	{"TW", eastAsia, 10, ""},
	{"HK", eastAsia, 8, "HKD"},
}

// namesByRegion holds the names from which address builds e-mail addresses.
var namesByRegion = map[region]struct{ given, family []string }{
	africa: {
		[]string{"amara", "thabo", "chidi", "wanjiru", "kofi", "lerato", "tunde", "naledi", "blessing", "kwame", "zanele", "emeka"},
		[]string{"okafor", "mokoena", "mwangi", "mensah", "adeyemi", "ndlovu", "kamau", "owusu", "diallo", "banda", "eze", "molefe"},
	},
	seAsia: {
		[]string{"somchai", "nguyen", "budi", "siti", "anong", "linh", "agus", "farah", "minh", "dewi", "rizal", "ploy"},
		[]string{"srisuk", "tran", "santoso", "rahman", "pham", "wijaya", "ismail", "chaiyasit", "reyes", "hartono", "le", "suwan"},
	},
	southAsia: {
		[]string{"rahul", "priya", "imran", "ayesha", "arjun", "nusrat", "kavya", "bilal", "sanjay", "farhana", "vikram", "nimal"},
		[]string{"sharma", "khan", "patel", "ahmed", "hossain", "perera", "iyer", "malik", "singh", "thapa", "das", "qureshi"},
	},
	mena: {
		[]string{"omar", "layla", "youssef", "nadia", "khalid", "salma", "hassan", "rania", "tariq", "amina", "samir", "huda"},
		[]string{"haddad", "mansour", "farouk", "benali", "alharbi", "khoury", "nasser", "saleh", "bennani", "darwish", "aziz", "qasim"},
	},
	latam: {
		[]string{"mateo", "camila", "joao", "lucia", "diego", "valentina", "rafael", "daniela", "thiago", "sofia", "andres", "paula"},
		[]string{"garcia", "silva", "rojas", "mendoza", "oliveira", "vargas", "torres", "castro", "santos", "quispe", "moreno", "fuentes"},
	},
	europe: {
		[]string{"lukas", "anna", "matteo", "elena", "jakub", "lena", "pablo", "clara", "stefan", "giulia", "tomasz", "sophie"},
		[]string{"gruber", "mueller", "rossi", "navarro", "kowalski", "huber", "ferrari", "weber", "steiner", "ortega", "bianchi", "vogel"},
	},
	eastAsia: {
		[]string{"haruto", "yui", "ren", "sakura", "kaito", "hina", "wei", "mei", "daiki", "aoi", "chun", "ling"},
		[]string{"sato", "suzuki", "tanaka", "chen", "ito", "lin", "kobayashi", "wong", "yamada", "huang", "mori", "cheung"},
	},
}
