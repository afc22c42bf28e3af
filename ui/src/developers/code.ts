// Writes the code with which a program sends a request. The code needs a key in the environment, and uses only the
// standard library of its language.

export const languages = ["curl", "Python", "JavaScript", "Go"] as const;

export type Language = (typeof languages)[number];

/** Returns the code that sends a GET to an address, in the given language. */
export function codeOf(language: Language, url: string): string {
  const quoted = JSON.stringify(url);
  switch (language) {
    case "curl":
      return `curl -s -H "Authorization: Bearer $TRIBUTARY_KEY" \\\n  '${url.replace(/'/g, "%27")}'`;
    case "Python":
      return `import json
import os
import urllib.request

request = urllib.request.Request(
    ${quoted},
    headers={"Authorization": "Bearer " + os.environ["TRIBUTARY_KEY"]},
)
with urllib.request.urlopen(request, timeout=60) as answer:
    print(json.dumps(json.load(answer)))`;
    case "JavaScript":
      return `const answer = await fetch(${quoted}, {
  headers: { Authorization: \`Bearer \${process.env.TRIBUTARY_KEY}\` },
});
if (!answer.ok) throw new Error(await answer.text());
console.log(JSON.stringify(await answer.json()));`;
    case "Go":
      return `package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	request, err := http.NewRequest(http.MethodGet, ${quoted}, nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TRIBUTARY_KEY"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		log.Fatal(answer.Status)
	}
	if _, err := io.Copy(os.Stdout, answer.Body); err != nil {
		log.Fatal(err)
	}
}`;
  }
}
