package click_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
)

const (
	webkit = " AppleWebKit/537.36 (KHTML, like Gecko) "
	phone  = webkit + "Chrome/120.0.0.0 Mobile Safari/537.36"
	edge   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
	iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
)

// browserAgents are user agents of browsers whose names look like programs, and
// of browsers inside apps.
var browserAgents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
	"Mozilla/5.0 (Linux; Android 7.0; M bot 60 Build/NRD90M)" + phone,
	"Mozilla/5.0 (Linux; Android 9; CUBOT_X19)" + phone,
	"Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20 Build/RP1A)" + phone,
	"Mozilla/5.0 (Linux; Android 12; RUBY Build/SP1A.210812.016)" + phone,
	"Mozilla/5.0 (Linux; Android 8.1.0; Spider Build/O11019)" + phone,
	"Mozilla/5.0 (Linux; Android 13; Python X1; wv)" + webkit + "Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Linux; Android 6.0; Monitor Preview Bot Build/X)" + phone,
	"Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv)" + webkit + "Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36 Instagram 406.0.0.58.159 Android",
	"Mozilla/5.0 (Linux; Android 10; K)" + phone,
	"Mozilla/5.0 (Linux; Android 10; K)" + phone + " (Ecosia android@150.0.0.0)",
	"Mozilla/5.0 (Linux; Android 14; SM-A515F)" + webkit + "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Linux; U; Android 12; en-US; M2101K6G)" + webkit + "Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.5.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Linux; Android 13; V2206; wv)" + webkit + "Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/445.0.0.34.118;]",
	"Mozilla/5.0 (Linux; Android 16; Pixel 10 Pro XL Build/CP1A.260305.018; wv)" + webkit + "Version/4.0 Chrome/146.0.0.0 Mobile Safari/537.36 MetaIAB Facebook",
	"Mozilla/5.0 (Linux; Android 13; V2206; wv)" + webkit + "Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 trill_320203 BytedanceWebview/d8a21c6",
	"Mozilla/5.0 (Linux; Android 13; V2206; wv)" + webkit + "Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 Viber/22.0.0.1",
	"Mozilla/5.0 (Linux; Android 13; V2206)" + phone + " Telegram-Android/10.9.1 (Xiaomi V2206; Android 13; SDK 33; AVERAGE)",
	"Mozilla/5.0 (Linux; Android 13; V2206; wv)" + webkit + "Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 Line/14.2.1/IAB",
	edge, edge + " WhatsApp/2.2424.6.0", edge + " Teams/24124.2315.2911.3357",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "Slack/4.38.125 Chrome/124.0.0.0 Electron/30.0.2 Safari/537.36 Slack_SSB/4.38.125",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "discord/1.0.9154 Chrome/124.0.6367.243 Electron/30.1.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "Code/1.115.0 Chrome/142.0.7444.265 Electron/39.8.5 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "Chrome/126.0.0.0 YaBrowser/24.7.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "coc_coc_browser/126.0 Chrome/120.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
	"Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
	"Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
	"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)",
	iphone + "Version/17.5 Mobile/15E148 Safari/604.1",
	iphone + "Mobile/15E148",
	iphone + "Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.33.108;FBBV/1;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]",
	iphone + "Mobile/15E148 Instagram 335.0.4.28.93 (iPhone14,5; iOS 17_5; en_US; en; scale=3.00; 1170x2532; 614064327)",
	iphone + "Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/en",
	iphone + "GSA/320.0.643834823 Mobile/15E148 Safari/604.1",
	iphone + "Mobile/15E148 [Pinterest/iOS]",
	iphone + "Mobile/15E148 LinkedInApp/9.29.4891",
	iphone + "Mobile/15E148 WhatsApp/24.13.80",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
	"Mozilla/5.0 (Mobile; Nokia_2720_Flip; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.2",
	"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)" + webkit + "Chrome/126.0.0.0 Safari/537.36",
	"Opera/9.80 (Android; Opera Mini/36.2.2254/191.303; U; en) Presto/2.12.423 Version/12.16",
	"Nokia6300/2.0 (04.20) Profile/MIDP-2.0 Configuration/CLDC-1.1",
	"Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1",
}

// programAgents are user agents of programs that occur in the traffic of
// affiliates. testdata/programs.txt lists more.
var programAgents = []string{
	"", " ", "-",
	// These are HTTP libraries and apps that use them.
	"okhttp/4.12.0", "node", "undici", "got (https://github.com/sindresorhus/got)", "got/11.8.6", "PostmanRuntime/7.39.0", "reqwest/0.12", "Dart/3.4 (dart:io)",
	"MyApp/1 CFNetwork/1498 Darwin/23.5", "python-requests/2.32.3", "Python/3.12 aiohttp/3.9.5", "python-httpx/0.27.0", "Go-http-client/2.0", "axios/1.7.2",
	"Java/17.0.11", "Apache-HttpClient/4.5.14 (Java/17.0.11)", "GuzzleHttp/7", "PHP/8.3.8", "Ruby", "Faraday v2.9.0", "libwww-perl/6.76",
	"Dalvik/2.1.0 (Linux; U; Android 13; V2206 Build/TP1A.220624.014)", "insomnia/9.2.0", "curl/8.5.0", "Wget/1.21.4",
	// These are shells.
	"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4522", "Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.19045; en-US) PowerShell/7.4.3",
	// These are previews of messengers.
	"WhatsApp/2.23.20.0", "WhatsApp/2.2346.52 W", "Viber/13.3.0.1.5", "Mozilla/5.0 (Windows NT 6.1; WOW64)" + webkit + "Viber", "TelegramBot (like TwitterBot)",
	"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebookexternalhit/1.1", "SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
	"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
	// These are image proxies of mail providers, and office programs.
	"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
	"Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17628; Pro)", "Outlook-iOS/723.4027091.prod.iphone (4.2425.0)",
	"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.17628; ms-office; MSOffice 16)",
	"Microsoft Office Word 2014", "Microsoft Office Excel 2014",
	// These are crawlers.
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "FlipboardProxy/1.2", "Mozilla/5.0 (compatible; bingbot/2.0)",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.11; rv:49.0) Gecko/20100101 Firefox/49.0 (FlipboardProxy/1.2; +http://flipboard.com/browserproxy)",
	"Mozilla/5.0 (X11; Linux x86_64)" + webkit + "HeadlessChrome/120.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P)" + phone + " (compatible; GoogleOther)",
	"SAMSUNG-SGH-E250/1.0 Profile/MIDP-2.0 Configuration/CLDC-1.1 (compatible; Googlebot-Mobile/2.1; +http://www.google.com/bot.html)",
}

// undetectedNames occur in user agents that IsBot treats as people. They belong
// to bots that give their name only in the part about the device, and to apps
// that people use. Counting a program is better than ignoring a person.
var undetectedNames = []string{
	"Storebot-Google", "ips-agent", "Datanyze", "cludo.com", "TSMbot", "TSM-turingos", "feeder.co", "Rigor", "watchTowr",
	"Code/1.", "Trae/", "Fluid/", "MetaIAB Facebook", "AP3A.240617.008", "BW/1.2",
}

func TestIsBot(t *testing.T) {
	t.Parallel()
	for _, agent := range browserAgents {
		require.False(t, click.IsBot(agent), agent)
	}
	for _, agent := range programAgents {
		require.True(t, click.IsBot(agent), agent)
		require.True(t, click.IsBot(strings.ToUpper(agent)), agent)
	}
	list, err := os.ReadFile("testdata/programs.txt")
	require.NoError(t, err)
	for agent := range strings.Lines(string(list)) {
		if agent = strings.TrimSpace(agent); strings.HasPrefix(agent, "#") {
			continue
		}
		known := slices.ContainsFunc(undetectedNames, func(name string) bool { return strings.Contains(agent, name) })
		require.True(t, known || click.IsBot(agent), agent)
	}
}

// TestDevicesAreNotBots checks that the user agent of a phone is not taken for
// a bot, even if the phone's name looks like a program.
func TestDevicesAreNotBots(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("agents.txt")
	require.NoError(t, err)
	tested, parts := 0, 0
	for name := range strings.Lines(string(list)) {
		if name = strings.TrimSpace(name); strings.HasPrefix(name, "#") || strings.ContainsAny(name, "()@/") || strings.Contains(name, "www.") {
			continue
		}
		tested++
		require.False(t, click.IsBot("Mozilla/5.0 (Linux; Android 13; "+name+" Build/TP1A)"+phone), name)
		require.True(t, click.IsBot(edge+" "+name+"/1.0"), name)
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "" && !strings.HasPrefix(name, "headless") && !click.IsBot(edge+" x"+name+"/1.0") {
			require.False(t, click.IsBot(edge+" "+name+"x/1.0"), name)
			parts++
		}
	}
	require.Greater(t, tested, 500)
	require.Greater(t, parts, 100, "a name counts only as a whole")
}

// FuzzIsBot checks that IsBot never panics, and that its result does not depend
// on letter case or on surrounding blanks.
func FuzzIsBot(f *testing.F) {
	for _, agent := range slices.Concat(browserAgents, programAgents) {
		f.Add(agent)
	}
	f.Add("Mozilla/((((")
	f.Add("Mozilla/5.0 (compatible;) Gecko/")
	f.Fuzz(func(t *testing.T, agent string) {
		require.Equal(t, click.IsBot(agent), click.IsBot("  "+agent+"\t"))
	})
}
