package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// partnersPage is the content of docs/partners.md: the commands of its shell
// session, its programs by name, and the responses that it shows.
type partnersPage struct {
	session  string
	programs map[string]string
	answers  []string
}

func readPartnersPage(t *testing.T) partnersPage {
	t.Helper()
	text, err := os.ReadFile("../../docs/partners.md")
	require.NoError(t, err)
	page := partnersPage{programs: map[string]string{}}
	for _, block := range regexp.MustCompile("(?s)```([a-z]*)\n(.*?)```\n").FindAllStringSubmatch(string(text), -1) {
		name := regexp.MustCompile(`^(?:#|//) ([a-z]+\.(?:sh|py|mjs|go))\n`).FindStringSubmatch(block[2])
		switch {
		case name != nil:
			require.NotContains(t, page.programs, name[1])
			page.programs[name[1]] = block[2]
		case block[1] == "bash":
			page.session += block[2]
		case block[1] == "json":
			page.answers = append(page.answers, block[2])
		default:
			t.Errorf("nothing runs this block of docs/partners.md:\n%s", block[2])
		}
	}
	return page
}

// TestPartnersPage runs the examples of docs/partners.md against a demo. It
// replaces only the host, the address of the receiver, and the first token. The
// new first token is invalid, which shows whether a program logs in again.
func TestPartnersPage(t *testing.T) { //nolint:tparallel // the programs share a demo, one receiver and its limits
	t.Parallel()
	page := readPartnersPage(t)
	reader, stop := openPartnersPage(t, page)
	defer stop()
	ran := map[string]bool{}
	for _, task := range []struct {
		name string
		run  func(t *testing.T, program string)
	}{
		{"report", reader.readsReport},
		{"errors", reader.readsErrors},
		{"transfer", reader.transfers},
		{"events", reader.checkFollower},
		{"webhook", reader.checkReceiver},
		{"limits", reader.waits},
	} {
		for _, ending := range []string{".sh", ".py", ".mjs", ".go"} {
			program := task.name + ending
			if _, there := page.programs[program]; !there {
				continue
			}
			ran[program] = true
			t.Run(program, func(t *testing.T) {
				requirePython(t, program)
				task.run(t, program)
			})
		}
	}
	for program := range page.programs {
		require.True(t, ran[program], "nothing runs %s", program)
	}
	for _, task := range []string{"report", "events", "webhook"} {
		for _, ending := range []string{".sh", ".py", ".mjs", ".go"} {
			require.Contains(t, page.programs, task+ending, "the page must show this program")
		}
	}
}

// TestPartnersPageErrors checks that the page's table has every error code of
// the OpenAPI document.
func TestPartnersPageErrors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/partners.md")
	require.NoError(t, err)
	var told []string
	for _, row := range regexp.MustCompile(`(?m)^\| \d{3} \| ([^|]*) \|`).FindAllStringSubmatch(string(text), -1) {
		for _, code := range regexp.MustCompile("`([A-Za-z]+)`").FindAllStringSubmatch(row[1], -1) {
			told = append(told, code[1])
		}
	}
	source, err := os.ReadFile("../../docs/openapi.json")
	require.NoError(t, err)
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Enum []string `json:"enum"`
				} `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal(source, &document))
	require.ElementsMatch(t, document.Components.Schemas["Error"].Properties["code"].Enum, told)
}

// requirePython fails the test if the program needs Python and Python is missing.
// Node needs no such check, because other tests need Node too.
func requirePython(t *testing.T, program string) {
	t.Helper()
	if strings.HasSuffix(program, ".py") {
		_, err := exec.LookPath("python3")
		require.NoError(t, err, "the page's Python examples need python3: scripts/python.sh installs it")
	}
}

// pageReader runs the examples of the page, and stores the data that they
// create.
type pageReader struct {
	page                               partnersPage
	url, receiver                      string
	token, key, secret, webhook, files string
}

// fetchCode replaces the shell's own command named read. It reads the code from the
// mail instead of waiting for a person.
const fetchCode = `read() {
  for _ in {1..200}; do
    latest=$(grep -ohE '^ {4}[0-9]{6}' "$MAILS"/*.eml | tail -1 | tr -d ' \r' || true)
    if [[ -n $latest && $latest != "${CODE-}" ]]; then
      CODE=$latest
      return 0
    fi
    sleep 0.1
  done
  return 1
}
`

func openPartnersPage(t *testing.T, page partnersPage) (r *pageReader, stop func()) {
	t.Helper()
	mails := t.TempDir()
	cmd, url := startDemoNow(t, "--mail-dir", mails, "--egress-allow", "127.0.0.1/32", "--rate-limit", "10", "--rate-limit-burst", "60",
		"--xlsx-rows", "900") // only the workbook of the demo's orders has more rows
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r = &pageReader{page: page, url: url, receiver: l.Addr().String(), files: t.TempDir()}
	require.NoError(t, l.Close())

	require.Contains(t, page.session, "https://partner.example.com/tributary")
	session := strings.ReplaceAll(page.session, "https://partner.example.com/tributary", "http://"+r.receiver+"/")
	out := shell(t, r.files, "MAILS='"+mails+"'\n"+fetchCode+r.useTestAddresses(session)+
		"\nprintf '\\ntoken=%s\\nkey=%s\\nsecret=%s\\nwebhook=%s\\n' \"$TOKEN\" \"$KEY\" \"$TRIBUTARY_WEBHOOK_SECRET\" \"$WEBHOOK\"\n")
	for name, into := range map[string]*string{"token": &r.token, "key": &r.key, "secret": &r.secret} {
		found := regexp.MustCompile(`(?m)^` + name + `=(\S+)$`).FindStringSubmatch(out)
		require.NotNil(t, found, "no %s\n%s", name, out)
		*into = found[1]
	}
	require.Contains(t, r.key, "trb_")
	require.Contains(t, r.secret, "whsec_")
	made := regexp.MustCompile(`(?m)^webhook=\{"id":"([^"]+)"`).FindStringSubmatch(out)
	require.NotNil(t, made, out)
	r.webhook = made[1]

	for _, name := range []string{"rewards.xlsx", "orders.xlsx"} {
		workbook, err := os.ReadFile(filepath.Join(r.files, name))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(workbook), "PK"), name)
	}
	_, exports := r.call(t, http.MethodGet, "/api/v1/exports/", "")
	require.Contains(t, exports, `"report":"orders"`, "the orders workbook was made in the background")
	values, err := os.ReadFile(r.files + "/rewards.csv")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(values), "\ufeff"), "the CSV file has no byte order mark")
	require.Len(t, page.answers, 1)
	status, body := r.call(t, http.MethodGet, "/api/reports/rewards/?limit=ten", "")
	require.Equal(t, http.StatusBadRequest, status)
	require.JSONEq(t, page.answers[0], body)
	return r, func() { stopCommand(t, cmd) }
}

// useTestAddresses replaces the addresses in the page's code with those of the
// test.
func (r *pageReader) useTestAddresses(code string) string {
	_, port, _ := net.SplitHostPort(r.receiver)
	code = strings.ReplaceAll(code, "http://localhost:8080", r.url)
	return strings.NewReplacer(
		`("127.0.0.1", 9000)`, `("127.0.0.1", `+port+`)`,
		`(9000, "127.0.0.1")`, `(`+port+`, "127.0.0.1")`,
		`("127.0.0.1:9000"`, `("127.0.0.1:`+port+`"`,
	).Replace(code)
}

func (r *pageReader) call(t *testing.T, method, path, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "JWT "+r.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func (r *pageReader) command(t *testing.T, program string) *exec.Cmd {
	t.Helper()
	code, dir := r.useTestAddresses(r.page.programs[program]), t.TempDir()
	if strings.HasSuffix(program, ".go") {
		return r.build(t, program, code, dir)
	}
	if strings.HasPrefix(program, "report.") { // set an invalid token
		for _, first := range []string{"\ntoken = \"\"\n", "\nlet token = \"\";\n"} {
			code = strings.Replace(code, first, strings.Replace(first, `""`, `"out.of.date"`, 1), 1)
		}
		require.NotEqual(t, strings.HasSuffix(program, ".sh"), strings.Contains(code, "out.of.date"))
	}
	runner := "bash"
	switch {
	case strings.HasSuffix(program, ".py"):
		runner = "python3"
	case strings.HasSuffix(program, ".mjs"):
		runner = "node"
	default:
		code = "set -euo pipefail\ncurl() { command curl --fail-with-body \"$@\"; }\n" + code
	}
	require.NoError(t, os.WriteFile(dir+"/"+program, []byte(code), 0o600))
	return r.prepareCommand(t, dir, runner, program)
}

// build compiles a Go program inside this module, because the program imports the
// module's client. Unlike the other programs, it does not start with an invalid
// token, because the tests of package sdk check that the client logs in again.
func (r *pageReader) build(t *testing.T, program, code, dir string) *exec.Cmd {
	t.Helper()
	require.NoError(t, os.WriteFile(dir+"/"+program, []byte(code), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", dir+"/example", dir+"/"+program).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return r.prepareCommand(t, dir, dir+"/example")
}

// prepareCommand prepares a command in a program's directory, with the variables
// that the page exports.
func (r *pageReader) prepareCommand(t *testing.T, dir, name string, arguments ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TRIBUTARY_KEY="+r.key, "TRIBUTARY_WEBHOOK_SECRET="+r.secret)
	return cmd
}

func (r *pageReader) output(t *testing.T, program string) string {
	t.Helper()
	out, err := r.command(t, program).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// readsReport checks that a program reads as many rows as the totals of the
// report say.
func (r *pageReader) readsReport(t *testing.T, program string) {
	t.Helper()
	var whole struct {
		Totals struct {
			Count  int    `json:"count"`
			Earned string `json:"reward_usd"`
		} `json:"totals"`
	}
	_, body := r.call(t, http.MethodGet, "/api/reports/rewards/?limit=1", "")
	require.NoError(t, json.Unmarshal([]byte(body), &whole))
	require.Greater(t, whole.Totals.Count, 500, "more than one page")
	wanted := fmt.Sprintf("%d rows", whole.Totals.Count)
	out := strings.TrimSpace(r.output(t, program))
	if !strings.HasSuffix(program, ".sh") {
		require.Equal(t, wanted+", "+whole.Totals.Earned+" USD", out)
	}
	require.Contains(t, out, wanted)
}

func (r *pageReader) readsErrors(t *testing.T, program string) {
	t.Helper()
	out := r.output(t, program)
	require.Regexp(t, `(?m)^400 ValidationError request \S+$`, out)
	require.Contains(t, out, "\nlimit: A valid integer is required.\n")
	require.Contains(t, out, "\nordering: ")
}

func (r *pageReader) transfers(t *testing.T, program string) {
	t.Helper()
	ids := regexp.MustCompile(`^transfer (\d+) done\ntransfer (\d+) replayed\n$`).FindStringSubmatch(r.output(t, program))
	require.NotNil(t, ids)
	require.Equal(t, ids[1], ids[2])
	_, list := r.call(t, http.MethodGet, "/api/wallet/transfers/", "")
	require.Contains(t, list, `"totals":{"count":1,`, "the money moved once")
}

func (r *pageReader) waits(t *testing.T, program string) {
	t.Helper()
	out := r.output(t, program)
	require.Regexp(t, `^100 answers, [1-9][0-9]* waits\n$`, out)
}
